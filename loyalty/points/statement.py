"""What has a line, and how did it come about?

A month opens with what all postings before it sum to, and closes with that and its own: the next opens there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, case, func, or_, select, true
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.problems import MonthNotKept
from graphql_schema.types.month import Month
from loyalty.points.answers import Kind
from loyalty.points.lots import spendable
from loyalty.points.policies import find_business_day
from loyalty.points_tables import points_account, points_lot, points_posting
from loyalty.tables import from_us

MOST_ENTRIES: Final = 500
MONTHS_SHOWN: Final = 36


@dataclass(frozen=True, slots=True)
class PointsBalance:
    """``points`` stand in the account: ``spendable`` now, ``held`` for what is under way, and what ends with the next
    run. ``owed`` is paid by what comes next."""

    points: int
    spendable: int
    held: int
    owed: int


@dataclass(frozen=True, slots=True)
class PointsEntry:
    """One posting as the account sees it: points that came (above nothing) or went."""

    id: str
    at: datetime
    points: int
    kind: Kind
    reference: str


@dataclass(frozen=True, slots=True)
class Statement:
    """``opening`` + the points of each entry + ``unlisted`` = ``closing``. Entries are oldest first; ``unlisted`` is
    the sum of those beyond what was asked for."""

    month: Month
    opening: int
    entries: Sequence[PointsEntry]
    unlisted: int
    closing: int


def check_month(month: Month, *, now: datetime) -> None:
    """Raises MonthNotKept before the last three years and after this month."""
    last = Month.of(now)
    first = last.plus(-MONTHS_SHOWN)
    if not 0 <= month.since(first) <= MONTHS_SHOWN:
        raise MonthNotKept(first=first.text, last=last.text)


async def fetch_balance(connection: AsyncConnection, line_id: str, *, now: datetime) -> PointsBalance:
    """Of the line's open account; nothing at all where it has none."""
    account, lot = points_account, points_lot
    free = select(func.coalesce(func.sum(lot.c.remaining), 0))
    free = free.where(lot.c.account == account.c.id, *spendable(find_business_day(now)))
    columns = (account.c.balance, account.c.held, account.c.owed, free.scalar_subquery().label("spendable"))
    mine = (account.c.line_id == line_id, account.c.closed_at_us.is_(None))
    row = (await connection.execute(select(*columns).where(*mine))).one_or_none()
    if row is None:
        return PointsBalance(0, 0, 0, 0)
    return PointsBalance(row.balance, int(row.spendable), row.held, row.owed)


async def fetch_statement(
    connection: AsyncConnection, line_id: str, month: Month, *, limit: int = MOST_ENTRIES
) -> Statement:
    """Of the line's open account, in one consistent look; nothing at all where it has none."""
    first, after = month.first_day.isoformat(), month.plus(1).first_day.isoformat()
    rows = (await connection.execute(_ask(line_id, first, after, limit))).all()
    entries = [_tell(row) for row in rows if row.id is not None]
    opening, closing = (int(rows[0].opening), int(rows[0].closing)) if rows else (0, 0)
    unlisted = closing - opening - sum(each.points for each in entries)
    return Statement(month, opening, entries, unlisted, closing)


def _ask(line_id: str, first: str, after: str, limit: int) -> Any:  # noqa: ANN401  a statement
    """One statement, so that no posting can arrive between sums and entries."""
    account, posting = points_account, points_posting
    mine = account.c.line_id == line_id, account.c.closed_at_us.is_(None)
    whose = select(account.c.id).where(*mine).cte("whose")
    here = or_(posting.c.to_account == whose.c.id, posting.c.from_account == whose.c.id)
    sums = [
        select(func.coalesce(func.sum(_signed(whose.c.id)), 0)).where(here, posting.c.day < day).scalar_subquery()
        for day in (first, after)
    ]
    entries = (
        select(posting, _signed(whose.c.id).label("signed"))
        .where(here, posting.c.day >= first, posting.c.day < after)
        .order_by(posting.c.at_us, posting.c.id)
        .limit(limit)
        .subquery("entry")
    )
    opening, closing = (
        each.correlate(whose).label(name) for each, name in zip(sums, ("opening", "closing"), strict=True)
    )
    told = select(opening, closing, entries).select_from(whose.outerjoin(entries, true()))
    return told.order_by(entries.c.at_us, entries.c.id)


def _signed(account_id: ColumnElement[str]) -> ColumnElement[int]:
    points = points_posting.c.points
    return case((points_posting.c.to_account == account_id, points), else_=-points)


def _tell(row: Row[Any]) -> PointsEntry:
    return PointsEntry(row.id, from_us(row.at_us), row.signed, Kind(row.kind), row.reference)
