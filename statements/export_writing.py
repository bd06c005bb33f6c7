"""How does the file of an export come to be, so that there is never half of it?"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.types.call_record import CallRecord
from graphql_schema.types.record_export import ExportFormat
from statements.export_claim import ExportLease
from statements.export_parts import ExportParts, drop_parts
from statements.exports import KEPT
from statements.needs import Transaction
from statements.record_csv import CsvRecords
from statements.record_pdf import PdfRecords
from statements.record_rows import ExportHead, ExportSum
from statements.record_xlsx import XlsxRecords
from statements.spool import Spool
from statements.tables import to_us

NOTED_EVERY_SECONDS = 0.5


class RecordWriter(Protocol):
    """Writes records into a spool in one format."""

    def add(self, records: Sequence[CallRecord]) -> None:
        """Writes these."""
        ...

    def finish(self, total: ExportSum) -> None:
        """Writes what comes last."""
        ...


WRITERS: Mapping[ExportFormat, Callable[[Spool, ExportHead], RecordWriter]] = {
    ExportFormat.CSV: CsvRecords,
    ExportFormat.XLSX: XlsxRecords,
    ExportFormat.PDF: PdfRecords,
}
AlsoThen = Callable[[AsyncConnection], Awaitable[None]]


class ExportWriting:
    """One try at a file: what was written goes into the database in sealed pieces as they fill, under the name of this
    try, and its progress is noted. Setting and packing happen in threads; writing never waits for a lease."""

    def __init__(  # noqa: PLR0913  what a file is made with
        self,
        lease: ExportLease,
        head: ExportHead,
        transaction: Transaction,
        parts: ExportParts,
        *,
        now: Callable[[], datetime],
        part_bytes: int,
    ) -> None:
        self._lease, self._transaction, self._parts, self._now = lease, transaction, parts, now
        self._spool, self._total = Spool(part_bytes), ExportSum()
        self._writer = WRITERS[lease.claimed.format](self._spool, head)
        self._part = self._read = self._progress = 0
        self._noted_at = time.monotonic()

    async def add(self, records: Sequence[CallRecord], *, read: int, of: int) -> None:
        """Writes these, chosen out of so many that were ``read``, ``of`` all of the month. Raises Overtaken,
        TooManyRows."""
        await asyncio.to_thread(self._writer.add, records)
        self._total.add(records)
        self._read += read
        self._progress = min(99, self._read * 100 // max(of, 1))
        await self._put_away()
        if time.monotonic() - self._noted_at >= NOTED_EVERY_SECONDS:
            await self._lease.renew(progress=self._progress)
            self._noted_at = time.monotonic()

    async def finish(self, also_then: AlsoThen) -> None:
        """The last pieces, and in one commit with the very last the file; ``also_then`` does what goes with it. Raises
        Overtaken."""
        await self._finish_writing()
        await self._put_away()
        now, claimed = self._now(), self._lease.claimed
        ready = {"state": "ready", "progress": 100, "rows": self._total.rows, "bytes": self._spool.written}
        times = {"ready_at_us": to_us(now), "expires_at_us": to_us(now + KEPT), "forget_at_us": to_us(now + 2 * KEPT)}
        async with self._transaction() as connection:
            await self._keep(connection, self._spool.take_piece(last=True) or b"", last=True)
            await drop_parts(connection, claimed.id, but=claimed.attempt)
            await self._lease.hold(connection, slot=None, wish="", **ready, **times)
            await also_then(connection)

    async def _finish_writing(self) -> None:
        """Setting a long document takes longer than a lease lasts without a sign of life."""
        writing = asyncio.create_task(asyncio.to_thread(self._writer.finish, self._total))
        try:
            while not (await asyncio.wait({writing}, timeout=self._lease.length.total_seconds() / 3))[0]:
                await self._lease.renew()
        finally:
            await writing  # a thread can't be stopped

    async def _put_away(self) -> None:
        while (piece := self._spool.take_piece()) is not None:
            async with self._transaction() as connection:
                await self._lease.hold(connection, progress=self._progress)
                await self._keep(connection, piece, last=False)
            self._noted_at = time.monotonic()

    async def _keep(self, connection: AsyncConnection, piece: bytes, *, last: bool) -> None:
        claimed = self._lease.claimed
        await self._parts.keep(
            connection, claimed.id, claimed.attempt, self._part, piece, line_id=claimed.line_id, last=last
        )
        self._part += 1
