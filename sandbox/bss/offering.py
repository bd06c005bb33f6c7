"""What can be bought, in which shape?"""

from dataclasses import dataclass
from typing import Literal

UsageKind = Literal["voice", "sms", "data", "valueAdded"]
OfferingKind = Literal["plan", "add-on"]
Subject = Literal["monthly_fee", "voice", "data", "sms", "value_added", "other_party", "discount", "late_fee", "other"]


@dataclass(frozen=True, slots=True)
class Allowance:
    """What an offering includes each month: bytes, seconds or messages.

    ``total`` None is unlimited; ``app`` makes it dedicated to one app; ``rolls_over`` keeps what is unused one month
    more.
    """

    kind: UsageKind
    total: int | None
    zh: str
    en: str
    app: str | None = None
    shared: bool = False
    throttle_after: int | None = None
    rolls_over: bool = False


@dataclass(frozen=True, slots=True)
class Offering:
    """An offering of the catalogue. Fees and discounts are li a month; ``discount_percent`` is off the monthly fees
    of its line."""

    id: str
    zh: str
    en: str
    kind: OfferingKind
    category: str
    fee_li: int
    allowances: tuple[Allowance, ...] = ()
    subject: Subject = "monthly_fee"
    discount_li: int = 0
    discount_percent: int = 0
    bundles: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    valid_from: str = "2015-01-01T00:00:00+08:00"
    valid_until: str | None = None


@dataclass(frozen=True, slots=True)
class Category:
    """A shelf of the catalogue."""

    id: str
    zh: str
    en: str
    parent_id: str | None = None
