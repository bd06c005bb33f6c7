"""How long is kept what proves a change, and who sees it when the line goes to somebody else?"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ordering.change_tables import change_order, order_cancellation, prepared_change
from ordering.changes.evidence import Answer, Evidence
from ordering.changes.intent import OPEN
from ordering.changes.waiting import WAITING, answer_question
from ordering.tables import to_us


def questions_over(now: datetime, *, keep: timedelta) -> ColumnElement[bool]:
    """Questions that were answered, or lapsed, so long ago, and whose order is not open any more."""
    still_open = select(change_order.c.id).where(change_order.c.state.in_(OPEN))
    return and_(prepared_change.c.answered_at_us < to_us(now - keep), prepared_change.c.id.not_in(still_open))


def orders_over(now: datetime, *, keep: timedelta) -> ColumnElement[bool]:
    """Orders of ours that ended so long ago."""
    return change_order.c.ended_at_us < to_us(now - keep)


def cancellations_over(now: datetime, *, keep: timedelta) -> ColumnElement[bool]:
    """Wishes to call an order off that were settled so long ago."""
    return order_cancellation.c.ended_at_us < to_us(now - keep)


def change_forgetter(secret: bytes, now: Callable[[], datetime]) -> Callable[[AsyncConnection, str], Awaitable[None]]:
    """What happens when a line ends, or somebody else holds it: nothing waits any more, and its next holder sees
    nothing of before. The evidence stays until it is over."""
    evidence = Evidence(secret)

    async def forget_changes_of(connection: AsyncConnection, line_id: str) -> None:
        table = prepared_change
        waits = (table.c.line_id == line_id, table.c.state == WAITING)
        for row in (await connection.execute(select(table.c.id, table.c.mark).where(*waits))).all():
            await answer_question(connection, row.id, evidence.answer(row.mark, Answer.LEFT, at=now()))
        hidden = {"former": True, "to_tell": None, "tell_at_us": None}
        await connection.execute(update(table).where(table.c.line_id == line_id).values(hidden))
        silent = {"to_tell": None, "tell_at_us": None}
        await connection.execute(update(change_order).where(change_order.c.line_id == line_id).values(silent))

    return forget_changes_of
