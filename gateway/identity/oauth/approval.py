"""What is done in the moment in which a person says yes?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import write
from gateway.identity.audit.entry import AuditEntry, record
from gateway.identity.oauth.client import OAuthClient
from gateway.identity.oauth.codes import Codes
from gateway.identity.oauth.remembered import remember
from gateway.identity.oauth.requests import AuthorizationRequests
from gateway.identity.tables import to_us
from graphql_schema.client import Caller


class Answered(Exception):  # noqa: N818  what it is
    """The question was answered before, or its time is over."""


class ConsentGiven(Protocol):
    """Where the consent is kept for good."""

    async def __call__(
        self, connection: AsyncConnection, caller: Caller, client_id: str, client_name: str, scopes: tuple[str, ...]
    ) -> None:
        """Adds it in the transaction in which the code is made."""
        ...


@dataclass(frozen=True, slots=True)
class Approval:
    """A person's yes to one request: to Authlib, who grants it. ``asked`` tells a yes of this moment from one that is
    remembered."""

    engine: AsyncEngine
    codes: Codes
    requests: AuthorizationRequests
    consent_given: ConsentGiven
    now: Callable[[], datetime]
    caller: Caller
    origin: tuple[str, ...]
    asked: bool

    async def keep(self, code: str, client: OAuthClient, parameters: Mapping[str, str]) -> None:
        """Keeps the code, the consent and their records together or not at all. Raises Answered, DatabaseFault."""
        scopes, line_id = tuple(parameters["scope"].split()), str(self.caller.subscriber)
        async with write(self.engine) as connection:
            if not await self.requests.settle(connection, self.origin, asked=self.asked):
                raise Answered
            await self.codes.keep(connection, code, client.id, parameters, self.caller)
            if self.asked:
                await remember(connection, line_id, client.id, scopes, now_us=to_us(self.now()))
                await self.consent_given(connection, self.caller, client.id, client.name, scopes)
                entry = AuditEntry.by(self.caller, "oauth_consent", note=f"{client.id}: {' '.join(scopes)}")
                await record(connection, entry, now=self.now())
