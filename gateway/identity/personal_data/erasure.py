"""How is everything erased that may be, a few rows at a time, and what is said of the rest?"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import read, write
from gateway.identity.audit.entry import AuditEntry, record
from gateway.identity.personal_data.claim import Claimed, hold
from gateway.identity.personal_data.person import Person
from gateway.identity.personal_data.records import Left, RecordKind, count_left, erase, find_batch
from gateway.identity.personal_data.request import Entry, write_report
from gateway.identity.tables import to_us
from graphql_schema.client import Caller, Channel

LineEnded = Callable[[AsyncConnection, str], Awaitable[object]]
"""Ends what stands on a line (id), in the transaction: sessions, links, permissions. Harmless when called again."""

TakeBackAll = Callable[..., Awaitable[int]]
"""``SqlConsentLedger.take_back_all``."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """Erases one person's records. Each batch and what it adds to the report are one commit: killed at any moment, the
    work goes on where it was, and the report counts each record once."""

    engine: AsyncEngine
    kinds: Sequence[RecordKind]
    line_ended: Sequence[LineEnded]
    take_back_all: TakeBackAll
    now: Callable[[], datetime]
    batch: int

    async def begin(self, claimed: Claimed) -> None:
        """Ends what opens the line, and takes back what its person agreed to: that is over with the data."""
        caller = Caller(Channel.SYSTEM, claimed.line_id)
        async with write(self.engine) as connection:
            await hold(connection, claimed, now=self.now(), progress=1)
            for end in self.line_ended:
                await end(connection, claimed.line_id)
            await self.take_back_all(connection, caller, deed=f"erase:{claimed.id}")

    async def step(self, claimed: Claimed, person: Person) -> Claimed | None:
        """Some rows of the first kind that is not finished, or that it is; the request as it stands then. None: all is
        done."""
        finished = {entry.record for entry in claimed.entries if entry.finished}
        kind = next((each for each in self.kinds if each.name not in finished), None)
        if kind is None:
            return None
        entry = _entry_of(claimed, kind)
        async with read(self.engine) as connection:
            keys = await find_batch(connection, kind, person, limit=self.batch)
            left = None if keys else await count_left(connection, kind, person)
        async with write(self.engine) as connection:
            gone = await erase(connection, kind, keys) if keys else 0
            entry = replace(entry, done=entry.done + gone) if left is None else _finish(entry, left)
            entries = (*(each for each in claimed.entries if each.record != kind.name), entry)
            share = sum(each.finished for each in entries) * 98 // len(self.kinds)
            values = {"report": write_report(list(entries)), "progress": 1 + share}
            await hold(connection, claimed, now=self.now(), **values)
        return replace(claimed, entries=entries)

    async def finish(self, claimed: Claimed) -> None:
        """Closes the request; its number is needed no more."""
        now = self.now()
        done = {"state": "done", "progress": 100, "done_at_us": to_us(now), "number": None}
        entry = AuditEntry("erase_personal_data", "system", claimed.line_id, Channel.SYSTEM, 0)
        async with write(self.engine) as connection:
            await hold(connection, claimed, now=now, **done)
            await record(connection, entry, now=now)


def _finish(entry: Entry, left: Left) -> Entry:
    until_us = None if left.until is None else to_us(left.until)
    return replace(entry, kept=left.count, kept_until_us=until_us, why=left.why, finished=True)


def _entry_of(claimed: Claimed, kind: RecordKind) -> Entry:
    known = next((entry for entry in claimed.entries if entry.record == kind.name), None)
    return known or Entry(kind.name, done=0, finished=False)
