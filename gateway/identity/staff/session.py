"""Which of the operator's people does this token belong to, and is the session still alive?"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Select, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import read, write
from gateway.identity.staff.tables import staff_member, staff_session
from gateway.identity.tables import from_us, to_us
from graphql_schema.client import Caller, Channel, Role, Staff
from graphql_schema.staff_door import StaffAdmitted

TOKEN_BYTES = 32
SEEN_EVERY = timedelta(minutes=1)
PROVED = 2
"""What passphrase and authenticator prove together."""


@dataclass(frozen=True, slots=True)
class StaffSessionRule:
    """A session ends after ``idle`` without a sign of life, and after ``longest`` in any case."""

    idle: timedelta = timedelta(minutes=15)
    longest: timedelta = timedelta(hours=8)


class StaffSessions:
    """Sessions of the desk, found by the digest of a random token of 256 bits."""

    def __init__(self, engine: AsyncEngine, rule: StaffSessionRule | None = None) -> None:
        self._engine = engine
        self._rule = rule or StaffSessionRule()

    async def begin(
        self, connection: AsyncConnection, staff_id: str, *, instead_of: str | None, now: datetime
    ) -> StaffAdmitted:
        """A session with a token of its own; that of the same browser before it (``instead_of``) ends."""
        if instead_of is not None:
            await self.end(connection, instead_of)
        token, expires_at = secrets.token_urlsafe(TOKEN_BYTES), now + self._rule.longest
        row = {
            "token_digest": _digest(token),
            "id": secrets.token_hex(16),
            "staff_id": staff_id,
            "began_at_us": to_us(now),
            "seen_at_us": to_us(now),
            "expires_at_us": to_us(expires_at),
        }
        await connection.execute(staff_session.insert().values(**row))
        begun = (await connection.execute(self._ask_for(token, now))).one()
        return StaffAdmitted(_to_caller(begun), begun.name, token, expires_at)

    async def recognize(self, token: str, *, now: datetime) -> StaffAdmitted | None:
        """The living session of this token, as long as its owner may work here; its idle time starts anew."""
        async with read(self._engine) as connection:
            row = (await connection.execute(self._ask_for(token, now))).one_or_none()
        if row is None:
            return None
        if from_us(row.seen_at_us) <= now - SEEN_EVERY:
            mine = staff_session.c.token_digest == _digest(token)
            async with write(self._engine) as connection:
                await connection.execute(update(staff_session).where(mine).values(seen_at_us=to_us(now)))
        return StaffAdmitted(_to_caller(row), row.name, None, from_us(row.expires_at_us))

    async def end(self, connection: AsyncConnection, token: str) -> None:
        """Ends the session of this token, if there is one."""
        await connection.execute(delete(staff_session).where(staff_session.c.token_digest == _digest(token)))

    async def purge(self, connection: AsyncConnection, *, now: datetime) -> None:
        """Forgets sessions that are over."""
        idle = staff_session.c.seen_at_us <= to_us(now - self._rule.idle)
        await connection.execute(delete(staff_session).where(or_(idle, staff_session.c.expires_at_us <= to_us(now))))

    def _ask_for(self, token: str, now: datetime) -> Select[Any]:
        member, session = staff_member.c, staff_session.c
        return (
            select(staff_session, member.name, member.role, member.organization)
            .join(staff_member, member.id == session.staff_id)
            .where(
                session.token_digest == _digest(token),
                session.seen_at_us > to_us(now - self._rule.idle),
                session.expires_at_us > to_us(now),
                member.active,
            )
        )


async def end_staff_sessions(connection: AsyncConnection, staff_id: str) -> None:
    """Ends every session of one person."""
    await connection.execute(delete(staff_session).where(staff_session.c.staff_id == staff_id))


def _to_caller(row: Any) -> Caller:  # noqa: ANN401  a row of the question above
    return Caller(
        Channel.DESK,
        assurance=PROVED,
        since=from_us(row.began_at_us),
        session=row.id,
        staff=Staff(row.staff_id, Role(row.role), row.organization),
    )


def _digest(token: str) -> str:
    return sha256(token.encode(errors="backslashreplace")).hexdigest()
