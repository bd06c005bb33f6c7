"""From which state may a redemption pass into which, and whose turn is it?"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.claiming import Turns, unchanged
from loyalty.reward_tables import redemption
from loyalty.rewards.needs import Mall
from loyalty.tables import to_us

COMES_FROM: Final[Mapping[str, tuple[str, ...]]] = {
    "fulfilling": ("held",),
    "sent": ("fulfilling",),
    "done": ("fulfilling", "sent", "returning"),
    "released": ("held", "fulfilling", "sent"),
    "returning": ("done",),
    "returned": ("returning",),
}
"""What needs nobody else (a voucher's code, a donation) is ``done`` from the first. Points are held from the beginning
until ``done`` (captured) or ``released``; ``returned`` gives back what was captured."""

ENDS: Final = frozenset({"done", "released", "returned"})


def turns_of(mall: Mall) -> Turns:
    """How workers take turns with redemptions."""
    rules = mall.rules
    return Turns(
        redemption, mall.transaction, mall.reading, mall.now, lease=rules.lease, rest_at_most=rules.rest_at_most
    )


async def enter(
    connection: AsyncConnection,
    row: Row[Any],
    state: str,
    *,
    now: datetime,
    free_in: timedelta | None = None,
    **values: Any,  # noqa: ANN401  columns
) -> Row[Any] | None:
    """Passes a redemption on from where it was read: of any number that try at once, one. None: somebody claimed it
    since, or it is not in a state that leads there.

    ``free_in`` says when a worker may go on with it, None: there is nothing to do.
    """
    now_us = to_us(now)
    kept = {"state": state, "changed_at_us": now_us, "attempts": 0, **values}
    kept["free_at_us"] = None if free_in is None else to_us(now + free_in)
    kept["ended_at_us"] = now_us if state in ENDS else None
    mine = (*unchanged(redemption, row), redemption.c.state.in_(COMES_FROM[state]))
    return (
        await connection.execute(update(redemption).where(*mine).values(kept).returning(*redemption.c))
    ).one_or_none()


async def find_redemption(mall: Mall, *where: ColumnElement[bool]) -> Row[Any] | None:
    """The one row of which this is true."""
    async with mall.reading() as connection:
        return (await connection.execute(select(redemption).where(*where))).one_or_none()


async def fetch_row(mall: Mall, redemption_id: str) -> Row[Any]:
    """A row that is there."""
    async with mall.reading() as connection:
        return (await connection.execute(select(redemption).where(redemption.c.id == redemption_id))).one()
