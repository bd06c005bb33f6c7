"""Is every difference between a provider's statement, our records and the operator's books found, mended and said?"""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from graphql_schema.identity_ports import Deed
from graphql_schema.payment_ports import BookedMoney, PaidState, StatementRow
from graphql_schema.types.recharge import MismatchKind, RechargeState
from ordering.money.reconciliation import ReconciliationWork, find_days
from ordering.money.rows import fetch_row
from ordering.reconciliation_tables import reconciliation
from tests.ordering.money.office import DAY, Office, said
from tests.ordering.money.till import COLLEAGUE, yuan

pytestmark = pytest.mark.anyio


@pytest.fixture
async def office(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> Office:
    return Office(engine, monkeypatch)


async def test_a_day_that_agrees_says_its_sums(office: Office) -> None:
    await office.earn("D1", "D2")
    report = await office.next_morning()
    assert (report.agrees, report.mismatches) == (True, [])
    assert (report.payments, report.paid, report.credited, report.refunded) == (2, yuan(100), yuan(100), yuan(0))


async def test_nothing_is_looked_at_before_its_time_and_each_day_once(office: Office) -> None:
    await office.earn("D1")
    office.shop.moment = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)  # 02:30
    assert await office.work.work() == 0
    office.shop.moment = datetime(2026, 11, 22, 20, tzinfo=UTC)
    done = await asyncio.gather(*(office.work.work() for _ in range(5)))
    assert sum(done) == 1
    assert await office.work.work() == 0


async def test_a_payment_that_nobody_told_us_of_is_taken_up_and_credited(office: Office) -> None:
    await office.shop.start("D1")
    office.shop.moment = datetime(2026, 11, 22, 15, 59, tzinfo=UTC)
    office.shop.provider.pay("D1")  # silently, a minute before midnight
    report = await office.next_morning()
    assert said(report) == [(MismatchKind.TAKEN_UP, "D1", True)]
    assert report.agrees
    await office.later()
    assert (await office.shop.see("D1")).state is RechargeState.CREDITED


async def test_a_payment_of_nobody_is_held_for_a_person_and_moves_nothing(office: Office) -> None:
    await office.earn("D1")
    office.papers.strangers.append(StatementRow("X9", "P9", yuan(70), office.shop.moment))
    report = await office.next_morning()
    assert said(report) == [(MismatchKind.TAKEN_UP, "X9", False)]
    assert not report.agrees
    assert office.shop.bss.booked() == Decimal(50)
    assert said(await office.later()) == [(MismatchKind.TAKEN_UP, "X9", False)]


async def test_what_the_statement_leaves_out_and_the_provider_knows_is_no_difference(office: Office) -> None:
    await office.earn("D1", "D2")
    office.papers.left_out.add("D2")  # it stands on the next day's
    report = await office.next_morning()
    assert (report.agrees, report.mismatches) == (True, [])


async def test_money_that_the_provider_never_had_is_said_and_goes_on_being_looked_at(office: Office) -> None:
    await office.earn("D1")
    del office.shop.provider.payments["D1"]
    report = await office.next_morning()
    assert said(report) == [(MismatchKind.CLEARED, "D1", False)]
    assert (report.mismatches[0].ours, report.mismatches[0].theirs) == (yuan(50), None)


async def test_another_amount_is_held_with_both(office: Office) -> None:
    await office.earn("D1")
    office.papers.other_amounts["D1"] = "5"
    report = await office.next_morning()
    assert said(report) == [(MismatchKind.AMOUNT_DIFFERS, "D1", False)]
    assert (report.mismatches[0].ours, report.mismatches[0].theirs) == (yuan(50), yuan(5))
    assert office.shop.bss.booked() == Decimal(50)


@pytest.mark.parametrize("state", ["waiting", "closed"])
async def test_money_of_another_amount_is_held_and_said_until_it_is_given_back(office: Office, state: str) -> None:
    shop = office.shop
    await shop.start("D1")
    if state == "closed":
        shop.advance(minutes=16)
        await shop.settle(rounds=1)
    known = shop.provider.payments["D1"]
    shop.provider.payments["D1"] = replace(known, state=PaidState.PAID, amount=yuan(70), paid_at=shop.moment)
    report = await office.next_morning()
    assert said(report) == [(MismatchKind.AMOUNT_DIFFERS, "D1", False)]
    assert [(each.ours, each.theirs) for each in report.mismatches] == [(yuan(50), yuan(70))]
    assert ((await fetch_row(shop.till, "D1")).state, await shop.balances()) == ("held", {})
    assert said(await office.later()) == [(MismatchKind.AMOUNT_DIFFERS, "D1", False)]
    await shop.recharges.refund(Deed("F1", COLLEAGUE), "D1", yuan(70))
    report = await office.later()
    assert (said(report), report.agrees) == ([(MismatchKind.AMOUNT_DIFFERS, "D1", True)], True)


async def test_a_credit_that_the_operator_lost_is_made_again_under_its_reference(office: Office) -> None:
    await office.earn("D1")
    del office.shop.bss.credits["D1"]
    office.shop.bss.own["A1"] = 0
    report = await office.next_morning()
    assert said(report) == [(MismatchKind.CREDITED, "D1", True)]
    assert office.shop.bss.booked() == Decimal(50)


async def test_a_credit_that_is_only_missing_on_the_list_is_no_difference(office: Office) -> None:
    await office.earn("D1")
    office.papers.unbooked.add("D1")
    report = await office.next_morning()
    assert (report.agrees, report.mismatches) == (True, [])
    assert office.shop.bss.booked() == Decimal(50)


async def test_a_credit_that_we_know_nothing_of_is_held(office: Office) -> None:
    await office.earn("D1")
    office.papers.booked_besides.append(BookedMoney("Z1", yuan(30), office.shop.moment))
    report = await office.next_morning()
    assert said(report) == [(MismatchKind.UNKNOWN_CREDIT, "Z1", False)]
    assert report.mismatches[0].theirs == yuan(30)


async def test_a_refund_is_on_both_sides(office: Office) -> None:
    await office.earn("D1")
    await office.shop.recharges.refund(Deed("B1", COLLEAGUE), "D1", yuan(20))
    report = await office.next_morning()
    assert (report.agrees, report.refunded, report.mismatches) == (True, yuan(20), [])


async def test_a_refund_whose_answer_was_lost_is_noted_when_its_worker_has_asked(office: Office) -> None:
    await office.earn("D1")
    office.shop.provider.day.comes("refund", "dropped")
    await office.shop.recharges.refund(Deed("B1", COLLEAGUE), "D1", yuan(20))
    report = await office.next_morning()
    assert said(report) == [(MismatchKind.REFUND_NOTED, "B1", False)]
    report = await office.later()
    assert said(report) == [(MismatchKind.REFUND_NOTED, "B1", True)]
    assert report.agrees


async def test_a_statement_that_does_not_come_is_asked_for_again(office: Office) -> None:
    await office.earn("D1")
    office.papers.down = True
    office.shop.moment = datetime(2026, 11, 22, 20, tzinfo=UTC)
    await office.work.work()
    assert await office.work.fetch_reports(DAY) == []
    office.papers.down = False
    office.shop.advance(minutes=6)
    await office.work.work()
    assert (await office.report()).agrees


async def test_a_worker_that_dies_leaves_the_day_to_another(office: Office) -> None:
    await office.earn("D1")
    office.shop.moment = datetime(2026, 11, 22, 20, tzinfo=UTC)

    def die(boundary: str) -> None:
        raise SystemExit(boundary)

    with pytest.raises(SystemExit):
        await ReconciliationWork(office.shop.make_till(cross=die)).work()
    office.shop.advance(minutes=6)
    await office.work.work()
    assert (await office.report()).agrees


async def test_an_old_difference_is_looked_at_no_more(office: Office) -> None:
    await office.earn("D1")
    office.papers.other_amounts["D1"] = "5"
    await office.next_morning()
    office.shop.moment += timedelta(days=4)
    await office.work.work()
    first = (await office.report()).done_at
    office.shop.moment += timedelta(days=1)
    await office.work.work()
    assert (await office.report()).done_at == first


@pytest.mark.parametrize(
    ("newest", "days"),
    [
        (None, [DAY]),
        (DAY, []),
        (DAY - timedelta(days=1), [DAY]),
        (DAY - timedelta(days=3), [DAY - timedelta(days=2), DAY - timedelta(days=1), DAY]),
    ],
)
def test_each_day_since_the_last_one_is_planned(newest: date | None, days: list[date]) -> None:
    assert find_days(newest, DAY) == days


def test_no_more_than_a_month_is_planned_at_once() -> None:
    days = find_days(DAY - timedelta(days=400), DAY)
    assert (len(days), days[0], days[-1]) == (31, DAY - timedelta(days=30), DAY)


async def test_a_worker_that_was_away_for_days_looks_at_each_of_them(office: Office) -> None:
    await office.next_morning()
    office.shop.moment += timedelta(days=2)
    await office.earn("D1")  # on the 24th or 25th, and nobody reconciles
    office.shop.moment = datetime(2026, 11, 27, 20, tzinfo=UTC)
    await office.work.work()
    for days in range(6):
        assert (await office.report(DAY + timedelta(days=days))).done_at.date() >= DAY
    assert await office.work.fetch_reports(DAY + timedelta(days=6)) == []


async def test_a_day_that_is_looked_at_late_has_its_second_chance(office: Office) -> None:
    office.shop.moment = datetime(2026, 11, 20, 20, tzinfo=UTC)
    await office.work.work()
    office.shop.moment = datetime(2026, 11, 22, 15, tzinfo=UTC)
    await office.earn("D1")
    office.papers.other_amounts["D1"] = "5"
    office.shop.moment = datetime(2026, 12, 1, 20, tzinfo=UTC)
    await office.work.work()
    assert not (await office.report()).agrees
    office.papers.other_amounts.clear()
    assert (await office.later()).agrees


async def test_a_provider_that_is_offered_no_more_stops_no_other(office: Office) -> None:
    await office.earn("D1")
    gone = {"day": DAY.isoformat(), "source": "alipay", "currency": "CNY", "payments": 0, "paid_fen": 0, "attempts": 0}
    gone |= {"refunded_fen": 0, "credited_fen": 0, "agrees": False, "free_at_us": 0}
    async with office.shop.till.transaction() as connection:
        await connection.execute(reconciliation.insert().values(gone))
    assert (await office.next_morning()).agrees
