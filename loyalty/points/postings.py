"""How does a movement of points stand in the ledger, once?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.needs import insert_new
from loyalty.points.answers import EventReused, Kind
from loyalty.points.given_rows import given
from loyalty.points.policies import find_business_day
from loyalty.points_tables import points_posting
from loyalty.tables import to_us

_SHAPE: Final[Mapping[str, type]] = {
    "id": str,
    "from_account": str,
    "to_account": str,
    "points": int,
    "kind": str,
    "reference": str,
    "at_us": int,
    "day": str,
}


@dataclass(frozen=True, slots=True)
class Posting:
    """``points`` leave ``giver`` and arrive at ``taker``, both account ids."""

    id: str
    giver: str
    taker: str
    points: int
    kind: Kind
    reference: str


async def post(connection: AsyncConnection, posting: Posting, *, now: datetime) -> bool:
    """Writes it; False where one of its name is there, or where what it returns was returned before."""
    return await insert_new(connection, points_posting, _as_row(posting, now))


async def post_once(connection: AsyncConnection, posting: Posting, *, now: datetime) -> None:
    """Writes one that cannot be there yet. Raises EventReused where its name stands for something else."""
    if not await post(connection, posting, now=now):
        raise EventReused(posting.id)


async def post_many(connection: AsyncConnection, postings: Sequence[Posting], *, now: datetime) -> set[str]:
    """Writes those that are not there yet, in one statement, and answers their names."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    rows = given(connection, _SHAPE, [_as_row(each, now) for each in postings])
    ordered = select(*(rows.c[name] for name in _SHAPE)).where(rows.c.points > 0).order_by(rows.c.id)
    statement = insert(points_posting).from_select(list(_SHAPE), ordered).on_conflict_do_nothing()
    return set((await connection.execute(statement.returning(points_posting.c.id))).scalars())


async def find_posting(connection: AsyncConnection, event: str) -> Row[Any] | None:
    """What was written under a name."""
    asked = select(points_posting).where(points_posting.c.id == event)
    return (await connection.execute(asked)).one_or_none()


async def find_postings(connection: AsyncConnection, events: Sequence[str]) -> dict[str, Row[Any]]:
    """What was written under any of these names."""
    asked = given(connection, {"id": str}, [{"id": each} for each in events])
    rows = await connection.execute(select(points_posting).where(points_posting.c.id.in_(select(asked.c.id))))
    return {row.id: row for row in rows}


def check_same(row: Row[Any], posting: Posting) -> None:
    """Raises EventReused unless the row is what this posting would have written; the house's part may differ."""
    same = (row.points, row.kind, row.reference) == (posting.points, posting.kind.value, posting.reference)
    sides = ((row.from_account, posting.giver), (row.to_account, posting.taker))
    if not same or any(there != ours for there, ours in sides if not ours.startswith("house:")):
        raise EventReused(posting.id)


def _as_row(posting: Posting, now: datetime) -> dict[str, Any]:
    return {
        "id": posting.id,
        "from_account": posting.giver,
        "to_account": posting.taker,
        "points": posting.points,
        "kind": posting.kind.value,
        "reference": posting.reference,
        "at_us": to_us(now),
        "day": find_business_day(now).isoformat(),
    }
