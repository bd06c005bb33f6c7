"""What is done in the moment in which a person says yes?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import write
from gateway.identity.audit.entry import AuditEntry, record
from gateway.identity.oauth.client import OAuthClient
from gateway.identity.oauth.codes import Codes
from gateway.identity.oauth.requests import AuthorizationRequests
from graphql_schema.client import Caller


class Answered(Exception):  # noqa: N818  what it is
    """The question was answered before, or its time is over."""


class PartnerLedger(Protocol):
    """The part of the consent ledger that is about clients. What is taken back there is asked again."""

    async def record_partner(
        self, connection: AsyncConnection, caller: Caller, client_id: str, client_name: str, scopes: Sequence[str]
    ) -> None:
        """Adds a yes, in the transaction that gives the client its code."""
        ...

    async def has_partner(
        self, connection: AsyncConnection, caller: Caller, client_id: str, scopes: Sequence[str]
    ) -> bool:
        """Whether the line's person lets this client see all of this already."""
        ...


@dataclass(frozen=True, slots=True)
class Approval:
    """A person's yes to one request: to Authlib, who grants it. ``asked`` tells a yes of this moment from one that is
    remembered."""

    engine: AsyncEngine
    codes: Codes
    requests: AuthorizationRequests
    ledger: PartnerLedger
    now: Callable[[], datetime]
    caller: Caller
    origin: tuple[str, ...]
    asked: bool

    async def keep(self, code: str, client: OAuthClient, parameters: Mapping[str, str]) -> None:
        """Keeps the code, the consent and their records together or not at all. Raises Answered, DatabaseFault."""
        scopes = parameters["scope"].split()
        async with write(self.engine) as connection:
            if not await self.requests.settle(connection, self.origin, asked=self.asked):
                raise Answered
            named = {**parameters, "client_name": client.name}
            await self.codes.keep(connection, code, client.id, named, self.caller)
            if self.asked:
                await self.ledger.record_partner(connection, self.caller, client.id, client.name, scopes)
                entry = AuditEntry.by(self.caller, "oauth_consent", note=f"{client.id}: {' '.join(scopes)}")
                await record(connection, entry, now=self.now())
