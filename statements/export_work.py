"""How does a worker bring exports to their end, whatever happens to it?"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.identity_ports import RecordLock
from graphql_schema.money_ports import CallRecords, RecordPage
from graphql_schema.ports import BssFault
from graphql_schema.types.call_record import CallRecord, CallRecordFilter
from graphql_schema.types.record_export import ExportFormat
from statements.export_claim import LEASE, ClaimedExport, ExportLease, Overtaken, claim_export, find_pause
from statements.export_parts import PART_BYTES, ExportParts
from statements.export_wish import ExportWish, read_wish
from statements.export_writing import ExportWriting
from statements.needs import Notices, Seal, Transaction
from statements.record_pdf import MOST_ROWS, TooManyRows
from statements.record_rows import ExportHead
from statements.wording import Language

LOG = logging.getLogger(__name__)
AT_ONCE = 3
"""Exports that one process works on at a time."""

ATTEMPTS_MOST = 8
"""So often a system that does not answer, or a worker that dies, is put up with."""

Matches = Callable[[CallRecord, CallRecordFilter | None], bool]
Mask = Callable[[CallRecord], CallRecord]
LanguageOf = Callable[[AsyncConnection, str], Awaitable[Language]]


@dataclass(frozen=True, slots=True)
class ExportSources:
    """What an export is made of: the records, which of them are meant, how other numbers are hidden, whether anybody
    may look at them at all; which language a number prefers, and what the house calls itself in it."""

    records: CallRecords
    matches: Matches
    mask: Mask
    record_lock: RecordLock
    language_of: LanguageOf
    operators: Mapping[Language, str]


class ExportWork:
    """Claims exports that are due and writes their files; any number of workers may, at once.

    A page of records is held at a time, and nothing stands anywhere in the clear. A worker that dies leaves its lease
    to end; the next one begins the file anew.
    """

    def __init__(  # noqa: PLR0913  everything that the work touches arrives here
        self,
        transaction: Transaction,
        sources: ExportSources,
        notices: Notices,
        *,
        seal: Seal,
        now: Callable[[], datetime],
        lease: timedelta = LEASE,
        part_bytes: int = PART_BYTES,
    ) -> None:
        self._transaction, self._sources, self._notices = transaction, sources, notices
        self._seal, self._now, self._length, self._part_bytes = seal, now, lease, part_bytes
        self._under_way: set[asyncio.Task[int]] = set()

    async def wake(self) -> None:
        """Begins to work on what is due, behind the caller: a month of a million records keeps no short one waiting.
        What goes wrong is logged, and the next call begins again."""
        if len(self._under_way) < AT_ONCE:
            task = asyncio.create_task(self._work_behind(), name="exports")
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def stop(self) -> None:
        """Leaves what is under way: its lease ends by itself, and another worker begins it anew."""
        tasks = tuple(self._under_way)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def work_on_exports(self) -> int:
        """Works on what is due until nothing is; how many exports it brought to an end. Takes as long as it takes."""
        ended = 0
        while lease := await claim_export(self._transaction, now=self._now, length=self._length):
            ended += await self._work_on(lease)
        return ended

    async def _work_behind(self) -> int:
        try:
            return await self.work_on_exports()
        except Exception as error:  # noqa: BLE001  whatever it is, the rows hold the promise and the next call goes on
            LOG.error("exports rest until the next call: %s", type(error).__name__)  # its words may quote a person's
            return 0

    async def _work_on(self, lease: ExportLease) -> bool:
        claimed = lease.claimed
        try:
            failure = await self._make(lease)
        except Overtaken:
            return False
        except TooManyRows:
            failure = "too_many_rows"
        except BssFault as fault:
            if fault.retryable and claimed.attempt < ATTEMPTS_MOST:
                await lease.give_back(pause=find_pause(claimed.attempt))
                return False
            failure = "bss"
        if failure is not None:
            await lease.fail(failure)
        return True

    async def _make(self, lease: ExportLease) -> str | None:
        """Writes the file, or says what prevents it."""
        claimed, sources = lease.claimed, self._sources
        if claimed.attempt > ATTEMPTS_MOST:
            return "internal"  # a BSS that stays silent ends the last try with a word of its own
        if await sources.record_lock.is_locked(claimed.line_id):
            return "locked"
        wish = read_wish(self._seal.open(claimed.wish))
        head, parts = await self._make_head(claimed, wish), ExportParts(self._seal)
        writing = ExportWriting(lease, head, self._transaction, parts, now=self._now, part_bytes=self._part_bytes)
        await self._write_records(claimed, wish, writing)
        if await sources.record_lock.is_locked(claimed.line_id):  # switched off meanwhile
            return "locked"

        async def tell(connection: AsyncConnection) -> None:
            if wish.number is not None:
                await self._notices.send(connection, number=wish.number, notice="records_ready", key=claimed.id)

        await writing.finish(tell)
        return None

    async def _write_records(self, claimed: ClaimedExport, wish: ExportWish, writing: ExportWriting) -> None:
        matches, mask = self._sources.matches, self._sources.mask
        async with _closing(self._sources.records.read_month(claimed.line_id, claimed.month)) as pages:
            async for page in pages:
                if claimed.format is ExportFormat.PDF and wish.wanted is None and page.total > MOST_ROWS:
                    raise TooManyRows
                chosen = [record for record in page.records if matches(record, wish.wanted)]
                if not wish.reveal:
                    chosen = [mask(record) for record in chosen]
                await writing.add(chosen, read=len(page.records), of=page.total)

    async def _make_head(self, claimed: ClaimedExport, wish: ExportWish) -> ExportHead:
        language: Language = "zh"
        if wish.number is not None:
            async with self._transaction() as connection:
                language = await self._sources.language_of(connection, wish.number)
        return ExportHead(
            language=language,
            operator=self._sources.operators[language],
            number=wish.number,
            month=claimed.month,
            asked_at=claimed.asked_at,
            filtered=wish.wanted is not None,
            revealed=wish.reveal,
        )


@asynccontextmanager
async def _closing(pages: AsyncIterator[RecordPage]) -> AsyncIterator[AsyncIterator[RecordPage]]:
    """A month that is not read to its end is let go at once: how many read one at a time is counted."""
    try:
        yield pages
    finally:
        if isinstance(pages, AsyncGenerator):
            await pages.aclose()
