"""How is a change prepared, confirmed, withdrawn, followed and called off? (domain page §6, 二次确认)"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.client import Caller
from graphql_schema.identity_ports import Deed
from graphql_schema.order_ports import WantedChange
from graphql_schema.problems import ChangeRefused, ConfirmationExpired, NotCancellable, NotFound
from graphql_schema.types.change import PreparedChange, PreparedState
from graphql_schema.types.order import Order, OrderState
from ordering.change_tables import change_order
from ordering.changes.cancelling import Cancelling, find_asked
from ordering.changes.confirming import Confirming, ConfirmingRules
from ordering.changes.evidence import Answer, Evidence, read_question
from ordering.changes.intent import ENDS
from ordering.changes.patience import Patience
from ordering.changes.questions import Questions, line_of, read_mark, read_questions
from ordering.changes.showing import merge, show_called_off
from ordering.changes.systems import ChangeClocks, ChangeSystems
from ordering.changes.waiting import answer_question, put_question
from ordering.crossing import Cross, pass_by
from ordering.needs import Transaction, View

MOST_OWN: Final = 100
LISTED_MOST: Final = 100
"""So many orders of a line the operator lists (TMF622)."""


class SqlOrderDesk:
    """The ``OrderDesk`` of graphql_schema.order_ports over SQL."""

    def __init__(  # noqa: PLR0913  what a change rests on
        self,
        transaction: Transaction,
        view: View,
        systems: ChangeSystems,
        *,
        secret: bytes,
        clocks: ChangeClocks,
        patience: Patience | None = None,
        cross: Cross = pass_by,
    ) -> None:
        """``secret`` marks the evidence."""
        self._transaction, self._view, self._systems, self._clocks = transaction, view, systems, clocks
        self._patience, self._cross, self._evidence = patience or Patience(), cross, Evidence(secret)
        self._questions = Questions(view, self._evidence, now=clocks.now)
        rules = ConfirmingRules(self._patience, self._evidence, cross)
        self._confirming = Confirming(transaction, view, systems, clocks=clocks, rules=rules)
        self._cancelling = Cancelling(transaction, systems.orders, now=clocks.now, patience=self._patience, cross=cross)

    async def prepare(self, deed: Deed, wanted: WantedChange) -> PreparedChange:
        """Keeps what was shown. Raises ChangeRefused, NotFound, TooMany, BssFault."""
        line_id, channel = line_of(deed.caller), deed.caller.channel
        made = await self._questions.find(line_id, deed.id)
        if made is not None:
            return made.tell(now=self._clocks.now())
        line, qualified = await asyncio.gather(
            self._systems.lines.fetch_line(line_id),
            self._systems.qualifications.preview(line_id, wanted, channel=channel),
        )
        if line is None:
            raise NotFound
        if not qualified.preview.allowed:
            raise ChangeRefused(obstacles=qualified.preview.obstacles)
        now = self._clocks.now()
        period = (now, now + self._patience.window(channel))
        row = self._evidence.ask(deed, line, wanted, qualified.preview, period=period)
        self._cross("prepare.shown")
        async with self._transaction() as connection:
            kept = await put_question(connection, row, deed, self._evidence, at=now)
        self._cross("prepare.kept")
        return read_question(kept).tell(now=now)

    async def fetch_prepared(self, caller: Caller, prepared_id: str) -> PreparedChange:
        """One of the caller's line. Raises NotFound."""
        return (await self._questions.fetch(caller, prepared_id)).tell(now=self._clocks.now())

    async def fetch_waiting(self, caller: Caller) -> Sequence[PreparedChange]:
        """Those that wait, newest first."""
        return await self._questions.fetch_waiting(caller)

    async def confirm(self, deed: Deed, prepared_id: str) -> Order:
        """Keeps the answer, and places the order once. Raises ConfirmationExpired, PreviewChanged, ChangeRefused,
        NotFound, BssFault (nothing was ordered)."""
        return await self._confirming.confirm(deed, prepared_id)

    async def withdraw(self, deed: Deed, prepared_id: str) -> None:
        """It will not be made. Raises NotFound; ConfirmationExpired if it was confirmed."""
        question = await self._questions.fetch(deed.caller, prepared_id)
        async with self._transaction() as connection:
            mark = await read_mark(connection, question.id, self._evidence)
            answer = self._evidence.answer(mark, Answer.NO, at=self._clocks.now(), deed=deed)
            withdrawn = await answer_question(connection, question.id, answer)
        self._cross("withdraw.kept")
        again = question if withdrawn else await self._questions.fetch(deed.caller, prepared_id)
        if again.state is PreparedState.CONFIRMED:
            raise ConfirmationExpired

    async def fetch_orders(self, caller: Caller) -> Sequence[Order]:
        """The operator's orders of the line and those of ours that it does not know, newest first. Raises BssFault."""
        line_id = line_of(caller)
        operators = await self._systems.orders.fetch_orders(line_id)
        async with self._view() as connection:
            rows = await _read_own(connection, line_id)
            questions = await read_questions(connection, [row.id for row in rows], self._evidence)
            called_off = await find_asked(connection, line_id)
        own = [self._confirming.show(row, questions[row.id]) for row in rows if row.id in questions]
        if len(operators) >= LISTED_MOST:  # an older one of ours may well be known, and is not listed any more
            listed_from = min(order.placed_at for order in operators)
            own = [order for order in own if order.placed_at >= listed_from]
        channels = {question.id: question.channel for question in questions.values()}
        return merge(operators, own, called_off=called_off, channels=channels)

    async def cancel(self, deed: Deed, order_id: str) -> Order:
        """Calls it off; while nobody knows whether it is, it says so, and resolves itself. Raises NotFound,
        NotCancellable, BssFault."""
        orders = await self.fetch_orders(deed.caller)
        order = next((each for each in orders if each.id == order_id), None)
        if order is None:
            raise NotFound
        if order.state is OrderState.CANCELLED:
            return order
        if order.state in ENDS:
            raise NotCancellable(state=order.state)
        self._cross("cancel.found")
        lease = await self._cancelling.ask(deed, line_of(deed.caller), order_id)
        self._cross("cancel.intended")
        if order.state is OrderState.PLACING:  # it may be on its way: whoever follows it up calls it off where it is
            await self._cancelling.rest(lease)
            return show_called_off(order)
        return await self._cancelling.carry_out(lease) or show_called_off(order)


async def _read_own(connection: AsyncConnection, line_id: str) -> Sequence[Row[Any]]:
    table = change_order
    mine = select(table).where(table.c.line_id == line_id).order_by(table.c.began_at_us.desc()).limit(MOST_OWN)
    return (await connection.execute(mine)).all()
