"""How do points pass between two lines of one customer?"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.points.accounts import change_many, find_line, open_lines, take_lines
from loyalty.points.answers import EventReused, Kind, PointsRefused, Posted, Reason, check_wish
from loyalty.points.lots import Taking, count_spendable, hand_over_lots, take_lots
from loyalty.points.policies import find_business_day
from loyalty.points.postings import Posting, find_posting, post_once
from loyalty.points.settling import Debt, settle


@dataclass(frozen=True, slots=True)
class Holder:
    """A line, and whose it is as the operator says at this moment."""

    line_id: str
    customer_id: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """``event`` names it (``transfer:<deed>``)."""

    event: str
    giver: Holder
    taker: Holder
    points: int

    def __post_init__(self) -> None:
        """Raises ValueError for what is no transfer."""
        check_wish(self.event, self.points)


async def transfer(connection: AsyncConnection, wanted: Transfer, *, now: datetime) -> Posted | PointsRefused:
    """Hands points over, what ends first before others; they end when they would have ended. Refuses SAME_LINE,
    OTHER_CUSTOMER, NOT_ENOUGH. Raises EventReused."""
    if wanted.giver.line_id == wanted.taker.line_id or wanted.giver.customer_id != wanted.taker.customer_id:
        same_line = wanted.giver.line_id == wanted.taker.line_id
        return PointsRefused(Reason.SAME_LINE if same_line else Reason.OTHER_CUSTOMER)
    there = await find_posting(connection, wanted.event)
    if there is not None:
        return _answer_again(there, wanted)
    await open_lines(connection, [wanted.taker.line_id])
    held = await take_lines(connection, [wanted.giver.line_id, wanted.taker.line_id])
    giver, taker = held.get(wanted.giver.line_id), held.get(wanted.taker.line_id)
    if taker is None:  # closed between its opening and our taking it
        return PointsRefused(Reason.CLOSED)
    day = find_business_day(now)
    if giver is None or not await take_lots(connection, Taking(giver.id, wanted.event, wanted.points, day)):
        return await _explain(connection, giver, wanted, day)
    return await _hand_over(connection, wanted, (giver, taker), now)


async def _explain(
    connection: AsyncConnection, giver: Row[Any] | None, wanted: Transfer, day: date
) -> Posted | PointsRefused:
    """Another was faster with the same one, or there is not enough."""
    there = await find_posting(connection, wanted.event)
    if there is not None:
        return _answer_again(there, wanted)
    most = 0 if giver is None else await count_spendable(connection, giver.id, day)
    if most >= wanted.points:  # its name took points before, for something else
        raise EventReused(wanted.event)
    return PointsRefused(Reason.NOT_ENOUGH, most=most)


async def _hand_over(
    connection: AsyncConnection, wanted: Transfer, sides: tuple[Row[Any], Row[Any]], now: datetime
) -> Posted:
    giver, taker = sides
    posting = Posting(wanted.event, giver.id, taker.id, wanted.points, Kind.TRANSFERRED, wanted.event)
    await post_once(connection, posting, now=now)
    await hand_over_lots(connection, wanted.event, taker.id, now=now)
    await change_many(connection, {giver.id: -wanted.points, taker.id: wanted.points})
    await settle(connection, taker, Debt(wanted.event, taker.owed), now=now)
    return Posted(wanted.event, wanted.points)


def _answer_again(there: Row[Any], wanted: Transfer) -> Posted:
    sides = (find_line(there.from_account), find_line(there.to_account))
    same = (wanted.giver.line_id, wanted.taker.line_id, wanted.points)
    if there.kind != Kind.TRANSFERRED.value or (*sides, there.points) != same:
        raise EventReused(wanted.event)
    return Posted(wanted.event, there.points)
