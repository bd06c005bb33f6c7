"""Whose turn is it to go on with a row?

A row that is worked on has the columns ``id``, ``state``, ``attempts`` and ``free_at_us``: from when a worker may go on
with it (null: never). A claim moves that by a lease and counts; a worker that dies leaves its lease to end.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
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
    """Where a kind of rows stands, and how long a claim and a rest last. ``lease`` is longer than one step may take."""

    table: Table
    transaction: Transaction
    reading: View
    now: Callable[[], datetime]
    lease: timedelta = timedelta(seconds=30)
    rest_at_most: timedelta = timedelta(minutes=10)

    async def claim(self) -> Row[Any] | None:
        """The row that has been due for longest, for one worker alone until its lease ends; None: nothing is due."""
        table, now_us = self.table, to_us(self.now())
        due = table.c.free_at_us <= now_us
        oldest = select(table.c.id, table.c.attempts).where(due).order_by(table.c.free_at_us, table.c.id).limit(1)
        async with self.reading() as connection:  # whoever finds nothing keeps no writer waiting
            if (await connection.execute(oldest)).one_or_none() is None:
                return None
        async with self.transaction() as connection:
            found = (await connection.execute(oldest)).one_or_none()
            if found is None:
                return None
            same = (table.c.id == found.id, table.c.attempts == found.attempts, due)
            leased = {"attempts": found.attempts + 1, "free_at_us": now_us + self.lease // timedelta(microseconds=1)}
            taken = update(table).where(*same).values(leased).returning(*table.c)
            return (await connection.execute(taken)).one_or_none()

    async def free(self, row: Row[Any], *, after: timedelta | None, **values: Any) -> None:  # noqa: ANN401  columns
        """Lets a worker go on with an unchanged row after a pause (None: never); who was faster is left alone."""
        later = None if after is None else to_us(self.now() + after)
        async with self.transaction() as connection:
            kept = {"free_at_us": later, **values}
            await connection.execute(update(self.table).where(*self.unchanged(row)).values(kept))

    def unchanged(self, row: Row[Any]) -> tuple[ColumnElement[bool], ...]:
        """Nobody claimed it or passed it on since it was read."""
        columns = self.table.c
        return (columns.id == row.id, columns.state == row.state, columns.attempts == row.attempts)

    def find_pause(self, attempts: int) -> timedelta:
        """How long a row rests that came no further: longer each time."""
        return min(self.rest_at_most, timedelta(seconds=2 ** min(attempts, 16)))

    async def work(self, step: Step) -> int:
        """Takes rows one step further until nothing is due; how many steps it took."""
        return sum(await asyncio.gather(*(self._work_one_by_one(step) for _ in range(AT_ONCE))))

    async def _work_one_by_one(self, step: Step) -> int:
        steps = 0
        while (row := await self.claim()) is not None:
            try:
                await step(row)
            except (BssFault, TimeoutError) as fault:
                LOG.info("a row of %s waits: %s", self.table.name, getattr(fault, "code", "timeout"))
                await self.free(row, after=self.find_pause(row.attempts))
            except Exception as error:  # noqa: BLE001  one row that can't be read keeps no other waiting
                LOG.error("a step of %s failed: %s", self.table.name, type(error).__name__)  # its words may quote
                await self.free(row, after=self.find_pause(row.attempts))
            steps += 1
        return steps
