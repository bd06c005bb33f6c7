"""How does a customer ask for an export of call records, see how it comes on, and get it?"""

import secrets
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.engine import CursorResult, Row
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.client import Caller
from graphql_schema.identity_ports import Deed
from graphql_schema.problems import ExportUnderWay, NotFound, SignInRequired, TooMany
from graphql_schema.types.call_record import CallRecordFilter
from graphql_schema.types.month import Month, MonthText
from graphql_schema.types.record_export import ExportFormat, ExportState, RecordExport
from statements.export_parts import ExportParts
from statements.export_wish import ExportWish, narrow, read_wish, write_wish
from statements.needs import Seal, Transaction, View, insert_new
from statements.tables import from_us, is_row_id, record_export, record_export_part, to_us

MOST_AT_ONCE = 3
MOST_KEPT = 10
"""Finished files of one line: who wants more deletes one first."""

KEPT = timedelta(hours=24)
"""How long a file can be fetched, and then for how long it is said that it is gone."""

_CLAIMS = MOST_AT_ONCE + 1


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A finished file on its way out: ``pieces`` are opened one by one while it leaves."""

    month: Month
    format: ExportFormat
    size_bytes: int
    ready_at: datetime
    pieces: AsyncIterator[bytes]


class SqlRecordExports:
    """The ``RecordExports`` of graphql_schema.money_ports over SQL, and the finished files."""

    def __init__(self, transaction: Transaction, view: View, *, seal: Seal, now: Callable[[], datetime]) -> None:
        self._transaction, self._view, self._seal, self._now = transaction, view, seal, now
        self._parts = ExportParts(seal)

    async def fetch_exports(self, caller: Caller) -> Sequence[RecordExport]:
        """Those of the caller's line, newest first; failed and gone ones for a day."""
        table, now = record_export, self._now()
        told = or_(table.c.forget_at_us.is_(None), table.c.forget_at_us > to_us(now))
        asked = select(table).where(table.c.line_id == _line_of(caller), told)
        async with self._view() as connection:
            rows = (await connection.execute(asked.order_by(table.c.asked_at_us.desc(), table.c.id))).all()
        return [tell_export(row, now) for row in rows]

    async def begin(
        self, deed: Deed, month: Month, export_format: ExportFormat, wanted: CallRecordFilter | None, *, reveal: bool
    ) -> RecordExport:
        """Queues one; the same deed is answered the same one. Raises ExportUnderWay where another deed asked the same
        and it waits or is worked on, TooMany."""
        wish = ExportWish(deed.caller.number, reveal, narrow(wanted))
        row = self._make(deed, month, export_format, wish)
        async with self._transaction() as connection:
            for _ in range(_CLAIMS):  # each one that is lost found a place taken: then what took it is seen
                begun = await _find_by_deed(connection, deed)
                if begun is not None:
                    return tell_export(begun, self._now())
                # The places first: who sees none of an equal one's rows afterwards finds its place taken, too.
                taken = await _find_taken(connection, row["line_id"])
                await self._refuse_second(connection, row, wish)
                row["slot"] = await _choose_slot(connection, row["line_id"], taken, self._now())
                if await insert_new(connection, record_export, row):
                    continue
        raise TooMany(most=MOST_AT_ONCE)

    async def delete(self, deed: Deed, export_id: str) -> None:
        """It is gone at once, ready or not. Raises NotFound."""
        if not is_row_id(export_id):
            raise NotFound
        now = self._now()
        mine = (record_export.c.id == export_id, record_export.c.line_id == _line_of(deed.caller))
        gone = {"state": "gone", "slot": None, "wish": "", "forget_at_us": to_us(now + KEPT)}
        async with self._transaction() as connection:
            ended: CursorResult[Any] = await connection.execute(update(record_export).where(*mine).values(gone))
            if ended.rowcount != 1:
                raise NotFound
            await connection.execute(delete(record_export_part).where(record_export_part.c.export_id == export_id))

    async def open_file(self, caller: Caller, export_id: str) -> ExportFile | None:
        """The file of the line's own export while it can be fetched, else None.

        Who may ask, and how surely, is the route's to check. Raises where a piece is missing or was changed.
        """
        table, now = record_export, self._now()
        if caller.subscriber is None or caller.helper is not None or caller.fields is not None:
            return None
        if not is_row_id(export_id):
            return None
        mine = (table.c.id == export_id, table.c.line_id == caller.subscriber, table.c.state == "ready")
        async with self._view() as connection:
            row = (
                await connection.execute(select(table).where(*mine, table.c.expires_at_us > to_us(now)))
            ).one_or_none()
        if row is None:
            return None
        pieces = self._parts.read(self._view, export_id, row.attempts)
        ready_at = from_us(row.ready_at_us)
        return ExportFile(Month.parse(row.month), ExportFormat(row.format), row.bytes, ready_at, pieces)

    async def forget_old(self) -> int:
        """Deletes files whose time is over, and rows a day later; how many rows."""
        table, now_us = record_export, to_us(self._now())
        over = select(table.c.id).where(table.c.expires_at_us <= now_us)
        async with self._transaction() as connection:
            await connection.execute(delete(record_export_part).where(record_export_part.c.export_id.in_(over)))
            gone: CursorResult[Any] = await connection.execute(delete(table).where(table.c.forget_at_us <= now_us))
        return gone.rowcount

    async def _refuse_second(self, connection: AsyncConnection, made: dict[str, Any], wish: ExportWish) -> None:
        table = record_export
        same = (table.c[name] == made[name] for name in ("line_id", "month", "format"))
        for row in (await connection.execute(select(table).where(*same, table.c.slot.is_not(None)))).all():
            if read_wish(self._seal.open(row.wish)).asks_the_same(wish):
                raise ExportUnderWay(export_id=row.id, progress=row.progress)

    def _make(self, deed: Deed, month: Month, export_format: ExportFormat, wish: ExportWish) -> dict[str, Any]:
        now_us = to_us(self._now())
        return {
            "id": secrets.token_hex(16),
            "deed": deed.id,
            "line_id": _line_of(deed.caller),
            "month": month.text,
            "format": export_format.value,
            "filtered": wish.wanted is not None,
            "wish": self._seal.close(write_wish(wish)),
            "state": "waiting",
            "progress": 0,
            "asked_at_us": now_us,
            "free_at_us": now_us,
            "attempts": 0,
        }


def tell_export(row: Row[Any], now: datetime) -> RecordExport:
    """A row as the graph's word."""
    state = ExportState(row.state)
    if state is ExportState.READY and row.expires_at_us <= to_us(now):
        state = ExportState.GONE
    return RecordExport(
        id=row.id,
        month=MonthText(row.month),
        format=ExportFormat(row.format),
        state=state,
        progress=row.progress,
        rows=row.rows,
        bytes=row.bytes,
        filtered=row.filtered,
        asked_at=from_us(row.asked_at_us),
        ready_at=_moment(row.ready_at_us),
        expires_at=_moment(row.expires_at_us),
        failure=row.failure,
    )


async def forget_exports_of(connection: AsyncConnection, line_id: str) -> None:
    """The line ended, or somebody else holds it now: what was exported is its former holder's."""
    await connection.execute(delete(record_export_part).where(record_export_part.c.line_id == line_id))
    await connection.execute(delete(record_export).where(record_export.c.line_id == line_id))


async def _find_by_deed(connection: AsyncConnection, deed: Deed) -> Row[Any] | None:
    asked = select(record_export).where(record_export.c.deed == deed.id)
    return (await connection.execute(asked)).one_or_none()


async def _find_taken(connection: AsyncConnection, line_id: str) -> Collection[int | None]:
    asked = select(record_export.c.slot).where(record_export.c.line_id == line_id)
    return (await connection.execute(asked)).scalars().all()


async def _choose_slot(connection: AsyncConnection, line_id: str, taken: Collection[int | None], now: datetime) -> int:
    """A place that is free. Raises TooMany."""
    table = record_export
    free = next((slot for slot in range(1, MOST_AT_ONCE + 1) if slot not in taken), None)
    if free is None:
        raise TooMany(most=MOST_AT_ONCE)
    ready = (table.c.line_id == line_id, table.c.state == "ready", table.c.expires_at_us > to_us(now))
    if (await connection.execute(select(func.count()).where(*ready))).scalar_one() >= MOST_KEPT:
        raise TooMany(most=MOST_KEPT)
    return free


def _line_of(caller: Caller) -> str:
    if caller.subscriber is None:
        raise SignInRequired
    return caller.subscriber


def _moment(moment_us: int | None) -> datetime | None:
    return None if moment_us is None else from_us(moment_us)
