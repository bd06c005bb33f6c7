"""How many stars has a line, and until when?

Stars are rated by what was paid in twelve months. They hold a year: they rise at once, and fall only when it is over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.types.month import Month
from loyalty.points.policies import TierPolicy, decide_policy, decide_stars, find_business_day
from loyalty.points_tables import points_tier

MONTHS_OF_A_RATING: Final = 12


@dataclass(frozen=True, slots=True)
class Tier:
    """``stars`` 0-5, held through the business day ``valid_until``."""

    stars: int
    rated_on: date
    valid_until: date


async def rate(
    connection: AsyncConnection, line_id: str, *, paid_fen: int, policies: Sequence[TierPolicy], now: datetime
) -> Tier:
    """The line's stars after a rating by what it paid in the last twelve months: one statement decides, so that of two
    ratings at once neither lowers the other. Rated again at once, it stays as it is."""
    day = find_business_day(now)
    policy = decide_policy(policies, day)
    row = {
        "line_id": line_id,
        "stars": decide_stars(policy, paid_fen),
        "paid_fen": paid_fen,
        "rated_on": day.isoformat(),
        "valid_until": decide_valid_until(day).isoformat(),
        "policy": policy.key,
    }
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(points_tier).values(row)
    new, there = statement.excluded, points_tier.c
    may = or_(new.stars > there.stars, there.valid_until < day.isoformat())
    changes = {name: new[name] for name in row if name != "line_id"}
    await connection.execute(statement.on_conflict_do_update(index_elements=["line_id"], set_=changes, where=may))
    told = await connection.execute(select(points_tier).where(there.line_id == line_id))
    return _tell(told.one())


async def fetch_tier(connection: AsyncConnection, line_id: str) -> Tier | None:
    """As it was rated last; None: never, or its holder changed."""
    row = (await connection.execute(select(points_tier).where(points_tier.c.line_id == line_id))).one_or_none()
    return None if row is None else _tell(row)


async def fetch_unrated(connection: AsyncConnection, *, now: datetime, after: str = "", limit: int = 1000) -> list[str]:
    """Lines whose year is over, by their id, after one of them: the yearly run rates each."""
    over = points_tier.c.valid_until < find_business_day(now).isoformat()
    asked = select(points_tier.c.line_id).where(over, points_tier.c.line_id > after).order_by(points_tier.c.line_id)
    return list((await connection.execute(asked.limit(limit))).scalars())


def decide_valid_until(rated_on: date) -> date:
    """The last day of the month a year after: a rating of 5 March holds through 31 March of the next year."""
    following = Month(rated_on.year, rated_on.month).plus(MONTHS_OF_A_RATING + 1).first_day
    return date.fromordinal(following.toordinal() - 1)


def _tell(row: Row[Any]) -> Tier:
    return Tier(row.stars, date.fromisoformat(row.rated_on), date.fromisoformat(row.valid_until))
