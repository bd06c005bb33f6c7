"""Where is a line signed in, and how does its owner end that?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read, write
from gateway.identity.device import forget_proofs
from gateway.identity.oauth.tables import oauth_client
from gateway.identity.push_tokens import find_place, forget_if_last, keep_push_token
from gateway.identity.session import end_sessions
from gateway.identity.session_row import Session, concerns, parse_session, read_sessions
from gateway.identity.tables import hall_session
from graphql_schema.client import Caller
from graphql_schema.identity_ports import Deed
from graphql_schema.problems import BadArgument, NotFound
from graphql_schema.types.line import mask_number
from graphql_schema.types.session import PushKind, SignedInSession

LONGEST_PUSH_TOKEN = 4096


@dataclass(frozen=True, slots=True)
class HallSessionDesk:
    """The port ``SessionDesk``, over SQL."""

    engine: AsyncEngine
    now: Callable[[], datetime]

    async def fetch_sessions(self, caller: Caller) -> Sequence[SignedInSession]:
        """The living sessions that look at the caller's line or were proved by it; the current one first."""
        now = self.now()
        async with read(self.engine) as connection:
            rows = (await connection.execute(read_sessions(now).where(concerns(caller.subscriber or "")))).all()
            named = select(oauth_client.c.id, oauth_client.c.name).where(
                oauth_client.c.id.in_({row.client for row in rows if row.client})
            )
            names = {row.id: row.name for row in await connection.execute(named)}
        found = [parse_session(row, now) for row in rows]
        found.sort(key=lambda session: (session.id == caller.session, session.seen_at), reverse=True)
        return [_show(session, caller, names) for session in found]

    async def end_session(self, deed: Deed, session_id: str) -> int:
        """Ends one; with the last one of the line on its device, the device is told nothing more by push.

        Raises NotFound, DatabaseFault.
        """
        if not (session_id.isascii() and session_id.isalnum()):
            raise NotFound  # not even a question: PostgreSQL takes no NUL and no half a character
        mine = hall_session.c.session_id == session_id, concerns(deed.caller.subscriber or "")
        async with write(self.engine) as connection:
            gone = delete(hall_session).where(*mine).returning(hall_session.c.device_id)
            ended = (await connection.execute(gone)).all()
            for row in ended:
                await forget_if_last(connection, row.device_id, deed.caller.subscriber or "", now=self.now())
        if not ended:
            raise NotFound
        return len(ended)

    async def end_others(self, deed: Deed) -> int:
        """Ends all but the caller's own, and what other devices had proved counts no more. Raises DatabaseFault."""
        line_id = deed.caller.subscriber or ""
        async with write(self.engine) as connection:
            await forget_proofs(connection, line_id, but=deed.caller.device)
            return await end_sessions(connection, line_id, but=deed.caller.session)

    async def keep_push_token(self, deed: Deed, kind: PushKind, token: str) -> None:
        """Binds it to the caller's device and the line that was proved there, in place of the one before of its kind.

        It outlives a session that falls idle; it ends with the line's last session that is ended on the device, and
        when another line signs in there. Raises BadArgument, NotFound where the session has no device, DatabaseFault.
        """
        if not 0 < len(token) <= LONGEST_PUSH_TOKEN or not token.isprintable():
            raise BadArgument(name="token", least=1, most=LONGEST_PUSH_TOKEN)
        now = self.now()
        async with write(self.engine) as connection:
            place = await find_place(connection, deed.caller.session, now=now)
            if place is None:
                raise NotFound
            await keep_push_token(connection, place, kind, token, now=now)


def _show(session: Session, caller: Caller, names: Mapping[str, str]) -> SignedInSession:
    held = session.caller
    return SignedInSession(
        id=session.id,
        channel=held.channel,
        device_name=session.device_name,
        client_name=names.get(held.client, held.client) if held.client else None,
        helper=mask_number(session.home_number) if held.helper else None,
        level=held.assurance,
        began_at=session.began_at,
        seen_at=session.seen_at,
        current=session.id == caller.session,
    )
