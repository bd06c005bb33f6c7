"""How does a worker bring changes to their end, whatever happens to it?"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from sqlalchemy import Table, true, update
from sqlalchemy.engine import Row

from graphql_schema.ports import BssFault
from graphql_schema.problems import Problem
from ordering.change_tables import change_order, order_cancellation
from ordering.changes.cancelling import ASKED, Cancelling
from ordering.changes.evidence import Evidence
from ordering.changes.intent import OPEN, Lease, Stage, change, claim, fetch_due, find_order
from ordering.changes.patience import Patience, pause_after
from ordering.changes.resolving import Resolving
from ordering.changes.systems import ChangeClocks, ChangeSystems
from ordering.changes.telling import ChangeTelling
from ordering.changes.waiting import lapse
from ordering.crossing import Cross, pass_by
from ordering.needs import Teller, Transaction, View
from ordering.tables import from_us, to_us

LOG = logging.getLogger(__name__)
AT_ONCE: Final = 8
"""Orders that one process looks after at a time."""

ROUNDS_MOST: Final = 25

Care = Callable[[Lease, Row[Any]], Awaitable[None]]


class ChangeWork:
    """Withdraws what nobody answered, resolves and follows orders, calls off what was asked to be, and tells; any
    number of workers may, at once. A worker that dies leaves its lease to end."""

    def __init__(  # noqa: PLR0913  everything that the work touches arrives here
        self,
        transaction: Transaction,
        view: View,
        systems: ChangeSystems,
        teller: Teller,
        *,
        secret: bytes,
        clocks: ChangeClocks,
        patience: Patience | None = None,
        cross: Cross = pass_by,
    ) -> None:
        """``secret`` is that of the desk."""
        self._transaction, self._view, self._now, self._cross = transaction, view, clocks.now, cross
        self._patience, self._evidence = patience or Patience(), Evidence(secret)
        now, patience = clocks.now, self._patience
        self._resolving = Resolving(
            transaction, view, systems, now=now, patience=patience, evidence=self._evidence, cross=cross
        )
        self._cancelling = Cancelling(transaction, systems.orders, now=now, patience=patience, cross=cross)
        self._telling = ChangeTelling(transaction, view, systems.lines, teller, now=now, patience=patience, cross=cross)
        self._under_way: asyncio.Task[None] | None = None

    async def wake(self) -> None:
        """Begins to work on what is due, behind the caller. What goes wrong is logged, and the next call goes on."""
        if self._under_way is None or self._under_way.done():
            self._under_way = asyncio.create_task(self._work_behind(), name="changes")

    async def stop(self) -> None:
        """Leaves what is under way: its lease ends by itself, and another worker goes on."""
        if self._under_way is not None:
            self._under_way.cancel()
            await asyncio.gather(self._under_way, return_exceptions=True)

    async def work_on_changes(self) -> int:
        """Works on what is due now; how much of it there was."""
        done = 0
        for _ in range(ROUNDS_MOST):
            looked_after = await self._lapse()
            looked_after += await self._look_after(order_cancellation, (ASKED,), self._call_off)
            looked_after += await self._look_after(change_order, OPEN, self._resolve)
            looked_after += await self._telling.tell_due()
            done += looked_after
            if not looked_after:
                break
        return done

    async def hasten(self, line_id: str) -> None:
        """The operator says that something about an order of this line changed: it is looked at next. A lease of
        somebody who looks at it now ends a little sooner."""
        table, now_us = change_order, to_us(self._now())
        rests = (table.c.line_id == line_id, table.c.state == Stage.PLACED.value, table.c.free_at_us > now_us)
        async with self._transaction() as connection:
            await connection.execute(update(table).where(*rests).values(free_at_us=now_us))

    async def _work_behind(self) -> None:
        try:
            await self.work_on_changes()
        except Exception as error:  # noqa: BLE001  whatever it is, the rows hold the promise and the next call goes on
            LOG.error("changes rest until the next call: %s", type(error).__name__)

    async def _lapse(self) -> int:
        async with self._transaction() as connection:
            lapsed = await lapse(connection, self._evidence, true(), at=self._now())
        self._cross("lapse.kept")
        return lapsed

    async def _look_after(self, table: Table, states: Sequence[str], care: Care) -> int:
        rows = await fetch_due(self._view, table, states, at=self._now(), limit=AT_ONCE)
        return sum(await asyncio.gather(*(self._take(table, row, care) for row in rows)))

    async def _take(self, table: Table, row: Row[Any], care: Care) -> int:
        now = self._now()
        lease = await claim(self._transaction, table, row, at=now, length=self._patience.lease)
        if lease is None:
            return 0
        self._cross("work.claimed")
        try:
            await care(lease, row)
        except BssFault as fault:
            LOG.warning("a change rests: %s", fault.code)
            await self._put_off(table, lease)
        except Exception as error:  # noqa: BLE001  one order that can't be read keeps no other waiting
            LOG.error("a change failed and rests: %s", type(error).__name__)  # its words may quote a person's
            await self._put_off(table, lease)
        return 1

    async def _put_off(self, table: Table, lease: Lease) -> None:
        async with self._transaction() as connection:
            await change(connection, table, lease, free_at_us=to_us(self._now() + pause_after(lease.attempts)))

    async def _resolve(self, lease: Lease, row: Row[Any]) -> None:
        forgotten = self._now() - from_us(row.began_at_us) > self._patience.follow_for
        if forgotten and row.state == Stage.PLACED.value:
            async with self._transaction() as connection:
                ended = {"state": Stage.ENDED.value, "ended_at_us": to_us(self._now())}
                await change(connection, change_order, lease, **ended)
            return
        await self._resolving.resolve(lease, row)

    async def _call_off(self, lease: Lease, row: Row[Any]) -> None:
        async with self._view() as connection:
            own = await find_order(connection, row.order_id)
        if own is not None and own.state == Stage.PLACING.value:
            await self._cancelling.rest(lease)  # where it is, is found out first
        elif own is not None and own.state not in OPEN:
            await self._cancelling.drop(lease)
        else:
            await self._carry_out(lease)

    async def _carry_out(self, lease: Lease) -> None:
        try:
            await self._cancelling.carry_out(lease)
        except Problem as problem:  # the order goes on, and is shown so
            LOG.info("an order was not called off: %s", problem.code)
