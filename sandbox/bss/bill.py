"""What is a monthly bill, and what was paid of it?"""

from dataclasses import dataclass, field
from typing import Literal

from sandbox.bss.charge import Charge, total_li
from sandbox.bss.month import DAY_MS, Month

BillState = Literal["sent", "partiallyPaid", "settled"]


@dataclass(frozen=True, slots=True)
class Payment:
    """Money applied to a bill: paid, or given back by the credit note of this id."""

    id: str
    at_ms: int
    amount_li: int
    by_credit_note: bool = False


@dataclass(frozen=True, slots=True)
class Credit:
    """Money that a credit note gives back for a bill: it reduces what is open of it, and the rest is the account's own.

    ``charges`` are the credit note's rated lines, all negative.
    """

    id: str
    bill_id: str
    at_ms: int
    charges: tuple[Charge, ...]

    @property
    def amount_li(self) -> int:
        """What is given back, above 0."""
        return -total_li(list(self.charges))


@dataclass(slots=True)
class Bill:
    """A monthly bill: issued as its month ends, due one month later; ``is_last`` if every line had ended by then. It
    grows payments while the books are worked out."""

    account_id: str
    month: Month
    charges: list[Charge]
    is_last: bool = False
    payments: list[Payment] = field(default_factory=list)
    total_li: int = field(init=False)

    def __post_init__(self) -> None:
        self.total_li = total_li(self.charges)

    @property
    def id(self) -> str:
        """``B000001-202610``."""
        return f"B{self.account_id[1:]}-{self.month.label}"

    @property
    def issued_ms(self) -> int:
        """The instant of the bill run."""
        return self.month.end_ms

    @property
    def due_ms(self) -> int:
        """Where the last day to pay in time begins."""
        return self.month.plus(1).end_ms

    @property
    def late_ms(self) -> int:
        """The first instant that is too late: the day after the due day begins."""
        return self.due_ms + DAY_MS

    @property
    def remaining_li(self) -> int:
        """What is still open."""
        return self.unpaid_li(self.due_ms * 2)

    def unpaid_li(self, at_ms: int) -> int:
        """What was open at an instant."""
        return self.total_li - sum(payment.amount_li for payment in self.payments if payment.at_ms <= at_ms)

    @property
    def state(self) -> BillState:
        """TMF678 v4 stateValue."""
        if self.remaining_li <= 0:
            return "settled"
        return "partiallyPaid" if self.payments else "sent"
