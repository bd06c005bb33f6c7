"""How long are invitations kept, and what becomes of them when their line goes to somebody else?"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, or_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.types.month import Month
from loyalty.referral.rewarding import GONE
from loyalty.referral_tables import invitation, invitation_month, referral_code
from loyalty.tables import to_us


async def forget_invitations_of(connection: AsyncConnection, line_id: str) -> None:
    """The line ended, or somebody else holds it now; in the caller's transaction. Its code opens nothing any more; who
    waits for its first bill, or for its reward as the inviter, waits for nobody; and its next holder can be invited."""
    await connection.execute(delete(referral_code).where(referral_code.c.line_id == line_id))
    table = invitation
    either = or_(table.c.inviter_line_id == line_id, table.c.invitee_line_id == line_id)
    open_ones = and_(either, table.c.state.in_(("accepted", "paid")))
    over = {"state": "refused", "reason": GONE, "free_at_us": None}
    await connection.execute(update(table).where(open_ones).values(**over, turn=table.c.turn + 1))
    as_guest = table.c.invitee_line_id == line_id
    forgotten = update(table).where(as_guest).values(bound_line_id=None, invitee_line_id="", masked_number="")
    await connection.execute(forgotten)
    as_host = update(table).where(table.c.inviter_line_id == line_id).values(inviter_line_id="")
    await connection.execute(as_host)


def invitations_over(now: datetime, *, keep: timedelta) -> ColumnElement[bool]:
    """Those that were accepted so long ago and wait for nobody's work: nothing comes of them any more."""
    return and_(invitation.c.free_at_us.is_(None), invitation.c.at_us < to_us(now - keep))


def months_over(now: datetime) -> ColumnElement[bool]:
    """Counts of months that are over."""
    return invitation_month.c.month < Month.of(now).text
