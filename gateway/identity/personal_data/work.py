"""How does a worker bring requests to their end, whatever happens to it?"""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import DatabaseFault, read, write
from gateway.identity.audit.entry import AuditEntry, record
from gateway.identity.notice import Notices
from gateway.identity.personal_data.claim import Claimed, Overtaken, claim_request, find_pause, hold, let_go
from gateway.identity.personal_data.erasure import Erasure, LineEnded, TakeBackAll
from gateway.identity.personal_data.export import ExportFacts, ExportStore, pack_export
from gateway.identity.personal_data.kinds import KINDS
from gateway.identity.personal_data.periods import EXPORTS
from gateway.identity.personal_data.person import Person, has_number, know_person
from gateway.identity.personal_data.records import MOST_EXPORTED, RecordKind, read_rows
from gateway.identity.personal_data.request import Entry, write_report
from gateway.identity.tables import to_us
from graphql_schema.client import Channel
from graphql_schema.ports import BssFault, Lines
from graphql_schema.types.personal_data import PersonalDataKind

log = structlog.get_logger(__name__)
TURN_SECONDS = 20.0
ROWS_IN_A_BATCH = 500
BSS_PAUSE = timedelta(minutes=1)


class PersonalDataWork:
    """Claims due requests and works on them in short transactions; any number of workers may, at once."""

    def __init__(  # noqa: PLR0913  everything that the work touches arrives here
        self,
        engine: AsyncEngine,
        lines: Lines,
        notices: Notices,
        *,
        secret: bytes,
        now: Callable[[], datetime],
        line_ended: Sequence[LineEnded],
        take_back_all: TakeBackAll,
        kinds: Sequence[RecordKind] = KINDS,
        batch: int = ROWS_IN_A_BATCH,
        turn_seconds: float = TURN_SECONDS,
    ) -> None:
        """``secret`` is the house's: it closes exports, and tells which rows bear our mark. ``line_ended`` ends what
        stands on a line when its data is erased, ``take_back_all`` its consents; ``turn_seconds`` is how long one call
        may go on before it leaves the rest to the next."""
        self._engine, self._lines, self._notices, self._now = engine, lines, notices, now
        self._kinds, self._turn_seconds, self._secret = kinds, turn_seconds, secret
        self._exports = ExportStore(secret=secret)
        self._erasure = Erasure(engine, kinds, line_ended, take_back_all, now, batch)

    async def work_on_requests(self) -> int:
        """One turn: works on what is due until nothing is, or the turn is over; how many requests it finished.

        Raises DatabaseFault: the leases end by themselves.
        """
        ends_at, finished = time.monotonic() + self._turn_seconds, 0
        while time.monotonic() < ends_at and (claimed := await claim_request(self._engine, now=self._now())):
            finished += await self._work_on(claimed, ends_at)
        return finished

    async def _work_on(self, claimed: Claimed, ends_at: float) -> bool:
        try:
            person = await self._find_person(claimed)
            if claimed.kind is PersonalDataKind.EXPORT:
                await self._export(claimed, person)
                return True
            return await self._erase(claimed, person, ends_at)
        except Overtaken:
            log.warning("personal_data_overtaken", request=claimed.id)
        except BssFault as fault:
            log.warning("personal_data_waits", request=claimed.id, fault=fault.code)
            await let_go(self._engine, claimed, now=self._now(), pause=BSS_PAUSE)
        except DatabaseFault:
            raise
        except Exception as error:  # noqa: BLE001  one request that can't be done must not stop the others
            log.error("personal_data_failed", request=claimed.id, error=type(error).__name__, attempt=claimed.attempt)
            await let_go(self._engine, claimed, now=self._now(), pause=find_pause(claimed.attempt))
        return False

    async def _find_person(self, claimed: Claimed) -> Person:
        theirs = claimed.number is not None and await has_number(self._lines, claimed.line_id, claimed.number)
        number = claimed.number if theirs else None
        async with read(self._engine) as connection:
            return await know_person(connection, claimed.line_id, number, now=self._now())

    async def _export(self, claimed: Claimed, person: Person) -> None:
        async with read(self._engine) as connection:
            records = {
                kind.name: await read_rows(connection, kind, person, secret=self._secret) for kind in self._kinds
            }
        now = self._now()
        expires_at, cut = now + EXPORTS, tuple(name for name, rows in records.items() if len(rows) == MOST_EXPORTED)
        facts = ExportFacts(person.line_id, person.number, now, expires_at, cut)
        content = await asyncio.to_thread(pack_export, records, facts)
        entries = [Entry(name, done=len(rows)) for name, rows in records.items()]
        ended = {"state": "done", "progress": 100, "done_at_us": to_us(now), "expires_at_us": to_us(expires_at)}
        entry = AuditEntry("export_personal_data", "system", claimed.line_id, Channel.SYSTEM, 0)
        async with write(self._engine) as connection:
            await hold(connection, claimed, now=now, report=write_report(entries), number=None, **ended)
            await self._exports.keep(connection, claimed.id, content, line_id=claimed.line_id, expires_at=expires_at)
            await record(connection, entry, now=now)
            if person.number is not None:
                key = f"export_ready:{claimed.id}"
                await self._notices.send(connection, number=person.number, notice="export_ready", key=key)

    async def _erase(self, claimed: Claimed, person: Person, ends_at: float) -> bool:
        if claimed.progress == 0:
            await self._erasure.begin(claimed)
        standing = claimed
        while left := await self._erasure.step(standing, person):
            standing = left
            if time.monotonic() >= ends_at:
                await let_go(self._engine, claimed, now=self._now())
                return False
        await self._erasure.finish(standing)
        return True
