"""What became of an order whose outcome nobody knows, and what is done when it never arrived?"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.order_ports import Qualified
from graphql_schema.problems import ChangeRefused, Problem
from graphql_schema.types.change import ChangeObstacle
from graphql_schema.types.order import Order
from ordering.change_tables import change_order, prepared_change
from ordering.changes.cancelling import drop_wish, find_asked
from ordering.changes.comparing import still_holds
from ordering.changes.evidence import Answer, Evidence, Question, read_question
from ordering.changes.intent import Failure, Lease, Stage, change, write_end
from ordering.changes.patience import Patience, pause_after
from ordering.changes.placing import OrderPlacing, Outcome, may_have_arrived
from ordering.changes.showing import find_step, why
from ordering.changes.systems import ChangeSystems
from ordering.changes.telling import FAILED, OrderNotice, write_notice
from ordering.crossing import Cross, pass_by
from ordering.needs import Transaction, View
from ordering.tables import from_us, to_us


class Resolving:
    """Asks by our reference first; places again only what never arrived, still does what was confirmed, and is still
    wanted.

    Nothing is called failed before an answer that was lost could have had its effect (``Patience.settle``), and never
    while the operator does not answer.
    """

    def __init__(  # noqa: PLR0913  whom it asks, and how long it waits
        self,
        transaction: Transaction,
        view: View,
        systems: ChangeSystems,
        *,
        now: Callable[[], datetime],
        patience: Patience,
        evidence: Evidence,
        cross: Cross = pass_by,
    ) -> None:
        self._transaction, self._view, self._systems, self._now = transaction, view, systems, now
        self._patience, self._evidence, self._cross = patience, evidence, cross
        self._placing = OrderPlacing(transaction, systems, now=now)

    async def resolve(self, lease: Lease, row: Row[Any]) -> None:
        """One order that is PLACING, or PLACED and open; leased to the caller. Raises BssFault: nobody answered;
        BrokenEvidence: it is not placed again, whoever changed what was confirmed."""
        question = await self._read_question(row.id)
        found = await self._systems.orders.find(row.line_id, row.id)
        if found is not None:
            await self._keep_found(lease, row, question, found)
        elif row.state == Stage.PLACED.value:  # it was there: a list of the operator's lags
            await self._placing.rest(lease, pause_after(lease.attempts))
        elif question.former or await self._is_called_off(row):
            await self._end(lease, row, question, Stage.WITHDRAWN)
        elif self._now() - from_us(row.began_at_us) > self._patience.place_within:
            await self._end(lease, row, question, Stage.FAILED, failure=Failure.NOT_PLACED)
        else:
            await self._place_again(lease, row, question)

    async def _keep_found(self, lease: Lease, row: Row[Any], question: Question, order: Order) -> None:
        self._cross("resolve.found")
        began_at, tell = from_us(row.began_at_us), not question.former
        await self._placing.keep_order(lease, question, order, began_at=began_at, tell=tell)
        self._cross("resolve.kept")

    async def _place_again(self, lease: Lease, row: Row[Any], question: Question) -> None:
        await self._demand_yes(row.id)
        try:
            qualified = await self._ask(question)
        except ChangeRefused as refused:
            await self._refuse(lease, row, question, refused.parameters["obstacles"])
            return
        except Problem:  # what was to be changed is not there any more
            await self._refuse(lease, row, question, None)
            return
        now_us = to_us(self._now())
        if not await self._placing.keep(lease, sent_at_us=now_us, qualification_id=qualified.id):
            return
        self._cross("resolve.again")
        outcome = await self._placing.send(question, qualified.id)
        self._cross("resolve.answered")
        await self._keep_outcome(lease, row, question, outcome)

    async def _ask(self, question: Question) -> Qualified:
        """What it would do now. Raises ChangeRefused, also where that is something else than was confirmed."""
        preview = self._systems.qualifications.preview
        qualified = await preview(question.line_id, question.wanted, channel=question.channel)
        if not still_holds(question.shown, qualified.preview):
            raise ChangeRefused(obstacles=qualified.preview.obstacles)
        return qualified

    async def _keep_outcome(self, lease: Lease, row: Row[Any], question: Question, outcome: Outcome) -> None:
        if isinstance(outcome, Order):
            await self._keep_found(lease, row, question, outcome)
        elif isinstance(outcome, ChangeRefused):
            await self._refuse(lease, row, question, outcome.parameters["obstacles"])
        elif may_have_arrived(outcome):
            await self._placing.rest(lease, pause_after(lease.attempts))
        else:
            await self._end(lease, row, question, Stage.FAILED, failure=Failure.NOT_TAKEN)

    async def _refuse(
        self, lease: Lease, row: Row[Any], question: Question, obstacles: list[ChangeObstacle] | None
    ) -> None:
        """Something stands against it: it may be the order itself, which arrived after it was asked for."""
        found = await self._systems.orders.find(row.line_id, row.id)
        if found is not None:
            await self._keep_found(lease, row, question, found)
        elif obstacles:
            await self._end(lease, row, question, Stage.REFUSED, obstacles=obstacles)
        else:
            await self._end(lease, row, question, Stage.FAILED, failure=Failure.CHANGED)

    async def _end(  # noqa: PLR0913  what is kept of an order that came to nothing
        self,
        lease: Lease,
        row: Row[Any],
        question: Question,
        stage: Stage,
        *,
        failure: Failure | None = None,
        obstacles: list[ChangeObstacle] | None = None,
    ) -> None:
        now = self._now()
        if now - from_us(row.sent_at_us) < self._patience.settle:
            pause = to_us(now + self._patience.settle / 4)  # what was sent now was answered: an older one may not be
            await self._placing.keep(lease, free_at_us=pause, sent_at_us=row.sent_at_us)
            return
        end, tell = write_end(stage, at=now, failure=failure, obstacles=obstacles), {}
        if stage is not Stage.WITHDRAWN and not question.former:
            step = find_step(failure, obstacles)
            action = question.wanted.action.value
            tell = write_notice(OrderNotice(FAILED, question.shown.name, action, why(failure), step), at=now)
        self._cross("resolve.ending")
        async with self._transaction() as connection:
            if await change(connection, change_order, lease, **end, **tell):
                await drop_wish(connection, row, at=now)
        self._cross("resolve.ended")

    async def _is_called_off(self, row: Row[Any]) -> bool:
        async with self._view() as connection:
            return row.id in await find_asked(connection, row.line_id)

    async def _demand_yes(self, order_id: str) -> None:
        """Nothing is ordered by a question or a yes that another hand wrote. Raises BrokenEvidence."""
        async with self._view() as connection:
            self._evidence.demand(await _read(connection, order_id), Answer.YES)

    async def _read_question(self, order_id: str) -> Question:
        async with self._view() as connection:
            return read_question(await _read(connection, order_id))


async def _read(connection: AsyncConnection, order_id: str) -> Row[Any]:
    return (await connection.execute(select(prepared_change).where(prepared_change.c.id == order_id))).one()
