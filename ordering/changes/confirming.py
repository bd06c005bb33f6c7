"""How does a yes become one order, however often and wherever it is said?"""

import logging
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Row

from graphql_schema.identity_ports import Deed
from graphql_schema.order_ports import Qualified
from graphql_schema.ports import BssFault
from graphql_schema.problems import ChangeRefused, ConfirmationExpired, NotFound, PreviewChanged
from graphql_schema.types.change import PreparedState
from graphql_schema.types.order import Order
from ordering.change_tables import change_order, prepared_change
from ordering.changes.comparing import still_holds
from ordering.changes.evidence import Answer, Evidence, Question
from ordering.changes.intent import Failure, Lease, Stage, find_order, read_obstacles, write_end
from ordering.changes.patience import Patience, pause_after
from ordering.changes.placing import OrderPlacing, may_have_arrived
from ordering.changes.questions import Questions, read_mark
from ordering.changes.showing import show_own
from ordering.changes.systems import ChangeClocks, ChangeSystems
from ordering.changes.waiting import answer_question
from ordering.crossing import Cross
from ordering.needs import Transaction, View, insert_new
from ordering.tables import to_us

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ConfirmingRules:
    """How long things take, what marks the evidence, who watches."""

    patience: Patience
    evidence: Evidence
    cross: Cross


class Confirming:
    """Compares with what was shown, keeps the yes and the intent in one commit, places the order."""

    def __init__(
        self,
        transaction: Transaction,
        view: View,
        systems: ChangeSystems,
        *,
        clocks: ChangeClocks,
        rules: ConfirmingRules,
    ) -> None:
        self._transaction, self._view, self._systems, self._clocks = transaction, view, systems, clocks
        self._patience, self._evidence, self._cross = rules.patience, rules.evidence, rules.cross
        self._questions = Questions(view, self._evidence, now=clocks.now)
        self._placing = OrderPlacing(transaction, systems, now=clocks.now)

    async def confirm(self, deed: Deed, question_id: str) -> Order:
        """The order. Raises ConfirmationExpired, PreviewChanged, ChangeRefused, NotFound, BssFault: then nothing was
        ordered."""
        question = await self._questions.fetch(deed.caller, question_id)
        if question.tell(now=self._clocks.now()).state is not PreparedState.WAITING:
            return await self._tell_answered(question)
        try:
            qualified = await self._ask_again(question)
        except (ChangeRefused, PreviewChanged):
            again = await self._questions.fetch(deed.caller, question_id)
            if again.state is PreparedState.CONFIRMED:  # what stands against it now is the order itself
                return await self.tell_order(again)
            raise
        self._cross("confirm.compared")
        lease = await self._keep_yes(deed, question, qualified)
        if lease is None:  # another answer was faster, or the time is over
            return await self._tell_answered(await self._questions.fetch(deed.caller, question_id))
        self._cross("confirm.intended")
        return await self._place(lease, question, qualified)

    async def tell_order(self, question: Question) -> Order:
        """The order of a confirmed question, as far as anybody knows. Raises ChangeRefused; NotFound when it is
        forgotten."""
        async with self._view() as connection:
            row = await find_order(connection, question.id)
        if row is None:
            raise NotFound
        if row.state == Stage.REFUSED.value:
            raise ChangeRefused(obstacles=read_obstacles(row))
        found = await self._find_placed(row) if row.state in {Stage.PLACED.value, Stage.ENDED.value} else None
        return found or self.show(row, question)

    def show(self, row: Row[Any], question: Question) -> Order:
        """An order of ours by what is known here."""
        late = to_us(self._clocks.now() - self._patience.place_within) > row.began_at_us
        return show_own(row, question, as_of=self._clocks.business(), late=late)

    async def _ask_again(self, question: Question) -> Qualified:
        """What the change would do now. Raises ChangeRefused, PreviewChanged, BssFault."""
        preview = self._systems.qualifications.preview
        qualified = await preview(question.line_id, question.wanted, channel=question.channel)
        if not qualified.preview.allowed:
            raise ChangeRefused(obstacles=qualified.preview.obstacles)
        if not still_holds(question.shown, qualified.preview):
            raise PreviewChanged(preview=qualified.preview)
        return qualified

    async def _keep_yes(self, deed: Deed, question: Question, qualified: Qualified) -> Lease | None:
        """The answer and the intent to place the order, in one commit. None: it does not wait any more."""
        now = self._clocks.now()
        intent = {
            "id": question.id,
            "line_id": question.line_id,
            "qualification_id": qualified.id,
            "state": Stage.PLACING.value,
            "placed_at_us": to_us(self._clocks.business()),
            "began_at_us": to_us(now),
            "sent_at_us": to_us(now),
            "free_at_us": to_us(now + self._patience.lease),
            "attempts": 1,
        }
        in_time = prepared_change.c.expires_at_us > to_us(now)
        async with self._transaction() as connection:
            mark = await read_mark(connection, question.id, self._evidence)
            answer = self._evidence.answer(mark, Answer.YES, at=now, deed=deed)
            if not await answer_question(connection, question.id, answer, in_time):
                return None
            await insert_new(connection, change_order, intent)
        return Lease((question.id,), 1)

    async def _place(self, lease: Lease, question: Question, qualified: Qualified) -> Order:
        began_at = self._clocks.now()
        outcome = await self._placing.send(question, qualified.id)
        self._cross("confirm.answered")
        if isinstance(outcome, Order):
            await self._placing.keep_order(lease, question, outcome, began_at=began_at, tell=False)
        elif isinstance(outcome, ChangeRefused):
            obstacles = outcome.parameters["obstacles"]
            await self._placing.keep(lease, **write_end(Stage.REFUSED, at=began_at, obstacles=obstacles))
        elif may_have_arrived(outcome):
            await self._placing.rest(lease, pause_after(1))
        else:
            LOG.error("an order was not taken: %s", outcome.code)
            await self._placing.keep(lease, **write_end(Stage.FAILED, at=began_at, failure=Failure.NOT_TAKEN))
        self._cross("confirm.kept")
        return outcome if isinstance(outcome, Order) else await self.tell_order(question)

    async def _tell_answered(self, question: Question) -> Order:
        if question.state is not PreparedState.CONFIRMED:
            raise ConfirmationExpired
        return await self.tell_order(question)

    async def _find_placed(self, row: Row[Any]) -> Order | None:
        """As the operator has it; None while it does not answer."""
        try:
            return await self._systems.orders.find(row.line_id, row.id)
        except BssFault:
            return None
