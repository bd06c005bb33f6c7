"""Do bills and what stands beside them add up to the fen, for every persona and month, and is nothing owed twice?"""

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import httpx
import pytest

from sandbox.bss.bill import Bill
from sandbox.bss.charge import Charge
from sandbox.bss.month import DAY_MS, Month
from sandbox.bss.paper import OF_A_MONTH, Paper, count_papers, papers_of
from sandbox.bss.personas import STORIES
from sandbox.bss.ticket import dispute_facts
from sandbox.bss.ticket_book import StoredTicket
from sandbox.bss.world import World

pytestmark = pytest.mark.anyio

BILLING = "/tmf-api/customerBillManagement/v4"
ENTERPRISE, HEAVY_USER = 6, 9


def subjects_li(charges: list[Charge]) -> int:
    """By the rule, not by the sandbox's own sum: subjects add up exactly, each is rounded half-up to the fen."""
    sums = Counter[str]()
    for charge in charges:
        sums[charge.subject] += charge.amount_li
    return sum(int((Decimal(amount) / 10).quantize(Decimal(1), ROUND_HALF_UP)) * 10 for amount in sums.values())


def applied_li(bill: Bill, *, by_credit_note: bool) -> int:
    return sum(payment.amount_li for payment in bill.payments if payment.by_credit_note is by_credit_note)


def check_sums(world: World, index: int, at_ms: int) -> None:
    portfolio = world.portfolio(index)
    books, papers = world.books(portfolio, at_ms), papers_of(world, portfolio, at_ms)
    for paper in papers:
        assert paper.total_li == subjects_li(paper.charges)
    for bill in books.bills:
        paid, given_back = applied_li(bill, by_credit_note=False), applied_li(bill, by_credit_note=True)
        assert 0 <= bill.remaining_li == bill.total_li - paid - given_back
        notes = [paper for paper in papers if paper.category == "creditNote" and paper.refers_to == bill.id]
        assert 0 <= given_back <= -sum(note.total_li for note in notes)
    owed_li = sum(paper.remaining_li for paper in papers if paper.category in OF_A_MONTH)
    assert books.owed_li() == owed_li
    assert len({paper.id for paper in papers}) == len(papers)
    if at_ms == world.clock.now_ms():
        assert count_papers(world, portfolio) == len(papers)


@pytest.mark.parametrize("index", range(len(STORIES)))
def test_all_sums_agree_in_each_month_of_a_persona(born_ms: int, index: int) -> None:
    world = World.open(now_ms=born_ms)
    first, last = world.first_month.plus(1), Month.of(born_ms).plus(3)
    for ago in range(last.since(first), -1, -1):
        month = last.plus(-ago)
        within = () if index == HEAVY_USER else (DAY_MS, 14 * DAY_MS + 1, 27 * DAY_MS)  # to rate 20,000 uses takes long
        for after_ms in (0, *within):
            check_sums(world, index, month.start_ms + after_ms)
    world.store.close()


def test_all_sums_agree_after_credits_of_every_size(born_ms: int) -> None:
    """Each bill of the arrears persona is credited: the unpaid ones, the one paid by halves and the settled."""
    world = World.open(now_ms=born_ms)
    portfolio = world.portfolio(5)
    for bill in world.books(portfolio, born_ms).bills:
        charges = {str(order): one for order, one in enumerate(bill.charges) if one.subject == "other_party"}
        facts = dispute_facts(bill.id, charges, given_back=False)
        world.store.tickets.open(StoredTicket(0, portfolio.account.id, born_ms, "billDispute", None, {}, facts))
    before = world.books(portfolio, born_ms)
    check_sums(world, 5, born_ms)
    for at_ms in (born_ms + 600_000, born_ms + 10 * DAY_MS, born_ms + 70 * DAY_MS):
        world.move_clock(at_ms)
        check_sums(world, 5, at_ms)
    after = world.books(portfolio, born_ms + 600_000)
    given_back_li = sum(-paper.total_li for paper in papers_of(world, portfolio, born_ms + 600_000) if paper.refers_to)
    assert given_back_li > 0
    moved_li = before.owed_li() - after.owed_li() + after.own_li - before.own_li
    assert moved_li == given_back_li, "each fen that is given back lessens a bill or is the account's own"
    world.store.close()


def by_category(world: World, index: int) -> dict[str, list[Paper]]:
    found: dict[str, list[Paper]] = {}
    for paper in papers_of(world, world.portfolio(index), world.clock.now_ms()):
        found.setdefault(paper.category, []).append(paper)
    return found


def test_an_interim_bill_is_open_until_the_bill_that_contains_it_is_there(world: World) -> None:
    month = Month.of(world.born_ms).plus(-3)
    world.move_clock(month.start_ms + 20 * DAY_MS)
    [interim] = by_category(world, ENTERPRISE)["interim"]
    assert (interim.state, interim.remaining_li) == ("sent", interim.total_li)
    assert interim.total_li > 0
    assert world.books(world.portfolio(ENTERPRISE), world.clock.now_ms()).owed_li() == 0
    world.move_clock(month.end_ms)
    [contained] = by_category(world, ENTERPRISE)["interim"]
    assert (contained.state, contained.remaining_li, contained.charges) == ("settled", 0, interim.charges)
    [normal] = [paper for paper in by_category(world, ENTERPRISE)["normal"] if paper.month == month]
    assert normal.total_li > contained.total_li


def test_a_duplicate_repeats_its_bill_whatever_becomes_of_that(world: World) -> None:
    month = Month.of(world.born_ms).plus(-2)
    for days in (13, 40):
        world.move_clock(month.end_ms + days * DAY_MS)
        found = by_category(world, 4)
        [copy] = found["duplicate"]
        [original] = [paper for paper in found["normal"] if paper.id == copy.refers_to]
        assert (copy.total_li, copy.remaining_li, copy.state, copy.payments) == (
            original.total_li, original.remaining_li, original.state, original.payments,
        )  # fmt: skip
    world.move_clock(month.end_ms + 11 * DAY_MS)
    assert "duplicate" not in by_category(world, 4)


def test_the_bill_after_which_no_line_lives_is_the_last(world: World) -> None:
    portfolio = world.portfolio(7)
    for line in portfolio.lines[:-1]:
        world.end_line(line, world.clock.stamp_ms())
    world.move_clock(Month.of(world.born_ms).end_ms)
    assert "last" not in by_category(world, 7)
    world.end_line(portfolio.lines[-1], world.clock.stamp_ms())
    world.move_clock(Month.of(world.born_ms).plus(3).start_ms)
    found = by_category(world, 7)
    assert [paper.month for paper in found["last"]] == [Month.of(world.born_ms).plus(1)]
    assert found["normal"][0].month == Month.of(world.born_ms)
    assert [charge.number for charge in found["last"][0].charges] == ["gziptv0009"] * len(found["last"][0].charges)


async def get(bss: httpx.AsyncClient, path: str, **query: str) -> Any:
    return (await bss.get(path, params=query)).json()


async def test_each_paper_is_listed_found_by_its_id_and_has_its_lines(bss: httpx.AsyncClient) -> None:
    seen = set()
    for account_id in ("A000003", "A000004", "A000006", "A000007"):
        for bill in await get(bss, f"{BILLING}/customerBill", **{"billingAccount.id": account_id}):
            seen.add(bill["category"])
            assert await get(bss, bill["href"]) == bill
            rates = await get(bss, f"{BILLING}/appliedCustomerBillingRate", **{"bill.id": bill["id"]})
            assert rates
            assert await get(bss, rates[-1]["href"]) == rates[-1]
            assert (bill["runType"] == "onCycle") is (bill["category"] == "normal")
            assert ("correctedBill" in bill) is (bill["category"] in {"duplicate", "creditNote"})
    assert seen == {"normal", "interim", "duplicate", "trial", "creditNote"}


async def test_papers_are_found_by_category_and_by_the_bill_that_they_correct(bss: httpx.AsyncClient) -> None:
    query = {"billingAccount.id": "A000004", "category": "duplicate"}
    [copy] = await get(bss, f"{BILLING}/customerBill", **query)
    found = await get(bss, f"{BILLING}/customerBill", **{"correctedBill.id": copy["correctedBill"]["id"]})
    assert [paper["id"] for paper in found] == [copy["id"]]


async def test_a_rated_line_says_its_kind_and_what_it_is_for(bss: httpx.AsyncClient) -> None:
    rates = [
        rate
        for account_id in ("A000005", "A000007")
        for rate in await get(
            bss, f"{BILLING}/appliedCustomerBillingRate", **{"billingAccount.id": account_id, "limit": "500"}
        )
    ]
    said = [{trait["name"]: trait["value"] for trait in rate["characteristic"]} | rate for rate in rates]
    kinds = {rate["chargeKind"]: rate["type"] for rate in said}
    assert kinds["penalty"] == "appliedPenaltyCharge"
    assert kinds["discount"] == "appliedBillingCredit"
    assert {"recurring", "usage", "discount", "adjustment", "penalty"} <= kinds.keys()
    assert all(("tariff" in rate) is (rate["chargeKind"] == "usage") for rate in said)
    assert {rate["lineKind"] for rate in said if "number" in rate} == {"mobile", "fixed", "broadband", "iptv"}
