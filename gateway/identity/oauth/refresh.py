"""Is this refresh token the last one of its grant?"""

import hmac
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import write
from gateway.identity.oauth.grant import Grant
from gateway.identity.oauth.grants import Grants
from gateway.identity.oauth.tables import oauth_grant
from gateway.identity.tables import hall_session, to_us

REUSED = "oauth_refresh_token_reused"

_TOKEN = re.compile(r"([0-9a-f]{32})~([1-9][0-9]{0,8})~([0-9a-f]{64})")


class RefreshTokens:
    """Refresh tokens of one use. A token says which grant and generation it is of, under our own mark, and nothing of
    it is kept but the grant's generation: so an old one is known as old for as long as the grant lives, one row a
    grant, and one that we never made is not taken for an old one."""

    def __init__(self, engine: AsyncEngine, grants: Grants, *, secret: bytes, now: Callable[[], datetime]) -> None:
        """``secret`` is the house's: with another one no refresh token is good any more."""
        self._engine, self._grants, self._now = engine, grants, now
        self._key = hmac.digest(secret, b"oauth-refresh-token", "sha256")

    def add_to(self, grant: Grant) -> Grant:
        """The same grant with the text of its refresh token, where it has one."""
        if not grant.generation:
            return grant
        named = f"{grant.session.id}~{grant.generation}"
        return replace(grant, refresh_token=f"{named}~{self._mark(named)}")

    async def look(self, token: str, client_id: str) -> tuple[Grant, int] | None:
        """The client's living grant that this token of ours belongs to, and the token's generation, old or not. Raises
        DatabaseFault."""
        parts = _TOKEN.fullmatch(token)
        if parts is None or not hmac.compare_digest(parts[3], self._mark(f"{parts[1]}~{parts[2]}")):
            return None
        grant = await self._grants.find(parts[1], client_id)
        return None if grant is None else (grant, int(parts[2]))

    async def find(self, token: str, client_id: str) -> Grant | None:
        """The client's grant that this token refreshes. An old token ends the grant (OAuth 2.1 §4.3.1): a thief has
        the newer one or is showing this one, and nobody can tell which. Raises DatabaseFault, Unchecked."""
        seen = await self.look(token, client_id)
        if seen is None:
            return None
        grant, generation = seen
        if generation == grant.generation:
            return grant if await self._grants.stands(grant) else None  # this generation, even if it is old by now
        await self._grants.end_now(grant, deed=REUSED)
        return None

    async def rotate(self, grant: Grant) -> Grant | None:
        """The grant with its next refresh token, which is also a sign of life. Of two at once one gets it, and the
        other ends the grant: then it is None. Raises DatabaseFault."""
        mine = (oauth_grant.c.session_id == grant.session.id, oauth_grant.c.generation == grant.generation)
        later = update(oauth_grant).where(*mine).values(generation=grant.generation + 1)
        async with write(self._engine) as connection:
            if (await connection.execute(later)).rowcount != 1:
                await self._grants.end(connection, grant.session.id, grant.client_id, deed=REUSED)
                return None
            seen = update(hall_session).where(hall_session.c.session_id == grant.session.id)
            await connection.execute(seen.values(seen_at_us=to_us(self._now())))
        return self.add_to(replace(grant, generation=grant.generation + 1))

    def _mark(self, named: str) -> str:
        return hmac.digest(self._key, named.encode(), "sha256").hex()
