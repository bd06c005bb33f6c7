"""How is everything that is under way brought to its end, whatever happened to whoever began it?"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from sqlalchemy import Table
from sqlalchemy.engine import Row

from graphql_schema.payment_ports import PaymentFault
from graphql_schema.ports import BssFault
from ordering.money.credits import Credits
from ordering.money.needs import Till
from ordering.money.payments import Payments
from ordering.money.refunds import Refunds
from ordering.money.rows import claim, find_pause, free
from ordering.money.units import to_us
from ordering.money.vouchers import Vouchers
from ordering.money_tables import recharge, recharge_refund

LOG = logging.getLogger(__name__)
AT_ONCE: Final = 8
"""Rows that one process works on at a time: one provider that does not answer keeps no other waiting."""

Step = Callable[[Row[Any]], Awaitable[Row[Any]]]


class PaymentWork:
    """Claims rows that are due and takes them one step further; any number of workers may, at once.

    A worker that dies leaves its lease to end, and the next one asks what became of what it had asked for.
    """

    def __init__(self, till: Till) -> None:
        self._till, self._payments = till, Payments(till)
        credit, redeem = Credits(till).credit, Vouchers(till).redeem
        self._refunds = Refunds(till)
        self._steps: dict[str, Step] = {
            "opening": self._open,
            "waiting": self._watch,
            "closing": self._payments.close,
            "closed": self._payments.ask,
            "refused": self._payments.ask,
            "held": self._payments.ask,
            "paid": credit,
            "crediting": credit,
            "redeeming": redeem,
        }
        self._under_way: asyncio.Task[int] | None = None

    async def wake(self) -> None:
        """Begins to work on what is due, behind the caller. What goes wrong is logged, and the next call goes on."""
        if self._under_way is None or self._under_way.done():
            self._under_way = asyncio.create_task(self._work_behind(), name="payments")

    async def stop(self) -> None:
        """Leaves what is under way: its leases end by themselves."""
        if self._under_way is not None:
            self._under_way.cancel()
            await asyncio.gather(self._under_way, return_exceptions=True)

    async def work_on_payments(self) -> int:
        """Works until nothing is due; how many steps it took."""
        hands = (self._work_one_by_one() for _ in range(AT_ONCE))
        return sum(await asyncio.gather(*hands))

    async def _work_behind(self) -> int:
        try:
            return await self.work_on_payments()
        except Exception as error:  # noqa: BLE001  whatever it is, the rows hold the promise and the next call goes on
            LOG.error("payments rest until the next call: %s", type(error).__name__)
            return 0

    async def _work_one_by_one(self) -> int:
        steps = 0
        while await self._work_on(recharge, self._step) or await self._work_on(recharge_refund, self._refunds.advance):
            steps += 1
        return steps

    async def _work_on(self, table: Table, step: Step) -> bool:
        """Takes the row that has been due for longest one step further; False where nothing is due."""
        row = await claim(self._till, table)
        if row is None:
            return False
        try:
            async with asyncio.timeout(self._till.rules.lease.total_seconds()):
                await step(row)
        except (BssFault, PaymentFault, TimeoutError) as fault:
            LOG.info("a step of %s waits: %s", table.name, getattr(fault, "code", "timeout"))
            await self._put_off(table, row)
        except Exception as error:  # noqa: BLE001  one row that can't be read keeps no other waiting
            LOG.error("a step of %s failed: %s", table.name, type(error).__name__)  # its words may quote a person's
            await self._put_off(table, row)
        return True

    async def _put_off(self, table: Table, row: Row[Any]) -> None:
        await free(self._till, table, row, after=find_pause(self._till.rules, row.attempts))

    async def _step(self, row: Row[Any]) -> Row[Any]:
        step = self._steps.get(row.state)
        if step is None:  # it is at its end: nobody need look at it again
            await free(self._till, recharge, row, after=None)
            return row
        return await step(row)

    async def _open(self, row: Row[Any]) -> Row[Any]:
        return await (self._payments.close(row) if self._is_over(row) else self._payments.open(row))

    async def _watch(self, row: Row[Any]) -> Row[Any]:
        return await (self._payments.close(row) if self._is_over(row) else self._payments.ask(row))

    def _is_over(self, row: Row[Any]) -> bool:
        return row.expires_at_us is not None and row.expires_at_us <= to_us(self._till.now())
