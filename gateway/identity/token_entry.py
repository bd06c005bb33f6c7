"""Which session does a token open, whether it is the session's own or an OAuth client's?"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.identity.access_token import AccessTokens, is_access_token
from gateway.identity.line_watch import LineWatch
from gateway.identity.session import Sessions
from gateway.identity.session_row import Session
from graphql_schema.client import Channel
from graphql_schema.door import TokenEvidence, Turned


@dataclass(frozen=True, slots=True)
class TokenEntry:
    """Judges tokens. Without ``access_tokens`` those open nothing."""

    sessions: Sessions
    watch: LineWatch
    access_tokens: AccessTokens | None
    now: Callable[[], datetime]

    async def judge(self, evidence: TokenEvidence, channel: Channel) -> Session | Turned:
        """The living session of this channel, its line looked at when that is due. Raises DatabaseFault."""
        now, alive = self.now(), evidence.sign_of_life
        if is_access_token(evidence.token):
            session = await self._find_granted(evidence.token, channel, now, alive)
        else:
            session = await self.sessions.recognize(evidence.token, channel, now=now, sign_of_life=alive)
        if session is None:
            return Turned("session_ended")
        return await self.watch.check(session) or session

    async def find_granted_id(self, token: str) -> str | None:
        """The public id of the session that a good access token stands for. Raises DatabaseFault."""
        if self.access_tokens is None or not is_access_token(token):
            return None
        grant = await self.access_tokens.find_session(token)
        return grant.session_id if grant else None

    async def _find_granted(self, token: str, channel: Channel, now: datetime, alive: bool) -> Session | None:
        grant = await self.access_tokens.find_session(token) if self.access_tokens else None
        if grant is None:
            return None
        session = await self.sessions.recognize_by_id(grant.session_id, channel, now=now, sign_of_life=alive)
        if session is None or grant.fields is None:
            return session
        opened = session.caller.fields
        fields = grant.fields if opened is None else grant.fields & opened
        return replace(session, caller=replace(session.caller, fields=fields))
