"""How is an approved deed done to each of its lines, once, whatever dies in between?"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import read, write
from gateway.identity.audit.entry import AuditEntry, record
from gateway.identity.notice import Notices
from gateway.identity.number import parse_number
from gateway.identity.session import end_sessions
from gateway.identity.staff.line_keys import void_password
from gateway.identity.staff.tables import bulk_deed, bulk_row
from gateway.identity.tables import to_us
from graphql_schema.client import Channel
from graphql_schema.ports import BssFault, Lines
from graphql_schema.types.line import Line
from graphql_schema.types.staff import BulkKind, BulkState, name_bulk_deed

log = structlog.get_logger(__name__)
LEASE = timedelta(seconds=60)
PAUSE = timedelta(seconds=30)
"""Before lines whose BSS did not answer are looked up again."""
MOST_TRIES = 10
LINES_AT_ONCE = 20
BATCHES = 10
LEVEL = 2
_Found = Line | BssFault | None
DEED_OF = {BulkKind.END_SESSIONS: "sessions_ended", BulkKind.VOID_PASSWORDS: "password_voided"}


@dataclass(frozen=True, slots=True)
class _Claim:
    """A bulk deed under lease; ``(id, attempt)`` is the fence."""

    id: str
    attempt: int
    kind: BulkKind
    organization: str | None
    decided_by: str


async def work_on_bulk(engine: AsyncEngine, *, lines: Lines, notices: Notices, now: datetime) -> int:
    """Goes on with one approved deed for a bounded number of lines, and says how many were settled.

    0 means that there is nothing to do now. Any number of workers may call it: a deed has one at a time, and what one
    left behind when it died another takes up a minute later. Raises DatabaseFault.
    """
    claim = await _claim(engine, now)
    if claim is None:
        return 0
    settled, answered = 0, True
    for _ in range(BATCHES):
        rows = await _fetch_waiting(engine, claim.id)
        if not rows:
            break
        found = await asyncio.gather(*(_look_up(lines, row.number) for row in rows))
        answered = not any(isinstance(line, BssFault) for line in found)
        async with write(engine) as connection:
            batch = _Batch(connection, claim, notices, now)
            count = await batch.settle(list(zip(rows, found, strict=True)))
        if count is None:
            return settled  # another worker has it by now
        settled += count
        if not answered:
            break
    await _let_go(engine, claim, free_at=now if answered else now + PAUSE, now=now)
    return settled


async def _claim(engine: AsyncEngine, now: datetime) -> _Claim | None:
    table, free = bulk_deed, bulk_deed.c.free_at_us <= to_us(now)
    due = select(table).where(table.c.state == BulkState.APPROVED.value, free).order_by(table.c.decided_at_us).limit(1)
    async with write(engine) as connection:
        row = (await connection.execute(due)).one_or_none()
        if row is None:
            return None
        same = (table.c.id == row.id, table.c.attempts == row.attempts, free)
        leased = {"attempts": row.attempts + 1, "free_at_us": to_us(now + LEASE)}
        if (await connection.execute(update(table).where(*same).values(**leased))).rowcount != 1:
            return None
    kind = BulkKind(row.kind)
    return _Claim(row.id, row.attempts + 1, kind, row.organization, row.decided_by)


async def _fetch_waiting(engine: AsyncEngine, bulk_id: str) -> Sequence[Any]:
    mine = (bulk_row.c.bulk_id == bulk_id, bulk_row.c.state == "waiting")
    asked = select(bulk_row).where(*mine).order_by(bulk_row.c.tries, bulk_row.c.position).limit(LINES_AT_ONCE)
    async with read(engine) as connection:
        return (await connection.execute(asked)).all()


async def _look_up(lines: Lines, number: str) -> Line | BssFault | None:
    if parse_number(number) != number:
        return None
    try:
        return await lines.find_line(number)
    except BssFault as fault:
        return fault


@dataclass(frozen=True, slots=True)
class _Batch:
    """A few lines of one deed, done and noted in one commit."""

    connection: AsyncConnection
    claim: _Claim
    notices: Notices
    now: datetime

    async def settle(self, found: Sequence[tuple[Any, _Found]]) -> int | None:
        """How many are done or failed; None where the lease is another's by now."""
        mine = (bulk_deed.c.id == self.claim.id, bulk_deed.c.attempts == self.claim.attempt)
        kept = update(bulk_deed).where(*mine).values(free_at_us=to_us(self.now + LEASE))
        if (await self.connection.execute(kept)).rowcount != 1:
            return None
        states = [await self._settle_row(row, line) for row, line in found]
        done, failed = states.count("done"), states.count("failed")
        counted = {"done": bulk_deed.c.done + done, "failed": bulk_deed.c.failed + failed}
        await self.connection.execute(update(bulk_deed).where(*mine).values(**counted))
        return done + failed

    async def _settle_row(self, row: Any, line: _Found) -> str:  # noqa: ANN401  of bulk_row
        state = "failed"
        if isinstance(line, BssFault) and row.tries + 1 < MOST_TRIES:
            state = "waiting"
        if isinstance(line, Line) and self.claim.organization in (None, line.account_id):
            state = "done"
            await self._do(line)
        mine = (bulk_row.c.bulk_id == self.claim.id, bulk_row.c.position == row.position)
        await self.connection.execute(update(bulk_row).where(*mine).values(state=state, tries=row.tries + 1))
        return state

    async def _do(self, line: Line) -> None:
        """A voided password also ends the sessions that it may have opened. An owner who lost nothing is told
        nothing."""
        kind, key = self.claim.kind, f"{self.claim.id}:{line.id}"
        voided = kind is BulkKind.VOID_PASSWORDS and await void_password(self.connection, line)
        ended = 0
        if voided or kind is BulkKind.END_SESSIONS:
            ended = await end_sessions(self.connection, line.id)
        told: dict[str, Any] = {"number": line.number, "notice": DEED_OF[kind], "key": key}
        if voided:
            await self.notices.send(self.connection, **told)
        elif ended:
            await self.notices.send(self.connection, **told, count=ended)
        # The owner of the line reads the note: who proposed and who decided stand with the same sign in the trail's
        # records of those two deeds, which are for auditors.
        actor = f"staff:{self.claim.decided_by}"
        entry = AuditEntry(DEED_OF[kind], actor, line.id, Channel.SYSTEM, LEVEL, note=name_bulk_deed(self.claim.id))
        await record(self.connection, entry, now=self.now)


async def _let_go(engine: AsyncEngine, claim: _Claim, *, free_at: datetime, now: datetime) -> None:
    """Gives the lease back, or ends the deed where no line waits."""
    waiting = select(func.count()).select_from(bulk_row).where(
        bulk_row.c.bulk_id == claim.id, bulk_row.c.state == "waiting"
    )  # fmt: skip
    mine = (bulk_deed.c.id == claim.id, bulk_deed.c.attempts == claim.attempt)
    async with write(engine) as connection:
        ended = (await connection.execute(waiting)).scalar_one() == 0
        values: dict[str, Any] = {"free_at_us": to_us(free_at)}
        if ended:
            values = {"state": BulkState.DONE.value, "ended_at_us": to_us(now)}
        await connection.execute(update(bulk_deed).where(*mine).values(**values))
    if ended:
        log.info("bulk_deed_done", bulk=claim.id)
