"""Where does a usage event stand before anybody counts it?"""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.types.usage_event import UsageEvent
from notifications.alert_tables import usage_event
from notifications.spending_looks import LOOK_AFTER, raise_looks

Transaction = Callable[[], AbstractAsyncContextManager[AsyncConnection]]
"""Begins a short transaction that is committed at the end of its block."""

PATIENCE_ATTEMPTS = 50
"""An event whose line the BSS refused in so many rounds is parked for a person to look at."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A usage event that waits to be counted."""

    id: int
    line_id: str
    at_us: int
    consumption: tuple[tuple[str, int], ...]
    attempts: int


class SqlJournal:
    """Usage events as rows: the BSS may forget an event as soon as `append` has returned."""

    def __init__(self, transaction: Transaction, *, look_after: timedelta = LOOK_AFTER) -> None:
        """``look_after`` a fee the line's spending is looked at: fees that come meanwhile cost the BSS nothing more."""
        self._transaction = transaction
        self._look_after = look_after

    async def append(self, events: Iterable[UsageEvent]) -> int:
        """Stores a batch in one commit and says how many were new; one that the BSS tells twice stands once. The
        same commit asks for a look at the spending of every line that had a fee."""
        events = list(events)
        rows = [
            {
                "event_id": event.id,
                "line_id": event.line_id,
                "usage_type": event.usage_type.value if event.usage_type else None,
                "at_us": to_us(event.at),
                "consumption": [[bucket_id, amount] for bucket_id, amount in event.consumption],
                "state": "new",
                "attempts": 0,
            }
            for event in events
        ]
        if not rows:
            return 0
        async with self._transaction() as connection:
            new = await insert_new(connection, usage_event, rows)
            if new:
                await raise_looks(connection, events, now_us=now_us(), after=self._look_after)
            return new

    async def fetch_new(self, *, limit: int) -> Sequence[JournalEntry]:
        """Events that nobody has counted: the oldest first, those that had to wait behind the others."""
        query = (
            select(usage_event).where(usage_event.c.state == "new").order_by(usage_event.c.attempts, usage_event.c.id)
        )
        async with self._transaction() as connection:
            rows = (await connection.execute(query.limit(limit))).all()
        return [
            JournalEntry(
                id=row.id,
                line_id=row.line_id,
                at_us=row.at_us,
                consumption=tuple((bucket_id, amount) for bucket_id, amount in row.consumption),
                attempts=row.attempts,
            )
            for row in rows
        ]


async def insert_new(connection: AsyncConnection, table: Table, rows: Sequence[dict[str, Any]]) -> int:
    """Inserts the rows that no unique constraint forbids, and says how many those were."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    done: CursorResult[Any] = await connection.execute(insert(table).values(list(rows)).on_conflict_do_nothing())
    return done.rowcount


def to_us(moment: datetime) -> int:
    """Microseconds since the epoch."""
    return (moment - _EPOCH) // _MICROSECOND


def from_us(moment_us: int) -> datetime:
    """The aware instant (UTC) of so many microseconds since the epoch."""
    return _EPOCH + moment_us * _MICROSECOND


def now_us() -> int:
    """This machine's clock, for leases and pauses; business time comes with the events."""
    return time.time_ns() // 1000


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = datetime.resolution
