"""How does a session begin, become surer, go on for another line, and end?"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import read, write
from gateway.identity.proof import newest_alone, read_proofs, write_proofs
from gateway.identity.push_tokens import forget_if_last, forget_of_line, forget_other_lines
from gateway.identity.session_row import Session, alive_at, concerns, digest_of, over_at, parse_session, read_sessions
from gateway.identity.tables import hall_session, to_us
from graphql_schema.assurance import Factor
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
class Move:
    """Another line in a session that runs. ``helper`` is the home line where its owner acts for another, within
    ``scopes`` and ``until``; without them the line is the person's own."""

    line_id: str
    number: str
    helper: str | None = None
    scopes: Sequence[str] | None = None
    until: datetime | None = None


class Sessions:
    """Sessions of the web hall and the app, found by the digest of a random token of 256 bits."""

    def __init__(self, engine: AsyncEngine, rule: SessionRule | None = None) -> None:
        self._engine = engine
        self._rule = rule or SessionRule()

    async def begin(  # noqa: PLR0913  all that a session knows of itself
        self,
        connection: AsyncConnection,
        caller: Caller,
        *,
        now: datetime,
        device: str | None = None,
        device_name: str = "",
        client: str | None = None,
        scopes: Sequence[str] | None = None,
        longest: timedelta | None = None,
    ) -> Admitted:
        """Opens the door; on the web and in the app a session begins and its token is told, this once.

        The caller's proofs are kept, and the level is judged by them each time. ``device`` is a device's public id.
        ``client`` and ``scopes`` are those of an OAuth client, whose session may be silent for as long as it lives
        (``longest``). A session that is begun by a caller of another one rests on the same line as that.
        """
        if caller.channel not in SESSION_CHANNELS:
            return Admitted(caller)
        token, idle, lifetime = _new_token(), longest or self._rule.idle, longest or self._rule.longest
        row = {
            "token_digest": digest_of(token),
            "session_id": secrets.token_hex(16),
            "channel": caller.channel.value,
            "number": caller.number,
            "line_id": caller.subscriber,
            **await self._find_home(connection, caller),
            **write_proofs(caller.proofs),
            "device_id": device,
            "device_name": device_name,
            "client": client,
            "scopes": None if scopes is None else " ".join(scopes),
            "began_at_us": to_us(now),
            "idle_us": idle // timedelta(microseconds=1),
            "expires_at_us": to_us(now + lifetime),
            **_unchecked(now),
        }
        await connection.execute(hall_session.insert().values(**row))
        if device is not None:
            await forget_other_lines(connection, device, str(row["home_line_id"]))
        return await self._tell(connection, token, now)

    async def recognize(
        self, token: str, channel: Channel, *, now: datetime, sign_of_life: bool = True
    ) -> Session | None:
        """The living session of this token in this channel; a sign of life lets its idle time start anew."""
        return await self._recognize(hall_session.c.token_digest == digest_of(token), channel, now, sign_of_life)

    async def recognize_by_id(
        self, session_id: str, channel: Channel, *, now: datetime, sign_of_life: bool = True
    ) -> Session | None:
        """The same by the public id, for an access token that was issued for the session."""
        return await self._recognize(hall_session.c.session_id == session_id, channel, now, sign_of_life)

    async def prove(
        self, connection: AsyncConnection, token: str, channel: Channel, factor: Factor, *, now: datetime
    ) -> Admitted | None:
        """One more thing was proved, of the line that the session is for: another token, and the old one is void.

        After a switch to another line of the person's own, the proofs of the home line no longer count beside it. None
        where the session is over, or where the token was exchanged already.
        """
        row = await self._lock(connection, token, channel, now)
        if row is None:
            return None
        changes: Mapping[str, object] = write_proofs({**read_proofs(row), factor: now})
        if row.moved_at_us is not None and row.helper_line_id is None:
            home = {"home_line_id": row.line_id, "home_number": row.number, "moved_at_us": None}
            changes = {**write_proofs({factor: now}), **home}
            await forget_other_lines(connection, row.device_id or "", row.line_id)
        return await self._exchange(connection, row, {**changes, "seen_at_us": to_us(now)}, now)

    async def move(
        self, connection: AsyncConnection, token: str, channel: Channel, move: Move, *, now: datetime
    ) -> Admitted | None:
        """The session goes on for another line: another token, and the old one is void. Level 3 never comes along.

        The home line stays the one that was proved: its end ends the session. None where the session is over or an
        OAuth client's.
        """
        row = await self._lock(connection, token, channel, now)
        if row is None or row.client is not None:
            return None
        changes = {
            "line_id": move.line_id,
            "number": move.number,
            "helper_line_id": move.helper,
            "scopes": None if move.scopes is None else " ".join(move.scopes),
            "acting_until_at_us": to_us(move.until) if move.until else None,
            "moved_at_us": None if move.line_id == row.home_line_id else to_us(now),
            "customer_id": None,
            **write_proofs(newest_alone(read_proofs(row))),
            **_unchecked(now),
        }
        return await self._exchange(connection, row, changes, now)

    async def end(
        self, connection: AsyncConnection, token: str, *, session_id: str | None = None, now: datetime
    ) -> Session | None:
        """Ends the session of this token, or that with this public id; which it was, None where it was over.

        With the last one of its line on its device, the device is told nothing more by push, over or not."""
        by_token = hall_session.c.token_digest == digest_of(token)
        mine = by_token if session_id is None else hall_session.c.session_id == session_id
        row = (await connection.execute(read_sessions(now).where(mine))).one_or_none()
        gone = delete(hall_session).where(mine).returning(hall_session.c.device_id, hall_session.c.home_line_id)
        for ended in (await connection.execute(gone)).all():
            await forget_if_last(connection, ended.device_id, ended.home_line_id, now=now)
        return None if row is None else parse_session(row, now)

    async def purge(self, connection: AsyncConnection, *, now: datetime) -> None:
        """Forgets sessions that are over. Their devices are still told by push: nobody ended anything."""
        await connection.execute(delete(hall_session).where(over_at(now)))

    async def _recognize(
        self, mine: ColumnElement[bool], channel: Channel, now: datetime, sign_of_life: bool
    ) -> Session | None:
        asked = read_sessions(now).where(mine, hall_session.c.channel == channel.value)
        async with read(self._engine) as connection:
            row = (await connection.execute(asked)).one_or_none()
        if row is None:
            return None
        session = parse_session(row, now)
        if sign_of_life and session.seen_at <= now - SEEN_EVERY:
            async with write(self._engine) as connection:
                await connection.execute(update(hall_session).where(mine).values(seen_at_us=to_us(now)))
        return session

    async def _find_home(self, connection: AsyncConnection, caller: Caller) -> dict[str, object]:
        """Whose proofs the new session rests on."""
        columns = ("home_line_id", "home_number", "helper_line_id", "moved_at_us", "acting_until_at_us")
        asked = select(*(hall_session.c[name] for name in columns)).where(hall_session.c.session_id == caller.session)
        row = (await connection.execute(asked)).one_or_none() if caller.session else None
        if row is not None:
            return dict(row._mapping)  # noqa: SLF001  SQLAlchemy's public name for it
        return {"home_line_id": caller.subscriber, "home_number": caller.number}

    async def _lock(self, connection: AsyncConnection, token: str, channel: Channel, now: datetime) -> Any:  # noqa: ANN401
        mine = (hall_session.c.token_digest == digest_of(token), hall_session.c.channel == channel.value)
        asked = select(hall_session).where(*mine, *alive_at(now)).with_for_update()
        return (await connection.execute(asked)).one_or_none()

    async def _exchange(
        self,
        connection: AsyncConnection,
        row: Any,  # noqa: ANN401  of hall_session
        changes: Mapping[str, object],
        now: datetime,
    ) -> Admitted:
        token = _new_token()
        mine = hall_session.c.token_digest == row.token_digest
        await connection.execute(update(hall_session).where(mine).values(**changes, token_digest=digest_of(token)))
        return await self._tell(connection, token, now)

    async def _tell(self, connection: AsyncConnection, token: str, now: datetime) -> Admitted:
        asked = read_sessions(now).where(hall_session.c.token_digest == digest_of(token))
        session = parse_session((await connection.execute(asked)).one(), now)
        return Admitted(session.caller, token, session.expires_at)


async def end_sessions(connection: AsyncConnection, line_id: str, *, but: str | None = None) -> int:
    """Ends every session that looks at the line or was proved by it, but the one with this public id. How many.

    No device is told by push of the line any more, but that of the session that goes on."""
    await forget_of_line(connection, line_id, but=but)
    ended = delete(hall_session).where(concerns(line_id))
    if but is not None:
        ended = ended.where(hall_session.c.session_id != but)
    return (await connection.execute(ended)).rowcount


def _unchecked(now: datetime) -> dict[str, int]:
    """The line was known to stand a moment ago; its BSS is asked at the first use."""
    return dict.fromkeys(("seen_at_us", "checked_at_us", "check_due_at_us"), to_us(now))


def _new_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)
