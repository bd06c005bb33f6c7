"""How long is kept what proves a recharge, and who sees it when the line goes to somebody else?"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ordering.money.units import to_us
from ordering.money_tables import payment_notice, recharge, recharge_refund

MOVED_NOTHING_KEPT = timedelta(days=90)
"""A payment that was closed or refused is looked up that long, in case its money comes after all."""


def recharges_over(now: datetime, *, keep: timedelta) -> ColumnElement[bool]:
    """Those that ended so long ago; of those that moved no money, 90 days ago."""
    table = recharge
    nothing = and_(table.c.state.in_(("closed", "refused")), table.c.ended_at_us < to_us(now - MOVED_NOTHING_KEPT))
    return and_(table.c.free_at_us.is_(None), or_(nothing, table.c.ended_at_us < to_us(now - keep)))


def refunds_over(now: datetime) -> ColumnElement[bool]:
    """Refunds whose recharge is forgotten."""
    orphaned = recharge_refund.c.recharge_id.not_in(select(recharge.c.id))
    return and_(orphaned, recharge_refund.c.ended_at_us < to_us(now))


def notices_over(now: datetime, *, keep: timedelta) -> ColumnElement[bool]:
    """Notices that no provider repeats any more."""
    return payment_notice.c.seen_at_us < to_us(now - keep)


async def forget_recharges_of(connection: AsyncConnection, line_id: str) -> None:
    """The line ended, or somebody else holds it now: its next holder sees nothing of its recharges and is told nothing.
    What is under way goes on, for the account that it was begun for; whoever has a receipt can still open it."""
    mine = recharge.c.line_id == line_id
    await connection.execute(update(recharge).where(mine).values(line_id=None, number=""))
    begun = recharge.c.by_line_id == line_id
    await connection.execute(update(recharge).where(begun).values(by_line_id=None))
