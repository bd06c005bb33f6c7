"""Which line and which service password belong to a number?"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import insert_into, read
from gateway.identity.tables import credential, from_us, to_us
from graphql_schema.types.line import Line


@dataclass(frozen=True, slots=True)
class Credential:
    """What we know of a number: its line and that line's holder as last heard, and the hash of its service password if
    one was set.

    ``password_deed`` is the deed that set it, if one did; ``reset_at`` when a forgotten one was last set anew.
    """

    number: str
    line_id: str
    password_hash: str | None
    password_set_at: datetime | None = None
    password_deed: str | None = None
    reset_at: datetime | None = None
    customer_id: str | None = None

    def is_held_by(self, line: Line) -> bool:
        """Whether the number is still with the same line and the same holder."""
        return line.id == self.line_id and self.customer_id in (None, line.customer_id)


@dataclass(frozen=True, slots=True)
class NewPassword:
    """What is kept of a service password: its hash, never itself. ``deed`` set it, or a reset (``forgotten``)."""

    number: str
    line_id: str
    password_hash: str
    deed: str | None = None
    forgotten: bool = False


async def fetch_credential(engine: AsyncEngine, number: str) -> Credential | None:
    """The credential of a number, or None."""
    async with read(engine) as connection:
        row = (await connection.execute(select(credential).where(credential.c.number == number))).one_or_none()
    return None if row is None else _parse(row)


async def keep_line(connection: AsyncConnection, number: str, line: Line) -> None:
    """Remembers which line has the number, and who holds it. What changed hands loses its former owner's password."""
    table, held = credential, {"line_id": line.id, "customer_id": line.customer_id}
    unknown = table.c.customer_id.is_(None)
    same = and_(table.c.line_id == line.id, or_(unknown, table.c.customer_id == line.customer_id))
    insert = insert_into(table, connection).values(number=number, **held)
    columns = ("password_hash", "password_set_at_us", "password_deed", "reset_at_us")
    kept = {name: case((same, table.c[name])) for name in columns}
    await connection.execute(insert.on_conflict_do_update(index_elements=["number"], set_={**held, **kept}))


async def keep_password(connection: AsyncConnection, new: NewPassword, *, now: datetime) -> None:
    """Sets the password of a number and its line; after one that was forgotten, call records rest."""
    values: dict[str, object] = {
        "line_id": new.line_id,
        "password_hash": new.password_hash,
        "password_set_at_us": to_us(now),
        "password_deed": new.deed,
    }
    if new.forgotten:
        values["reset_at_us"] = to_us(now)
    insert = insert_into(credential, connection).values(number=new.number, **values)
    holder = case((credential.c.line_id == new.line_id, credential.c.customer_id))
    changes = {**values, "customer_id": holder}
    await connection.execute(insert.on_conflict_do_update(index_elements=["number"], set_=changes))


async def forget_credentials(connection: AsyncConnection, line_id: str, *, but: str | None = None) -> None:
    """The line's passwords open nothing any more; ``but`` is the number that it has now, if it has one."""
    gone = delete(credential).where(credential.c.line_id == line_id)
    await connection.execute(gone if but is None else gone.where(credential.c.number != but))


def _parse(row: Any) -> Credential:  # noqa: ANN401  a row of credential
    return Credential(
        row.number,
        row.line_id,
        row.password_hash,
        None if row.password_set_at_us is None else from_us(row.password_set_at_us),
        row.password_deed,
        None if row.reset_at_us is None else from_us(row.reset_at_us),
        row.customer_id,
    )
