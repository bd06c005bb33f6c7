"""What does the trail tell a line's owner, and what an auditor?"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read, write
from gateway.identity.audit.check import verify_trail
from gateway.identity.audit.entry import AuditEntry, audit_record, record
from gateway.identity.audit.holder import find_held
from gateway.identity.audit.refusals import Refusals
from gateway.identity.number import parse_number
from gateway.identity.tables import from_us
from graphql_schema.client import Caller, Channel
from graphql_schema.ports import Lines
from graphql_schema.problems import BadArgument, BadCursor
from graphql_schema.types.audit import Actor, AuditRecord, AuditVerdict, StaffAuditRecord
from graphql_schema.types.line import mask_number

SIGN_IN_DEEDS = frozenset(
    {
        *("sign_in", "step_up", "sign_out", "switch_line", "sessions_ended", "password_reset"),
        *("endSession", "endOtherSessions", "endLineSessions"),
        *("oauth_grant", "oauth_revoke", "oauth_logout", "oauth_code_reused", "oauth_refresh_token_reused"),
    }
)
"""What a person looks through to see whether somebody else was there."""

SEARCH, VERIFY = "search_audit_trail", "verify_audit_trail"
MOST_VERIFIED_RECORDS = 100_000
LARGEST_ID = 2**63 - 1


class SqlAuditTrail:
    """The ``AuditTrail`` of graphql_schema.identity_ports over SQL."""

    def __init__(self, engine: AsyncEngine, lines: Lines, *, secret: bytes, now: Callable[[], datetime]) -> None:
        """``secret`` judges the seals; ``lines`` finds the line of the number that an auditor asks for."""
        self._engine, self._lines, self._secret, self._now = engine, lines, secret, now
        self._refusals = Refusals(engine, now=now)

    async def note_refusal(self, caller: Caller, deed: str, outcome: str) -> None:
        """Notes behind the answer that something was asked which the caller may not do. Never raises."""
        self._refusals.note(AuditEntry.by(caller, deed, outcome=outcome))

    async def note_query(self, caller: Caller, field: str, note: str) -> None:
        """Notes a look at call records, or a colleague's at a redemption, before it is answered. Raises DatabaseFault:
        then nothing may be shown."""
        await self._record(AuditEntry.by(caller, field, note=note))

    async def fetch_own(
        self, caller: Caller, *, first: int, before: str | None, sign_ins_only: bool
    ) -> Sequence[AuditRecord]:
        """What concerns the caller's line since they hold it, newest first. Raises BadCursor, DatabaseFault."""
        if caller.subscriber is None:
            return []
        async with read(self._engine) as connection:
            held = await find_held(connection, caller.subscriber)
        table = audit_record
        wanted = [table.c.subject == caller.subscriber, table.c.id > held.after_id]
        if sign_ins_only:
            wanted.append(table.c.deed.in_(SIGN_IN_DEEDS))
        return [_tell(row) for row in await self._fetch(wanted, first=first, before=before)]

    async def search(
        self, caller: Caller, *, number: str | None, actor: str | None, first: int, before: str | None
    ) -> Sequence[StaffAuditRecord]:
        """For an auditor; that it was searched, and whose line, is recorded first. Raises BadArgument, BadCursor,
        BssFault, DatabaseFault."""
        known = None if number is None else parse_number(number)
        if number is not None and known is None:
            raise BadArgument(name="number")
        line = await self._lines.find_line(known) if known else None
        entry = AuditEntry.by(caller, SEARCH, note=mask_number(known) if known else actor or "")
        await self._record(replace(entry, subject=line.id if line else None))
        if known and line is None:
            return []
        wanted = [] if line is None else [audit_record.c.subject == line.id]
        if actor is not None:
            wanted.append(audit_record.c.actor == actor)
        rows = await self._fetch(wanted, first=first, before=before)
        return [StaffAuditRecord(record=_tell(row), actor_id=row.actor, subject=row.subject) for row in rows]

    async def verify(self, caller: Caller) -> AuditVerdict:
        """Recomputes the newest part of the chain, and records that it was checked and how it stood."""
        verdict = await verify_trail(self._engine, secret=self._secret, most_records=MOST_VERIFIED_RECORDS)
        note = "intact" if verdict.intact else f"broken at {verdict.broken_at}"
        await self._record(AuditEntry.by(caller, VERIFY, note=note))
        return verdict

    async def finish(self, *, within_seconds: float = 5.0) -> None:
        """Waits for refusals that are being noted. Call it when draining."""
        await self._refusals.finish(within_seconds=within_seconds)

    async def _record(self, entry: AuditEntry) -> None:
        async with write(self._engine) as connection:
            await record(connection, entry, now=self._now())

    async def _fetch(
        self, wanted: Sequence[ColumnElement[bool]], *, first: int, before: str | None
    ) -> Sequence[Row[Any]]:
        older = [] if before is None else [audit_record.c.id < _parse_id(before)]
        asked = select(audit_record).where(*wanted, *older).order_by(audit_record.c.id.desc()).limit(first)
        async with read(self._engine) as connection:
            return (await connection.execute(asked)).all()


def _parse_id(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit()) or len(cursor) > 19 or int(cursor) > LARGEST_ID:
        raise BadCursor
    return int(cursor)


def _tell(row: Row[Any]) -> AuditRecord:
    return AuditRecord(
        id=str(row.id),
        at=from_us(row.at_us),
        deed=row.deed,
        actor=recognize(row.actor, row.subject),
        channel=Channel(row.channel),
        level=row.level,
        outcome=row.outcome,
        note=row.note,
    )


def recognize(actor: str, subject: str | None) -> Actor:
    """Who did it, as the owner of the line ``subject`` may know: which colleague it was is for auditors."""
    if actor == "system":
        return Actor.SYSTEM
    if actor.startswith("staff:"):
        return Actor.STAFF
    if actor.startswith("line:"):
        return Actor.OWNER if actor == f"line:{subject}" else Actor.HELPER
    return Actor.UNKNOWN
