"""TMF678 v4 Customer Bill: what was billed, and what does the running month cost so far?"""

import asyncio
from dataclasses import replace
from functools import partial

from bss_adapters.tmf.bill_paper import parse_bills, parse_current_charges, parse_itemized_bill
from bss_adapters.tmf.call import Answer, is_plain_id, plain_id, query_call, read_call
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.paging import fetch_pages
from bss_adapters.tmf.reading import Question, reading_key
from bss_adapters.tmf.wire import Wire
from graphql_schema.ports import BillsReading
from graphql_schema.types.bill import BillCategory, CurrentCharges, ItemizedBill

_API = "/customerBillManagement/v4"
_BILLS = f"{_API}/customerBill"
_RATES = f"{_API}/appliedCustomerBillingRate"
_ON_DEMAND = f"{_API}/customerBillOnDemand"
_BILLS_MOST = "100"
_RATES_PAGE = 500


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


def _is_issued_to(account_id: str, answer: Answer, currency: str) -> bool:
    wire = Wire(answer.json, system="bill", currency=currency)
    return wire.child("billingAccount").text("id") == account_id and wire.maybe_text("category") != "onDemand"


def _parse_demand(answer: Answer, currency: str) -> str:
    wire = Wire(answer.json, system="bill", currency=currency)
    if wire.text("state") != "done":
        raise wire.garbled("the bill on demand is not done")
    return wire.child("customerBill").text("id")


def _with_credit_notes(itemized: ItemizedBill, listed: BillsReading) -> ItemizedBill:
    notes = [
        bill
        for bill in listed.bills
        if bill.category is BillCategory.CREDIT_NOTE and bill.refers_to == itemized.bill.id
    ]
    as_of, stale = min(itemized.as_of, listed.as_of), itemized.stale or listed.stale
    return replace(itemized, credit_notes=notes, as_of=as_of, stale=stale)
