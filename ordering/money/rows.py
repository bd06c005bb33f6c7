"""From which state may a recharge pass into which, and whose turn is it?"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from ordering.money.needs import RechargeRules, Till
from ordering.money.units import to_us
from ordering.money_tables import recharge, recharge_refund

COMES_FROM: Final[Mapping[str, tuple[str, ...]]] = {
    "waiting": ("opening",),
    "closing": ("opening", "waiting"),
    "held": ("opening", "waiting", "closing", "closed", "refused"),
    "paid": ("opening", "waiting", "closing", "closed", "refused", "held"),
    "closed": ("opening", "waiting", "closing", "held"),
    "refused": ("opening", "waiting", "closing", "redeeming", "held"),
    "crediting": ("paid",),
    "credited": ("crediting", "redeeming"),
    "refunding": ("crediting", "credited", "refunding"),
}
"""``paid`` follows ``closed`` and ``refused`` too: money that came after all is money that came. ``held`` is money of
another amount than ours: paid once the provider names the right one, given back by a colleague otherwise. What lies
behind ``refunding`` the refunds decide together (see refund_rows.py)."""

PAYABLE: Final = ("opening", "waiting", "closing")
"""States in which the provider is asked what became of a payment."""

MOVED_NOTHING: Final = ("closed", "refused")
HELD: Final = "held"
ASKED_ABOUT: Final = (*PAYABLE, *MOVED_NOTHING, HELD)
"""States in which a word of the provider's can still change something."""

AT_ONCE: Final = timedelta()


async def enter(
    connection: AsyncConnection,
    recharge_id: str,
    state: str,
    *,
    now: datetime,
    free_in: timedelta | None = None,
    **values: Any,  # noqa: ANN401  columns
) -> Row[Any] | None:
    """Passes a recharge into a state: of any number that try at once, one. None: it is not in one that leads there.

    ``free_in`` says when a worker may go on with it, None: there is nothing to do.
    """
    kept = {"state": state, "changed_at_us": to_us(now), "attempts": 0, "free_at_us": _later(now, free_in), **values}
    mine = (recharge.c.id == recharge_id, recharge.c.state.in_(COMES_FROM[state]))
    return (await connection.execute(update(recharge).where(*mine).values(kept).returning(*recharge.c))).one_or_none()


async def find_recharge(till: Till, *where: ColumnElement[bool]) -> Row[Any] | None:
    """The one row of which this is true."""
    async with till.reading() as connection:
        return (await connection.execute(select(recharge).where(*where))).one_or_none()


async def fetch_row(till: Till, recharge_id: str) -> Row[Any]:
    """A row that is there."""
    async with till.reading() as connection:
        return (await connection.execute(select(recharge).where(recharge.c.id == recharge_id))).one()


async def free(
    till: Till,
    table: Table,
    row: Row[Any],
    *,
    after: timedelta | None,
    **values: Any,  # noqa: ANN401  columns
) -> None:
    """Lets a worker go on with an unchanged row after a pause (None: never); who was faster is left alone."""
    mine = (table.c.id == row.id, table.c.state == row.state, table.c.attempts == row.attempts)
    kept = {"free_at_us": _later(till.now(), after), **values}
    async with till.transaction() as connection:
        await connection.execute(update(table).where(*mine).values(kept))


async def claim(till: Till, table: Table) -> Row[Any] | None:
    """The row that has been due for longest, for one worker alone until its lease ends; None: nothing is due."""
    now_us, lease_us = to_us(till.now()), till.rules.lease // timedelta(microseconds=1)
    due = table.c.free_at_us <= now_us
    oldest = select(table.c.id, table.c.attempts).where(due).order_by(table.c.free_at_us, table.c.id).limit(1)
    async with till.reading() as connection:  # whoever finds nothing keeps no writer waiting
        if (await connection.execute(oldest)).one_or_none() is None:
            return None
    async with till.transaction() as connection:
        found = (await connection.execute(oldest)).one_or_none()
        if found is None:
            return None
        same = (table.c.id == found.id, table.c.attempts == found.attempts, due)
        leased = {"attempts": found.attempts + 1, "free_at_us": now_us + lease_us}
        return (await connection.execute(update(table).where(*same).values(leased).returning(*table.c))).one_or_none()


async def wake_row(connection: AsyncConnection, recharge_id: str, *, now: datetime) -> None:
    """Lets the workers look at once at a payment that nobody knows the end of, and at its refunds."""
    for table, which in (
        (recharge, (recharge.c.id == recharge_id) & recharge.c.state.in_(ASKED_ABOUT)),
        (recharge_refund, (recharge_refund.c.recharge_id == recharge_id) & recharge_refund.c.free_at_us.is_not(None)),
    ):
        await connection.execute(update(table).where(which).values(free_at_us=to_us(now)))


def find_pause(rules: RechargeRules, attempts: int) -> timedelta:
    """How long a row rests that came no further: longer each time."""
    return min(rules.rest_at_most, timedelta(seconds=2 ** min(attempts, 16)))


def find_patience(rules: RechargeRules, attempts: int) -> timedelta:
    """When a payment that waits for its payer is asked about again."""
    return min(rules.ask_at_most_after, rules.ask_after * int(2 ** min(attempts, 16)))


def _later(now: datetime, pause: timedelta | None) -> int | None:
    return None if pause is None else to_us(now + pause)
