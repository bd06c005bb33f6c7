"""How long is kept what proves a redemption, and who sees it when the line goes to somebody else?"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.types.month import Month
from loyalty.reward_tables import redemption, reward_code, reward_limit
from loyalty.rewards.rows import ENDS
from loyalty.tables import to_us


async def forget_deliveries(connection: AsyncConnection, *, now: datetime, keep: timedelta) -> int:
    """Names and addresses of goods whose way ended so long ago; how many. ``keep`` is longer than goods can be given
    back."""
    over = (redemption.c.delivery != "", redemption.c.ended_at_us < to_us(now - keep), redemption.c.state.in_(ENDS))
    return (await connection.execute(update(redemption).where(*over).values(delivery=""))).rowcount


def redemptions_over(now: datetime, *, keep: timedelta) -> ColumnElement[bool]:
    """Those that ended so long ago."""
    return and_(redemption.c.free_at_us.is_(None), redemption.c.ended_at_us < to_us(now - keep))


def codes_over(now: datetime, *, keep: timedelta) -> ColumnElement[bool]:
    """Codes that were handed out so long ago, and whose redemption is forgotten. (A code that a campaign granted is
    forgotten by age alone.)"""
    orphaned = reward_code.c.given_to.not_in(select(redemption.c.id))
    return and_(orphaned, reward_code.c.given_at_us < to_us(now - keep))


def limits_over(now: datetime) -> ColumnElement[bool]:
    """Counts of months that are over."""
    return reward_limit.c.month < Month.of(now).text


async def forget_redemptions_of(connection: AsyncConnection, line_id: str) -> None:
    """The line ended, or somebody else holds it now: its next holder sees nothing of its redemptions and begins with no
    limit used up. What is under way goes on as far as the operator was asked; what was not is released."""
    await connection.execute(
        update(redemption).where(redemption.c.line_id == line_id).values(line_id=None, address_digest=None)
    )
    await connection.execute(delete(reward_limit).where(reward_limit.c.line_id == line_id))
