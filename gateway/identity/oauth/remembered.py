"""Has this person already said yes to just this?"""

from collections.abc import Collection

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import insert_into, read
from gateway.identity.oauth.client import join_scopes
from gateway.identity.oauth.tables import remembered_consent


async def is_remembered(engine: AsyncEngine, line_id: str, client_id: str, scopes: Collection[str]) -> bool:
    """Whether this line's person agreed to these very scopes for this client. Raises DatabaseFault."""
    asked = select(remembered_consent.c.scopes).where(*_mine(line_id, client_id))
    async with read(engine) as connection:
        return (await connection.execute(asked)).scalar_one_or_none() == join_scopes(scopes)


async def remember(
    connection: AsyncConnection, line_id: str, client_id: str, scopes: Collection[str], *, now_us: int
) -> None:
    """Keeps the last yes, in place of the one before."""
    said = {"scopes": join_scopes(scopes), "given_at_us": now_us}
    row = insert_into(remembered_consent, connection).values(line_id=line_id, client_id=client_id, **said)
    await connection.execute(row.on_conflict_do_update(index_elements=["line_id", "client_id"], set_=said))


async def forget(connection: AsyncConnection, line_id: str, client_id: str | None = None) -> None:
    """The person will be asked again: by one client, or by all of them."""
    mine = _mine(line_id, client_id) if client_id else (remembered_consent.c.line_id == line_id,)
    await connection.execute(delete(remembered_consent).where(*mine))


def _mine(line_id: str, client_id: str) -> tuple[ColumnElement[bool], ...]:
    return remembered_consent.c.line_id == line_id, remembered_consent.c.client_id == client_id
