"""Which clients has the operator registered? (``onehall client …``)"""

import json
import re
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read, write
from gateway.identity.audit.entry import AuditEntry, record
from gateway.identity.oauth.client import (
    ALL,
    CLIENT_ID,
    KNOWN_SCOPES,
    ClientKind,
    OAuthClient,
    digest_secret,
    read_client,
)
from gateway.identity.oauth.redirect import LOOPBACK_ADDRESSES, find_flaw
from gateway.identity.oauth.tables import oauth_client, oauth_grant
from gateway.identity.tables import hall_session, to_us
from graphql_schema.client import Channel

SECRET_BYTES = 32
LONGEST_NAME = 64


async def add_client(engine: AsyncEngine, client: OAuthClient, *, now: datetime) -> str | None:
    """Registers a client. A confidential one gets a secret, which is told here and never again.

    Raises ValueError with the reason where it can't be registered, DatabaseFault.
    """
    flaw = find_flaw_of(client)
    if flaw is not None:
        raise ValueError(flaw)
    secret = secrets.token_urlsafe(SECRET_BYTES) if client.kind is ClientKind.CONFIDENTIAL else None
    row = {
        "id": client.id,
        "name": client.name,
        "kind": client.kind.value,
        "secret_digest": digest_secret(secret) if secret else None,
        "redirect_uris": json.dumps(client.redirect_uris),
        "post_logout_uris": json.dumps(client.post_logout_uris),
        "scopes": " ".join(sorted(client.scopes)),
        "first_party": client.first_party,
        "any_loopback_port": client.any_loopback_port,
        "active": True,
        "added_at_us": to_us(now),
    }
    async with write(engine) as connection:
        known = await connection.execute(select(oauth_client.c.id).where(oauth_client.c.id == client.id))
        if known.one_or_none() is not None:
            raise ValueError(f"there is a client {client.id} already")
        await connection.execute(oauth_client.insert().values(**row))
        await record(connection, _entry("oauth_client_add", client.id), now=now)
    return secret


async def list_clients(engine: AsyncEngine) -> Sequence[OAuthClient]:
    """Every client, disabled ones as well, by id. Raises DatabaseFault."""
    async with read(engine) as connection:
        rows = (await connection.execute(select(oauth_client).order_by(oauth_client.c.id))).all()
    return [read_client(row) for row in rows]


async def disable_client(engine: AsyncEngine, client_id: str, *, now: datetime) -> bool:
    """Ends the client's grants and lets it do nothing any more; False where there is no such active client. Raises
    DatabaseFault."""
    mine = (oauth_client.c.id == client_id, oauth_client.c.active)
    async with write(engine) as connection:
        if (await connection.execute(update(oauth_client).where(*mine).values(active=False))).rowcount != 1:
            return False
        await connection.execute(delete(hall_session).where(hall_session.c.client == client_id))
        await connection.execute(delete(oauth_grant).where(oauth_grant.c.client_id == client_id))
        await record(connection, _entry("oauth_client_disable", client_id), now=now)
    return True


def find_flaw_of(client: OAuthClient) -> str | None:
    """Why a client can't be registered like this, or None."""
    if not CLIENT_ID.fullmatch(client.id):
        return "an id has 1 to 64 letters, digits, dots, dashes and underscores"
    if not client.name.strip() or len(client.name) > LONGEST_NAME or not client.name.isprintable():
        return f"a name has 1 to {LONGEST_NAME} characters that can be printed"
    return _find_flaw_of_scopes(client) or _find_flaw_of_addresses(client)


def _find_flaw_of_scopes(client: OAuthClient) -> str | None:
    unknown = sorted(client.scopes - KNOWN_SCOPES)
    if unknown or not client.scopes:
        return f"scopes are some of {', '.join(sorted(KNOWN_SCOPES))}; not {', '.join(unknown) or 'none at all'}"
    if ALL in client.scopes and not client.first_party:
        return f"the scope {ALL} is for the operator's own app alone"
    return None


def _find_flaw_of_addresses(client: OAuthClient) -> str | None:
    if not client.redirect_uris:
        return "a client has at least one redirect address"
    confidential = client.kind is ClientKind.CONFIDENTIAL
    for address in (*client.redirect_uris, *client.post_logout_uris):
        flaw = find_flaw(address, confidential=confidential)
        if flaw is not None:
            return f"{address} {flaw}"
    if client.any_loopback_port and (confidential or not _has_open_loopback(client.redirect_uris)):
        return "any loopback port: for a public client with an address like http://127.0.0.1/back, without a port"
    return None


def _has_open_loopback(addresses: Collection[str]) -> bool:
    hosts = "|".join(re.escape(f"[{host}]" if ":" in host else host) for host in LOOPBACK_ADDRESSES)
    return any(re.match(rf"http://({hosts})(/|$)", address) for address in addresses)


def _entry(deed: str, client_id: str) -> AuditEntry:
    return AuditEntry(deed, "system", None, Channel.SYSTEM, 0, note=client_id)
