"""Who ends points, tells of it before, rates lines anew and compares every account with its postings, once a period?"""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.engine import Row

from graphql_schema.ports import Lines
from graphql_schema.types.month import Month
from loyalty.claiming import Turns
from loyalty.earning_tables import watched_bill
from loyalty.needs import Teller, Transaction, View, insert_new
from loyalty.points.audit import Difference, audit_page
from loyalty.points.expiring import Ending, expire, fetch_all_ending
from loyalty.points.policies import TierPolicy
from loyalty.points.tiers import MONTHS_OF_A_RATING, fetch_unrated, rate
from loyalty.run_tables import loyalty_run
from loyalty.runs.calendar import Due, RunKind, find_due, find_month_end
from loyalty.tables import from_us, to_us

LOG = logging.getLogger(__name__)
PAGE: Final = 100
"""Lines that are told or rated in one step, each step with a lease of its own."""
BATCHES: Final = 20
"""Of lots that end in one step: a step is over long before its lease, however many there are in all."""
SHOWN_MOST: Final = 20
AT_ONCE: Final = timedelta()


@dataclass(frozen=True, slots=True)
class Calendar:
    """Everything that a run may touch. ``now`` is business time."""

    transaction: Transaction
    reading: View
    lines: Lines
    teller: Teller
    tiers: Sequence[TierPolicy]
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class AuditVerdict:
    """The last audit that came to its end: on which day, and which accounts differ (the first of ``count``)."""

    day: date
    ended_at: datetime
    count: int
    differences: Sequence[Difference]


class RunWork:
    """Claims what is due. Any number of workers may, at once: a run is one worker's for a step, and goes on where the
    step before ended, whoever takes it."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._turns = Turns(
            loyalty_run, calendar.transaction, calendar.reading, calendar.now, lease=timedelta(minutes=10)
        )
        self._steps: Mapping[RunKind, Callable[[Row[Any]], Awaitable[None]]] = {
            RunKind.EXPIRY: self._expire,
            RunKind.NOTICE: self._tell,
            RunKind.RATING: self._rate,
            RunKind.AUDIT: self._audit,
        }

    async def work(self) -> int:
        """Begins what is due and works until nothing is; how many steps it took."""
        await self._begin()
        return await self._turns.work(lambda row: self._steps[RunKind(row.kind)](row))

    async def fetch_verdict(self) -> AuditVerdict | None:
        """What the last audit found; None: none was made."""
        ended = select(loyalty_run).where(loyalty_run.c.kind == RunKind.AUDIT.value, loyalty_run.c.state == "done")
        async with self._calendar.reading() as connection:
            row = (await connection.execute(ended.order_by(loyalty_run.c.period.desc()).limit(1))).one_or_none()
        if row is None:
            return None
        found = [Difference(**each) for each in json.loads(row.found)]
        return AuditVerdict(date.fromisoformat(row.period), from_us(row.ended_at_us), row.counted, found)

    async def _begin(self) -> None:
        due = {each.id: each for each in find_due(self._calendar.now())}
        async with self._calendar.reading() as connection:
            there = select(loyalty_run.c.id).where(loyalty_run.c.id.in_(list(due)))
            begun = set((await connection.execute(there)).scalars())
        now_us = to_us(self._calendar.now())
        for each in due.values():
            if each.id not in begun:
                async with self._calendar.transaction() as connection:
                    await insert_new(connection, loyalty_run, _draft(each, now_us))

    async def _expire(self, row: Row[Any]) -> None:
        """Ends some; what a worker ended that died before it said so is ended, and not in the count."""
        day, now = date.fromisoformat(row.period), self._calendar.now()
        ended = await expire(self._calendar.transaction, day, now=now, batches=BATCHES)
        counted = row.counted + ended.points
        if ended.after is None:
            await self._end(row, counted=counted)
        else:
            await self._turns.free(row, after=AT_ONCE, counted=counted, attempts=0)

    async def _tell(self, row: Row[Any]) -> None:
        """Tells a page of lines what ends with the month, each once."""
        last_day = find_month_end(date.fromisoformat(row.period))
        if self._calendar.now() >= Month(last_day.year, last_day.month).ends_at:  # they have ended since
            await self._end(row, counted=row.counted)
            return
        async with self._calendar.reading() as connection:
            ending = await fetch_all_ending(connection, on=last_day, after=row.place, limit=PAGE)
        told = sum([await self._tell_one(each) for each in ending])
        await self._go_on(row, [each.line_id for each in ending], counted=row.counted + told)

    async def _tell_one(self, ending: Ending) -> int:
        line = await self._calendar.lines.fetch_line(ending.line_id)
        if line is None:
            return 0
        async with self._calendar.transaction() as connection:
            await self._calendar.teller.send(
                connection,
                number=line.number,
                notice="points_ending",
                key=f"{ending.line_id}:{ending.expires_on.isoformat()}",
                points=ending.points,
                until=ending.expires_on,
            )
        return 1

    async def _rate(self, row: Row[Any]) -> None:
        """Gives a page of lines whose year is over the stars of the last twelve months."""
        now = self._calendar.now()
        first = Month.of(now).plus(-MONTHS_OF_A_RATING).text
        async with self._calendar.transaction() as connection:
            unrated = await fetch_unrated(connection, now=now, after=row.place, limit=PAGE)
            for line_id in unrated:
                mine = (watched_bill.c.line_id == line_id, watched_bill.c.month >= first)
                paid = await connection.execute(select(func.sum(watched_bill.c.paid_fen)).where(*mine))
                paid_fen = int(paid.scalar() or 0)
                await rate(connection, line_id, paid_fen=paid_fen, policies=self._calendar.tiers, now=now)
        await self._go_on(row, unrated, counted=row.counted + len(unrated))

    async def _audit(self, row: Row[Any]) -> None:
        """Compares a page of accounts, and keeps the first that differ."""
        async with self._calendar.reading() as connection:
            found, after = await audit_page(connection, after=row.place)
        shown = [*json.loads(row.found), *map(asdict, found)][:SHOWN_MOST]
        so_far: dict[str, Any] = {"counted": row.counted + len(found), "found": json.dumps(shown)}
        if after is not None:
            await self._turns.free(row, after=AT_ONCE, place=after, attempts=0, **so_far)
            return
        if so_far["counted"]:
            LOG.error("the audit of points found %d figures that are not what their postings say", so_far["counted"])
        await self._end(row, **so_far)

    async def _go_on(self, row: Row[Any], page: Sequence[str], *, counted: int) -> None:
        if len(page) < PAGE:
            await self._end(row, counted=counted)
        else:
            await self._turns.free(row, after=AT_ONCE, place=page[-1], counted=counted, attempts=0)

    async def _end(self, row: Row[Any], **values: Any) -> None:  # noqa: ANN401  columns
        now_us = to_us(self._calendar.now())
        await self._turns.free(row, after=None, state="done", ended_at_us=now_us, **values)


def _draft(due: Due, now_us: int) -> dict[str, Any]:
    return {
        "id": due.id,
        "kind": due.kind.value,
        "period": due.period.isoformat(),
        "state": "due",
        "place": "",
        "counted": 0,
        "found": "[]",
        "began_at_us": now_us,
        "free_at_us": now_us,
        "attempts": 0,
    }
