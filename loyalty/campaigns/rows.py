"""Whose turn is it with a grant, and what does its row say?"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.campaign_tables import grant_part, grant_return, reward_grant
from loyalty.campaigns.needs import Bureau
from loyalty.claiming import Turns, unchanged
from loyalty.tables import to_us

Tell = Callable[[AsyncConnection], Awaitable[None]]
"""Writes down, in the transaction of a state, what is to be told of it."""


class Overtaken(Exception):  # noqa: N818  no error: another is at it
    """Somebody else has the grant now, or what it was to give has changed: who lost it writes nothing."""


def turns_of(bureau: Bureau, table: Table = reward_grant) -> Turns:
    """How workers take turns with grants, or with another kind of a campaign's rows."""
    rules = bureau.rules
    return Turns(
        table, bureau.transaction, bureau.reading, bureau.now, lease=rules.lease, rest_at_most=rules.rest_at_most
    )


async def find_grant(bureau: Bureau, grant_id: str) -> Row[Any] | None:
    """A row that may be there."""
    async with bureau.reading() as connection:
        return (await connection.execute(select(reward_grant).where(reward_grant.c.id == grant_id))).one_or_none()


async def fetch_parts(connection: AsyncConnection, grant_ids: Sequence[str]) -> Sequence[Row[Any]]:
    """The parts of these, in order."""
    mine = grant_part.c.grant_id.in_(grant_ids)
    asked = select(grant_part).where(mine).order_by(grant_part.c.grant_id, grant_part.c.number)
    return (await connection.execute(asked)).all()


async def fetch_returns(connection: AsyncConnection, grant_id: str) -> Sequence[Row[Any]]:
    """What was asked back of a grant, in order."""
    asked = select(grant_return).where(grant_return.c.grant_id == grant_id).order_by(grant_return.c.number)
    return (await connection.execute(asked)).all()


async def hold(
    connection: AsyncConnection,
    row: Row[Any],
    **values: Any,  # noqa: ANN401  columns
) -> None:
    """Begins every write of a worker: the grant is still its own, and came further. Raises Overtaken."""
    kept = {"attempts": 0, **values}
    if (await connection.execute(update(reward_grant).where(*unchanged(reward_grant, row)).values(kept))).rowcount != 1:
        raise Overtaken


async def end(
    bureau: Bureau,
    row: Row[Any],
    state: str,
    *,
    tell: Tell | None = None,
    **values: Any,  # noqa: ANN401  columns
) -> None:
    """Passes a grant into a state in which nothing is to be done, and tells of it in the same commit. Raises
    Overtaken."""
    now_us = to_us(bureau.now())
    ended = {"state": state, "free_at_us": None, "ended_at_us": now_us, "delivery": "", **values}
    async with bureau.transaction() as connection:
        await hold(connection, row, **ended)
        if tell is not None:
            await tell(connection)


async def rest(bureau: Bureau, row: Row[Any], state: str, *, until: datetime) -> None:
    """Nothing is to be done before that. Raises Overtaken."""
    async with bureau.transaction() as connection:
        await hold(connection, row, state=state, free_at_us=to_us(until))


async def announce(bureau: Bureau, line_id: str) -> None:
    """Says that something changed for a line."""
    if bureau.announce is not None:
        await bureau.announce(line_id)
