"""TMF678 v4 Customer Bill: what was paid of each month's bill, and was it in time?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from bss_adapters.tmf.bill_paper import parse_bill, parse_bills
from bss_adapters.tmf.reading import Reading
from bss_adapters.tmf.wire import BUSINESS_ZONE, Wire, wire_list
from graphql_schema.types.bill import Bill, BillCategory

MONTHS_MOST: Final = 24
"""Further back nobody looks."""
_MONTHLY: Final = frozenset({BillCategory.NORMAL, BillCategory.LAST})


@dataclass(frozen=True, slots=True)
class BilledMonth:
    """A month's bill: when it was issued, what was paid of it, and on which day it was settled too late (None: it was
    not, or it is open)."""

    begins: date
    issued: date
    paid: Decimal
    late_until: date | None


def parse_billed_months(reading: Reading, *, account_id: str, currency: str) -> list[BilledMonth]:
    """A list of CustomerBill → the bills of months, oldest first. Raises BssFault ``bill_garbled``, also for another
    account's."""
    parse_bills(reading, account_id=account_id, currency=currency)
    found = []
    for wire in wire_list(reading.bodies[0], system="bill", currency=currency):
        bill = parse_bill(wire, reading)
        if bill.category in _MONTHLY:
            found.append(_billed(bill, [_parse_part(each) for each in wire.children("appliedPayment")]))
    return sorted(found, key=lambda each: (each.begins, each.issued))


def count_arrears_free_months(bills: Sequence[BilledMonth], *, since: date, today: date, owes: bool) -> int:
    """How many whole months back from today nothing was past due, as far as the bills that are known reach, at most 24.

    A bill that is open after its day while the account is not past due is one whose rest is disputed: it does not
    count.
    """
    if owes:
        return 0
    reaches = since
    if bills and since < bills[0].begins:
        reaches = bills[0].issued  # of the time before nobody knows
    for bill in bills:
        if bill.late_until is not None:
            reaches = max(reaches, bill.late_until)
    return min(MONTHS_MOST, _whole_months(reaches, today))


def _billed(bill: Bill, parts: Sequence[tuple[Decimal, date | None]]) -> BilledMonth:
    """Payments without an instant count as in time."""
    settled = max((day for _, day in parts if day), default=None)
    is_settled = bill.remaining.amount <= 0
    was_late = bool(is_settled and settled and bill.due_on and settled > bill.due_on)
    return BilledMonth(
        begins=bill.period_start,
        issued=bill.issued_on,
        paid=sum((amount for amount, _ in parts), Decimal(0)),
        late_until=settled if was_late else None,
    )


def _parse_part(wire: Wire) -> tuple[Decimal, date | None]:
    """How much was applied, and on which day: a payment's name is its instant, where the system gives it one."""
    name = wire.child("payment").maybe_text("name") or ""
    try:
        paid_at = datetime.fromisoformat(name)
        day = paid_at.astimezone(BUSINESS_ZONE).date() if paid_at.tzinfo else None
    except (ValueError, OverflowError):
        day = None
    return wire.money("appliedAmount").amount, day


def _whole_months(earlier: date, later: date) -> int:
    months = (later.year - earlier.year) * 12 + later.month - earlier.month - (later.day < earlier.day)
    return max(0, months)
