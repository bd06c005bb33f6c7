"""How does a movement of points stand in the ledger, once?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Select, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult, Row
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.points.answers import EventReused, Kind
from loyalty.points.given_rows import given, render_rows
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
    written = _as_row(posting, now)
    done: CursorResult[Any] = await connection.execute(_POST[connection.dialect.name], written)
    return done.rowcount == 1


async def post_once(connection: AsyncConnection, posting: Posting, *, now: datetime) -> None:
    """Writes one that cannot be there yet. Raises EventReused where its name stands for something else."""
    if not await post(connection, posting, now=now):
        raise EventReused(posting.id)


async def post_many(connection: AsyncConnection, postings: Sequence[Posting], *, now: datetime) -> set[str]:
    """Writes those that are not there yet, in one statement, and answers their names."""
    rows = render_rows([_as_row(each, now) for each in postings])
    return set((await connection.execute(_post_many(connection.dialect.name), rows)).scalars())


async def find_posting(connection: AsyncConnection, event: str) -> Row[Any] | None:
    """What was written under a name."""
    return (await connection.execute(_FIND, {"event": event})).one_or_none()


async def find_postings(connection: AsyncConnection, events: Sequence[str]) -> dict[str, Row[Any]]:
    """What was written under any of these names."""
    asked = render_rows([{"id": each} for each in events])
    return {row.id: row for row in await connection.execute(_find_many(connection.dialect.name), asked)}


def check_same(row: Row[Any], posting: Posting) -> None:
    """Raises EventReused unless the row is what this posting would have written."""
    there = (row.from_account, row.to_account, row.points, row.kind, row.reference)
    if there != (posting.giver, posting.taker, posting.points, posting.kind.value, posting.reference):
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


_FIND = select(points_posting).where(points_posting.c.id == bindparam("event"))


_INSERT: Final[Mapping[str, Any]] = {
    "postgresql": postgresql.insert(points_posting),
    "sqlite": sqlite.insert(points_posting),
}
_POST: Final = {dialect: insert.on_conflict_do_nothing() for dialect, insert in _INSERT.items()}


@cache
def _post_many(dialect: str) -> Any:  # noqa: ANN401  an INSERT that returns names
    rows = given(dialect, _SHAPE)
    ordered = select(*(rows.c[name] for name in _SHAPE)).where(rows.c.points > 0).order_by(rows.c.id)
    written = _INSERT[dialect].from_select(list(_SHAPE), ordered).on_conflict_do_nothing()
    return written.returning(points_posting.c.id)


@cache
def _find_many(dialect: str) -> Select[Any]:
    return select(points_posting).where(points_posting.c.id.in_(select(given(dialect, {"id": str}).c.id)))
