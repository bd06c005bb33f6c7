"""Which passkeys does a line have, and how is one given up?"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from webauthn.helpers import bytes_to_base64url
from webauthn.registration.verify_registration_response import VerifiedRegistration

from gateway.database import insert_into, read, write
from gateway.identity.passkey.tables import passkey
from gateway.identity.tables import from_us, to_us
from graphql_schema.client import Caller
from graphql_schema.identity_ports import Deed
from graphql_schema.problems import NotFound
from graphql_schema.types.session import Passkey


@dataclass(frozen=True, slots=True)
class Kept:
    """A passkey as it stands in the table."""

    id: str
    credential_id: str
    line_id: str
    number: str
    public_key: str
    sign_count: int


class SqlPasskeyShelf:
    """The ``PasskeyShelf`` of graphql_schema.identity_ports, over SQL."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def fetch_passkeys(self, caller: Caller) -> Sequence[Passkey]:
        """By age. Raises DatabaseFault."""
        mine = (
            select(passkey).where(passkey.c.line_id == caller.subscriber).order_by(passkey.c.made_at_us, passkey.c.id)
        )
        async with read(self._engine) as connection:
            rows = (await connection.execute(mine)).all()
        return [
            Passkey(
                id=row.id,
                name=row.name,
                made_at=from_us(row.made_at_us),
                used_at=from_us(row.used_at_us) if row.used_at_us is not None else None,
            )
            for row in rows
        ]

    async def remove(self, deed: Deed, passkey_id: str) -> None:
        """It opens nothing any more. Raises NotFound, DatabaseFault."""
        if not passkey_id.isprintable():
            raise NotFound
        mine = (passkey.c.id == passkey_id, passkey.c.line_id == deed.caller.subscriber)
        async with write(self._engine) as connection:
            if (await connection.execute(delete(passkey).where(*mine))).rowcount != 1:
                raise NotFound


async def keep(  # noqa: PLR0913  the facts of one passkey
    connection: AsyncConnection, made: VerifiedRegistration, *, line_id: str, number: str, name: str, now: datetime
) -> bool:
    """Keeps it; False where an authenticator showed a credential that somebody has already."""
    row = {
        "id": secrets.token_hex(16),
        "credential_id": bytes_to_base64url(made.credential_id),
        "line_id": line_id,
        "number": number,
        "public_key": bytes_to_base64url(made.credential_public_key),
        "sign_count": made.sign_count,
        "backed_up": made.credential_backed_up,
        "name": name,
        "made_at_us": to_us(now),
    }
    kept = insert_into(passkey, connection).values(**row).on_conflict_do_nothing().returning(passkey.c.id)
    return (await connection.execute(kept)).scalar_one_or_none() is not None


async def fetch_of_line(connection: AsyncConnection, line_id: str) -> list[Kept]:
    """Those of a line."""
    return [_parse(row) for row in await connection.execute(select(passkey).where(passkey.c.line_id == line_id))]


async def fetch_by_credential(connection: AsyncConnection, credential_id: str) -> Kept | None:
    """The one with this credential id (base64url)."""
    if not credential_id.isprintable():
        return None
    row = (await connection.execute(select(passkey).where(passkey.c.credential_id == credential_id))).one_or_none()
    return None if row is None else _parse(row)


async def count_use(connection: AsyncConnection, kept: Kept, *, sign_count: int, now: datetime) -> bool:
    """Notes the use. False where the authenticator's count did not grow: its key was copied, or the answer is old."""
    grows = or_(passkey.c.sign_count < sign_count, (passkey.c.sign_count == 0) & (sign_count == 0))
    used = {"sign_count": sign_count, "used_at_us": to_us(now)}
    done = await connection.execute(update(passkey).where(passkey.c.id == kept.id, grows).values(used))
    return done.rowcount == 1


async def forget_line(connection: AsyncConnection, line_id: str) -> None:
    """The line is gone, or its number is somebody else's now: none of its passkeys opens anything."""
    await connection.execute(delete(passkey).where(passkey.c.line_id == line_id))


def _parse(row: Row[tuple[object, ...]]) -> Kept:
    return Kept(row.id, row.credential_id, row.line_id, row.number, row.public_key, row.sign_count)
