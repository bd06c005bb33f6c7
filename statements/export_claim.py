"""Who works on an export, and how is a dead worker's work taken over?"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.types.month import Month
from graphql_schema.types.record_export import ExportFormat
from statements.export_parts import drop_parts
from statements.exports import KEPT
from statements.needs import Transaction
from statements.tables import from_us, record_export, to_us

LEASE = timedelta(seconds=30)
"""Longer than anything takes between two signs of life."""

LONGEST_PAUSE = timedelta(minutes=5)


class Overtaken(Exception):  # noqa: N818  what happened
    """The lease went to another worker, or the export was deleted: what this one did is undone."""


@dataclass(frozen=True, slots=True)
class ClaimedExport:
    """An export as it stood when it was claimed. ``(id, attempt)`` is the lease, and names the file that is written."""

    id: str
    attempt: int
    line_id: str
    month: Month
    format: ExportFormat
    wish: str
    asked_at: datetime


class ExportLease:
    """An export that is this worker's alone, as long as it gives signs of life."""

    def __init__(
        self, claimed: ClaimedExport, transaction: Transaction, *, now: Callable[[], datetime], length: timedelta
    ) -> None:
        self.claimed, self.length = claimed, length
        self._transaction, self._now = transaction, now

    async def hold(self, connection: AsyncConnection, **values: Any) -> None:  # noqa: ANN401  columns
        """Begins anew and keeps these columns, in the transaction of the work. Raises Overtaken."""
        kept = {"free_at_us": to_us(self._now() + self.length), **values}
        if not await self._change(connection, kept):
            raise Overtaken

    async def renew(self, **values: Any) -> None:  # noqa: ANN401  columns
        """The same in a transaction of its own. Raises Overtaken."""
        async with self._transaction() as connection:
            await self.hold(connection, **values)

    async def give_back(self, *, pause: timedelta = timedelta()) -> None:
        """Anybody may begin anew after the pause."""
        free = {"free_at_us": to_us(self._now() + pause), "state": "waiting", "progress": 0}
        async with self._transaction() as connection:
            await self._change(connection, free)

    async def fail(self, failure: str) -> None:
        """It will never be ready: what was written of it goes at once, its row a day later."""
        forget_at_us = to_us(self._now() + KEPT)
        ended = {"state": "failed", "failure": failure, "slot": None, "wish": "", "forget_at_us": forget_at_us}
        async with self._transaction() as connection:
            if await self._change(connection, ended):
                await drop_parts(connection, self.claimed.id)

    async def _change(self, connection: AsyncConnection, values: dict[str, Any]) -> bool:
        table, claimed = record_export, self.claimed
        mine = (table.c.id == claimed.id, table.c.attempts == claimed.attempt, table.c.state == "working")
        done: CursorResult[Any] = await connection.execute(update(table).where(*mine).values(values))
        return done.rowcount == 1


async def claim_export(
    transaction: Transaction, *, now: Callable[[], datetime], length: timedelta = LEASE
) -> ExportLease | None:
    """The export that has been due for longest, leased to the caller alone, or None."""
    table, moment = record_export, now()
    due = (table.c.state.in_(("waiting", "working")), table.c.free_at_us <= to_us(moment))
    async with transaction() as connection:
        oldest = select(table.c.id, table.c.attempts).where(*due).order_by(table.c.free_at_us, table.c.id).limit(1)
        found = (await connection.execute(oldest)).one_or_none()
        if found is None:
            return None
        row = await _lease(connection, found, due, free_at_us=to_us(moment + length))
        if row is None:
            return None  # another worker was faster
        await drop_parts(connection, row.id)  # what a dead worker had written: the file begins anew
    month, export_format = Month.parse(row.month), ExportFormat(row.format)
    claimed = ClaimedExport(row.id, row.attempts, row.line_id, month, export_format, row.wish, from_us(row.asked_at_us))
    return ExportLease(claimed, transaction, now=now, length=length)


def find_pause(attempt: int) -> timedelta:
    """How long an export rests that failed: longer each time, five minutes at most."""
    return min(LONGEST_PAUSE, timedelta(seconds=2 ** min(attempt, 12)))


async def _lease(
    connection: AsyncConnection, found: Row[str, int], due: tuple[ColumnElement[bool], ...], *, free_at_us: int
) -> Row[Any] | None:
    table = record_export
    same = (table.c.id == found.id, table.c.attempts == found.attempts, *due)
    leased = {"state": "working", "attempts": found.attempts + 1, "free_at_us": free_at_us, "progress": 0}
    return (await connection.execute(update(table).where(*same).values(leased).returning(*table.c))).one_or_none()
