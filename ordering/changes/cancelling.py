"""How is an order called off once, also where nobody answers?"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.identity_ports import Deed
from graphql_schema.order_ports import OrderSystem
from graphql_schema.ports import BssFault
from graphql_schema.problems import NotCancellable, NotFound
from graphql_schema.types.order import Order, OrderState
from ordering.change_tables import change_order, order_cancellation
from ordering.changes.intent import Lease, Stage, change, write_known
from ordering.changes.patience import Patience, pause_after
from ordering.changes.placing import may_have_arrived
from ordering.crossing import Cross, pass_by
from ordering.needs import Transaction, insert_new
from ordering.tables import to_us

ASKED: Final = "asked"


class Cancelling:
    """Keeps who called what off, tells the operator, and keeps the answer."""

    def __init__(
        self,
        transaction: Transaction,
        orders: OrderSystem,
        *,
        now: Callable[[], datetime],
        patience: Patience,
        cross: Cross = pass_by,
    ) -> None:
        self._transaction, self._orders, self._now = transaction, orders, now
        self._patience, self._cross = patience, cross

    async def ask(self, deed: Deed, line_id: str, order_id: str) -> Lease:
        """Notes that it is to be called off; whatever came of an earlier wish, this one counts."""
        now, table = self._now(), order_cancellation
        wish = {
            "deed": deed.id,
            "channel": deed.caller.channel.value,
            "actor": deed.caller.actor,
            "level": deed.caller.assurance,
            "asked_at_us": to_us(now),
            "state": ASKED,
            "ended_at_us": None,
            "free_at_us": to_us(now + self._patience.lease),
        }
        mine = (table.c.line_id == line_id, table.c.order_id == order_id)
        async with self._transaction() as connection:
            row = {**wish, "line_id": line_id, "order_id": order_id, "attempts": 1}
            if await insert_new(connection, table, row):
                return Lease((line_id, order_id), 1)
            again = update(table).where(*mine).values({**wish, "attempts": table.c.attempts + 1})
            attempts = (await connection.execute(again.returning(table.c.attempts))).scalar_one()
        return Lease((line_id, order_id), attempts)

    async def carry_out(self, lease: Lease) -> Order | None:
        """The order as it is now; None: nobody knows yet, and it is tried again. Raises NotFound, NotCancellable,
        BssFault where the operator says no."""
        line_id, order_id = lease.key
        try:
            order = await self._orders.cancel(line_id, order_id)
        except (NotFound, NotCancellable):
            await self._end(lease, "refused")
            raise
        except BssFault as fault:
            if may_have_arrived(fault):
                self._cross("cancel.unknown")
                await self.rest(lease)
                return None
            await self._end(lease, "refused")
            raise
        self._cross("cancel.answered")
        await self._end(lease, "done", order=order)
        self._cross("cancel.kept")
        return order

    async def rest(self, lease: Lease) -> None:
        """It is tried again after a pause."""
        free_at_us = to_us(self._now() + pause_after(lease.attempts))
        async with self._transaction() as connection:
            await change(connection, order_cancellation, lease, free_at_us=free_at_us)

    async def drop(self, lease: Lease) -> None:
        """There is nothing left to call off."""
        await self._end(lease, "done")

    async def _end(self, lease: Lease, state: str, *, order: Order | None = None) -> None:
        now = self._now()
        async with self._transaction() as connection:
            await change(connection, order_cancellation, lease, state=state, ended_at_us=to_us(now))
            if order is not None:
                await _note_order(connection, lease.key[1], order, at=now)


async def find_asked(connection: AsyncConnection, line_id: str) -> frozenset[str]:
    """The orders of a line that are to be called off, while nobody knows whether they are."""
    table = order_cancellation
    asked = select(table.c.order_id).where(table.c.line_id == line_id, table.c.state == ASKED)
    return frozenset((await connection.execute(asked)).scalars())


async def drop_wish(connection: AsyncConnection, row: Row[Any], *, at: datetime) -> None:
    """The order of this row never came to be: so much is called off."""
    table = order_cancellation
    mine = (table.c.line_id == row.line_id, table.c.order_id == row.id, table.c.state == ASKED)
    await connection.execute(update(table).where(*mine).values(state="done", ended_at_us=to_us(at)))


async def _note_order(connection: AsyncConnection, order_id: str, order: Order, *, at: datetime) -> None:
    """Where it is one of ours. Whoever looks at it at this moment sees something older: the fence keeps that out. One
    that was done before it could be called off is left to whoever follows it, which is due now: its owner is told, and
    it may earn something."""
    table = change_order
    mine = (table.c.id == order_id, table.c.state == Stage.PLACED.value)
    done = order.state is OrderState.COMPLETED
    known: dict[str, Any] = {"free_at_us": to_us(at)} if done else write_known(order, at=at, look_at=at)
    await connection.execute(update(table).where(*mine).values({**known, "attempts": table.c.attempts + 1}))
