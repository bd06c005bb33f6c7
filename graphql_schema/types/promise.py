"""What was a customer promised, and was it kept?"""

from datetime import date, datetime
from enum import Enum

import strawberry

from graphql_schema.types.dated import Dated
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.money import Money
from graphql_schema.types.word import word


@strawberry.enum
class PromiseSource(Enum):
    """Who promised: one of the operator's people, or a campaign."""

    SELLER = "seller"
    CAMPAIGN = "campaign"


@strawberry.enum
class PromiseVerdict(Enum):
    """KEPT: the bill charged no more than promised. BROKEN: it charged more, or the gift is missing."""

    KEPT = "kept"
    BROKEN = "broken"


@word
class PromiseCheck:
    """One bill held against a promise. ``charged`` is what the bill asks for the package after its discounts,
    ``over`` how much more than promised (0 if kept), ``rated_line_id`` the line that a dispute would name."""

    bill_id: str
    period_start: date
    verdict: PromiseVerdict
    charged: Money
    over: Money
    gift_missing: bool
    rated_line_id: str | None


@word
class Promise(Dated):
    """A promise card: a package of the line for so much a month, from one day to the day before another, with a gift.

    ``gift`` is a monthly credit that each bill must show among the package's or the line's discounts, where there is
    one. ``checks`` are of the bills kept online that fall into the term, newest first. Which colleague promised is for
    auditors.
    """

    id: str
    offering_id: str
    name: LocalizedText
    monthly_price: Money
    gift: Money | None
    starts_on: date
    ends_on: date
    source: PromiseSource
    made_at: datetime
    note: str
    checks: list[PromiseCheck]
