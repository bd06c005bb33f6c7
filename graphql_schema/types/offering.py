"""What can be bought, and on which terms?"""

from datetime import date

from graphql_schema.client import Channel
from graphql_schema.types.bucket import UsageType
from graphql_schema.types.change import ChangeStart
from graphql_schema.types.dated import Dated
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.money import Money
from graphql_schema.types.package import PackageKind
from graphql_schema.types.scalar import Long
from graphql_schema.types.word import word


@word
class OfferingCategory:
    """A shelf of the catalogue (TMF620 Category); ``parent_id`` is the shelf that holds it."""

    id: str
    name: LocalizedText
    parent_id: str | None


@word
class OfferedAllowance:
    """What an offering includes each month: bytes, seconds or messages; ``total`` null is unlimited.

    ``application`` is the one app that it is for; ``throttle_after`` bytes it gets slower.
    """

    usage_type: UsageType
    name: LocalizedText
    total: Long | None
    application: str | None
    shared: bool
    throttle_after: Long | None
    rolls_over: bool


@word
class OfferingLink:
    """Another offering that this one requires or excludes."""

    id: str
    name: LocalizedText


@word
class Offering(Dated):
    """An offering of the catalogue (TMF620 ProductOffering).

    ``monthly_fee`` is charged for each month in which it is held, ``once_fee`` when it begins; ``discount`` and
    ``discount_percent`` are taken off each month. ``requires`` means one of these, ``excludes`` none of these (a plan
    excludes the other plans: a change of plan takes the old one away). ``starts`` are the starts that may be chosen,
    the usual one first. ``only_in`` are the channels that sell it, empty for all. ``by_text`` says that a text of the
    line itself, confirmed, is enough to order it; ``of_third_party`` that it is collected for another.
    ``early_exit_fee`` a month that is left of ``contract_months``.
    """

    id: str
    name: LocalizedText
    kind: PackageKind
    category_id: str
    monthly_fee: Money | None
    once_fee: Money | None
    discount: Money | None
    discount_percent: int | None
    allowances: list[OfferedAllowance]
    requires: list[OfferingLink]
    excludes: list[OfferingLink]
    starts: list[ChangeStart]
    contract_months: int | None
    early_exit_fee: Money | None
    terms: LocalizedText | None
    only_in: list[Channel]
    by_text: bool
    of_third_party: bool
    on_sale: bool
    on_sale_from: date | None
    on_sale_until: date | None
