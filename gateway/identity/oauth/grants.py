"""Which session does a client hold, how does it begin, and how does it end?"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import read, write
from gateway.identity.audit.entry import AuditEntry, record
from gateway.identity.oauth.client import ALL
from gateway.identity.oauth.grant import MOST_ASSURANCE, Grant, GrantRule, IssuedCode
from gateway.identity.oauth.subject import Subjects
from gateway.identity.oauth.tables import oauth_grant
from gateway.identity.proof import newest_alone
from gateway.identity.session import Sessions
from gateway.identity.session_row import Session, concerns, parse_session, read_sessions
from gateway.identity.tables import hall_session, to_us
from graphql_schema.client import Caller, Channel
from graphql_schema.door import Turned

LineCheck = Callable[[Session], Awaitable[Turned | None]]
"""Whether a session's line still stands and is still the same person's: ``session_ended``, or ``unavailable`` where
nobody could be asked for too long."""


class Unchecked(Exception):  # noqa: N818  a fault, like DatabaseFault
    """Nobody could be asked for too long whether the line still stands: no answer for now."""


class Grants:
    """A grant is a session of the app's channel that a client holds: what ends the session ends the grant."""

    def __init__(  # noqa: PLR0913  all that a grant rests on
        self,
        engine: AsyncEngine,
        sessions: Sessions,
        subjects: Subjects,
        *,
        now: Callable[[], datetime],
        rule: GrantRule | None = None,
        check_line: LineCheck | None = None,
    ) -> None:
        self._check_line = check_line
        self._engine, self._sessions, self._subjects, self._now = engine, sessions, subjects, now
        self.rule = rule or GrantRule()

    async def find(self, session_id: str, client_id: str) -> Grant | None:
        """The client's grant, while its session lives. Raises DatabaseFault."""
        async with read(self._engine) as connection:
            return await self.read(connection, session_id, client_id)

    async def stands(self, grant: Grant) -> bool:
        """Whether the grant's line still stands: asked before anything of the person's is told or the grant goes on.
        Raises DatabaseFault, Unchecked."""
        turned = await self._check_line(grant.session) if self._check_line else None
        if turned is not None and turned.code != "session_ended":
            raise Unchecked
        return turned is None

    async def read(self, connection: AsyncConnection, session_id: str, client_id: str) -> Grant | None:
        """The same within a transaction."""
        asked = (
            read_sessions(self._now())
            .add_columns(oauth_grant.c.scopes.label("granted"), oauth_grant.c.generation)
            .join(oauth_grant, oauth_grant.c.session_id == hall_session.c.session_id)
            .where(hall_session.c.session_id == session_id, oauth_grant.c.client_id == client_id)
        )
        row = (await connection.execute(asked)).one_or_none()
        return None if row is None else self._parse(row, client_id)

    async def begin(self, connection: AsyncConnection, issued: IssuedCode) -> Grant:
        """Begins what this code stands for, as sure as the person was, but never surer than level 2."""
        now, scopes = self._now(), tuple(issued.get_scope().split())
        offline = "offline_access" in scopes
        lasts = self.rule.longest if offline else self.rule.token
        opened = None if ALL in scopes else scopes
        admitted = await self._sessions.begin(
            connection,
            _lower(issued.caller),
            now=now,
            device_name=issued.parameters["client_name"],
            client=issued.client_id,
            scopes=opened,
            longest=lasts,
        )
        row = {
            "session_id": admitted.caller.session,
            "client_id": issued.client_id,
            "scopes": " ".join(scopes),
            "generation": int(offline),
            "began_at_us": to_us(now),
            "expires_at_us": to_us(now + lasts),
        }
        await connection.execute(oauth_grant.insert().values(**row))
        entry = AuditEntry.by(admitted.caller, "oauth_grant", note=f"{issued.client_id}: {issued.get_scope()}")
        await record(connection, entry, now=now)
        begun = await self.read(connection, str(admitted.caller.session), issued.client_id)
        if begun is None:
            raise LookupError("a grant that begins can't be over")
        return begun

    async def end(self, connection: AsyncConnection, session_id: str | None, client_id: str, *, deed: str) -> None:
        """Ends the grant: its session, and with that its refresh and access tokens, at once."""
        grant = await self.read(connection, session_id, client_id) if session_id else None
        if grant is None:
            return
        for table in (oauth_grant, hall_session):
            await connection.execute(delete(table).where(table.c.session_id == session_id))
        await record(connection, AuditEntry.by(grant.session.caller, deed, note=client_id), now=self._now())

    async def end_now(self, grant: Grant, *, deed: str) -> None:
        """The same in a transaction of its own. Raises DatabaseFault."""
        async with write(self._engine) as connection:
            await self.end(connection, grant.session.id, grant.client_id, deed=deed)

    async def purge(self, connection: AsyncConnection) -> None:
        """Forgets grants whose session is over."""
        gone = oauth_grant.c.session_id.not_in(select(hall_session.c.session_id))
        over = or_(oauth_grant.c.expires_at_us <= to_us(self._now()), gone)
        await connection.execute(delete(oauth_grant).where(over))

    def _parse(self, row: Any, client_id: str) -> Grant:  # noqa: ANN401  a row of read_sessions, and more
        session = parse_session(row, self._now())
        subject = self._subjects.name(client_id, str(session.caller.subscriber))
        return Grant(session, client_id, tuple(row.granted.split()), row.generation, subject)


async def end_client_sessions(connection: AsyncConnection, line_id: str) -> None:
    """Ends what every client holds of this line: its person took their consent back."""
    held = select(hall_session.c.session_id).where(concerns(line_id), hall_session.c.client.is_not(None))
    await connection.execute(delete(oauth_grant).where(oauth_grant.c.session_id.in_(held)))
    await connection.execute(delete(hall_session).where(concerns(line_id), hall_session.c.client.is_not(None)))


def _lower(caller: Caller) -> Caller:
    """The person in the channel of the app, with the one proof that reaches level 2 and never two that make level 3."""
    lowered = min(caller.assurance, MOST_ASSURANCE)
    return replace(caller, channel=Channel.APP, proofs=newest_alone(caller.proofs), assurance=lowered)
