"""Whose turn is it with a row on which something is to be done?

A row has ``id``, ``free_at_us``, ``attempts`` and ``turn``. Whoever claims it has the turn until the lease ends; every
write of theirs names the turn, so that who lost it writes nothing.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Table, select, update
from sqlalchemy.engine import Row

from loyalty.needs import Transaction, View
from loyalty.tables import to_us


class Patience(Protocol):
    """How long what may take."""

    @property
    def lease(self) -> timedelta:
        """Longer than one step may take."""
        ...

    @property
    def rest_at_most(self) -> timedelta:
        """The longest pause of a row that comes no further."""
        ...


class Room(Protocol):
    """Whatever has rows to work on."""

    @property
    def transaction(self) -> Transaction:
        """Begins a short one."""
        ...

    @property
    def reading(self) -> View:
        """To read with."""
        ...

    @property
    def now(self) -> Callable[[], datetime]:
        """Aware UTC."""
        ...

    @property
    def rules(self) -> Patience:
        """How long what may take."""
        ...


async def claim(room: Room, table: Table) -> Row[Any] | None:
    """The row that has been due for longest, for one worker alone until its lease ends; None: nothing is due."""
    now_us, lease_us = to_us(room.now()), room.rules.lease // timedelta(microseconds=1)
    due, first = table.c.free_at_us <= now_us, (table.c.free_at_us, table.c.id)
    oldest = select(table.c.id, table.c.turn).where(due).order_by(*first).limit(1)
    async with room.reading() as connection:  # whoever finds nothing keeps no writer waiting
        if (await connection.execute(oldest)).one_or_none() is None:
            return None
    async with room.transaction() as connection:
        found = (await connection.execute(oldest)).one_or_none()
        if found is None:
            return None
        same = (table.c.id == found.id, table.c.turn == found.turn, due)
        leased = {"attempts": table.c.attempts + 1, "turn": found.turn + 1, "free_at_us": now_us + lease_us}
        return (await connection.execute(update(table).where(*same).values(leased).returning(*table.c))).one_or_none()


async def put_off(room: Room, table: Table, row: Row[Any], *, after: timedelta | None = None) -> None:
    """Lets a worker go on with a row after a pause, the longer the oftener it came no further; who has it now is left
    alone."""
    pause = find_pause(room.rules, row.attempts) if after is None else after
    mine = (table.c.id == row.id, table.c.turn == row.turn)
    async with room.transaction() as connection:
        await connection.execute(update(table).where(*mine).values(free_at_us=to_us(room.now() + pause)))


def find_pause(rules: Patience, attempts: int) -> timedelta:
    """How long a row rests that came no further: longer each time."""
    return min(rules.rest_at_most, timedelta(seconds=2 ** min(attempts, 16)))
