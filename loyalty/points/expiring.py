"""Which points end, and when is whoever has them told before?

A run ends what could last be spent before its day, in bounded batches, each a transaction of its own: killed between
any two it goes on where it was, because what has ended is not there any more. A lot ends once a day at most: what is
released or returned into it after that ends with the next run.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Select, func, insert, literal, select, tuple_, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.needs import Transaction
from loyalty.points.accounts import EXPIRED, change_many
from loyalty.points.answers import Kind
from loyalty.points.given_rows import given, render_rows
from loyalty.points.lots import ZERO
from loyalty.points.postings import Posting, post_many
from loyalty.points_tables import points_account, points_lot, points_lot_use, points_posting

_Found = Row[*tuple[Any, ...]]
BATCH: Final = 500
NOWHERE: Final = ("", "", "")


@dataclass(frozen=True, slots=True)
class Expired:
    """So many lots and points ended. ``after`` is where it goes on; None: that was all."""

    lots: int
    points: int
    after: tuple[str, str, str] | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """Points of a line that can last be spent on a day."""

    line_id: str
    expires_on: date
    points: int


async def expire(
    transaction: Transaction, day: date, *, now: datetime, batch: int = BATCH, batches: int | None = None
) -> Expired:
    """Ends what could last be spent before ``day``: the month-end run, on the first day of the next. All of it, or so
    many batches: called again, it goes on."""
    lots = points = done_batches = 0
    after: tuple[str, str, str] | None = NOWHERE
    while after is not None and done_batches != batches:
        async with transaction() as connection:
            done = await expire_batch(connection, day, after=after, now=now, batch=batch)
        lots, points, after = lots + done.lots, points + done.points, done.after
        done_batches += 1
    return Expired(lots, points, after)


async def expire_batch(
    connection: AsyncConnection, day: date, *, after: tuple[str, str, str], now: datetime, batch: int = BATCH
) -> Expired:
    """One step of it, in the caller's transaction."""
    due = await _find_due(connection, day, after=after, batch=batch)
    if not due:
        return Expired(0, 0)
    rows = await _take_due(connection, due)
    postings = [
        Posting(_name(row.id, day), row.account, EXPIRED, row.remaining, Kind.EXPIRED, row.id)
        for row in rows
        if row.remaining
    ]
    new = await post_many(connection, postings, now=now)
    ended = [each for each in postings if each.id in new]
    await _book(connection, ended)
    last = due[-1]
    following = (last.expires_on, last.account, last.id) if len(due) == batch else None
    return Expired(len(ended), sum(each.points for each in ended), following)


async def fetch_ending(connection: AsyncConnection, line_id: str, *, day: date, until: date) -> list[Ending]:
    """What of a line's points ends from ``day`` until a day, that one included, soonest first. What is held does not
    end."""
    lot, account = points_lot, points_account
    mine = (account.c.line_id == line_id, account.c.closed_at_us.is_(None), lot.c.account == account.c.id)
    asked = select(account.c.line_id, lot.c.expires_on, func.sum(lot.c.remaining)).where(*mine, *_between(day, until))
    rows = await connection.execute(asked.group_by(account.c.line_id, lot.c.expires_on).order_by(lot.c.expires_on))
    return [_tell(row) for row in rows]


async def fetch_all_ending(
    connection: AsyncConnection, *, on: date, after: str = "", limit: int = 1000
) -> list[Ending]:
    """Whose points can last be spent on a day, for notices before it: by account; ``after`` is the last line of the
    page before."""
    lot, account = points_lot, points_account
    asked = (
        select(account.c.line_id, lot.c.expires_on, func.sum(lot.c.remaining))
        .where(lot.c.account == account.c.id, account.c.closed_at_us.is_(None), *_between(on, on))
        .where(account.c.line_id > after)
        .group_by(account.c.line_id, lot.c.expires_on)
        .order_by(account.c.line_id)
        .limit(limit)
    )
    return [_tell(row) for row in await connection.execute(asked)]


async def _find_due(connection: AsyncConnection, day: date, *, after: tuple[str, str, str], batch: int) -> list[_Found]:
    """The next lots that have something left and did not end today: by day, account, lot."""
    lot = points_lot
    place = (lot.c.expires_on, lot.c.account, lot.c.id)
    ended = select(points_posting.c.id).where(points_posting.c.id == _name_sql(day)).exists()
    due = (lot.c.expires_on < day.isoformat(), lot.c.remaining > ZERO, tuple_(*place) > tuple_(*after), ~ended)
    return list((await connection.execute(select(*place).where(*due).order_by(*place).limit(batch))).all())


async def _take_due(connection: AsyncConnection, due: list[_Found]) -> list[_Found]:
    """The same lots as they stand once their accounts are in hand."""
    account, lot, dialect = points_account, points_lot, connection.dialect.name
    asked = select(account.c.id).where(account.c.id.in_(_ids(dialect))).order_by(account.c.id)
    whose = render_rows([{"id": each} for each in sorted({row.account for row in due})])
    await connection.execute(asked.with_for_update(), whose)
    standing = select(lot.c.id, lot.c.account, lot.c.remaining).where(lot.c.id.in_(_ids(dialect)))
    return list((await connection.execute(standing, render_rows([{"id": row.id} for row in due]))).all())


async def _book(connection: AsyncConnection, ended: list[Posting]) -> None:
    """Lots, uses and balances of what has ended just now."""
    if not ended:
        return
    gone = dict[str, int]()
    for each in ended:
        gone[each.giver] = gone.get(each.giver, 0) - each.points
    uses = [{"taker": each.id, "lot": each.reference, "points": each.points} for each in ended]
    await connection.execute(insert(points_lot_use), uses)
    emptied = update(points_lot).where(points_lot.c.id.in_(_ids(connection.dialect.name))).values(remaining=0)
    await connection.execute(emptied, render_rows([{"id": each.reference} for each in ended]))
    await change_many(connection, gone)


def _ids(dialect: str) -> Select[tuple[str]]:
    """Those that come with the statement, in its one parameter."""
    return select(given(dialect, {"id": str}).c.id)


def _between(first: date, last: date) -> tuple[Any, ...]:
    lot = points_lot
    return lot.c.remaining > ZERO, lot.c.expires_on.between(first.isoformat(), last.isoformat())


def _tell(row: _Found) -> Ending:
    return Ending(row[0], date.fromisoformat(row[1]), int(row[2]))


def _name(lot: str, day: date) -> str:
    return f"expiry:{lot}:{day.isoformat()}"


def _name_sql(day: date) -> Any:  # noqa: ANN401  an expression over each lot
    return literal("expiry:").concat(points_lot.c.id).concat(f":{day.isoformat()}")
