"""How are refusals noted, when anybody may cause thousands?"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import write
from gateway.identity.audit.entry import AuditEntry, record
from gateway.identity.errand import Errands

log = structlog.get_logger(__name__)
MOST_KINDS = 10_000
ONE_RECORD_EVERY = timedelta(minutes=1)


class Refusals:
    """Notes behind the answer, and the same refusal of the same actor once a minute with ``+n`` for those between."""

    def __init__(self, engine: AsyncEngine, *, now: Callable[[], datetime]) -> None:
        self._engine, self._now = engine, now
        self._errands = Errands()
        self._noted: dict[tuple[str, str, str], tuple[datetime, int]] = {}

    def note(self, entry: AuditEntry) -> None:
        """Begins to write the record, or counts it. Never raises, and nobody waits."""
        now, kind = self._now(), (entry.actor, entry.deed, entry.outcome)
        noted_at, more = self._noted.get(kind, (None, 0))
        if noted_at is not None and now < noted_at + ONE_RECORD_EVERY:
            self._noted[kind] = (noted_at, more + 1)
            return
        if len(self._noted) >= MOST_KINDS:
            self._forget_old(now)
        if len(self._noted) >= MOST_KINDS or self._errands.full:
            log.warning("refusal_not_noted", deed=entry.deed, outcome=entry.outcome)
            return
        self._noted[kind] = (now, 0)
        self._errands.run(self._write(entry, now=now, before=more))

    async def finish(self, *, within_seconds: float) -> None:
        """Waits for what is being written."""
        await self._errands.finish(within_seconds=within_seconds)

    async def _write(self, entry: AuditEntry, *, now: datetime, before: int) -> None:
        note = f"+{before}" if before else entry.note
        async with write(self._engine) as connection:
            await record(connection, replace(entry, note=note), now=now)

    def _forget_old(self, now: datetime) -> None:
        self._noted = {kind: seen for kind, seen in self._noted.items() if now < seen[0] + ONE_RECORD_EVERY}
