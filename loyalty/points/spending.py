"""How are points spent at once, and how does come back what was spent?"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.points.accounts import DONATED, SPENT, change, find_line, take_account, take_line
from loyalty.points.answers import EventReused, Kind, PointsRefused, Posted, Reason, check_wish
from loyalty.points.lots import Taking, count_spendable, put_back, take_lots
from loyalty.points.policies import find_business_day
from loyalty.points.postings import Posting, check_same, find_posting, post, post_once
from loyalty.points.settling import Debt, settle
from loyalty.points_tables import points_posting

HOUSE_OF: Final = {Kind.SPENT: SPENT, Kind.DONATED: DONATED}


@dataclass(frozen=True, slots=True)
class Spending:
    """``event`` names it (``redeem:<id>``); what goes to nobody but a good cause is DONATED."""

    event: str
    line_id: str
    points: int
    reference: str
    kind: Kind = Kind.SPENT

    def __post_init__(self) -> None:
        """Raises ValueError for what is no spending."""
        check_wish(self.event, self.points)
        if self.kind not in HOUSE_OF:
            raise ValueError(f"points are not spent as {self.kind}")


async def spend(connection: AsyncConnection, spending: Spending, *, now: datetime) -> Posted | PointsRefused:
    """Takes the points, what ends first before others. Refuses NOT_ENOUGH. Raises EventReused."""
    account = await take_line(connection, spending.line_id)
    if account is None or not await take_lots(connection, plan_taking(account, spending, now)):
        there = await find_posting(connection, spending.event)
        if there is None:
            return await refuse(connection, account, spending, now)
        _check_replay(there, spending)
        return Posted(spending.event, there.points)
    posting = _write(spending, account.id)
    await post_once(connection, posting, now=now)
    await change(connection, account.id, balance=-posting.points)
    return Posted(spending.event, spending.points)


async def return_points(
    connection: AsyncConnection, event: str, *, spent: str, now: datetime
) -> Posted | PointsRefused:
    """What was spent under the name ``spent`` goes back into its lots, whole and once. Refuses NOT_FOUND,
    ALREADY_RETURNED. Raises EventReused."""
    there = await find_posting(connection, spent)
    if there is None or there.kind not in HOUSE_OF:
        return PointsRefused(Reason.NOT_FOUND)
    check_wish(event, there.points)
    account = await take_account(connection, there.from_account)
    back = Posting(event, there.to_account, account.id, there.points, Kind.RETURNED, spent)
    if not await post(connection, back, now=now):
        return await _explain_return(connection, back)
    await put_back(connection, event, taken_by=spent)
    await change(connection, account.id, balance=back.points)
    await settle(connection, account, Debt(event, account.owed), now=now)
    return Posted(event, back.points)


async def refuse(
    connection: AsyncConnection, account: Row[Any] | None, spending: Spending, now: datetime
) -> PointsRefused:
    """Says how many there are. Raises EventReused where it is not that: its name took points before, for something
    else."""
    most = 0 if account is None else await count_spendable(connection, account.id, find_business_day(now))
    if most >= spending.points:
        raise EventReused(spending.event)
    return PointsRefused(Reason.NOT_ENOUGH, most=most)


async def _explain_return(connection: AsyncConnection, back: Posting) -> Posted | PointsRefused:
    """Why it could not be written: by another before, or by this one."""
    mine = (points_posting.c.kind == Kind.RETURNED.value, points_posting.c.reference == back.reference)
    before = (await connection.execute(select(points_posting).where(*mine))).one_or_none()
    if before is None:
        raise EventReused(back.id)
    if before.id != back.id:
        return PointsRefused(Reason.ALREADY_RETURNED)
    return Posted(back.id, before.points)


def plan_taking(account: Row[Any], spending: Spending, now: datetime) -> Taking:
    """All of it, out of lots that can be spent today."""
    return Taking(account.id, spending.event, spending.points, find_business_day(now))


def _check_replay(there: Row[Any], spending: Spending) -> None:
    if find_line(there.from_account) != spending.line_id:
        raise EventReused(spending.event)
    check_same(there, _write(spending, there.from_account))


def _write(spending: Spending, account_id: str) -> Posting:
    house = HOUSE_OF[spending.kind]
    return Posting(spending.event, account_id, house, spending.points, spending.kind, spending.reference)
