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
    Update,
    bindparam,
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
    wanted = {
        "taker": taking.taker,
        "account": taking.account,
        "wanted": taking.points,
        "at_least": 1 if taking.partly else taking.points,
        "day": "" if taking.day is None else taking.day.isoformat(),
        "first": taking.first,
    }
    taken = int(sum((await connection.execute(_CHOOSE, wanted)).scalars()))
    if taken:
        await connection.execute(_TAKE_HELD if hold else _TAKE, {"taker": taking.taker})
    return taken


async def end_hold_of_lots(connection: AsyncConnection, taker: str, *, give_back: bool) -> None:
    """What the taker held is gone, or free again."""
    await connection.execute(_FREE if give_back else _GONE, {"taker": taker})


async def put_back(connection: AsyncConnection, taker: str, *, taken_by: str) -> None:
    """What one took goes back into the same lots, under the name of another."""
    await connection.execute(_TAKE_AGAIN, {"taker": taker, "before": taken_by})
    await connection.execute(_PUT_BACK, {"taker": taker})


async def add_lots(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """New lots, of which nothing was spent: id, account, original, expires_on, policy, at_us."""
    await connection.execute(_ADD, [row | {"remaining": row["original"], "held": 0} for row in rows])


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


def spendable(day: date) -> tuple[ColumnElement[bool], ...]:
    """Lots that have something left, and whose last day has not passed."""
    return points_lot.c.remaining > ZERO, points_lot.c.expires_on >= day.isoformat()


def _choose() -> Insert:
    """One statement decides: it writes down how much each lot gives, or nothing."""
    use, taker, wanted = points_lot_use, bindparam("taker", type_=String), bindparam("wanted", type_=BigInteger)
    ranked = _rank().subquery("ranked")
    before = ranked.c.upto - ranked.c.remaining
    share = case((ranked.c.upto <= wanted, ranked.c.remaining), else_=wanted - before)
    took = select(use.c.lot).where(use.c.taker == taker).exists()
    enough = ranked.c.total >= bindparam("at_least", type_=BigInteger)
    rows = select(taker, ranked.c.id, cast(share, BigInteger)).where(before < wanted, enough, ~took)
    return insert(use).from_select([use.c.taker, use.c.lot, use.c.points], rows)


def _rank() -> Select[Any]:
    """An account's lots in the order in which they give, each with the sum up to it, and the sum of all."""
    lot = points_lot
    order = (case((lot.c.id == bindparam("first"), 0), else_=1), lot.c.expires_on, lot.c.id)
    upto, total = func.sum(lot.c.remaining).over(order_by=order), func.sum(lot.c.remaining).over()
    columns = (lot.c.id, lot.c.remaining, upto.label("upto"), total.label("total"))
    mine = (lot.c.account == bindparam("account"), lot.c.remaining > ZERO, lot.c.expires_on >= bindparam("day"))
    return select(*columns).where(*mine)


def _move(*, remaining: int = 0, held: int = 0) -> Update:
    """Adds what each lot gave to what remains in it, or is held, so many times."""
    lot, use = points_lot, points_lot_use
    changes = {
        lot.c.remaining: lot.c.remaining + remaining * use.c.points,
        lot.c.held: lot.c.held + held * use.c.points,
    }
    return update(lot).where(use.c.taker == bindparam("taker"), use.c.lot == lot.c.id).values(changes)


_ADD = insert(points_lot)
_CHOOSE = _choose().returning(points_lot_use.c.points)
_TAKE, _TAKE_HELD = _move(remaining=-1), _move(remaining=-1, held=1)
_FREE, _GONE, _PUT_BACK = _move(remaining=1, held=-1), _move(held=-1), _move(remaining=1)
_TAKE_AGAIN = insert(points_lot_use).from_select(
    ["taker", "lot", "points"],
    select(bindparam("taker", type_=String), points_lot_use.c.lot, points_lot_use.c.points).where(
        points_lot_use.c.taker == bindparam("before")
    ),
)
