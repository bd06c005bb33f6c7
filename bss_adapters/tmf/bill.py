"""TMF678 v4 Customer Bill: what was billed, and what does the running month cost so far?"""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from bss_adapters.tmf.bill_subject import parse_subjects
from bss_adapters.tmf.call import Answer, is_plain_id, plain_id, query_call, read_call
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.paging import fetch_pages
from bss_adapters.tmf.reading import Question, Reading, reading_key
from bss_adapters.tmf.wire import Wire, wire_list
from graphql_schema.ports import BillsReading
from graphql_schema.types.bill import Bill, BillCategory, BillState, CurrentCharges, ItemizedBill, Payment

_API = "/customerBillManagement/v4"
_BILLS = f"{_API}/customerBill"
_RATES = f"{_API}/appliedCustomerBillingRate"
_ON_DEMAND = f"{_API}/customerBillOnDemand"
_BILLS_MOST = "100"
_RATES_PAGE = 500
_STATES = {state.value: state for state in BillState}
_CATEGORIES = {category.value: category for category in BillCategory}


class TmfBills:
    """Port ``Bills`` over TMF678."""

    def __init__(self, client: TmfClient, *, currency: str = "CNY") -> None:
        self._client = client
        self._currency = currency

    async def fetch_bills(self, account_id: str) -> BillsReading:
        """The account's issued bills, newest first. Raises BssFault ``bill_*``."""
        query = {"billingAccount.id": plain_id(account_id, system="bill"), "limit": _BILLS_MOST}
        question = Question(
            system="bill",
            key=reading_key("bill", "list", account_id),
            ask=partial(self._client.ask_once, read_call("bill", _BILLS, query)),
            parse=partial(parse_bills, account_id=account_id, currency=self._currency),
        )
        return await self._client.read(question)

    async def fetch_bill(self, account_id: str, bill_id: str) -> ItemizedBill | None:
        """One bill by subject, with the credit notes that the account's list has for it; None when there is none, or
        when it is another account's. Raises BssFault ``bill_*``."""
        if not (is_plain_id(account_id) and is_plain_id(bill_id)):
            return None
        itemized, listed = await asyncio.gather(
            self._fetch_itemized(account_id, bill_id), self.fetch_bills(account_id), return_exceptions=True
        )
        if isinstance(itemized, BaseException):
            raise itemized
        if isinstance(listed, BaseException):
            raise listed
        return itemized and _with_credit_notes(itemized, listed)

    async def _fetch_itemized(self, account_id: str, bill_id: str) -> ItemizedBill | None:
        question = Question(
            system="bill",
            key=reading_key("bill", "one", account_id, bill_id),
            ask=partial(self._ask_bill, account_id, bill_id),
            parse=partial(parse_itemized_bill, account_id=account_id, currency=self._currency),
        )
        return await self._client.read_if_any(question)

    async def fetch_current_charges(self, account_id: str) -> CurrentCharges:
        """The running month so far. Raises BssFault ``bill_*``."""
        plain_id(account_id, system="bill")
        question = Question(
            system="bill",
            key=reading_key("bill", "current", account_id),
            ask=partial(self._ask_current, account_id),
            parse=partial(parse_current_charges, account_id=account_id, currency=self._currency),
        )
        return await self._client.read(question)

    async def outdate_current_charges(self, account_id: str) -> None:
        """A fee came: the next running month comes from the BSS, however fresh the last one is."""
        await self._client.readings.outdate(reading_key("bill", "current", account_id))

    async def _ask_bill(self, account_id: str, bill_id: str) -> list[Answer] | None:
        bill = await self._client.fetch(read_call("bill", f"{_BILLS}/{bill_id}", may_be_absent=True))
        if bill.absent or not _is_issued_to(account_id, bill, self._currency):
            return None
        return [bill, *await self._ask_rates(bill_id)]

    async def _ask_current(self, account_id: str) -> list[Answer]:
        demand = await self._client.fetch(query_call("bill", _ON_DEMAND, {"billingAccount": {"id": account_id}}))
        bill_id = plain_id(_parse_demand(demand, self._currency), system="bill")
        bill = await self._client.fetch(read_call("bill", f"{_BILLS}/{bill_id}"))
        return [bill, *await self._ask_rates(bill_id)]

    async def _ask_rates(self, bill_id: str) -> list[Answer]:
        return await fetch_pages(self._client, "bill", _RATES, {"bill.id": bill_id}, limit=_RATES_PAGE)


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


def _is_issued_to(account_id: str, answer: Answer, currency: str) -> bool:
    wire = Wire(answer.json, system="bill", currency=currency)
    return wire.child("billingAccount").text("id") == account_id and wire.maybe_text("category") != "onDemand"


def _check_account(wire: Wire, account_id: str) -> None:
    if wire.child("billingAccount").text("id") != account_id:
        raise wire.garbled("billingAccount is another account")


def _parse_demand(answer: Answer, currency: str) -> str:
    wire = Wire(answer.json, system="bill", currency=currency)
    if wire.text("state") != "done":
        raise wire.garbled("the bill on demand is not done")
    return wire.child("customerBill").text("id")


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


def _with_credit_notes(itemized: ItemizedBill, listed: BillsReading) -> ItemizedBill:
    notes = [
        bill
        for bill in listed.bills
        if bill.category is BillCategory.CREDIT_NOTE and bill.refers_to == itemized.bill.id
    ]
    return replace(itemized, credit_notes=notes, stale=itemized.stale or listed.stale)
