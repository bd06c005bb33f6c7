"""What opens a customer's line now, and how is it taken away?"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.identity.budget import Budget, find_window
from gateway.identity.people.tables import helper_permission
from gateway.identity.session_row import alive_at, concerns
from gateway.identity.tables import attempt_budget, credential, hall_session, to_us
from graphql_schema.types.line import Line


@dataclass(frozen=True, slots=True)
class LineKeys:
    """How many sessions and helpers can open a line, whether it has a service password, and until when that is locked
    (aware UTC)."""

    sessions: int
    helpers: int
    password_set: bool
    password_locked_until: datetime | None


async def fetch_line_keys(
    connection: AsyncConnection, line: Line, *, password_tries: Budget, now: datetime
) -> LineKeys:
    """As they stand now, judged by the line and not by its number alone: what a former owner had does not count."""
    sessions = select(func.count()).select_from(hall_session).where(concerns(line.id), *alive_at(now))
    mine = helper_permission.c
    active = (mine.owner_line_id == line.id, mine.state == "active", mine.until_us > to_us(now))
    helpers = select(func.count()).select_from(helper_permission).where(*active)
    known = (credential.c.number == line.number, credential.c.line_id == line.id)
    password = select(credential.c.number).where(*known, credential.c.password_hash.is_not(None))
    return LineKeys(
        sessions=(await connection.execute(sessions)).scalar_one(),
        helpers=(await connection.execute(helpers)).scalar_one(),
        password_set=(await connection.execute(password)).one_or_none() is not None,
        password_locked_until=await _find_lock(connection, password_tries, line.number, now),
    )


async def void_password(connection: AsyncConnection, line: Line) -> bool:
    """The service password opens nothing any more: its owner sets a new one by code and ID. False where none was."""
    known = (credential.c.number == line.number, credential.c.line_id == line.id)
    gone = update(credential).where(*known, credential.c.password_hash.is_not(None)).values(password_hash=None)
    return (await connection.execute(gone)).rowcount == 1


async def _find_lock(connection: AsyncConnection, tries: Budget, number: str, now: datetime) -> datetime | None:
    begins, ends = find_window(tries.window, now)
    table = attempt_budget
    spent = select(table.c.spent).where(
        table.c.kind == tries.kind, table.c.subject == number, table.c.window_at_us == to_us(begins)
    )
    return ends if ((await connection.execute(spent)).scalar_one_or_none() or 0) >= tries.limit else None
