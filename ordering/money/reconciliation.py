"""Does a day's money agree: the provider's statement, our records, the operator's books?

Each difference is found, mended where asking again can mend it, and said. What cannot be explained by a machine is held
for a person: no money moves because of a statement alone.
"""

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.payment_ports import CreditState, PaidState, PaymentFault, RefundState
from graphql_schema.ports import BssFault
from graphql_schema.types.month import BUSINESS_ZONE
from graphql_schema.types.recharge import Mismatch, MismatchKind, RechargeSource, Reconciliation
from ordering.money.auto_recharge import business_day
from ordering.money.differences import Difference, Known, Sides, find_differences
from ordering.money.needs import Till
from ordering.money.payments import Payments
from ordering.money.refund_rows import derive_reference, find_refund
from ordering.money.rows import find_recharge
from ordering.money.units import from_fen, from_us, to_fen, to_us
from ordering.money_tables import recharge, recharge_refund
from ordering.needs import insert_new
from ordering.reconciliation_tables import mismatch, reconciliation

LOG = logging.getLogger(__name__)
CREDITED: Final = ("credited", "refunding", "refunded")
PAID: Final = ("paid", "crediting", *CREDITED)


@dataclass(frozen=True, slots=True)
class ReconciliationRules:
    """``ready_at`` is the time of day from which the day before can be looked at; one that differs is looked at again
    after ``again_after``, for ``keep_looking``."""

    ready_at: time = time(3, 0)
    again_after: timedelta = timedelta(hours=1)
    keep_looking: timedelta = timedelta(days=3)
    lease: timedelta = timedelta(minutes=5)


class ReconciliationWork:
    """Looks at each provider's yesterday once it is over, and again while it differs; any number of workers may."""

    def __init__(self, till: Till, *, rules: ReconciliationRules | None = None) -> None:
        self._till, self._rules, self._payments = till, rules or ReconciliationRules(), Payments(till)
        self._cross = till.cross
        self._under_way: asyncio.Task[int] | None = None

    async def wake(self) -> None:
        """Begins to look at what is due, behind the caller."""
        if self._under_way is None or self._under_way.done():
            self._under_way = asyncio.create_task(self._work_behind(), name="reconciliation")

    async def stop(self) -> None:
        """Leaves what is under way: its lease ends by itself."""
        if self._under_way is not None:
            self._under_way.cancel()
            await asyncio.gather(self._under_way, return_exceptions=True)

    async def work(self) -> int:
        """Reconciles what is due; how many days of providers that were."""
        await self._plan()
        done = 0
        while (row := await self._claim()) is not None:
            try:
                await self._reconcile(row)
            except (PaymentFault, BssFault) as fault:
                LOG.warning("a day could not be reconciled: %s", fault.code)
            done += 1
        return done

    async def fetch_reports(self, day: date) -> Sequence[Reconciliation]:
        """What was found, by provider; empty before anybody looked."""
        text = day.isoformat()
        reports = select(reconciliation).where(reconciliation.c.day == text, reconciliation.c.done_at_us.is_not(None))
        found = select(mismatch).where(mismatch.c.day == text).order_by(mismatch.c.kind, mismatch.c.reference)
        async with self._till.reading() as connection:
            rows = (await connection.execute(reports.order_by(reconciliation.c.source))).all()
            odd = (await connection.execute(found)).all()
        return [_report(row, [each for each in odd if each.source == row.source]) for row in rows]

    async def _work_behind(self) -> int:
        try:
            return await self.work()
        except Exception as error:  # noqa: BLE001  nobody waits for this task: the sweep comes again
            LOG.error("nothing was reconciled: %s", type(error).__name__)
            return 0

    async def _plan(self) -> None:
        """Writes down that yesterday is to be looked at, once for each provider."""
        now = self._till.now()
        if now.astimezone(BUSINESS_ZONE).time() < self._rules.ready_at:
            return
        yesterday = (business_day(now) - timedelta(days=1)).isoformat()
        known = select(reconciliation.c.source).where(reconciliation.c.day == yesterday)
        async with self._till.reading() as connection:
            planned = set((await connection.execute(known)).scalars())
        for source in self._till.providers.keys() - {RechargeSource(each) for each in planned}:
            draft = {
                "day": yesterday,
                "source": source.value,
                "currency": self._till.rules.currency,
                "payments": 0,
                "paid_fen": 0,
                "refunded_fen": 0,
                "credited_fen": 0,
                "agrees": False,
                "free_at_us": to_us(now),
                "attempts": 0,
            }
            async with self._till.transaction() as connection:
                await insert_new(connection, reconciliation, draft)
        self._cross("reconciliation.planned")

    async def _claim(self) -> Row[Any] | None:
        table, now = reconciliation, self._till.now()
        due = select(table).where(table.c.free_at_us <= to_us(now)).order_by(table.c.free_at_us).limit(1)
        async with self._till.reading() as connection:
            found = (await connection.execute(due)).one_or_none()
        if found is None:
            return None
        leased = {"attempts": found.attempts + 1, "free_at_us": to_us(now + self._rules.lease)}
        async with self._till.transaction() as connection:
            claimed = update(table).where(*_mine(found)).values(leased).returning(*table.c)
            return (await connection.execute(claimed)).one_or_none()

    async def _reconcile(self, row: Row[Any]) -> None:
        source, day = RechargeSource(row.source), date.fromisoformat(row.day)
        sides = await self._gather(source, day)
        mended = {each: await self._mend(source, each) for each in find_differences(sides)}
        self._cross("reconciliation.mended")
        real = {each: is_mended for each, is_mended in mended.items() if is_mended is not None}
        await self._conclude(row, sides, real)
        self._cross("reconciliation.kept")

    async def _gather(self, source: RechargeSource, day: date) -> Sides:
        statement = await self._till.providers[source].fetch_statement(day)
        booked = {each.reference: to_fen(each.amount) for each in await self._till.money.fetch_booked(day)}
        paid_there = {
            each.reference: Known(each.reference, each.reference, to_fen(each.amount))
            for each in statement
            if each.refund_reference is None
        }
        back_there = {
            each.refund_reference: Known(each.refund_reference, each.reference, abs(to_fen(each.amount)))
            for each in statement
            if each.refund_reference is not None
        }
        paid, back = await self._read_ours(source, day, paid_there.keys(), back_there.keys())
        paid_here = {row.id: Known(row.id, row.id, row.amount_fen) for row in paid if row.state in PAID}
        credited = {row.id: Known(row.id, row.id, row.amount_fen) for row in paid if row.credited_at_us is not None}
        back_here = {row.id: Known(row.id, row.recharge_id, row.amount_fen) for row in back if row.state == "given"}
        unknown = await self._find_unknown(booked) if source is next(iter(self._till.providers)) else {}
        return Sides(paid_there, paid_here, back_there, back_here, credited, booked, unknown)

    async def _find_unknown(self, booked: Mapping[str, int]) -> Mapping[str, int]:
        """What the operator booked in our name and we know nothing of; its books do not say by which provider."""
        ids = list(booked)
        restored = select(recharge_refund.c.id).where(recharge_refund.c.state == "refused")
        async with self._till.reading() as connection:
            known = set((await connection.execute(select(recharge.c.id).where(recharge.c.id.in_(ids)))).scalars())
            mine = select(recharge_refund.c.id).where(recharge_refund.c.id.in_(ids))
            known |= set((await connection.execute(mine)).scalars())
            known |= {derive_reference(each, "restore") for each in (await connection.execute(restored)).scalars()}
        return {reference: fen for reference, fen in booked.items() if reference not in known}

    async def _read_ours(
        self,
        source: RechargeSource,
        day: date,
        paid_there: Collection[str],
        back_there: Collection[str],
    ) -> tuple[Sequence[Row[Any]], Sequence[Row[Any]]]:
        """Our payments of the day, or on the statement; and the refunds likewise."""
        begins_us, ends_us = (to_us(each) for each in _bounds(day))
        of_day = recharge.c.paid_at_us.between(begins_us, ends_us - 1)
        ours = select(recharge).where(recharge.c.source == source.value, of_day | recharge.c.id.in_(list(paid_there)))
        given = recharge_refund.c.ended_at_us.between(begins_us, ends_us - 1)
        refunds = (
            select(recharge_refund)
            .join(recharge, recharge.c.id == recharge_refund.c.recharge_id)
            .where(recharge.c.source == source.value, given | recharge_refund.c.id.in_(list(back_there)))
        )
        async with self._till.reading() as connection:
            return (await connection.execute(ours)).all(), (await connection.execute(refunds)).all()

    async def _mend(self, source: RechargeSource, found: Difference) -> bool | None:
        """Whether it is mended; None: it is no difference after all, only of another day."""
        match found.kind:
            case MismatchKind.TAKEN_UP:
                return await self._take_up(found)
            case MismatchKind.CLEARED:
                return await self._look_elsewhere(source, found)
            case MismatchKind.REFUND_NOTED:
                return await self._note_refund(found)
            case MismatchKind.CREDITED:
                return await self._credit(found)
            case _:
                return False

    async def _take_up(self, found: Difference) -> bool:
        """The provider is asked about a payment that we thought open, closed or refused: its answer decides."""
        row = await find_recharge(self._till, recharge.c.id == found.reference)
        if row is None:
            return False
        asked = await self._payments.ask(row)
        self._cross("reconciliation.taken_up")
        return asked.state in PAID

    async def _look_elsewhere(self, source: RechargeSource, found: Difference) -> bool | None:
        """A payment or refund of ours that is not on this day's statement: the provider may have it on another."""
        provider = self._till.providers[source]
        if found.recharge_id == found.reference:
            there = await provider.fetch(found.reference)
            return None if there.state is PaidState.PAID else False
        given = await provider.fetch_refund(found.recharge_id or "", found.reference)
        return None if given.state is RefundState.DONE else False

    async def _note_refund(self, found: Difference) -> bool:
        """A refund that we thought under way: the worker that follows it is woken."""
        refund = await find_refund(self._till, found.reference)
        if refund is None:
            return False
        woken = update(recharge_refund).where(
            recharge_refund.c.id == refund.id, recharge_refund.c.free_at_us.is_not(None)
        )
        async with self._till.transaction() as connection:
            await connection.execute(woken.values(free_at_us=to_us(self._till.now())))
        return bool(refund.state == "given")

    async def _credit(self, found: Difference) -> bool | None:
        """We say that it was credited and the books of the day do not: the operator is asked, and given it under the
        same reference where it never had it."""
        row = await find_recharge(self._till, recharge.c.id == found.reference)
        if row is None:
            return False
        money = self._till.money
        credit = await money.find_top_up(row.account_id, row.id)
        if credit.state is CreditState.DONE:
            return None if credit.amount in (None, from_fen(row.amount_fen, row.currency)) else False
        if credit.state is CreditState.UNKNOWN:
            credit = await money.top_up(row.id, row.account_id, amount=from_fen(row.amount_fen, row.currency))
        self._cross("reconciliation.credited")
        return credit.state is CreditState.DONE

    async def _conclude(self, row: Row[Any], sides: Sides, found: Mapping[Difference, bool]) -> None:
        """The report and its differences in one commit; who lost the lease writes nothing."""
        now, agrees = self._till.now(), all(found.values())
        old = business_day(now) - date.fromisoformat(row.day) > self._rules.keep_looking
        kept = {
            "done_at_us": to_us(now),
            "payments": len(sides.paid_there),
            "paid_fen": sum(each.amount_fen for each in sides.paid_there.values()),
            "refunded_fen": sum(each.amount_fen for each in sides.back_there.values()),
            "credited_fen": sum(each.amount_fen for each in sides.credited.values()),
            "agrees": agrees,
            "free_at_us": None if agrees or old else to_us(now + self._rules.again_after),
        }
        async with self._till.transaction() as connection:
            done = update(reconciliation).where(*_mine(row)).values(kept)
            if (await connection.execute(done)).rowcount != 1:
                return
            insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
            for each, is_mended in found.items():
                draft = _draft(row, each, now) | {"mended": is_mended}
                again = {"mended": is_mended, "ours_fen": each.ours_fen, "theirs_fen": each.theirs_fen}
                keys = ["day", "source", "kind", "reference"]
                written = insert(mismatch).values(draft).on_conflict_do_update(index_elements=keys, set_=again)
                await connection.execute(written)
            await _settle_former(connection, row, found)


async def _settle_former(connection: AsyncConnection, row: Row[Any], found: Mapping[Difference, bool]) -> None:
    """What differed when it was looked at before and differs no more is mended."""
    open_ = select(mismatch.c.kind, mismatch.c.reference).where(
        mismatch.c.day == row.day, mismatch.c.source == row.source, mismatch.c.mended.is_(False)
    )
    still = {(each.kind.value, each.reference) for each in found}
    for former in (await connection.execute(open_)).all():
        if (former.kind, former.reference) not in still:
            this = (
                mismatch.c.day == row.day,
                mismatch.c.source == row.source,
                mismatch.c.kind == former.kind,
                mismatch.c.reference == former.reference,
            )
            await connection.execute(update(mismatch).where(*this).values(mended=True))


def _bounds(day: date) -> tuple[datetime, datetime]:
    """The first instant of a business day, and the first after it."""
    begins = datetime.combine(day, time(), BUSINESS_ZONE)
    return begins, begins + timedelta(days=1)


def _mine(row: Row[Any]) -> tuple[Any, Any, Any]:
    table = reconciliation
    return table.c.day == row.day, table.c.source == row.source, table.c.attempts == row.attempts


def _draft(row: Row[Any], found: Difference, now: datetime) -> dict[str, Any]:
    return {
        "day": row.day,
        "source": row.source,
        "kind": found.kind.value,
        "reference": found.reference,
        "recharge_id": found.recharge_id,
        "ours_fen": found.ours_fen,
        "theirs_fen": found.theirs_fen,
        "currency": row.currency,
        "found_at_us": to_us(now),
    }


def _report(row: Row[Any], odd: Sequence[Row[Any]]) -> Reconciliation:
    return Reconciliation(
        day=date.fromisoformat(row.day),
        source=RechargeSource(row.source),
        done_at=from_us(row.done_at_us),
        payments=row.payments,
        paid=from_fen(row.paid_fen, row.currency),
        refunded=from_fen(row.refunded_fen, row.currency),
        credited=from_fen(row.credited_fen, row.currency),
        agrees=row.agrees,
        mismatches=[
            Mismatch(
                kind=MismatchKind(each.kind),
                recharge_id=each.recharge_id,
                reference=each.reference,
                ours=None if each.ours_fen is None else from_fen(each.ours_fen, each.currency),
                theirs=None if each.theirs_fen is None else from_fen(each.theirs_fen, each.currency),
                mended=each.mended,
                found_at=from_us(each.found_at_us),
            )
            for each in odd
        ],
    )
