"""Which authorization requests are under way?"""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import insert_into, read, write
from gateway.identity.oauth.client import digest_secret
from gateway.identity.oauth.tables import authorization_request
from gateway.identity.tables import from_us, to_us
from graphql_schema.client import Caller

PENDING = timedelta(minutes=10)
"""How long somebody may take to sign in and to answer."""

URN = "urn:ietf:params:oauth:request_uri:"
PUSHED, BEGUN, ASKED = "pushed", "begun", "asked"

Parameters = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """What a person was asked and may answer now. ``origin`` names the rows that its answer settles."""

    parameters: Parameters
    origin: tuple[str, ...] = field(repr=False)


class AuthorizationRequests:
    """Requests that were pushed (RFC 9126), that somebody began to look at, and that somebody was asked about."""

    def __init__(self, engine: AsyncEngine, *, now: Callable[[], datetime]) -> None:
        self._engine, self._now = engine, now

    async def push(self, parameters: Parameters) -> str:
        """Keeps a client's request; the ``request_uri`` that stands for it. Raises DatabaseFault."""
        handle = URN + secrets.token_urlsafe(32)
        async with write(self._engine) as connection:
            await self._keep(connection, digest_secret(handle), PUSHED, parameters)
        return handle

    async def find_pushed(self, handle: str, client_id: str) -> Parameters | None:
        """What this client pushed under this handle. Raises DatabaseFault."""
        row = await self._find(digest_secret(handle), PUSHED)
        return None if row is None or row.client_id != client_id else dict(json.loads(row.parameters))

    async def begin(self, parameters: Parameters) -> datetime:
        """When somebody first came with this very request: what was proved since was proved for it. Raises
        DatabaseFault."""
        table, digest = authorization_request, name_request(parameters)
        stale = delete(table).where(table.c.digest == digest, table.c.expires_at_us <= to_us(self._now()))
        async with write(self._engine) as connection:
            await connection.execute(stale)
            await self._keep(connection, digest, BEGUN, {"client_id": parameters["client_id"]})
            began = await connection.execute(select(table.c.began_at_us).where(table.c.digest == digest))
            return from_us(began.scalar_one())

    async def ask(self, parameters: Parameters, caller: Caller, origin: tuple[str, ...]) -> str:
        """Keeps the question that this person is being asked; its handle. Raises DatabaseFault."""
        handle = secrets.token_urlsafe(32)
        async with write(self._engine) as connection:
            await self._keep(connection, digest_secret(handle), ASKED, parameters, caller=caller, origin=origin)
        return handle

    async def find_asked(self, handle: str, caller: Caller) -> Question | None:
        """The question that this very person, in this very session, has not answered yet. Raises DatabaseFault."""
        row = await self._find(digest_secret(handle), ASKED)
        if row is None or (row.line_id, row.session_id) != (caller.subscriber, caller.session):
            return None
        return Question(json.loads(row.parameters), (row.digest, *row.origin.split()))

    async def settle(self, connection: AsyncConnection, origin: tuple[str, ...], *, asked: bool) -> bool:
        """Forgets a request that is answered, in the transaction of the answer. False where somebody was asked and the
        answer was given before."""
        table = authorization_request
        if asked:
            first = delete(table).where(table.c.digest == origin[0], table.c.expires_at_us > to_us(self._now()))
            if (await connection.execute(first)).rowcount != 1:
                return False
        await connection.execute(delete(table).where(table.c.digest.in_(origin)))
        return True

    async def purge(self, connection: AsyncConnection) -> None:
        """Forgets requests that nobody answered in time."""
        over = authorization_request.c.expires_at_us <= to_us(self._now())
        await connection.execute(delete(authorization_request).where(over))

    async def _find(self, digest: str, kind: str) -> Any | None:  # noqa: ANN401  a row of authorization_request
        table = authorization_request
        mine = (table.c.digest == digest, table.c.kind == kind, table.c.expires_at_us > to_us(self._now()))
        async with read(self._engine) as connection:
            return (await connection.execute(select(table).where(*mine))).one_or_none()

    async def _keep(  # noqa: PLR0913  a row of three kinds
        self,
        connection: AsyncConnection,
        digest: str,
        kind: str,
        parameters: Parameters,
        *,
        caller: Caller | None = None,
        origin: tuple[str, ...] = (),
    ) -> None:
        row = {
            "digest": digest,
            "kind": kind,
            "client_id": parameters["client_id"],
            "line_id": caller.subscriber if caller else None,
            "session_id": caller.session if caller else None,
            "origin": " ".join(origin),
            "parameters": json.dumps(dict(parameters)),
            "began_at_us": to_us(self._now()),
            "expires_at_us": to_us(self._now() + PENDING),
        }
        fresh = insert_into(authorization_request, connection).values(**row)
        await connection.execute(fresh.on_conflict_do_nothing())


def name_request(parameters: Parameters) -> str:
    """One name for one request: each has a challenge of its own, and mostly a state and a nonce."""
    return sha256(json.dumps(sorted(parameters.items())).encode()).hexdigest()


def name_origin(parameters: Parameters, request_uri: str | None) -> tuple[str, ...]:
    """The rows that an answer to this request settles."""
    pushed = (digest_secret(request_uri),) if request_uri else ()
    return (name_request(parameters), *pushed)
