"""What becomes of points that are free again, or new?

They pay what the account owes, at once; those of a closed account end. So an account that owes has nothing to spend.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.points.accounts import CLOSED, change, debt_account
from loyalty.points.answers import Kind
from loyalty.points.lots import Taking, take_lots
from loyalty.points.policies import find_business_day
from loyalty.points.postings import Posting, post_once

_EVERYTHING: Final = 2**62


@dataclass(frozen=True, slots=True)
class Debt:
    """What an account owes when ``event`` has freed, brought or taken back points; the lot ``first`` pays before
    others."""

    event: str
    points: int
    first: str = ""


def name_repayment(event: str) -> str:
    """What paid a debt when this event freed, brought or took back points."""
    return f"repay:{event}"


async def settle(connection: AsyncConnection, account: Row[Any], debt: Debt, *, now: datetime) -> int:
    """Pays it as far as there is something; answers how much that was. The account is in hand."""
    if account.closed_at_us is not None:
        await end_all(connection, account.id, f"ended:{debt.event}", now=now)
        return 0
    if not debt.points:
        return 0
    name, day = name_repayment(debt.event), find_business_day(now)
    taking = Taking(account.id, name, debt.points, day, first=debt.first, partly=True)
    paid = await take_lots(connection, taking)
    if paid:
        posting = Posting(name, account.id, debt_account(account.id), paid, Kind.REPAID, debt.event)
        await post_once(connection, posting, now=now)
        await change(connection, account.id, balance=-paid, owed=-paid)
    return paid


async def end_all(connection: AsyncConnection, account_id: str, event: str, *, now: datetime) -> int:
    """Whatever the account has that is not held ends under this event; answers how much."""
    ended = await take_lots(connection, Taking(account_id, event, _EVERYTHING, None, partly=True))
    if ended:
        await post_once(connection, Posting(event, account_id, CLOSED, ended, Kind.CLOSED, event), now=now)
        await change(connection, account_id, balance=-ended)
    return ended
