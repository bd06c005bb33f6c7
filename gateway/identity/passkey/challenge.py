"""Was this challenge given out by us, for this, and not answered before?"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from gateway.identity.passkey.tables import passkey_challenge
from gateway.identity.tables import to_us

LIFETIME = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Challenge:
    """Thirty-two random bytes that an authenticator signs, under an id of their own."""

    id: str
    challenge: bytes


async def give_out(connection: AsyncConnection, *, line_id: str | None, now: datetime) -> Challenge:
    """A fresh one: to make a passkey for a line, or (None) to use any."""
    given = Challenge(secrets.token_urlsafe(24), secrets.token_bytes(32))
    row = {
        "id": given.id,
        "challenge": bytes_to_base64url(given.challenge),
        "line_id": line_id,
        "expires_at_us": to_us(now + LIFETIME),
    }
    await connection.execute(passkey_challenge.insert().values(**row))
    return given


async def take_back(
    connection: AsyncConnection, challenge_id: str, *, line_id: str | None, now: datetime
) -> bytes | None:
    """What has to be signed, once: of any number at once one gets it. None: over, used, or for something else."""
    if not challenge_id.isprintable():
        return None  # not even a question: PostgreSQL takes no NUL, no database half a character
    table = passkey_challenge
    mine = (table.c.id == challenge_id[:64], table.c.line_id == line_id if line_id else table.c.line_id.is_(None))
    taken = delete(table).where(*mine, table.c.expires_at_us > to_us(now)).returning(table.c.challenge)
    found = (await connection.execute(taken)).scalar_one_or_none()
    return None if found is None else base64url_to_bytes(found)


async def purge_challenges(connection: AsyncConnection, *, now: datetime) -> None:
    """Forgets those that nobody answered."""
    await connection.execute(delete(passkey_challenge).where(passkey_challenge.c.expires_at_us <= to_us(now)))
