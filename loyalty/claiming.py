"""Whose turn is it to go on with a row?

A row that is worked on has the columns ``id``, ``state``, ``free_at_us`` (from when a worker may go on with it; null:
never), ``attempts`` (how often it was claimed since it came further) and ``turn`` (whose turn it was, never counted
back). A claim moves the first by a lease and counts both; a worker that dies leaves its lease to end. Every write of a
worker is of a row that is ``unchanged``, so that who lost the turn writes nothing.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, select, update
from sqlalchemy.engine import Row

from graphql_schema.ports import BssFault
from loyalty.needs import Transaction, View
from loyalty.tables import to_us

LOG = logging.getLogger(__name__)
AT_ONCE: Final = 4
"""Rows that one process works on at a time: one answer that does not come keeps no other waiting."""

Step = Callable[[Row[Any]], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Turns:
    """Where a kind of rows stands, and how long a claim and a rest last. A step that outlasts ``lease`` is given up."""

    table: Table
    transaction: Transaction
    reading: View
    now: Callable[[], datetime]
    lease: timedelta = timedelta(seconds=30)
    rest_at_most: timedelta = timedelta(minutes=10)

    async def claim(self) -> Row[Any] | None:
        """The row that has been due for longest, for one worker alone until its lease ends; None: nothing is due.

        A row that somebody else has in hand at this moment is passed over (on PostgreSQL; SQLite has one writer).
        """
        table, now = self.table, self.now()
        oldest = select(table.c.id).where(table.c.free_at_us <= to_us(now)).order_by(table.c.free_at_us, table.c.id)
        async with self.reading() as connection:  # whoever finds nothing keeps no writer waiting
            if (await connection.execute(oldest.limit(1))).one_or_none() is None:
                return None
        mine = oldest.limit(1).with_for_update(skip_locked=True).scalar_subquery()
        leased = {"attempts": table.c.attempts + 1, "turn": table.c.turn + 1, "free_at_us": to_us(now + self.lease)}
        async with self.transaction() as connection:
            taken = update(table).where(table.c.id == mine).values(leased).returning(*table.c)
            return (await connection.execute(taken)).one_or_none()

    async def free(self, row: Row[Any], *, after: timedelta | None, **values: Any) -> None:  # noqa: ANN401  columns
        """Lets a worker go on with an unchanged row after a pause (None: never); who was faster is left alone."""
        later = None if after is None else to_us(self.now() + after)
        async with self.transaction() as connection:
            kept = {"free_at_us": later, **values}
            await connection.execute(update(self.table).where(*self.unchanged(row)).values(kept))

    async def put_off(self, row: Row[Any]) -> None:
        """Lets a worker go on with a row that came no further."""
        await self.free(row, after=self.find_pause(row.attempts))

    def unchanged(self, row: Row[Any]) -> tuple[ColumnElement[bool], ...]:
        """Nobody claimed it or passed it on since it was read."""
        return unchanged(self.table, row)

    def find_pause(self, attempts: int) -> timedelta:
        """How long a row rests that came no further: longer each time."""
        return min(self.rest_at_most, timedelta(seconds=2 ** min(attempts, 16)))

    async def work(self, step: Step, *, at_once: int = AT_ONCE) -> int:
        """Takes rows one step further until nothing is due; how many steps it took."""
        return await work_on([(self, step)], at_once=at_once)

    async def take_one(self, step: Step) -> int:
        """Takes the row that has been due for longest one step further; how many there were (0: nothing is due)."""
        row = await self.claim()
        if row is None:
            return 0
        try:
            async with asyncio.timeout(self.lease.total_seconds()):
                await step(row)
        except (BssFault, TimeoutError) as fault:
            LOG.info("a row of %s waits: %s", self.table.name, getattr(fault, "code", "timeout"))
            await self.put_off(row)
        except Exception as error:  # noqa: BLE001  one row that can't be read keeps no other waiting
            LOG.error("a step of %s failed: %s", self.table.name, type(error).__name__)  # its words may quote
            await self.put_off(row)
        return 1


async def work_on(jobs: Sequence[tuple[Turns, Step]], *, at_once: int = AT_ONCE) -> int:
    """Takes rows of several kinds one step further, by turns, until nothing is due; how many steps it took."""
    return sum(await asyncio.gather(*(_work_one_by_one(jobs) for _ in range(at_once))))


def unchanged(table: Table, row: Row[Any]) -> tuple[ColumnElement[bool], ...]:
    """Nobody claimed it or passed it on since it was read."""
    return (table.c.id == row.id, table.c.state == row.state, table.c.turn == row.turn)


async def _work_one_by_one(jobs: Sequence[tuple[Turns, Step]]) -> int:
    steps = 0
    while taken := sum([await turns.take_one(step) for turns, step in jobs]):
        steps += taken
    return steps
