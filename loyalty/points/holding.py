"""How are points held until what they buy is there?

A hold and the posting that captures it bear one name, so that what was spent is returned by the same name either way.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import literal_column, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.needs import insert_new
from loyalty.points.accounts import Change, change, find_line, house_account, take_account, take_line
from loyalty.points.answers import EventReused, Held, Kind, PointsRefused, Posted, Reason
from loyalty.points.lots import end_hold_of_lots, take_lots
from loyalty.points.postings import Posting, find_posting, post_once
from loyalty.points.settling import Debt, settle
from loyalty.points.spending import HOUSE_OF, Spending, plan_taking, refuse
from loyalty.points_tables import points_hold
from loyalty.tables import to_us


async def reserve(
    connection: AsyncConnection, spending: Spending, *, until: datetime, now: datetime
) -> Held | PointsRefused:
    """Sets the points aside in their lots: held points do not end. ``until`` is when somebody should look what became
    of it: nothing is released by itself. Refuses NOT_ENOUGH. Raises EventReused."""
    account = await take_line(connection, spending.line_id)
    if account is None or not await take_lots(connection, plan_taking(account, spending, now), hold=True):
        there = await find_hold(connection, spending.event)
        if there is None and await find_posting(connection, spending.event) is None:
            return await refuse(connection, account, spending, now)
        _check_same_hold(there, spending)
        return Held(spending.event, spending.points)
    row = {"id": spending.event, "account": account.id, "points": spending.points, "kind": spending.kind.value}
    row |= {"state": "held", "reference": spending.reference, "at_us": to_us(now), "until_us": to_us(until)}
    if not await insert_new(connection, points_hold, row):
        raise EventReused(spending.event)
    await change(connection, account.id, Change(held=spending.points))
    return Held(spending.event, spending.points)


async def capture(connection: AsyncConnection, event: str, *, now: datetime) -> Posted | PointsRefused:
    """What was held is spent. Refuses NOT_FOUND, ALREADY_RELEASED."""
    hold = await _end_hold(connection, event, "captured")
    if isinstance(hold, PointsRefused):
        return hold
    if hold.is_new:
        house = house_account(HOUSE_OF[Kind(hold.row.kind)], event)
        await end_hold_of_lots(connection, event, give_back=False)
        spent = Posting(event, hold.row.account, house, hold.row.points, Kind(hold.row.kind), hold.row.reference)
        await post_once(connection, spent, now=now)
        gone = Change(balance=-spent.points, held=-spent.points, house=(house, spent.points))
        await change(connection, spent.giver, gone)
    return Posted(event, hold.row.points)


async def release(connection: AsyncConnection, event: str, *, now: datetime) -> Held | PointsRefused:
    """What was held is free again, in the same lots; what ended meanwhile ends with the next run. Refuses NOT_FOUND,
    ALREADY_CAPTURED."""
    hold = await _end_hold(connection, event, "released")
    if isinstance(hold, PointsRefused):
        return hold
    if hold.is_new:
        await end_hold_of_lots(connection, event, give_back=True)
        await change(connection, hold.row.account, Change(held=-hold.row.points))
        await settle(connection, hold.account, Debt(event, hold.account.owed), now=now)
    return Held(event, hold.row.points)


async def find_hold(connection: AsyncConnection, event: str) -> Row[Any] | None:
    """A hold as it stands."""
    return (await connection.execute(select(points_hold).where(points_hold.c.id == event))).one_or_none()


async def fetch_overdue_holds(connection: AsyncConnection, *, now: datetime, limit: int = 100) -> list[str]:
    """Open holds about which somebody should have known by now, the oldest first."""
    due = (points_hold.c.state == literal_column("'held'"), points_hold.c.until_us <= to_us(now))
    asked = select(points_hold.c.id).where(*due).order_by(points_hold.c.until_us).limit(limit)
    return list((await connection.execute(asked)).scalars())


@dataclass(frozen=True, slots=True)
class _Ended:
    """A hold that came to its end, by this deed or by the same one before, and its account in hand."""

    row: Row[Any]
    account: Row[Any]
    is_new: bool


async def _end_hold(connection: AsyncConnection, event: str, state: str) -> _Ended | PointsRefused:
    row = await find_hold(connection, event)
    if row is None:
        return PointsRefused(Reason.NOT_FOUND)
    account = await take_account(connection, row.account)
    mine = (points_hold.c.id == event, points_hold.c.state == "held")
    done = await connection.execute(update(points_hold).where(*mine).values(state=state).returning(points_hold.c.id))
    if done.one_or_none() is not None:
        return _Ended(row, account, is_new=True)
    row = await find_hold(connection, event)
    if row is None or row.state != state:
        return PointsRefused(Reason.ALREADY_RELEASED if state == "captured" else Reason.ALREADY_CAPTURED)
    return _Ended(row, account, is_new=False)


def _check_same_hold(there: Row[Any] | None, spending: Spending) -> None:
    ours = (spending.points, spending.kind.value, spending.reference)
    if there is None or (there.points, there.kind, there.reference) != ours:
        raise EventReused(spending.event)
    if find_line(there.account) != spending.line_id:
        raise EventReused(spending.event)
