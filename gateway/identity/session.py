"""Which session does this token belong to, and is it still alive?"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import read, write
from gateway.identity.tables import from_us, hall_session, to_us
from graphql_schema.client import Caller, Channel
from graphql_schema.door import Admitted

TOKEN_BYTES = 32
SESSION_CHANNELS = frozenset({Channel.WEB, Channel.APP})
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SessionRule:
    """A session ends after ``idle`` without a sign of life, and after ``longest`` in any case."""

    idle: timedelta = timedelta(minutes=30)
    longest: timedelta = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Session:
    """A living session: whose, and until when."""

    caller: Caller
    expires_at: datetime


class Sessions:
    """Sessions of the web hall and the app, found by the digest of a random token of 256 bits."""

    def __init__(self, engine: AsyncEngine, rule: SessionRule | None = None) -> None:
        self._engine = engine
        self._rule = rule or SessionRule()

    async def let_in(self, connection: AsyncConnection, caller: Caller, *, now: datetime) -> Admitted:
        """Opens the door; on the web and in the app a session begins and its token is told, this once."""
        if caller.channel not in SESSION_CHANNELS:
            return Admitted(caller)
        token, expires_at = secrets.token_urlsafe(TOKEN_BYTES), now + self._rule.longest
        row = {
            "token_digest": _digest(token),
            "channel": caller.channel.value,
            "number": caller.number,
            "line_id": caller.subscriber,
            "assurance": caller.assurance,
            "proved_at_us": to_us(now),
            "seen_at_us": to_us(now),
            "expires_at_us": to_us(expires_at),
        }
        await connection.execute(hall_session.insert().values(**row))
        return Admitted(caller, token, expires_at)

    async def recognize(self, token: str, channel: Channel, *, now: datetime) -> Session | None:
        """The living session of this token in this channel; its idle time starts anew (written once a minute)."""
        table = hall_session
        mine = (table.c.token_digest == _digest(token), table.c.channel == channel.value)
        async with read(self._engine) as connection:
            row = (await connection.execute(select(table).where(*mine, *self._alive(now)))).one_or_none()
        if row is None:
            return None
        if from_us(row.seen_at_us) <= now - SEEN_EVERY:
            async with write(self._engine) as connection:
                await connection.execute(update(table).where(*mine).values(seen_at_us=to_us(now)))
        return Session(
            caller=Caller(channel, row.line_id, row.number, row.assurance, from_us(row.proved_at_us)),
            expires_at=from_us(row.expires_at_us),
        )

    async def end(self, token: str) -> None:
        """Ends the session of this token, if there is one."""
        async with write(self._engine) as connection:
            await connection.execute(delete(hall_session).where(hall_session.c.token_digest == _digest(token)))

    async def purge(self, connection: AsyncConnection, *, now: datetime) -> None:
        """Forgets sessions that are over."""
        idle, over = (
            hall_session.c.seen_at_us <= to_us(now - self._rule.idle),
            hall_session.c.expires_at_us <= to_us(now),
        )
        await connection.execute(delete(hall_session).where(or_(idle, over)))

    def _alive(self, now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        table = hall_session
        return table.c.seen_at_us > to_us(now - self._rule.idle), table.c.expires_at_us > to_us(now)


async def end_sessions_of(connection: AsyncConnection, number: str) -> None:
    """Ends every session of a number: what proved them is no longer true."""
    await connection.execute(delete(hall_session).where(hall_session.c.number == number))


def _digest(token: str) -> str:
    return sha256(token.encode(errors="backslashreplace")).hexdigest()
