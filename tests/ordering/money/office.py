"""Whose papers are compared in these tests, and by whom?"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from graphql_schema.payment_ports import BookedMoney, PaymentFault, StatementRow
from graphql_schema.types.recharge import MismatchKind, Reconciliation
from ordering.money.reconciliation import ReconciliationWork
from ordering.money.work import PaymentWork
from tests.ordering.money.till import FakeBss, FakeProvider, Shop, yuan

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

    async def mornings_later(self, days: int) -> Reconciliation:
        """Another day's report, whose worker did not sleep."""
        self.shop.moment = datetime(2026, 11, 22, 20, tzinfo=UTC) + timedelta(days=days)
        await PaymentWork(self.shop.till).work_on_payments()
        await self.work.work()
        return await self.report(DAY + timedelta(days=days))

    async def later(self) -> Reconciliation:
        self.shop.advance(hours=2)
        await PaymentWork(self.shop.till).work_on_payments()
        await self.work.work()
        return await self.report()

    async def report(self, day: date = DAY) -> Reconciliation:
        (found,) = await self.work.fetch_reports(day)
        return found


def said(report: Reconciliation) -> list[tuple[MismatchKind, str, bool]]:
    return [(each.kind, each.reference, each.mended) for each in report.mismatches]
