"""What is deleted because its time is over?"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy import ColumnElement, Table, delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import write
from gateway.identity.consent.retention import forget_old_words
from gateway.identity.job_claim import claim_job
from gateway.identity.personal_data import periods
from gateway.identity.personal_data.tables import personal_data_export, personal_data_request
from gateway.identity.tables import to_us
from notifications.alert_tables import alert, inbox_message

FORGET_EVERY = timedelta(minutes=10)
ROWS_IN_A_BATCH = 500
MOST_BATCHES = 40
"""Of one kind in one run: the rest waits for the next."""

Forget = Callable[..., Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Schedule:
    """One kind of record and how some of it that is over is deleted: ``forget(connection, now=, limit=) -> count``."""

    record: str
    forget: Forget


async def forget_by_schedule(engine: AsyncEngine, *, now: datetime) -> Mapping[str, int]:
    """Deletes what is over, in short transactions, and says how much of what. Of workers that ask at once one does it.

    Raises DatabaseFault.
    """
    if not await claim_job(engine, "forget_by_schedule", period=FORGET_EVERY, now=now):
        return {}
    return {schedule.record: await _forget(engine, schedule, now) for schedule in SCHEDULES}


async def _forget(engine: AsyncEngine, schedule: Schedule, now: datetime) -> int:
    forgotten = 0
    for _ in range(MOST_BATCHES):
        async with write(engine) as connection:
            count = await schedule.forget(connection, now=now, limit=ROWS_IN_A_BATCH)
        forgotten += count
        if count == 0:
            break
    return forgotten


async def _forget_rows(
    connection: AsyncConnection, table: Table, over: Callable[[int], ColumnElement[bool]], *, now: datetime, limit: int
) -> int:
    key = list(table.primary_key)
    some = (await connection.execute(select(*key).where(over(to_us(now))).limit(limit))).all()
    if not some:
        return 0
    return (await connection.execute(delete(table).where(tuple_(*key).in_([tuple(row) for row in some])))).rowcount


def _us(period: timedelta) -> int:
    return period // timedelta(microseconds=1)


def _rows(record: str, table: Table, over: Callable[[int], ColumnElement[bool]]) -> Schedule:
    return Schedule(record, partial(_forget_rows, table=table, over=over))


SCHEDULES: Final[Sequence[Schedule]] = (
    Schedule("consents", forget_old_words),
    _rows("exports", personal_data_export, lambda now_us: personal_data_export.c.expires_at_us <= now_us),
    _rows(
        "requests",
        personal_data_request,
        lambda now_us: personal_data_request.c.done_at_us < now_us - _us(periods.REQUESTS),
    ),
    _rows("inbox", inbox_message, lambda now_us: inbox_message.c.raised_at_us < now_us - _us(periods.ALERTS)),
    _rows("alerts", alert, lambda now_us: alert.c.ended_at_us < now_us - _us(periods.ALERTS)),
)
