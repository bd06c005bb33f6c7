"""How is one of an item taken out of the mall, and put back, with no second one for the last?"""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.types.month import Month
from graphql_schema.types.reward import RedemptionObstacle, RedemptionObstacleCode
from loyalty.reward_tables import reward_item, reward_limit
from loyalty.rewards.items import StandingItem
from loyalty.rewards.obstacles import decide_item_obstacles, limit_reached
from loyalty.rewards.shelf import fetch_item

ITEM_CHANGED = RedemptionObstacleCode.ITEM_CHANGED


async def take_limit(
    connection: AsyncConnection, line_id: str, standing: StandingItem, *, now: datetime
) -> list[RedemptionObstacle]:
    """Counts one more for the line and month, in the caller's transaction; what forbids it, if anything does."""
    item = standing.item
    if item.per_month is None:
        return []
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = {"line_id": line_id, "code": item.code, "month": Month.of(now).text, "taken": 1}
    one_more = make(reward_limit).values(row)
    counted = one_more.on_conflict_do_update(
        index_elements=["line_id", "code", "month"],
        set_={"taken": reward_limit.c.taken + 1},
        where=reward_limit.c.taken < item.per_month,
    )
    return [] if (await connection.execute(counted)).rowcount == 1 else [limit_reached(standing, now=now)]


async def take_stock(connection: AsyncConnection, standing: StandingItem, *, now: datetime) -> list[RedemptionObstacle]:
    """Takes one of what was shown, in the caller's transaction; what forbids it, if anything does. An item without an
    end is not counted, so that nobody waits for anybody."""
    table, item = reward_item, standing.item
    same = (table.c.code == item.code, table.c.version == standing.version)
    if item.stock is None:
        there = (await connection.execute(select(table.c.code).where(*same))).one_or_none() is not None
    else:
        taken = update(table).where(*same, table.c.taken < table.c.stock).values(taken=table.c.taken + 1)
        there = (await connection.execute(taken)).rowcount == 1
    return [] if there else await _explain(connection, standing, now=now)


async def put_back(connection: AsyncConnection, row: Row[Any]) -> None:
    """One of it is there again, and counts in nobody's month, in the caller's transaction; the row as that left it:
    where somebody else has the line by now, what counts is theirs."""
    if row.month is not None:
        mine = (reward_limit.c.line_id == row.line_id, reward_limit.c.code == row.code)
        month = (reward_limit.c.month == row.month, reward_limit.c.taken > 0)
        await connection.execute(update(reward_limit).where(*mine, *month).values(taken=reward_limit.c.taken - 1))
    if row.is_counted:
        same = reward_item.c.code == row.code
        await connection.execute(update(reward_item).where(same).values(taken=reward_item.c.taken - 1))


async def count_had(connection: AsyncConnection, line_id: str, *, now: datetime) -> dict[str, int]:
    """How many of each item the line had this month."""
    mine = (reward_limit.c.line_id == line_id, reward_limit.c.month == Month.of(now).text)
    rows = await connection.execute(select(reward_limit.c.code, reward_limit.c.taken).where(*mine))
    return {row.code: row.taken for row in rows.all()}


async def _explain(connection: AsyncConnection, standing: StandingItem, *, now: datetime) -> list[RedemptionObstacle]:
    newer = await fetch_item(connection, standing.item.code)
    if newer is None or newer.version != standing.version:
        return [RedemptionObstacle(code=ITEM_CHANGED)]
    found = list(decide_item_obstacles(newer, now=now))
    return found or [RedemptionObstacle(code=RedemptionObstacleCode.OUT_OF_STOCK)]
