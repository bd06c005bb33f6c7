"""Who works on a request, and how is a dead worker's work taken over?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import write
from gateway.identity.personal_data.request import Entry, read_report
from gateway.identity.personal_data.tables import personal_data_request
from gateway.identity.tables import to_us
from graphql_schema.types.personal_data import PersonalDataKind

LEASE = timedelta(minutes=2)
"""Longer than any batch takes; each batch begins it anew."""

LONGEST_PAUSE = timedelta(hours=1)


class Overtaken(Exception):  # noqa: N818  what happened
    """The lease went to another worker meanwhile: what this one did in the transaction is undone."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A request under lease, as it stood when it was claimed. ``(id, attempt)`` is the lease."""

    id: str
    attempt: int
    line_id: str
    number: str | None
    kind: PersonalDataKind
    progress: int
    entries: tuple[Entry, ...]


async def claim_request(engine: AsyncEngine, *, now: datetime) -> Claimed | None:
    """The request that has been due for longest, leased to the caller alone, or None. Raises DatabaseFault."""
    table = personal_data_request
    due = (table.c.state.in_(("waiting", "working")), table.c.free_at_us <= to_us(now))
    oldest = select(table.c.id, table.c.attempts).where(*due).order_by(table.c.free_at_us, table.c.id).limit(1)
    async with write(engine) as connection:
        found = (await connection.execute(oldest)).one_or_none()
        if found is None:
            return None
        same = (table.c.id == found.id, table.c.attempts == found.attempts, *due)
        lease = {"state": "working", "attempts": found.attempts + 1, "free_at_us": to_us(now + LEASE)}
        row = (await connection.execute(update(table).where(*same).values(**lease).returning(*table.c))).one_or_none()
    if row is None:
        return None  # another worker was faster
    entries = tuple(read_report(row.report))
    kind = PersonalDataKind(row.kind)
    return Claimed(row.id, row.attempts, row.line_id, row.number, kind, row.progress, entries)


async def hold(connection: AsyncConnection, claimed: Claimed, *, now: datetime, **values: Any) -> None:  # noqa: ANN401
    """Begins the lease anew and keeps these columns, in the transaction of the work. Raises Overtaken."""
    table = personal_data_request
    mine = (table.c.id == claimed.id, table.c.attempts == claimed.attempt, table.c.state == "working")
    kept = {"free_at_us": to_us(now + LEASE), **values}
    if (await connection.execute(update(table).where(*mine).values(**kept))).rowcount != 1:
        raise Overtaken


async def let_go(engine: AsyncEngine, claimed: Claimed, *, now: datetime, pause: timedelta = timedelta()) -> None:
    """Gives the lease back: anybody may go on after the pause. Raises DatabaseFault."""
    table = personal_data_request
    mine = (table.c.id == claimed.id, table.c.attempts == claimed.attempt, table.c.state == "working")
    async with write(engine) as connection:
        await connection.execute(update(table).where(*mine).values(free_at_us=to_us(now + pause)))


def find_pause(attempt: int) -> timedelta:
    """How long a request rests that failed: longer each time, an hour at most."""
    return min(LONGEST_PAUSE, timedelta(seconds=2 ** min(attempt, 12)))
