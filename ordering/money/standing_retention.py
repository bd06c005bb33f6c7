"""How long is kept what was given away and recharged by itself, and what becomes of it when the line changes hands?"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ordering.auto_tables import auto_charge, auto_recharge
from ordering.money.auto_recharge import end_living
from ordering.money.units import to_us
from ordering.transfer_tables import balance_transfer


def transfers_over(now: datetime, *, keep: timedelta) -> ColumnElement[bool]:
    """Transfers that ended so long ago."""
    return balance_transfer.c.ended_at_us < to_us(now - keep)


def auto_recharges_over(now: datetime, *, keep: timedelta) -> ColumnElement[bool]:
    """Standing orders that ended so long ago, at the provider too."""
    return (auto_recharge.c.ended_at_us < to_us(now - keep)) & auto_recharge.c.agreement_ends.is_(False)


def auto_charges_over(now: datetime, *, keep: timedelta) -> ColumnElement[bool]:
    """Charges of standing orders of so long ago."""
    return auto_charge.c.began_at_us < to_us(now - keep)


def standing_forgetter(now: Callable[[], datetime]) -> Callable[[AsyncConnection, str], Awaitable[None]]:
    """What happens when a line ends, or somebody else holds it: nothing is recharged by itself any more, and its next
    holder sees nothing of what was given away. What is under way comes to its end all the same."""

    async def forget_standing_of(connection: AsyncConnection, line_id: str) -> None:
        await end_living(connection, line_id, now=now())
        given = update(balance_transfer).where(balance_transfer.c.line_id == line_id)
        await connection.execute(given.values(line_id=None))

    return forget_standing_of
