"""Do disputes and invoices live their whole life over the sandbox, in process and behind a socket?"""

import asyncio
from decimal import Decimal

import httpx
import pytest

from bss_adapters.tmf.ticket import TmfTickets
from graphql_schema.ports import BssFault
from graphql_schema.queries.owed import OF_A_MONTH
from graphql_schema.types.bill import Bill, BillCategory, ItemizedBill, RatedLine, SubjectCode
from graphql_schema.types.line import Line
from graphql_schema.types.money import Money, round_to_fen
from graphql_schema.types.ticket import Dispute, DisputeReason, InvoiceRequest, InvoiceTitleKind, TicketState
from tests.bss_adapters.conftest import Hall

pytestmark = pytest.mark.anyio

WITH_A_THIRD_PARTY, ORDINARY = "13800138012", "13800138001"
TAX_NUMBER = "91350100M000100Y43"
DECIDED_SECONDS = 600


@pytest.fixture
def tickets(hall: Hall) -> TmfTickets:
    return TmfTickets(hall.client)


async def find(hall: Hall, number: str) -> Line:
    line = await hall.lines.find_line(number)
    assert line is not None, number
    return line


async def charge_of(hall: Hall, account_id: str, code: SubjectCode) -> tuple[ItemizedBill, RatedLine]:
    """The newest month's bill that has such a subject, and its first charge."""
    for bill in (await hall.bills.fetch_bills(account_id)).bills:
        itemized = await hall.bills.fetch_bill(account_id, bill.id) if bill.category in OF_A_MONTH else None
        for subject in itemized.subjects if itemized else ():
            if itemized and subject.code is code:
                return itemized, subject.rated_lines[0]
    raise LookupError(f"{account_id} has no bill with {code}")


async def dispute(tickets: TmfTickets, bill: Bill, account_id: str, charge: RatedLine, reference: str) -> Dispute:
    return await tickets.dispute(
        account_id,
        bill.id,
        charge.id,
        amount=charge.amount,
        reason=DisputeReason.NOT_ORDERED,
        words="我没有订购",
        reference=reference,
    )


async def ask_invoice(tickets: TmfTickets, bill: Bill, account_id: str, reference: str) -> InvoiceRequest:
    return await tickets.request_invoice(
        account_id,
        bill.id,
        amount=bill.total,
        title="广州恒信科技有限公司",
        title_kind=InvoiceTitleKind.ORGANIZATION,
        tax_number=TAX_NUMBER,
        reference=reference,
    )


async def test_a_third_partys_charge_is_disputed_once_and_given_back_by_a_credit_note(
    hall: Hall, tickets: TmfTickets
) -> None:
    account_id = (await find(hall, WITH_A_THIRD_PARTY)).account_id
    itemized, charge = await charge_of(hall, account_id, SubjectCode.OTHER_PARTY)
    asked = [dispute(tickets, itemized.bill, account_id, charge, f"deed-{n}") for n in range(4)]
    opened = await asyncio.gather(*asked)
    assert len({each.id for each in opened}) == 1
    assert (opened[0].state, opened[0].amount, opened[0].reason) == (
        TicketState.ACKNOWLEDGED,
        charge.amount,
        DisputeReason.NOT_ORDERED,
    )
    await hall.pull("clock", {"advanceSeconds": DECIDED_SECONDS})
    (decided,) = await tickets.fetch_disputes(account_id)
    assert (decided.id, decided.state) == (opened[0].id, TicketState.RESOLVED)
    assert decided.answer
    assert decided.changed_at > decided.opened_at
    after = await hall.bills.fetch_bill(account_id, itemized.bill.id)
    assert after is not None
    (note,) = [each for each in after.credit_notes if each not in itemized.credit_notes]
    assert (note.category, note.refers_to) == (BillCategory.CREDIT_NOTE, itemized.bill.id)
    assert note.total.amount == -round_to_fen(charge.amount.amount)
    assert after.bill.total == itemized.bill.total
    owed = await hall.accounts.fetch_account(account_id)
    open_bills = [bill for bill in (await hall.bills.fetch_bills(account_id)).bills if bill.category in OF_A_MONTH]
    assert sum((bill.remaining.amount for bill in open_bills), Decimal(0)) == owed.owed.amount


async def test_a_fee_of_the_operators_own_is_looked_at_and_turned_down_and_may_be_disputed_again(
    hall: Hall, tickets: TmfTickets
) -> None:
    account_id = (await find(hall, ORDINARY)).account_id
    itemized, charge = await charge_of(hall, account_id, SubjectCode.MONTHLY_FEE)
    first = await dispute(tickets, itemized.bill, account_id, charge, "deed-1")
    await hall.pull("clock", {"advanceSeconds": DECIDED_SECONDS})
    same_deed = await dispute(tickets, itemized.bill, account_id, charge, "deed-1")
    assert (same_deed.id, same_deed.state) == (first.id, TicketState.REJECTED)
    second = await dispute(tickets, itemized.bill, account_id, charge, "deed-2")
    assert (second.state, second.id == first.id) == (TicketState.ACKNOWLEDGED, False)
    assert [each.id for each in await tickets.fetch_disputes(account_id)] == [second.id, first.id]


async def test_an_invoice_is_issued_once_with_its_number_and_can_be_fetched(hall: Hall, tickets: TmfTickets) -> None:
    account_id = (await find(hall, ORDINARY)).account_id
    bill = next(each for each in (await hall.bills.fetch_bills(account_id)).bills if each.category in OF_A_MONTH)
    first = await ask_invoice(tickets, bill, account_id, "deed-1")
    assert (first.state, first.amount, first.masked_tax_number) == (
        TicketState.ACKNOWLEDGED,
        bill.total,
        "****0Y43",
    )
    await hall.pull("clock", {"advanceSeconds": DECIDED_SECONDS})
    again = await ask_invoice(tickets, bill, account_id, "deed-2")
    (issued,) = await tickets.fetch_invoices(account_id)
    assert first.id == again.id == issued.id
    assert issued.state is TicketState.RESOLVED
    assert issued.invoice_number
    assert issued.document_url
    document = await hall.levers.get(httpx.URL(issued.document_url).path)
    assert document.status_code == 200
    assert issued.invoice_number in document.text


async def test_an_amount_and_a_charge_that_the_bill_does_not_have_are_refused_by_the_bss(
    hall: Hall, tickets: TmfTickets
) -> None:
    line = await find(hall, ORDINARY)
    bill = (await hall.bills.fetch_bills(line.account_id)).bills[0]
    with pytest.raises(BssFault, match="ticket_refused"):
        await tickets.dispute(
            line.account_id,
            bill.id,
            "R-no-such-rate",
            amount=Money(amount=Decimal(1), currency="CNY"),
            reason=DisputeReason.OTHER,
            words="",
            reference="deed-1",
        )


async def test_an_outage_of_the_ticket_desk_is_a_fault_of_it_alone(hall: Hall, tickets: TmfTickets) -> None:
    line = await find(hall, ORDINARY)
    itemized, charge = await charge_of(hall, line.account_id, SubjectCode.MONTHLY_FEE)
    await hall.pull("outage", {"systems": ["ticket"]})
    with pytest.raises(BssFault, match="ticket_unavailable"):
        await dispute(tickets, itemized.bill, line.account_id, charge, "deed-1")
    assert not (await hall.bills.fetch_bills(line.account_id)).stale
    await hall.pull("outage", {"systems": []})
    assert (await dispute(tickets, itemized.bill, line.account_id, charge, "deed-1")).state is TicketState.ACKNOWLEDGED
