"""Does a day's money agree: the provider's statement, our records, the operator's books?

Each difference is found, mended where asking again can mend it, and said. What cannot be explained by a machine is held
for a person: no money moves because of a statement alone.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.payment_ports import PaymentFault
from graphql_schema.ports import BssFault
from graphql_schema.types.month import BUSINESS_ZONE
from graphql_schema.types.recharge import Mismatch, MismatchKind, RechargeSource, Reconciliation
from ordering.money.auto_recharge import business_day
from ordering.money.books import gather_sides
from ordering.money.differences import Difference, Sides, find_differences
from ordering.money.mending import Mending
from ordering.money.needs import Till
from ordering.money.units import from_fen, from_us, to_us
from ordering.needs import insert_new
from ordering.reconciliation_tables import mismatch, reconciliation

LOG = logging.getLogger(__name__)
DAYS_BACK_MOST: Final = 31


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
        self._till, self._rules, self._mending = till, rules or ReconciliationRules(), Mending(till)
        self._cross, self._offered = till.cross, [each.value for each in till.providers]
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
        """Writes down, once for each provider, that every day that is over and was not planned is to be looked at: a
        worker may have been away for days."""
        now = self._till.now()
        if now.astimezone(BUSINESS_ZONE).time() < self._rules.ready_at:
            return
        yesterday = business_day(now) - timedelta(days=1)
        newest = select(reconciliation.c.source, func.max(reconciliation.c.day).label("day"))
        known = newest.where(reconciliation.c.day <= yesterday.isoformat()).group_by(reconciliation.c.source)
        async with self._till.reading() as connection:
            planned = {row.source: date.fromisoformat(row.day) for row in (await connection.execute(known)).all()}
        for source in self._till.providers:
            for day in find_days(planned.get(source.value), yesterday):
                async with self._till.transaction() as connection:
                    await insert_new(connection, reconciliation, self._plan_day(source, day, now))
        self._cross("reconciliation.planned")

    def _plan_day(self, source: RechargeSource, day: date, now: datetime) -> dict[str, Any]:
        return {
            "day": day.isoformat(),
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

    async def _claim(self) -> Row[Any] | None:
        table, now = reconciliation, self._till.now()
        due = select(table).where(table.c.free_at_us <= to_us(now), table.c.source.in_(self._offered))
        oldest = due.order_by(table.c.free_at_us, table.c.day, table.c.source).limit(1)
        async with self._till.reading() as connection:
            found = (await connection.execute(oldest)).one_or_none()
        if found is None:
            return None
        leased = {"attempts": found.attempts + 1, "free_at_us": to_us(now + self._rules.lease)}
        async with self._till.transaction() as connection:
            claimed = update(table).where(*_mine(found)).values(leased).returning(*table.c)
            return (await connection.execute(claimed)).one_or_none()

    async def _reconcile(self, row: Row[Any]) -> None:
        source, day = RechargeSource(row.source), date.fromisoformat(row.day)
        sides, mended = await gather_sides(self._till, source, day), dict[Difference, bool | None]()
        until = self._till.now() + self._rules.lease / 2  # whoever looks for longer than the lease never ends
        differences = find_differences(sides)
        await self._write_found(row, differences)
        self._cross("reconciliation.found")
        for each in differences:
            mended[each] = await self._mending.mend(source, each) if self._till.now() < until else False
        self._cross("reconciliation.mended")
        real = {each: is_mended for each, is_mended in mended.items() if is_mended is not None}
        await self._conclude(row, sides, real, none=[each for each in differences if each not in real])
        self._cross("reconciliation.kept")
        if not all(real.values()):
            LOG.warning("%s of %s: %d differences are open", row.source, row.day, len(real) - sum(real.values()))

    async def _write_found(self, row: Row[Any], differences: Sequence[Difference]) -> None:
        """What was found stands before it is mended: whoever dies in between leaves it to be said."""
        now = self._till.now()
        async with self._till.transaction() as connection:
            for each in differences:
                await insert_new(connection, mismatch, _draft(row, each, now) | {"mended": False})

    async def _conclude(
        self, row: Row[Any], sides: Sides, found: Mapping[Difference, bool], *, none: Sequence[Difference]
    ) -> None:
        """The report and its differences in one commit; who lost the lease writes nothing."""
        now, agrees = self._till.now(), all(found.values())
        is_over = business_day(now) - date.fromisoformat(row.day) > self._rules.keep_looking
        old = is_over and row.done_at_us is not None  # one that is looked at late has its second chance too
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
            for each in none:  # only of another day
                await connection.execute(delete(mismatch).where(*_this(row, each.kind.value, each.reference)))
            await _settle_former(connection, row, found)


async def _settle_former(connection: AsyncConnection, row: Row[Any], found: Mapping[Difference, bool]) -> None:
    """What differed when it was looked at before and differs no more is mended."""
    open_ = select(mismatch.c.kind, mismatch.c.reference).where(
        mismatch.c.day == row.day, mismatch.c.source == row.source, mismatch.c.mended.is_(False)
    )
    still = {(each.kind.value, each.reference) for each in found}
    for former in (await connection.execute(open_)).all():
        if (former.kind, former.reference) not in still:
            this = _this(row, former.kind, former.reference)
            await connection.execute(update(mismatch).where(*this).values(mended=True))


def _this(row: Row[Any], kind: str, reference: str) -> tuple[Any, ...]:
    at = (mismatch.c.day == row.day, mismatch.c.source == row.source)
    return *at, mismatch.c.kind == kind, mismatch.c.reference == reference


def find_days(newest: date | None, yesterday: date) -> Sequence[date]:
    """Which days are to be planned after the newest that is: each since then, of the last 31; yesterday alone, where
    none is."""
    if newest is None:
        return [yesterday]
    first = max(newest + timedelta(days=1), yesterday - timedelta(days=DAYS_BACK_MOST - 1))
    return [first + timedelta(days=each) for each in range((yesterday - first).days + 1)]


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
