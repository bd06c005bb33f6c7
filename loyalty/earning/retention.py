"""What is left of a line's paid bills when it goes to somebody else?"""

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.earning_tables import watched_bill


async def forget_bills_of(connection: AsyncConnection, line_id: str) -> None:
    """The line ended, or somebody else holds it now; in the caller's transaction. What was paid for it before makes no
    stars for its next holder; that each bill earned once stays known."""
    mine = watched_bill.c.line_id == line_id
    await connection.execute(update(watched_bill).where(mine).values(line_id=None, customer_id=None))
