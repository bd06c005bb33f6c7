"""Which lots are points taken from, and put back into?

Whoever calls has the account in hand (see accounts.py), so its lots stand still. A lot whose day has passed gives
nothing any more, whether or not the expiry run has been there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Insert,
    Select,
    String,
    case,
    cast,
    func,
    insert,
    literal,
    literal_column,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.points_tables import points_lot, points_lot_use
from loyalty.tables import to_us

ZERO: Final = literal_column("0", BigInteger)  # so that the database sees that its partial index will do


@dataclass(frozen=True, slots=True)
class Taking:
    """``points`` out of an account's lots that can be spent on ``day`` (None: out of any), for ``taker``. ``first`` is
    the lot that gives first; then what ends first goes first. ``partly``: as many as there are, or else all or
    none."""

    account: str
    taker: str
    points: int
    day: date | None
    first: str = ""
    partly: bool = False


async def take_lots(connection: AsyncConnection, taking: Taking, *, hold: bool = False) -> int:
    """How many points it got: they are out of their lots, or held in them. 0 where there are too few, and where this
    taker took before."""
    use = points_lot_use
    chosen = _choose(taking).returning(use.c.points)
    taken = int(sum((await connection.execute(chosen)).scalars()))
    if taken:
        more = {points_lot.c.held: points_lot.c.held + use.c.points} if hold else {}
        changes = {points_lot.c.remaining: points_lot.c.remaining - use.c.points, **more}
        await connection.execute(update(points_lot).where(*_of(taking.taker)).values(changes))
    return taken


async def end_hold_of_lots(connection: AsyncConnection, taker: str, *, give_back: bool) -> None:
    """What the taker held is gone, or free again."""
    lot, use = points_lot, points_lot_use
    more = {lot.c.remaining: lot.c.remaining + use.c.points} if give_back else {}
    changes = {lot.c.held: lot.c.held - use.c.points, **more}
    await connection.execute(update(lot).where(*_of(taker)).values(changes))


async def put_back(connection: AsyncConnection, taker: str, *, taken_by: str) -> None:
    """What one took goes back into the same lots, under the name of another."""
    lot, use = points_lot, points_lot_use
    same = select(literal(taker), use.c.lot, use.c.points).where(use.c.taker == taken_by)
    await connection.execute(insert(use).from_select(["taker", "lot", "points"], same))
    await connection.execute(update(lot).where(*_of(taker)).values({lot.c.remaining: lot.c.remaining + use.c.points}))


async def add_lots(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """New lots, of which nothing was spent: id, account, original, expires_on, policy, at_us."""
    await connection.execute(insert(points_lot), [row | {"remaining": row["original"], "held": 0} for row in rows])


async def hand_over_lots(connection: AsyncConnection, taker: str, account: str, *, now: datetime) -> None:
    """What was taken becomes lots of another account, which end when they would have ended."""
    lot, use = points_lot, points_lot_use
    ends = (lot.c.expires_on, lot.c.policy)
    name = literal(f"{taker}/").concat(cast(func.row_number().over(order_by=ends), String))
    points = cast(func.sum(use.c.points), BigInteger)
    columns = ["id", "account", "original", "remaining", "held", "expires_on", "policy", "at_us"]
    rows = (
        select(name, literal(account), points, points, literal(0, BigInteger), *ends, literal(to_us(now), BigInteger))
        .select_from(lot.join(use, use.c.lot == lot.c.id))
        .where(use.c.taker == taker)
        .group_by(*ends)
    )
    await connection.execute(insert(lot).from_select(columns, rows))


async def count_spendable(connection: AsyncConnection, account: str, day: date) -> int:
    """Points in lots that can be spent on this day."""
    lot = points_lot
    asked = select(func.coalesce(func.sum(lot.c.remaining), 0)).where(lot.c.account == account, *spendable(day))
    return int((await connection.execute(asked)).scalar_one())


def spendable(day: date | None) -> tuple[ColumnElement[bool], ...]:
    """Lots that have something left, and whose last day has not passed (None: or has)."""
    left = points_lot.c.remaining > ZERO
    return (left,) if day is None else (left, points_lot.c.expires_on >= day.isoformat())


def _choose(taking: Taking) -> Insert:
    """One statement decides: it writes down how much each lot gives, or nothing."""
    use = points_lot_use
    ranked = _rank(taking).subquery("ranked")
    before = ranked.c.upto - ranked.c.remaining
    share = case((ranked.c.upto <= taking.points, ranked.c.remaining), else_=taking.points - before)
    took = select(use.c.lot).where(use.c.taker == taking.taker).exists()
    enough = [] if taking.partly else [ranked.c.total >= taking.points]
    rows = select(literal(taking.taker), ranked.c.id, cast(share, BigInteger))
    return insert(use).from_select(
        [use.c.taker, use.c.lot, use.c.points], rows.where(before < taking.points, ~took, *enough)
    )


def _rank(taking: Taking) -> Select[Any]:
    """An account's lots in the order in which they give, each with the sum up to it, and the sum of all."""
    lot = points_lot
    order = (case((lot.c.id == taking.first, 0), else_=1), lot.c.expires_on, lot.c.id)
    upto, total = func.sum(lot.c.remaining).over(order_by=order), func.sum(lot.c.remaining).over()
    columns = (lot.c.id, lot.c.remaining, upto.label("upto"), total.label("total"))
    return select(*columns).where(lot.c.account == taking.account, *spendable(taking.day))


def _of(taker: str) -> tuple[ColumnElement[bool], ...]:
    return points_lot_use.c.taker == taker, points_lot_use.c.lot == points_lot.c.id
