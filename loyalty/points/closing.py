"""What becomes of points when their line is closed, or changes hands?"""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.points.accounts import WRITTEN_OFF, change, debt_account, mark_closed, take_or_open_lines
from loyalty.points.answers import Kind, Posted, check_wish
from loyalty.points.postings import Posting, post_once
from loyalty.points.settling import end_all
from loyalty.points_tables import points_account, points_posting, points_tier


async def close(connection: AsyncConnection, event: str, line_id: str, *, now: datetime) -> Posted:
    """Ends the line's points, its debt and its stars, and closes its account: its next holder begins with nothing. What
    is held stays held until it is captured, or ends on its release. ``points`` is what ended."""
    check_wish(event, points=1)
    before = await _find_closed(connection, event)
    if before is not None:
        return before
    account = (await take_or_open_lines(connection, [line_id]))[line_id]
    before = await _find_closed(connection, event)  # another may have been faster
    if before is not None:
        return before
    ended = await end_all(connection, account.id, event, now=now)
    if account.owed:
        await _write_off(connection, account.id, event, owed=account.owed, now=now)
    await mark_closed(connection, account.id, event, now=now)
    await connection.execute(delete(points_tier).where(points_tier.c.line_id == line_id))
    return Posted(event, ended)


async def _write_off(connection: AsyncConnection, account_id: str, event: str, *, owed: int, now: datetime) -> None:
    posting = Posting(f"write_off:{event}", WRITTEN_OFF, debt_account(account_id), owed, Kind.WRITTEN_OFF, event)
    await post_once(connection, posting, now=now)
    await change(connection, account_id, owed=-owed)


async def _find_closed(connection: AsyncConnection, event: str) -> Posted | None:
    """What this event ended before; None: it closed nothing yet."""
    closed = select(points_account.c.id).where(points_account.c.closed_by == event)
    if (await connection.execute(closed)).one_or_none() is None:
        return None
    ended = await connection.execute(select(points_posting.c.points).where(points_posting.c.id == event))
    return Posted(event, ended.scalar_one_or_none() or 0)
