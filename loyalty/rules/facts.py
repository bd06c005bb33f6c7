"""What does the engine know of a happening, and of the line that it happened to?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum


class HappeningKind(StrEnum):
    """What may earn a reward."""

    RECHARGE = "recharge"
    BILL_PAID = "bill_paid"
    ORDER_DONE = "order_done"
    INVITEE_PAID = "invitee_paid"


@dataclass(frozen=True, slots=True)
class Taken:
    """What a campaign gave so far, as it was read: the transaction that grants has the last word.

    ``of_customer`` and ``total`` count decisions in which the campaign had an action (a draw that won nothing is one),
    ``cost_fen`` is what these cost by the campaign's own prices, ``stock`` how often each stocked reward (its key) has
    been given.
    """

    of_customer: int = 0
    total: int = 0
    cost_fen: int = 0
    stock: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Facts:
    """One happening, and its line at that moment. ``at`` is business time, aware UTC; ``day`` the business day of it.

    ``amount_fen`` is what was recharged or paid; ``channel`` the code of the channel that it came through; ``offering``
    what was ordered. ``stars`` is 0-5, ``birthday`` month and day (None: not known). ``is_first`` is of this
    kind for this line. ``paid_by_organization``: money that it wins would not be its own. ``draw`` is a number in
    0 … 10⁹-1, drawn and written down before anything is decided, for lotteries. ``chosen`` names the gift that was
    chosen of those that a campaign offers (campaign id → reward key).
    """

    kind: HappeningKind
    key: str
    at: datetime
    day: date
    amount_fen: int = 0
    channel: str = ""
    offering: str | None = None
    package: str | None = None
    region: str | None = None
    tenure_months: int = 0
    stars: int = 0
    birthday: tuple[int, int] | None = None
    is_first: bool = False
    arrears_free_months: int = 0
    paid_by_organization: bool = False
    draw: int = 0
    taken: Mapping[str, Taken] = field(default_factory=dict)
    chosen: Mapping[str, str] = field(default_factory=dict)


def count_months(since: date, day: date) -> int:
    """How many whole months lie between two days; less than none is none.

    A month is full on the day of the month that it began on, or on the last day of a month that has no such day.
    """
    months = (day.year - since.year) * 12 + day.month - since.month
    is_last = (day + timedelta(days=1)).month != day.month
    return max(0, months - (day.day < since.day and not is_last))
