"""Is a charge disputed, and an invoice asked for, exactly once, whatever happens on the way?"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import httpx
import pytest

from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.limits import Limits
from bss_adapters.tmf.snapshot import MemorySnapshots
from bss_adapters.tmf.ticket import TmfTickets
from graphql_schema.ports import BssFault
from graphql_schema.types.money import Money
from graphql_schema.types.ticket import Dispute, DisputeReason, InvoiceRequest, InvoiceTitleKind, TicketState
from tests.bss_adapters import wire_bodies as wire

pytestmark = pytest.mark.anyio

LIMITS = Limits(budget_seconds=5.0, backoff_seconds=0.001, failures_to_open=1000, fresh_seconds=0.0)
WORDS = "我没有订购这个业务"


def break_line(_: httpx.Request) -> None:
    raise httpx.ReadError("the answer was lost")


def fail(_: httpx.Request) -> None:
    raise httpx.ConnectError("refused")


def pass_on(_: httpx.Request) -> None:
    """Nothing breaks."""


Break = Callable[[httpx.Request], None]


@dataclass
class TicketDesk(httpx.AsyncBaseTransport):
    """A TMF621 that keeps one ticket for an externalId. Of each POST in turn, ``before`` or ``after`` it is kept,
    something may break."""

    tickets: list[dict[str, Any]] = field(default_factory=list)
    posts: list[dict[str, Any]] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    before: list[Break] = field(default_factory=list)
    after: list[Break] = field(default_factory=list)
    status: int = 201

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.addresses.append(str(request.url))
        if request.method == "GET":
            return httpx.Response(200, json=self._list(dict(request.url.params)))
        asked = json.loads(await request.aread())
        self.posts.append(asked)
        await asyncio.sleep(0)
        _next_of(self.before)(request)
        if self.status >= 400:
            return httpx.Response(self.status, json={"code": "x", "reason": "no"})
        kept = next((each for each in self.tickets if each["externalId"] == asked["externalId"]), None)
        if kept is None:
            kept = asked | {"id": f"T{len(self.tickets) + 1}", "status": "acknowledged"}
            kept["creationDate"] = f"2026-11-20T02:00:{len(self.tickets):02}Z"
            self.tickets.append(kept)
        _next_of(self.after)(request)
        return httpx.Response(201, json=kept)

    def _list(self, query: dict[str, str]) -> list[dict[str, Any]]:
        if "externalId" in query:
            return [each for each in self.tickets if each["externalId"] == query["externalId"]]
        account = query["relatedEntity.id"]
        return [each for each in self.tickets if any(entity["id"] == account for entity in each["relatedEntity"])]


def _next_of(breaks: list[Break]) -> Break:
    return breaks.pop(0) if breaks else pass_on


@pytest.fixture
def desk() -> TicketDesk:
    return TicketDesk()


@pytest.fixture
def snapshots() -> MemorySnapshots:
    return MemorySnapshots()


@pytest.fixture
def tickets(desk: TicketDesk, snapshots: MemorySnapshots) -> TmfTickets:
    return TmfTickets(TmfClient("http://bss.example", snapshots=snapshots, transport=desk, limits=LIMITS))


async def dispute(
    tickets: TmfTickets, *, bill: str = "BILL-10", charge: str | None = "R9", reference: str = "deed-1"
) -> Dispute:
    return await tickets.dispute(
        "A1",
        bill,
        charge,
        amount=Money(amount=Decimal("8.005"), currency="CNY"),
        reason=DisputeReason.NOT_ORDERED,
        words=WORDS,
        reference=reference,
    )


async def ask_invoice(tickets: TmfTickets, *, reference: str = "deed-1") -> InvoiceRequest:
    return await tickets.request_invoice(
        "A1",
        "BILL-10",
        amount=Money(amount=Decimal("86.50"), currency="CNY"),
        title="广州恒信科技有限公司",
        title_kind=InvoiceTitleKind.ORGANIZATION,
        tax_number=wire.TAX_NUMBER,
        reference=reference,
    )


async def test_a_dispute_reaches_the_operator_exact_and_comes_back(tickets: TmfTickets, desk: TicketDesk) -> None:
    opened = await dispute(tickets)
    assert (opened.id, opened.bill_id, opened.rated_line_id) == ("T1", "BILL-10", "R9")
    assert (opened.amount.amount, opened.reason) == (Decimal("8.005"), DisputeReason.NOT_ORDERED)
    assert (opened.state, opened.answer) == (TicketState.ACKNOWLEDGED, None)
    (sent,) = desk.posts
    assert (sent["ticketType"], sent["description"], sent["amount"]) == (
        "billDispute",
        WORDS,
        {"unit": "CNY", "value": 8.005},
    )
    assert [replace(each, as_of=opened.as_of) for each in await tickets.fetch_disputes("A1")] == [opened]


async def test_the_whole_bill_can_be_disputed_beside_one_of_its_charges(tickets: TmfTickets, desk: TicketDesk) -> None:
    whole, one = await dispute(tickets, charge=None), await dispute(tickets, reference="deed-2")
    assert (whole.rated_line_id, one.rated_line_id) == (None, "R9")
    assert len(desk.tickets) == 2


async def test_an_open_dispute_is_answered_whoever_asks_again(tickets: TmfTickets, desk: TicketDesk) -> None:
    first = await dispute(tickets)
    again, from_elsewhere = await dispute(tickets), await dispute(tickets, reference="deed-2")
    assert first.id == again.id == from_elsewhere.id
    assert len(desk.posts) == 1


async def test_a_charge_and_a_bill_whose_ids_read_alike_have_two_tickets(tickets: TmfTickets, desk: TicketDesk) -> None:
    one = await dispute(tickets, bill="5", charge="7")
    other = await dispute(tickets, bill="5-7", charge=None, reference="deed-2")
    assert (one.id, other.id) == ("T1", "T2")


async def test_two_channels_that_ask_at_once_open_one_ticket(tickets: TmfTickets, desk: TicketDesk) -> None:
    opened = await asyncio.gather(*(dispute(tickets, reference=f"deed-{n}") for n in range(8)))
    assert {each.id for each in opened} == {"T1"}
    assert len(desk.tickets) == 1


async def test_a_ticket_whose_answer_was_lost_is_found_and_not_sent_again(
    tickets: TmfTickets, desk: TicketDesk
) -> None:
    desk.after = [break_line]
    assert (await dispute(tickets)).id == "T1"
    assert (len(desk.posts), len(desk.tickets)) == (1, 1)


async def test_a_ticket_that_never_arrived_is_sent_again_after_it_was_looked_for(
    tickets: TmfTickets, desk: TicketDesk
) -> None:
    desk.before = [fail]
    assert (await dispute(tickets)).id == "T1"
    assert [post["externalId"] for post in desk.posts] == ["billDispute/BILL-10/R9/1"] * 2
    looked_for = [address for address in desk.addresses if "externalId=" in address]
    assert len(looked_for) == 1
    assert len(desk.tickets) == 1


async def test_a_second_answer_that_was_lost_is_found_too(tickets: TmfTickets, desk: TicketDesk) -> None:
    desk.before, desk.after = [fail], [break_line]
    assert (await dispute(tickets)).id == "T1"
    assert (len(desk.posts), len(desk.tickets)) == (2, 1)


async def test_a_desk_that_stays_away_is_a_fault_after_two_tries(tickets: TmfTickets, desk: TicketDesk) -> None:
    desk.before = [fail] * 10
    with pytest.raises(BssFault, match="ticket_unavailable"):
        await dispute(tickets)
    assert len(desk.posts) == 2


async def test_a_refused_ticket_is_not_sent_again(tickets: TmfTickets, desk: TicketDesk) -> None:
    desk.status = 422
    with pytest.raises(BssFault, match="ticket_refused"):
        await dispute(tickets)
    assert len(desk.posts) == 1


async def test_a_decided_dispute_may_be_opened_again_but_not_by_the_deed_that_made_it(
    tickets: TmfTickets, desk: TicketDesk
) -> None:
    first = await dispute(tickets)
    desk.tickets[0]["status"] = "rejected"
    same_deed, new_deed = await dispute(tickets), await dispute(tickets, reference="deed-2")
    assert (same_deed.id, same_deed.state) == (first.id, TicketState.REJECTED)
    assert new_deed.id == "T2"
    assert [post["externalId"][-2:] for post in desk.posts] == ["/1", "/2"]


@pytest.mark.parametrize(("state", "made"), [("resolved", 1), ("closed", 1), ("rejected", 2), ("cancelled", 2)])
async def test_a_bill_has_one_invoice_unless_it_was_turned_down(
    tickets: TmfTickets, desk: TicketDesk, state: str, made: int
) -> None:
    await ask_invoice(tickets)
    desk.tickets[0]["status"] = state
    await ask_invoice(tickets, reference="deed-2")
    assert len(desk.tickets) == made


async def test_a_ticket_about_another_charge_is_no_answer(tickets: TmfTickets, desk: TicketDesk) -> None:
    desk.tickets.append(wire.DISPUTE | {"id": "T9", "externalId": "billDispute/BILL-10/R1/1", "status": "held"})
    with pytest.raises(BssFault, match="ticket_garbled"):
        await dispute(tickets, charge="R1")


async def test_another_accounts_tickets_are_none_of_ours(tickets: TmfTickets, desk: TicketDesk) -> None:
    theirs = [{"id": "A2", "role": "billingAccount", "@referredType": "BillingAccount"}, {"id": "A1", "role": "friend"}]
    desk.tickets.append(wire.DISPUTE | {"relatedEntity": [*theirs, *wire.DISPUTE["relatedEntity"][1:]]})
    assert await tickets.fetch_disputes("A1") == []


async def test_a_ticket_that_somebody_else_opened_hides_none_of_ours(tickets: TmfTickets, desk: TicketDesk) -> None:
    bare = {name: value for name, value in wire.DISPUTE.items() if name != "amount"}
    desk.tickets += [bare | {"id": "T8"}, wire.DISPUTE]
    desk.tickets.append(wire.DISPUTE | {"id": "T9", "relatedEntity": wire.DISPUTE["relatedEntity"][:1]})
    assert [each.id for each in await tickets.fetch_disputes("A1")] == ["T1"]


async def test_the_newest_note_is_the_answer_and_an_issued_invoice_can_be_fetched(
    tickets: TmfTickets, desk: TicketDesk
) -> None:
    desk.tickets += [wire.DISPUTE, wire.INVOICE]
    (answered,), (issued,) = await tickets.fetch_disputes("A1"), await tickets.fetch_invoices("A1")
    assert (answered.state, answered.answer) == (TicketState.RESOLVED, "已退还。")
    assert answered.changed_at > answered.opened_at
    assert (issued.invoice_number, issued.document_url) == (
        "26440000000000000001",
        "http://127.0.0.1:8100/invoice/1.pdf",
    )
    assert (issued.title_kind, issued.masked_tax_number) == (InvoiceTitleKind.ORGANIZATION, "****0Y43")


async def test_an_address_that_no_browser_may_open_is_not_told(tickets: TmfTickets, desk: TicketDesk) -> None:
    desk.tickets.append(wire.INVOICE | {"attachment": [{"name": "1", "url": "javascript:alert(1)"}]})
    assert (await tickets.fetch_invoices("A1"))[0].document_url is None


async def test_a_tax_number_and_a_customers_words_stand_in_no_address_and_no_snapshot(
    tickets: TmfTickets, desk: TicketDesk, snapshots: MemorySnapshots
) -> None:
    asked, _ = await ask_invoice(tickets), await dispute(tickets)
    assert asked.masked_tax_number == "****0Y43"
    assert await tickets.fetch_invoices("A1")
    assert desk.posts[0]["relatedEntity"][2]["id"] == wire.TAX_NUMBER
    kept = b"".join(value for _, value in snapshots._kept.values())
    assert b"****0Y43" in kept
    assert wire.TAX_NUMBER.encode() not in kept
    assert WORDS.encode() not in kept
    assert not any(wire.TAX_NUMBER in address for address in desk.addresses)
    assert wire.TAX_NUMBER not in repr(asked)


async def test_what_somebody_else_had_asked_shows_as_soon_as_it_is_asked_again(
    desk: TicketDesk, snapshots: MemorySnapshots
) -> None:
    limits = replace(LIMITS, fresh_seconds=60.0)
    tickets = TmfTickets(TmfClient("http://bss.example", snapshots=snapshots, transport=desk, limits=limits))
    assert await tickets.fetch_disputes("A1") == []
    desk.tickets.append(wire.DISPUTE | {"status": "inProgress"})
    standing = await dispute(tickets)
    assert [each.id for each in await tickets.fetch_disputes("A1")] == [standing.id]
    assert desk.posts == []


async def test_what_was_asked_shows_at_once_and_the_last_known_when_the_desk_is_down(
    desk: TicketDesk, snapshots: MemorySnapshots
) -> None:
    limits = replace(LIMITS, fresh_seconds=60.0, attempts=1)
    tickets = TmfTickets(TmfClient("http://bss.example", snapshots=snapshots, transport=desk, limits=limits))
    assert await tickets.fetch_disputes("A1") == []
    await dispute(tickets)
    (shown,) = await tickets.fetch_disputes("A1")
    assert not shown.stale

    class Down(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("down")

    later = TmfTickets(
        TmfClient("http://bss.example", snapshots=snapshots, transport=Down(), limits=replace(limits, fresh_seconds=0))
    )
    (known,) = await later.fetch_disputes("A1")
    assert known.stale
    assert replace(known, stale=False, as_of=shown.as_of) == shown
