"""Is every difference between a provider's statement, our records and the operator's books found, mended and said?"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from graphql_schema.identity_ports import Deed
from graphql_schema.payment_ports import BookedMoney, PaymentFault, StatementRow
from graphql_schema.types.recharge import MismatchKind, RechargeState, Reconciliation
from ordering.money.reconciliation import ReconciliationWork
from ordering.money.work import PaymentWork
from tests.ordering.money.till import COLLEAGUE, FakeBss, FakeProvider, Shop, yuan

pytestmark = pytest.mark.anyio
DAY = date(2026, 11, 22)


@dataclass
class Papers:
    """A day's statement and books as they follow from what happened, and how they were changed on the way."""

    provider: FakeProvider
    bss: FakeBss
    left_out: set[str] = field(default_factory=set)
    other_amounts: dict[str, str] = field(default_factory=dict)
    strangers: list[StatementRow] = field(default_factory=list)
    unbooked: set[str] = field(default_factory=set)
    booked_besides: list[BookedMoney] = field(default_factory=list)
    down: bool = False

    async def fetch_statement(self, day: date) -> Sequence[StatementRow]:
        if self.down:
            raise PaymentFault("unavailable", outcome_unknown=False)
        if day != DAY:
            return []
        payments = [
            StatementRow(reference, each.provider_id, each.amount or yuan(0), each.paid_at or datetime.now(UTC))
            for reference, each in self.provider.payments.items()
            if each.paid_at is not None
        ]
        refunds = [
            StatementRow(
                reference, "P", refund.amount or yuan(0), refund.done_at or datetime.now(UTC), refund.reference
            )
            for reference, refund in self.provider.refunds.values()
        ]
        rows = [row for row in (*payments, *refunds) if (row.refund_reference or row.reference) not in self.left_out]
        return [self._change(row) for row in rows] + self.strangers

    async def fetch_booked(self, day: date) -> Sequence[BookedMoney]:
        booked = [
            BookedMoney(reference, credit.amount, datetime.now(UTC))
            for reference, (_, credit) in self.bss.credits.items()
            if credit.amount is not None and reference not in self.unbooked
        ]
        return booked + self.booked_besides

    def _change(self, row: StatementRow) -> StatementRow:
        other = self.other_amounts.get(row.reference)
        return row if other is None else replace(row, amount=yuan(other))


class Office:
    """A shop whose day is over, and whoever compares the papers."""

    def __init__(self, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
        self.shop = Shop(engine)
        self.papers = Papers(self.shop.provider, self.shop.bss)
        monkeypatch.setattr(self.shop.provider, "fetch_statement", self.papers.fetch_statement)
        monkeypatch.setattr(self.shop.bss, "fetch_booked", self.papers.fetch_booked)
        self.work = ReconciliationWork(self.shop.till)

    async def earn(self, *deeds: str) -> None:
        for deed in deeds:
            await self.shop.started_and_paid(deed)
            await self.shop.notify(deed)
        await self.shop.settle(rounds=2)

    async def next_morning(self) -> Reconciliation:
        self.shop.moment = datetime(2026, 11, 22, 20, tzinfo=UTC)  # 04:00 in China
        await self.work.work()
        return await self.report()

    async def later(self) -> Reconciliation:
        self.shop.advance(hours=2)
        await PaymentWork(self.shop.till).work_on_payments()
        await self.work.work()
        return await self.report()

    async def report(self) -> Reconciliation:
        (found,) = await self.work.fetch_reports(DAY)
        return found


def said(report: Reconciliation) -> list[tuple[MismatchKind, str, bool]]:
    return [(each.kind, each.reference, each.mended) for each in report.mismatches]


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
