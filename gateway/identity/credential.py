"""Which line and which service password belong to a number?"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import insert_into, read, write
from gateway.identity.tables import credential, to_us
from graphql_schema.ports import BssFault, Lines


@dataclass(frozen=True, slots=True)
class Credential:
    """What we know of a number: its line as last heard, and the hash of its service password if one was set."""

    number: str
    line_id: str
    password_hash: str | None


async def fetch_credential(engine: AsyncEngine, number: str) -> Credential | None:
    """The credential of a number, or None."""
    table = credential
    asked = select(table.c.number, table.c.line_id, table.c.password_hash).where(table.c.number == number)
    async with read(engine) as connection:
        row = (await connection.execute(asked)).one_or_none()
    return None if row is None else Credential(row.number, row.line_id, row.password_hash)


async def find_current_line(engine: AsyncEngine, lines: Lines, known: Credential) -> str | None:
    """The line that still has this number, None where the number went to another or to nobody.

    Asks the BSS, since a number is given to someone else after a while; while the BSS is down, the line as last heard.
    """
    try:
        line = await lines.find_line(known.number)
    except BssFault:
        return known.line_id
    if line is not None and line.id != known.line_id:
        async with write(engine) as connection:
            await keep_line(connection, known.number, line.id)
    return known.line_id if line is not None and line.id == known.line_id else None


async def keep_line(connection: AsyncConnection, number: str, line_id: str) -> None:
    """Remembers which line has the number. A number that changed hands loses the password of its former owner."""
    table = credential
    same = table.c.line_id == line_id
    insert = insert_into(table, connection).values(number=number, line_id=line_id)
    await connection.execute(
        insert.on_conflict_do_update(
            index_elements=["number"],
            set_={
                "line_id": line_id,
                "password_hash": case((same, table.c.password_hash)),
                "password_set_at_us": case((same, table.c.password_set_at_us)),
            },
        )
    )


async def keep_password(
    connection: AsyncConnection, number: str, line_id: str, password_hash: str, *, now: datetime
) -> None:
    """Sets the password of a number and its line."""
    values = {"line_id": line_id, "password_hash": password_hash, "password_set_at_us": to_us(now)}
    insert = insert_into(credential, connection).values(number=number, **values)
    await connection.execute(insert.on_conflict_do_update(index_elements=["number"], set_=values))
