"""Which client is this, and what may it do?"""

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read
from gateway.identity.oauth.redirect import is_assured, is_registered
from gateway.identity.oauth.tables import oauth_client
from graphql_schema.scopes import OPENID_SCOPES, SCOPES

ALL = "all"
"""The scope of the operator's own app: no limit of fields beside the levels."""

KNOWN_SCOPES = frozenset(SCOPES) | OPENID_SCOPES | {ALL}
CLIENT_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
GRANT_TYPES = frozenset({"authorization_code", "refresh_token"})


class ClientKind(StrEnum):
    """Whether a client can keep a secret (RFC 6749 §2.1): an app on people's devices can't."""

    PUBLIC = "public"
    CONFIDENTIAL = "confidential"


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """A registered client. Its methods are those that Authlib asks a client (``ClientMixin``)."""

    id: str
    name: str
    kind: ClientKind
    redirect_uris: tuple[str, ...]
    scopes: frozenset[str]
    post_logout_uris: tuple[str, ...] = ()
    first_party: bool = False
    any_loopback_port: bool = False
    active: bool = True
    secret_digest: str | None = field(default=None, repr=False)

    def get_client_id(self) -> str:
        """Its id."""
        return self.id

    def get_default_redirect_uri(self) -> None:
        """There is none: each request names its address."""

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """What it may have of what it asked for, in the order asked; None where nothing is left."""
        wanted = dict.fromkeys((scope or "").split())
        return " ".join(one for one in wanted if one in self.scopes) or None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Whether this address is registered, exactly."""
        return is_registered(redirect_uri, self.redirect_uris, any_loopback_port=self.any_loopback_port)

    def check_client_secret(self, client_secret: str) -> bool:
        """Whether this is its secret."""
        return hmac.compare_digest(self.secret_digest or "", digest_secret(client_secret))

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        """A confidential client always proves itself; a public one has nothing to do it with."""
        return (method == "none") == (self.kind is ClientKind.PUBLIC)

    def check_response_type(self, response_type: str) -> bool:
        """Codes only."""
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        """Codes and refresh tokens only."""
        return grant_type in GRANT_TYPES

    @property
    def client_metadata(self) -> Mapping[str, tuple[str, ...]]:
        """Where a person may be brought after a logout."""
        return {"post_logout_redirect_uris": self.post_logout_uris}

    def is_assured_at(self, redirect_uri: str) -> bool:
        """Whether what is sent to this address reaches this client and no other that pretends to be it."""
        return self.kind is ClientKind.CONFIDENTIAL or is_assured(redirect_uri)


def digest_secret(secret: str) -> str:
    """What is kept of a random secret."""
    return sha256(secret.encode(errors="backslashreplace")).hexdigest()


async def fetch_client(engine: AsyncEngine, client_id: str) -> OAuthClient | None:
    """The active client of this id. Raises DatabaseFault."""
    if not CLIENT_ID.fullmatch(client_id):
        return None
    async with read(engine) as connection:
        wanted = select(oauth_client).where(oauth_client.c.id == client_id, oauth_client.c.active)
        row = (await connection.execute(wanted)).one_or_none()
    return read_client(row) if row else None


def read_client(row: Row) -> OAuthClient:  # type: ignore[type-arg]
    """The client of a row."""
    return OAuthClient(
        id=row.id,
        name=row.name,
        kind=ClientKind(row.kind),
        redirect_uris=_read_list(row.redirect_uris),
        post_logout_uris=_read_list(row.post_logout_uris),
        scopes=frozenset(row.scopes.split()),
        first_party=row.first_party,
        any_loopback_port=row.any_loopback_port,
        active=row.active,
        secret_digest=row.secret_digest,
    )


def _read_list(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))
