"""Is each bill announced once, however the clock gets to its run, and each step of a ticket?"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from sandbox.bss.herald import Herald
from sandbox.bss.hub import Hub
from sandbox.bss.money_book import MoneyDeed
from sandbox.bss.month import DAY_MS, Month
from sandbox.bss.paper import OF_A_MONTH, papers_of
from sandbox.bss.ticket import dispute_facts
from sandbox.bss.ticket_book import StoredTicket
from sandbox.bss.world import World

pytestmark = pytest.mark.anyio

BILLING = "customerBillManagement"
SUBSCRIBERS = 20


def opened(folder: Path | None, born_ms: int) -> World:
    return World.open(folder, subscribers=SUBSCRIBERS, now_ms=born_ms)


def heard(world: World) -> list[dict[str, Any]]:
    """What is on its way to whoever listens."""
    listeners = world.store.subscriptions()
    return [json.loads(d.body) for s in listeners for d in world.store.next_deliveries(s.id, limit=1000)]


def bills_heard(world: World) -> Counter[str]:
    return Counter(
        e["event"]["customerBill"]["id"] for e in heard(world) if e["eventType"] == "CustomerBillCreateEvent"
    )


def issued_since(world: World, start_ms: int) -> set[str]:
    return {
        paper.id
        for index in range(world.size)
        for paper in papers_of(world, world.portfolio(index), world.clock.now_ms())
        if paper.at_ms > start_ms and paper.category in OF_A_MONTH
    }


async def test_every_account_is_told_of_its_bill_as_the_month_ends(born_ms: int) -> None:
    world = opened(None, born_ms)
    hub = Hub(world.store)
    hub.subscribe(BILLING, "http://listener.example", "")
    herald = Herald(world, hub)
    run_ms = Month.of(born_ms).end_ms
    world.move_clock(run_ms - 1000)
    await herald.tell_bills()
    assert heard(world) == []
    world.move_clock(run_ms)
    await herald.tell_bills()
    await herald.tell_bills()
    assert bills_heard(world) == dict.fromkeys(issued_since(world, born_ms), 1)
    assert len(bills_heard(world)) == world.size
    first = heard(world)[0]
    assert first["eventTime"] == first["event"]["customerBill"]["billDate"] == "2026-11-30T16:00:00.000Z"
    granted = [part["appliedAmount"]["value"] for part in first["event"]["customerBill"]["appliedPayment"]]
    assert granted == [30]  # granted money pays as the bill is issued, and nobody else has yet


async def test_a_clock_that_leaps_over_months_leaves_no_run_out(born_ms: int) -> None:
    world = opened(None, born_ms)
    hub = Hub(world.store)
    hub.subscribe(BILLING, "http://listener.example", "eventType=CustomerBillCreateEvent")
    herald = Herald(world, hub)
    world.move_clock(Month.of(born_ms).plus(3).start_ms + DAY_MS)
    await herald.tell_bills()
    told = bills_heard(world)
    assert told == dict.fromkeys(issued_since(world, born_ms), 1)
    assert len({event["eventTime"] for event in heard(world)}) == 3
    world.move_clock(born_ms)
    await herald.tell_bills()
    world.move_clock(Month.of(born_ms).plus(2).start_ms)
    await herald.tell_bills()
    assert bills_heard(world) == told, "a clock moved back and forth issues nothing anew"


async def test_a_restart_in_the_middle_of_a_run_repeats_nothing_and_leaves_nothing_out(
    tmp_path: Path, born_ms: int
) -> None:
    world = opened(tmp_path, born_ms)
    hub = Hub(world.store)
    hub.subscribe(BILLING, "http://listener.example", "")
    world.move_clock(Month.of(born_ms).end_ms)
    running = Herald(world, hub).tell_bills()
    for _ in range(7):
        running.send(None)  # as far as the seventh account
    running.close()
    assert len(bills_heard(world)) == 7
    world.store.close()

    again = opened(tmp_path, born_ms)
    await Herald(again, Hub(again.store)).tell_bills()
    assert bills_heard(again) == dict.fromkeys(issued_since(again, born_ms), 1)
    again.store.close()


async def test_a_run_that_nobody_listens_to_is_not_told_later(born_ms: int) -> None:
    world = opened(None, born_ms)
    hub = Hub(world.store)
    herald = Herald(world, hub)
    world.move_clock(Month.of(born_ms).end_ms)
    await herald.tell_bills()
    hub.subscribe(BILLING, "http://listener.example", "")
    await herald.tell_bills()
    assert heard(world) == []


def dispute(world: World, account: int) -> StoredTicket:
    """A dispute of what a third party charged on the bill that is late."""
    portfolio = world.portfolio(account)
    now_ms = world.clock.stamp_ms()
    late = next(bill for bill in world.books(portfolio, now_ms).bills if bill.remaining_li and bill.late_ms <= now_ms)
    charges = {f"{late.id}-{at}": one for at, one in enumerate(late.charges) if one.subject == "other_party"}
    facts = dispute_facts(late.id, charges, given_back=False)
    request = {"ticketType": "billDispute", "description": "-", "severity": "minor"}
    asked = StoredTicket(0, portfolio.account.id, now_ms, "billDispute", None, request, facts)
    return world.store.tickets.open(asked)


async def test_each_step_of_a_ticket_is_told_once_and_the_credit_note_with_it(born_ms: int) -> None:
    world = opened(None, born_ms)
    hub = Hub(world.store)
    for api in (BILLING, "troubleTicket"):
        hub.subscribe(api, f"http://{api}.example", "")
    herald = Herald(world, hub)
    ticket = dispute(world, 5)
    herald.tell_tickets()
    world.move_clock(born_ms + 600_000)
    herald.tell_tickets()
    herald.tell_tickets()
    tickets = [event for event in heard(world) if "troubleTicket" in event["event"]]
    assert [(event["eventType"], event["event"]["troubleTicket"]["status"]) for event in tickets] == [
        ("TroubleTicketCreateEvent", "acknowledged"),
        ("TroubleTicketStatusChangeEvent", "inProgress"),
        ("TroubleTicketStatusChangeEvent", "resolved"),
    ]
    assert {event["event"]["troubleTicket"]["id"] for event in tickets} == {f"K000005-{ticket.serial}"}
    [note] = [event for event in heard(world) if event["eventType"] == "CustomerBillCreateEvent"]
    assert note["event"]["customerBill"]["category"] == "creditNote"


async def test_a_line_that_a_dispute_frees_is_told_of(born_ms: int) -> None:
    world = opened(None, born_ms)
    hub = Hub(world.store)
    hub.subscribe("productInventory", "http://listener.example", "")
    herald = Herald(world, hub)
    portfolio = world.portfolio(5)
    late = next(bill for bill in world.books(portfolio, born_ms).bills if bill.remaining_li and bill.late_ms <= born_ms)
    third_party_li = sum(charge.amount_li for charge in late.charges if charge.subject == "other_party")
    pay(world, portfolio.account.id, late.remaining_li - third_party_li)
    dispute(world, 5)
    herald.tell_tickets()
    [event] = heard(world)
    assert event["eventType"] == "ProductAttributeValueChangeEvent"
    assert event["event"]["product"]["id"] == portfolio.lines[0].id


def pay(world: World, account_id: str, amount_li: int) -> None:
    world.store.money.add(MoneyDeed(0, "topup", account_id, world.clock.stamp_ms(), amount_li, None, {}))
