"""How does a confirmed change become an order at the operator's, whatever answers or doesn't?"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.order_ports import PlacedOrder
from graphql_schema.ports import BssFault
from graphql_schema.problems import ChangeRefused
from graphql_schema.types.order import Order, OrderState
from ordering.change_tables import change_order, prepared_change
from ordering.changes.evidence import Question
from ordering.changes.intent import Lease, change, write_known
from ordering.changes.needs import DoneOrder
from ordering.changes.patience import look_again_after
from ordering.changes.systems import ChangeSystems
from ordering.changes.telling import find_notice, write_notice
from ordering.needs import Transaction
from ordering.tables import to_us

Outcome = Order | ChangeRefused | BssFault


class OrderPlacing:
    """Sends an order, and keeps what was answered under the lease of whoever sent it."""

    def __init__(self, transaction: Transaction, systems: ChangeSystems, *, now: Callable[[], datetime]) -> None:
        self._transaction, self._orders, self._rewards = transaction, systems.orders, systems.rewards
        self._now = now

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

    async def keep_order(
        self, lease: Lease, question: Question, order: Order, *, began_at: datetime, tell: bool
    ) -> bool:
        """The operator has it; where it is done, whoever rewards it hears of it in the same commit. ``tell``: where it
        ended, its owner gets a text. False: another worker was faster."""
        now = self._now()
        known = write_known(order, at=now, look_at=now + look_again_after(now - began_at))
        notice = find_notice(order) if tell else None
        columns = {**known, **({} if notice is None else write_notice(notice, at=now))}
        if order.state is not OrderState.COMPLETED:
            return await self.keep(lease, **columns)
        async with self._transaction() as connection:
            is_former = await _hold_question(connection, question.id)
            kept = await change(connection, change_order, lease, **columns)
            if kept and not is_former:
                await self._rewards.note_done(connection, _tell_done(question, order))
        return kept

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


async def _hold_question(connection: AsyncConnection, question_id: str) -> bool:
    """Whether its line changed hands since. It can't before this transaction ends: whoever notes that takes the
    question before the order too, and forgets what the order earned after both."""
    mine = select(prepared_change.c.former).where(prepared_change.c.id == question_id)
    return bool((await connection.execute(mine.with_for_update(read=True))).scalar_one())


def _tell_done(question: Question, order: Order) -> DoneOrder:
    return DoneOrder(
        order_id=question.id,
        line_id=question.line_id,
        account_id=question.account_id,
        action=question.wanted.action,
        offering_id=question.wanted.offering_id,
        channel=question.channel.value,
        at=order.completed_at or order.as_of,
    )
