"""TMF678 v4 Customer Bill: which bill does a CustomerBill describe, with its rates and payments?"""

from datetime import UTC, datetime

from bss_adapters.tmf.bill_subject import parse_subjects
from bss_adapters.tmf.reading import Reading
from bss_adapters.tmf.wire import Wire, wire_list
from graphql_schema.ports import BillsReading
from graphql_schema.types.bill import Bill, BillCategory, BillState, CurrentCharges, ItemizedBill, Payment

_STATES = {state.value: state for state in BillState}
_CATEGORIES = {category.value: category for category in BillCategory}


def parse_bills(reading: Reading, *, account_id: str, currency: str) -> BillsReading:
    """A list of CustomerBill → BillsReading. Raises BssFault ``bill_garbled``, also for another account's bill."""
    wires = list(wire_list(reading.bodies[0], system="bill", currency=currency))
    for wire in wires:
        _check_account(wire, account_id)
    bills = sorted((parse_bill(wire, reading) for wire in wires), key=lambda bill: bill.issued_on, reverse=True)
    return BillsReading(bills=tuple(bills), as_of=reading.as_of, stale=reading.stale)


def parse_itemized_bill(reading: Reading, *, account_id: str, currency: str) -> ItemizedBill:
    """CustomerBill and its rates → ItemizedBill. Raises BssFault ``bill_garbled``, also when it does not add up."""
    wire = Wire(reading.bodies[0], system="bill", currency=currency)
    _check_account(wire, account_id)
    bill = parse_bill(wire, reading)
    return ItemizedBill(
        bill=bill,
        subjects=parse_subjects(reading.bodies[1:], total=bill.total),
        payments=[_parse_payment(each) for each in wire.children("appliedPayment")],
        credit_notes=[],
        as_of=reading.as_of,
        stale=reading.stale,
    )


def parse_current_charges(reading: Reading, *, account_id: str, currency: str) -> CurrentCharges:
    """The bill made on demand and its rates → CurrentCharges. Raises BssFault ``bill_garbled``."""
    wire = Wire(reading.bodies[0], system="bill", currency=currency)
    _check_account(wire, account_id)
    period, total = wire.child("billingPeriod"), wire.money("amountDue")
    return CurrentCharges(
        total=total,
        period_start=period.day("startDateTime"),
        period_end=period.day("endDateTime"),
        subjects=parse_subjects(reading.bodies[1:], total=total),
        as_of=reading.as_of,
        stale=reading.stale,
    )


def parse_bill(wire: Wire, reading: Reading) -> Bill:
    """CustomerBill → Bill; ``period_end`` is the first day after the period. Raises BssFault ``bill_garbled``."""
    period, corrected = wire.child("billingPeriod"), wire.maybe_child("correctedBill")
    return Bill(
        id=wire.text("id"),
        number=wire.text("billNo"),
        category=wire.code("category", _CATEGORIES) if wire.maybe_text("category") else BillCategory.NORMAL,
        refers_to=corrected.text("id") if corrected else None,
        period_start=period.day("startDateTime"),
        period_end=period.day("endDateTime"),
        issued_on=wire.day("billDate"),
        due_on=wire.maybe_day("paymentDueDate"),
        state=wire.code("state", _STATES),
        total=wire.money("amountDue"),
        remaining=wire.money("remainingAmount"),
        as_of=reading.as_of,
        stale=reading.stale,
    )


def _check_account(wire: Wire, account_id: str) -> None:
    if wire.child("billingAccount").text("id") != account_id:
        raise wire.garbled("billingAccount is another account")


def _parse_payment(wire: Wire) -> Payment:
    payment = wire.child("payment")
    paid_at = _parse_paid_at(payment.maybe_text("name") or "")
    return Payment(id=payment.text("id"), amount=wire.money("appliedAmount"), paid_at=paid_at)


def _parse_paid_at(name: str) -> datetime | None:
    """A payment's name is its instant, where the system gives it one; any other name is no error."""
    try:
        paid_at = datetime.fromisoformat(name)
        return paid_at.astimezone(UTC) if paid_at.tzinfo else None
    except (ValueError, OverflowError):
        return None
