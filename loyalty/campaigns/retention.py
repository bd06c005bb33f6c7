"""Who sees what was won, and to whom does it come, when the line goes to somebody else?

Nothing that says what happened is deleted: a decision is what forbids that the same happening is decided again.
"""

from datetime import datetime

from sqlalchemy import and_, case, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.campaign_tables import happening, reward_grant
from loyalty.tables import to_us


async def forget_rewards_of(connection: AsyncConnection, line_id: str, *, now: datetime) -> None:
    """The line ended, or somebody else holds it now; in the caller's transaction. Its next holder sees nothing of what
    was won. Money still comes to the account that it was promised to; a pack or goods that nobody asked the operator
    for yet, and what is not chosen or decided, never come: they would be the next holder's. (What a campaign takes
    back from whoever leaves early, ``Returns.take_back_on_leaving`` says, which comes first.)"""
    await connection.execute(
        update(happening)
        .where(happening.c.line_id == line_id, happening.c.state == "waiting")
        .values(
            back_parts=case((happening.c.amount_fen > 0, happening.c.amount_fen), else_=1), turn=happening.c.turn + 1
        )
    )
    table = reward_grant
    mine = (table.c.line_id == line_id, table.c.is_hidden.is_(False))
    held = select(table.c.id).where(*mine).order_by(table.c.id).with_for_update()
    ids = list((await connection.execute(held)).scalars())
    unasked = and_(table.c.effect.in_(("pack", "goods")), table.c.state == "granting", table.c.asked_at_us.is_(None))
    over = or_(table.c.state == "choosing", unasked)
    ended = {"state": "taken_back", "kept": 0, "free_at_us": None, "ended_at_us": to_us(now), "delivery": ""}
    await connection.execute(update(table).where(table.c.id.in_(ids), over).values(**ended, turn=table.c.turn + 1))
    await connection.execute(update(table).where(table.c.id.in_(ids)).values(is_hidden=True, address_digest=None))
