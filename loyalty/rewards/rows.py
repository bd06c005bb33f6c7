"""From which state may a redemption pass into which, and whose turn is it?"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.reward_tables import redemption
from loyalty.rewards.needs import Mall, RewardRules
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
    kept = {"state": state, "changed_at_us": now_us, "attempts": 0, "free_at_us": _later(now, free_in), **values}
    kept |= {"ended_at_us": now_us if state in ENDS else None}
    mine = (*_unchanged(row), redemption.c.state.in_(COMES_FROM[state]))
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


async def free(mall: Mall, row: Row[Any], *, after: timedelta | None, **values: Any) -> None:  # noqa: ANN401  columns
    """Lets a worker go on with an unchanged row after a pause (None: never); who was faster is left alone."""
    kept = {"free_at_us": _later(mall.now(), after), **values}
    async with mall.transaction() as connection:
        await connection.execute(update(redemption).where(*_unchanged(row)).values(kept))


async def claim(mall: Mall) -> Row[Any] | None:
    """The row that has been due for longest, for one worker alone until its lease ends; None: nothing is due."""
    now_us, lease_us = to_us(mall.now()), mall.rules.lease // timedelta(microseconds=1)
    due = redemption.c.free_at_us <= now_us
    first = (redemption.c.free_at_us, redemption.c.id)
    oldest = select(redemption.c.id, redemption.c.attempts).where(due).order_by(*first).limit(1)
    async with mall.reading() as connection:  # whoever finds nothing keeps no writer waiting
        if (await connection.execute(oldest)).one_or_none() is None:
            return None
    async with mall.transaction() as connection:
        found = (await connection.execute(oldest)).one_or_none()
        if found is None:
            return None
        same = (redemption.c.id == found.id, redemption.c.attempts == found.attempts, due)
        leased = {"attempts": found.attempts + 1, "free_at_us": now_us + lease_us}
        taken = update(redemption).where(*same).values(leased).returning(*redemption.c)
        return (await connection.execute(taken)).one_or_none()


def find_pause(rules: RewardRules, attempts: int) -> timedelta:
    """How long a row rests that came no further: longer each time."""
    return min(rules.rest_at_most, timedelta(seconds=2 ** min(attempts, 16)))


def _unchanged(row: Row[Any]) -> tuple[ColumnElement[bool], ...]:
    table = redemption
    return (table.c.id == row.id, table.c.state == row.state, table.c.attempts == row.attempts)


def _later(now: datetime, pause: timedelta | None) -> int | None:
    return None if pause is None else to_us(now + pause)
