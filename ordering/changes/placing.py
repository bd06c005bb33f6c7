"""How does a confirmed change become an order at the operator's, whatever answers or doesn't?"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from graphql_schema.order_ports import OrderSystem, PlacedOrder
from graphql_schema.ports import BssFault
from graphql_schema.problems import ChangeRefused
from graphql_schema.types.order import Order
from ordering.change_tables import change_order
from ordering.changes.evidence import Question
from ordering.changes.intent import Lease, change, write_known
from ordering.changes.patience import look_again_after
from ordering.changes.telling import find_notice, write_notice
from ordering.needs import Transaction
from ordering.tables import to_us

Outcome = Order | ChangeRefused | BssFault


class OrderPlacing:
    """Sends an order, and keeps what was answered under the lease of whoever sent it."""

    def __init__(self, transaction: Transaction, orders: OrderSystem, *, now: Callable[[], datetime]) -> None:
        self._transaction, self._orders, self._now = transaction, orders, now

    async def send(self, question: Question, qualification_id: str) -> Outcome:
        """Asks for what was shown, not for what is usual by now. A refusal or a fault is an answer too."""
        wanted = replace(question.wanted, start=question.shown.start or question.wanted.start)
        placed = PlacedOrder(
            reference=question.id,
            line_id=question.line_id,
            account_id=question.account_id,
            wanted=wanted,
            qualification_id=qualification_id,
            channel=question.channel,
        )
        try:
            return await self._orders.place(placed)
        except (ChangeRefused, BssFault) as said:
            return said

    async def keep_order(self, lease: Lease, order: Order, *, began_at: datetime, tell: bool) -> bool:
        """The operator has it. ``tell``: where it ended, its owner gets a text. False: another worker was faster."""
        now = self._now()
        known = write_known(order, at=now, look_at=now + look_again_after(now - began_at))
        notice = find_notice(order) if tell else None
        return await self.keep(lease, **known, **({} if notice is None else write_notice(notice, at=now)))

    async def keep(self, lease: Lease, **columns: Any) -> bool:  # noqa: ANN401  columns
        """Keeps them in a commit of their own. False: another worker was faster."""
        async with self._transaction() as connection:
            return await change(connection, change_order, lease, **columns)

    async def rest(self, lease: Lease, pause: timedelta) -> None:
        """Anybody may go on with it after the pause."""
        await self.keep(lease, free_at_us=to_us(self._now() + pause))


def may_have_arrived(fault: BssFault) -> bool:
    """Whether an order is still to be asked for, or to be sent again. Another fault is a no."""
    return fault.outcome_unknown or fault.retryable
