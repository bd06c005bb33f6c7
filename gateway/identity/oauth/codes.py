"""Is this authorization code good, and what does it get?"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import write
from gateway.identity.oauth.client import digest_secret
from gateway.identity.oauth.grant import Grant, IssuedCode
from gateway.identity.oauth.grants import Grants
from gateway.identity.oauth.tables import authorization_code
from gateway.identity.session_row import alive_at
from gateway.identity.tables import from_us, hall_session, to_us
from graphql_schema.assurance import Factor
from graphql_schema.client import Caller, Channel

REUSED = "oauth_code_reused"
REMEMBERED = timedelta(days=1)
"""How long a second use of a code is noticed."""


class Codes:
    """Authorization codes: good once, for one client, for at most a minute."""

    def __init__(self, engine: AsyncEngine, grants: Grants, *, now: Callable[[], datetime]) -> None:
        self._engine, self._grants, self._now = engine, grants, now

    async def keep(
        self, connection: AsyncConnection, code: str, client_id: str, parameters: Mapping[str, str], caller: Caller
    ) -> None:
        """Keeps what ``code`` stands for, in the transaction of the consent."""
        row = {
            "digest": digest_secret(code),
            "client_id": client_id,
            "parameters": json.dumps(parameters),
            "line_id": caller.subscriber,
            "number": caller.number,
            "level": caller.assurance,
            "proofs": json.dumps({factor: to_us(moment) for factor, moment in caller.proofs.items()}),
            "consented_in": caller.session,
            "expires_at_us": to_us(self._now() + self._grants.rule.code),
        }
        await connection.execute(authorization_code.insert().values(**row))

    async def find(self, code: str, client_id: str) -> IssuedCode | None:
        """The code, where this client may redeem it now. Shown a second time, it ends what it got the first time
        (RFC 6749 §4.1.2). Raises DatabaseFault."""
        mine = (authorization_code.c.digest == digest_secret(code), authorization_code.c.client_id == client_id)
        async with write(self._engine) as connection:
            row = (await connection.execute(select(authorization_code).where(*mine))).one_or_none()
            if row is not None and row.used_at_us is not None:
                await self._grants.end(connection, row.session_id, client_id, deed=REUSED)
                return None
        return None if row is None or row.expires_at_us <= to_us(self._now()) else _parse(row)

    async def redeem(self, issued: IssuedCode) -> Grant | None:
        """The grant of this code, begun in one commit with the mark that the code is used.

        None where another was first (that one's grant ends, too), and where the session that the person consented in
        has ended since. Raises DatabaseFault.
        """
        async with write(self._engine) as connection:
            if not await self._claim(connection, issued):
                return None
            if not await self._stands(connection, issued.caller.session):
                return None
            grant = await self._grants.begin(connection, issued)
            mine = authorization_code.c.digest == issued.digest
            await connection.execute(update(authorization_code).where(mine).values(session_id=grant.session.id))
            return grant

    async def purge(self, connection: AsyncConnection) -> None:
        """Forgets codes whose second use need not be noticed any more."""
        over = authorization_code.c.expires_at_us <= to_us(self._now() - REMEMBERED)
        await connection.execute(delete(authorization_code).where(over))

    async def _claim(self, connection: AsyncConnection, issued: IssuedCode) -> bool:
        table, now_us = authorization_code, to_us(self._now())
        mine = table.c.digest == issued.digest
        free = update(table).where(mine, table.c.used_at_us.is_(None), table.c.expires_at_us > now_us)
        if (await connection.execute(free.values(used_at_us=now_us))).rowcount == 1:
            return True
        begun = (await connection.execute(select(table.c.session_id).where(mine))).scalar_one_or_none()
        await self._grants.end(connection, begun, issued.client_id, deed=REUSED)
        return False

    async def _stands(self, connection: AsyncConnection, session_id: str | None) -> bool:
        if session_id is None:
            return True
        asked = select(hall_session.c.session_id)
        living = asked.where(hall_session.c.session_id == session_id, *alive_at(self._now()))
        return (await connection.execute(living)).one_or_none() is not None


def _parse(row: Any) -> IssuedCode:  # noqa: ANN401  a row of authorization_code
    proofs = {Factor(factor): from_us(moment_us) for factor, moment_us in json.loads(row.proofs).items()}
    caller = Caller(
        Channel.WEB, row.line_id, row.number, row.level, max(proofs.values()), proofs=proofs, session=row.consented_in
    )
    return IssuedCode(row.digest, row.client_id, json.loads(row.parameters), caller)
