"""What becomes of points whose reason is gone?"""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.points.accounts import ISSUED, change, debt_account, take_account
from loyalty.points.answers import EventReused, Kind, PointsRefused, Reason, TakenBack, check_wish
from loyalty.points.earning import EARNED
from loyalty.points.postings import Posting, find_posting, post_once
from loyalty.points.settling import Debt, name_repayment, settle
from loyalty.points_tables import points_posting


async def take_back(
    connection: AsyncConnection, event: str, *, earned: str, points: int | None, now: datetime
) -> TakenBack | PointsRefused:
    """Takes back what the event ``earned`` brought, or so many of it: out of its own lot, then of others, what ends
    first before others; what is not there is owed. Refuses NOT_FOUND, CLOSED, MORE_THAN_EARNED. Raises EventReused."""
    source = await find_posting(connection, earned)
    if source is None or source.kind not in EARNED:
        return PointsRefused(Reason.NOT_FOUND)
    account = await take_account(connection, source.to_account)
    there = await find_posting(connection, event)
    if there is not None:
        return await _answer_again(connection, there, earned, points)
    left = source.points - await _count_taken(connection, earned)
    wanted = left if points is None else points
    if account.closed_at_us is not None:
        return PointsRefused(Reason.CLOSED)
    if not 0 < wanted <= left:
        return PointsRefused(Reason.MORE_THAN_EARNED, most=left)
    check_wish(event, wanted)
    debt = Posting(event, debt_account(account.id), ISSUED, wanted, Kind.TAKEN_BACK, earned)
    await post_once(connection, debt, now=now)
    await change(connection, account.id, owed=wanted)
    owed = Debt(event, account.owed + wanted, first=earned)
    paid = await settle(connection, account, owed, now=now)
    return TakenBack(event, wanted, owed=wanted - paid)


async def _count_taken(connection: AsyncConnection, earned: str) -> int:
    posting = points_posting
    mine = (posting.c.reference == earned, posting.c.kind == Kind.TAKEN_BACK.value)
    taken = await connection.execute(select(func.coalesce(func.sum(posting.c.points), 0)).where(*mine))
    return int(taken.scalar_one())


async def _answer_again(
    connection: AsyncConnection, there: Row[Any], earned: str, points: int | None
) -> TakenBack | PointsRefused:
    if (there.kind, there.reference) != (Kind.TAKEN_BACK.value, earned) or points not in {None, there.points}:
        raise EventReused(there.id)
    paid = await find_posting(connection, name_repayment(there.id))
    return TakenBack(there.id, there.points, owed=there.points - (paid.points if paid else 0))
