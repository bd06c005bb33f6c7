"""How are points held until what they buy is there?

A hold and the posting that captures it bear one name, so that what was spent is returned by the same name either way.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult, Row
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.points.accounts import change, find_line, take_account, take_line
from loyalty.points.answers import EventReused, Held, Kind, PointsRefused, Posted, Reason
from loyalty.points.lots import end_hold_of_lots, take_lots
from loyalty.points.postings import Posting, find_posting, post_once
from loyalty.points.settling import Debt, settle
from loyalty.points.spending import HOUSE_OF, Spending, plan_taking, refuse
from loyalty.points_tables import points_hold
from loyalty.tables import to_us


async def reserve(connection: AsyncConnection, spending: Spending, *, now: datetime) -> Held | PointsRefused:
    """Sets the points aside in their lots: held points do not end, and nothing is released by itself. Refuses
    NOT_ENOUGH. Raises EventReused."""
    account = await take_line(connection, spending.line_id)
    if account is None or not await take_lots(connection, plan_taking(account, spending, now), hold=True):
        there = await find_hold(connection, spending.event)
        if there is None and await find_posting(connection, spending.event) is None:
            return await refuse(connection, account, spending, now)
        _check_same_hold(there, spending)
        return Held(spending.event, spending.points)
    row = {"id": spending.event, "account": account.id, "points": spending.points, "kind": spending.kind.value}
    row |= {"state": "held", "reference": spending.reference, "at_us": to_us(now)}
    done: CursorResult[Any] = await connection.execute(_HOLD[connection.dialect.name], row)
    if done.rowcount != 1:
        raise EventReused(spending.event)
    await change(connection, account.id, held=spending.points)
    return Held(spending.event, spending.points)


async def capture(connection: AsyncConnection, event: str, *, now: datetime) -> Posted | PointsRefused:
    """What was held is spent. Refuses NOT_FOUND, ALREADY_RELEASED."""
    hold = await _end_hold(connection, event, "captured")
    if isinstance(hold, PointsRefused):
        return hold
    if hold.is_new:
        house = HOUSE_OF[Kind(hold.row.kind)]
        await end_hold_of_lots(connection, event, give_back=False)
        spent = Posting(event, hold.row.account, house, hold.row.points, Kind(hold.row.kind), hold.row.reference)
        await post_once(connection, spent, now=now)
        await change(connection, spent.giver, balance=-spent.points, held=-spent.points)
    return Posted(event, hold.row.points)


async def release(connection: AsyncConnection, event: str, *, now: datetime) -> Held | PointsRefused:
    """What was held is free again, in the same lots; what ended meanwhile ends with the next run. Refuses NOT_FOUND,
    ALREADY_CAPTURED."""
    hold = await _end_hold(connection, event, "released")
    if isinstance(hold, PointsRefused):
        return hold
    if hold.is_new:
        await end_hold_of_lots(connection, event, give_back=True)
        await change(connection, hold.row.account, held=-hold.row.points)
        await settle(connection, hold.account, Debt(event, hold.account.owed), now=now)
    return Held(event, hold.row.points)


async def find_hold(connection: AsyncConnection, event: str) -> Row[Any] | None:
    """A hold as it stands."""
    return (await connection.execute(_FIND, {"hold": event})).one_or_none()


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
    done: CursorResult[Any] = await connection.execute(_END, {"hold": event, "ended": state})
    if done.rowcount == 1:
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


_FIND = select(points_hold).where(points_hold.c.id == bindparam("hold"))
_END = (
    update(points_hold)
    .where(points_hold.c.id == bindparam("hold"), points_hold.c.state == "held")
    .values(state=bindparam("ended"))
)
_HOLD = {
    "postgresql": postgresql.insert(points_hold).on_conflict_do_nothing(),
    "sqlite": sqlite.insert(points_hold).on_conflict_do_nothing(),
}
