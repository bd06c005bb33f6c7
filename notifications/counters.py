"""How much of its allowance has a line used, and whom must we tell?"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import delete, func, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.ports import BssFault, Usage, UsageReading
from graphql_schema.types.bucket import BucketScope
from notifications.alert_tables import alert, usage_counter, usage_event
from notifications.journal import PATIENCE_ATTEMPTS, JournalEntry, SqlJournal, Transaction, insert_new, now_us, to_us
from notifications.lines_to_read import find_lines_to_read
from notifications.thresholds import decide_step, usage_topic

log = structlog.get_logger(__name__)

BATCH = 500
USAGE_THRESHOLD = "usage_threshold"
KEEP = timedelta(days=30)
MICROSECOND = timedelta(microseconds=1)


class _Overtaken(Exception):  # noqa: N818  another worker was faster: nothing is wrong
    """Another worker counted some of these events; nothing of ours was kept."""


class UsageCounters:
    """Counts the journal's events, once each: the count, the alert and the event's mark are one commit.

    A counter begins as the BSS's own reading, which holds every use up to its instant; later uses are added to it. The
    BSS is read again before a step is said, so that nobody is told "used up" who has just bought more.
    """

    def __init__(self, transaction: Transaction, journal: SqlJournal, usage: Usage) -> None:
        self._transaction = transaction
        self._journal = journal
        self._usage = usage
        self._counting = asyncio.Lock()
        self._asked_again = False

    async def count(self) -> list[int]:
        """Counts what is new and returns the ids of the alerts that are due because of it.

        While a round is under way here it only sees to it that another follows: with a slow BSS rounds would pile up,
        each asking for the same lines.
        """
        self._asked_again = True
        if self._counting.locked():
            return []
        due: list[int] = []
        async with self._counting:
            while self._asked_again:
                self._asked_again = False
                due += await self._count_new()
        return due

    async def _count_new(self) -> list[int]:
        due: list[int] = []
        while entries := await self._journal.fetch_new(limit=BATCH):
            readings, hopeless = await self._read_lines(entries)
            countable = [entry for entry in entries if entry.line_id in readings]
            await self._postpone([entry for entry in entries if entry.line_id not in readings], hopeless)
            try:
                async with self._transaction() as connection:
                    due += await _count_batch(connection, countable, readings)
            except _Overtaken:
                continue
            if len(countable) < BATCH:
                break
        return due

    async def forget_old(self) -> None:
        """Deletes counted events and closed cycles that are older than KEEP, seen from the newest use.

        Business time, since events bear no other. Until then an event that is told again is recognised.
        """
        newest = select(func.max(usage_event.c.at_us)).where(usage_event.c.state == "counted")
        async with self._transaction() as connection:
            newest_us = await connection.scalar(newest)
            if newest_us is None:
                return
            old = usage_event.c.at_us < newest_us - KEEP // MICROSECOND
            await connection.execute(delete(usage_event).where(usage_event.c.state == "counted", old))
            closed = usage_counter.c.cycle_end_at_us < newest_us - KEEP // MICROSECOND
            await connection.execute(delete(usage_counter).where(closed))

    async def _read_lines(
        self, entries: Sequence[JournalEntry]
    ) -> tuple[dict[str, UsageReading | None], frozenset[str]]:
        """A reading for each line that lacks a counter or is about to cross a step, None for one that needs none; and
        the lines that the BSS will not answer for, however often it is asked."""
        readings: dict[str, UsageReading | None] = {}
        hopeless: set[str] = set()
        async with self._transaction() as connection:
            to_read = await find_lines_to_read(connection, entries)
        for line_id in {entry.line_id for entry in entries}:
            if line_id not in to_read:
                readings[line_id] = None
                continue
            try:
                reading = await self._usage.fetch_usage(line_id)
            except BssFault as fault:
                log.warning("usage_unread", code=fault.code)
                if not fault.retryable:
                    hopeless.add(line_id)
                continue
            if not reading.stale:
                readings[line_id] = reading
        return readings, frozenset(hopeless)

    async def _postpone(self, entries: Sequence[JournalEntry], hopeless: frozenset[str]) -> None:
        """Leaves events for a later round, behind the others; those of a hopeless line are parked for a person."""
        if not entries:
            return
        parked = [entry.id for entry in entries if entry.line_id in hopeless and entry.attempts >= PATIENCE_ATTEMPTS]
        async with self._transaction() as connection:
            here = usage_event.c.id.in_([entry.id for entry in entries])
            await connection.execute(update(usage_event).where(here).values(attempts=usage_event.c.attempts + 1))
            if parked:
                log.error("usage_events_parked", count=len(parked))
                await connection.execute(update(usage_event).where(usage_event.c.id.in_(parked)).values(state="parked"))


async def _count_batch(
    connection: AsyncConnection, entries: Sequence[JournalEntry], readings: dict[str, UsageReading | None]
) -> list[int]:
    if not entries:
        return []
    ids = [entry.id for entry in entries]
    marked: CursorResult[Any] = await connection.execute(
        update(usage_event).where(usage_event.c.id.in_(ids), usage_event.c.state == "new").values(state="counted")
    )
    if marked.rowcount != len(ids):
        raise _Overtaken
    as_of_us: dict[str, int] = {}
    for line_id, reading in readings.items():
        if reading is not None:
            await _begin_counters(connection, line_id, reading)
            as_of_us[line_id] = to_us(reading.as_of)
    for entry in entries:
        touched = {entry.line_id}
        for bucket_id, amount in entry.consumption:
            touched |= await _add_use(connection, bucket_id, amount, entry.at_us)
        as_of_us |= {line_id: max(entry.at_us, as_of_us.get(line_id, 0)) for line_id in touched}
    raised = [await _raise_alerts(connection, line_id, at_us) for line_id, at_us in sorted(as_of_us.items())]
    return [alert_id for ids in raised for alert_id in ids]


async def _begin_counters(connection: AsyncConnection, line_id: str, reading: UsageReading) -> None:
    unlimited = {
        bucket.usage_type for bucket in reading.buckets if bucket.scope is BucketScope.GENERAL and bucket.total is None
    }
    rows = [
        {
            "line_id": line_id,
            "bucket_id": bucket.id,
            "cycle_start_at_us": to_us(reading.cycle_start),
            "cycle_end_at_us": to_us(reading.cycle_end),
            "usage_type": bucket.usage_type.value,
            "counts": bucket.scope is BucketScope.GENERAL and bucket.usage_type not in unlimited,
            "total": bucket.total,
            "used": bucket.used,
            "read_at_us": to_us(reading.as_of),
        }
        for bucket in reading.buckets
    ]
    if rows:
        await insert_new(connection, usage_counter, rows)


async def _add_use(connection: AsyncConnection, bucket_id: str, amount: int, at_us: int) -> set[str]:
    """Adds a use to every line's counter of this bucket (a shared one has several) whose reading came before it."""
    here = (
        (usage_counter.c.bucket_id == bucket_id)
        & (usage_counter.c.cycle_start_at_us <= at_us)
        & (usage_counter.c.cycle_end_at_us > at_us)
        & (usage_counter.c.read_at_us < at_us)
    )
    await connection.execute(update(usage_counter).where(here).values(used=usage_counter.c.used + amount))
    rows = await connection.execute(select(usage_counter.c.line_id).where(here))
    return set(rows.scalars())


async def _raise_alerts(connection: AsyncConnection, line_id: str, at_us: int) -> list[int]:
    """One alert for each usage type whose summed general allowance has crossed a step in its newest cycle."""
    cycle = await connection.scalar(
        select(func.max(usage_counter.c.cycle_start_at_us)).where(usage_counter.c.line_id == line_id)
    )
    sums = select(
        usage_counter.c.usage_type,
        func.sum(usage_counter.c.used).label("used"),
        func.sum(usage_counter.c.total).label("total"),
    ).where(usage_counter.c.line_id == line_id, usage_counter.c.cycle_start_at_us == cycle, usage_counter.c.counts)
    rows = (await connection.execute(sums.group_by(usage_counter.c.usage_type))).all()
    raised = []
    for row in rows:
        topic = usage_topic(line_id, row.usage_type, cycle)
        said = await connection.scalar(select(func.max(alert.c.step)).where(alert.c.topic == topic))
        step = decide_step(used=int(row.used), total=int(row.total), said_percent=said or 0)
        if step is not None:
            facts = {"usageType": row.usage_type, "used": int(row.used), "total": int(row.total), "asOfUs": at_us}
            raised.append(await _raise_alert(connection, line_id, topic, step, facts))
    return raised


async def _raise_alert(connection: AsyncConnection, line_id: str, topic: str, step: int, facts: dict[str, Any]) -> int:
    now = now_us()
    row = {
        "topic": topic,
        "step": step,
        "name": USAGE_THRESHOLD,
        "line_id": line_id,
        "facts": {**facts, "percent": step},
        "state": "due",
        "attempts": 0,
        "free_at_us": now,
        "created_at_us": now,
    }
    await insert_new(connection, alert, [row])
    return int(
        (await connection.execute(select(alert.c.id).where(alert.c.topic == topic, alert.c.step == step))).scalar_one()
    )
