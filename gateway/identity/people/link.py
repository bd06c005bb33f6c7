"""Which links between lines stand, and how do they begin and end?"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.identity.people.tables import line_link
from gateway.identity.tables import to_us
from graphql_schema.types.line import Line

LINKS_MOST = 20
_LIVING = line_link.c.ended_at_us.is_(None)


@dataclass(frozen=True, slots=True)
class Link:
    """The person of the owner's line may open the other line, while both have the holders that they had then."""

    id: str
    owner_line_id: str
    owner_customer_id: str
    other_line_id: str
    other_customer_id: str

    def stands_between(self, owner: Line, other: Line) -> bool:
        """Whether these lines are still held by whom the link was made for."""
        return (owner.customer_id, other.customer_id) == (self.owner_customer_id, self.other_customer_id)


async def find_link_of_deed(connection: AsyncConnection, deed_id: str) -> Link | None:
    """The link that this deed has made already, ended or not."""
    row = (await connection.execute(select(line_link).where(line_link.c.deed == deed_id))).one_or_none()
    return _parse(row) if row else None


async def fetch_links(connection: AsyncConnection, line_id: str) -> list[Link]:
    """The links that stand and that this line has a part in, on either side, by age."""
    table = line_link
    asked = select(table).where(_of(line_id), _LIVING).order_by(table.c.since_us, table.c.id)
    return [_parse(row) for row in await connection.execute(asked)]


async def keep_link(
    connection: AsyncConnection, deed_id: str, *, owner: Line, other: Line, now: datetime
) -> Link | None:
    """Links the other line, in the owner's turn; None where there are as many links as there may be.

    One that stood between the same two lines makes way, whoever held them then.
    """
    table = line_link
    mine = and_(table.c.owner_line_id == owner.id, _LIVING)
    pair = and_(mine, table.c.other_line_id == other.id)
    await connection.execute(update(table).where(pair).values(ended_at_us=to_us(now)))
    if (await connection.execute(select(func.count()).select_from(table).where(mine))).scalar_one() >= LINKS_MOST:
        return None
    link = Link(secrets.token_hex(16), owner.id, owner.customer_id, other.id, other.customer_id)
    await connection.execute(
        table.insert().values(
            id=link.id,
            deed=deed_id,
            owner_line_id=link.owner_line_id,
            owner_customer_id=link.owner_customer_id,
            other_line_id=link.other_line_id,
            other_customer_id=link.other_customer_id,
            since_us=to_us(now),
        )
    )
    return link


async def end_links(
    connection: AsyncConnection, line_id: str, other_line_id: str, *, deed_id: str, now: datetime
) -> bool:
    """Ends what stands between two lines, in both directions; whether this deed has ended anything, now or before."""
    table = line_link
    between = and_(_of(line_id), _of(other_line_id))
    await connection.execute(update(table).where(between, _LIVING).values(ended_at_us=to_us(now), ended_deed=deed_id))
    ended = select(table.c.id).where(between, table.c.ended_deed == deed_id).limit(1)
    return (await connection.execute(ended)).one_or_none() is not None


async def end_links_of_line(connection: AsyncConnection, line_id: str, *, now: datetime) -> None:
    """Ends every link of a line that is gone."""
    await connection.execute(update(line_link).where(_of(line_id), _LIVING).values(ended_at_us=to_us(now)))


async def hold_link(connection: AsyncConnection, link_id: str) -> bool:
    """Whether the link stands; if so, nobody ends it before this transaction is over."""
    held = select(line_link.c.id).where(line_link.c.id == link_id, _LIVING).with_for_update()
    return (await connection.execute(held)).one_or_none() is not None


def _of(line_id: str) -> ColumnElement[bool]:
    return or_(line_link.c.owner_line_id == line_id, line_link.c.other_line_id == line_id)


def _parse(row: Row[Any]) -> Link:
    return Link(row.id, row.owner_line_id, row.owner_customer_id, row.other_line_id, row.other_customer_id)
