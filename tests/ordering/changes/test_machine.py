"""Is there one order for each yes and none without, whatever customers, operator, workers and deaths do?"""

import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from gateway.database import open_database
from graphql_schema.client import Channel
from graphql_schema.order_ports import WantedChange
from graphql_schema.ports import BssFault
from graphql_schema.problems import ConfirmationExpired, Problem
from graphql_schema.types.change import ChangeAction, PreparedState
from graphql_schema.types.order import Order, OrderState
from ordering.changes.evidence import Evidence
from tests.fakes.deal_ports import make_preview
from tests.ordering.changes.world import IN_ARREARS, SECRET, Hall, Mood, make_caller, make_deed

OFFERINGS = ("pack-1", "pack-2", "pack-3")
CHANNELS = st.sampled_from([Channel.WEB, Channel.APP, Channel.SMS, Channel.IVR])
MOODS = st.sampled_from(list(Mood))
OURS_ALONE = {OrderState.PLACING, OrderState.FAILED, OrderState.REJECTED}
DEATHS = st.sampled_from(
    [
        *("prepare.shown", "prepare.kept", "confirm.compared", "confirm.intended", "confirm.answered", "confirm.kept"),
        *("withdraw.kept", "cancel.found", "cancel.intended", "cancel.answered", "cancel.kept", "cancel.unknown"),
        *("work.claimed", "lapse.kept", "resolve.found", "resolve.kept", "resolve.again", "resolve.answered"),
        *("resolve.ending", "resolve.ended", "tell.due", "tell.queued"),
    ]
)


class Died(BaseException):
    """The process is gone."""


class Changes(RuleBasedStateMachine):
    """Everything that can happen to changes, and what must hold at every moment and at the end."""

    questions = Bundle("questions")
    template: Path

    @initialize()
    def open_the_hall(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp(prefix="onehall-changes-"))
        shutil.copy(self.template, self.folder / "onehall.db")
        self.engine = open_database(f"sqlite:///{self.folder / 'onehall.db'}")
        self.hall, self.deeds, self.asked = Hall(self.engine, self.cross), 0, list[str]()
        self.death: str | None = None

    def cross(self, boundary: str) -> None:
        if boundary == self.death:
            self.death = None
            raise Died

    def do(self, deed: Any) -> Any:
        """A refusal, a fault and a death are answers too."""
        try:
            return self.loop.run_until_complete(deed)
        except (Problem, BssFault, Died) as refused:
            return refused

    def next_deed(self) -> str:
        self.deeds += 1
        return f"D{self.deeds}"

    @rule(target=questions, offering=st.sampled_from(OFFERINGS), channel=CHANNELS)
    def somebody_prepares(self, offering: str, channel: Channel) -> Any:
        wanted = WantedChange(ChangeAction.ADD, offering_id=offering)
        deed = self.next_deed()
        self.do(self.hall.prepare(wanted, deed=deed, channel=channel))
        if self.do(self.hall.desk.fetch_prepared(make_caller(), deed)).__class__.__name__ != "PreparedChange":
            return multiple()
        self.asked.append(deed)
        return deed

    @rule(question=questions, mood=MOODS, times=st.integers(1, 3))
    def somebody_says_yes(self, question: str, mood: Mood, times: int) -> None:
        self.hall.office.moods.append(mood)
        deed = self.next_deed()
        for _ in range(times):
            said = self.do(self.hall.confirm(question, deed=deed))
            if isinstance(said, Order) and said.state not in OURS_ALONE | {OrderState.CANCELLED}:
                assert question in self.hall.office.orders, "what is not there is not said to be"
        self.hall.office.moods.clear()

    @rule(question=questions)
    def two_say_yes_and_one_says_no_at_once(self, question: str) -> None:
        async def all_at_once() -> Sequence[Any]:
            return await asyncio.gather(
                self.hall.confirm(question, deed=self.next_deed()),
                self.hall.confirm(question, deed=self.next_deed()),
                self.hall.desk.withdraw(make_deed(self.next_deed()), question),
                return_exceptions=True,
            )

        said = self.do(all_at_once())
        confirmed = [each for each in said if isinstance(each, Order)]
        if confirmed and not any(isinstance(each, Died) for each in said):
            assert isinstance(said[2], ConfirmationExpired)

    @rule(question=questions)
    def somebody_says_no(self, question: str) -> None:
        self.do(self.hall.desk.withdraw(make_deed(self.next_deed()), question))

    @rule(question=questions, mood=MOODS)
    def somebody_calls_it_off(self, question: str, mood: Mood) -> None:
        self.hall.office.moods.append(mood)
        self.do(self.hall.cancel(question, deed=self.next_deed()))
        self.hall.office.moods.clear()

    @rule(boundary=DEATHS)
    def the_next_process_dies_there(self, boundary: str) -> None:
        self.death = boundary

    @rule(moods=st.lists(MOODS, max_size=3))
    def workers_work(self, moods: list[Mood]) -> None:
        self.hall.office.moods.extend(moods)
        self.do(self.hall.work.work_on_changes())
        self.hall.office.moods.clear()

    @rule(seconds=st.sampled_from([2, 10, 31, 61, 300, 1800, 3700]))
    def time_passes(self, seconds: int) -> None:
        if timedelta(seconds=seconds) >= self.hall.patience.settle:
            self.hall.office.deliver()  # nothing is on its way for longer
        self.hall.watch.advance(seconds=seconds)

    @rule()
    def what_was_late_arrives(self) -> None:
        self.hall.office.deliver()

    @rule(silent=st.booleans())
    def the_operator_falls_silent(self, silent: bool) -> None:
        self.hall.office.silent = silent

    @rule(allowed=st.booleans())
    def something_stands_against_it(self, allowed: bool) -> None:
        against = {} if allowed else {"allowed": False, "obstacles": [IN_ARREARS]}
        self.hall.office.previewed = make_preview(**against)

    @rule(state=st.sampled_from([OrderState.COMPLETED, OrderState.FAILED, OrderState.PARTIAL]))
    def the_operator_ends_an_order(self, state: OrderState) -> None:
        goes_on = [order for order in self.hall.office.orders.values() if order.state is OrderState.IN_PROGRESS]
        for order in goes_on[:1]:
            self.hall.office.say(order.id, state=state, cancellable=False)

    @invariant()
    def no_order_without_a_yes(self) -> None:
        if not hasattr(self, "hall"):
            return
        placed = [order.reference for order in self.hall.office.placed]
        assert len(placed) == len(set(placed))
        for question in self.asked:
            row = self.do(self.hall.evidence(question))
            assert Evidence(SECRET).is_ours(row)
            assert question not in placed or row.answer == "yes"
        waiting = self.do(self.hall.desk.fetch_waiting(make_caller()))
        assert len(waiting) <= 5
        assert len({each.preview.offering_id for each in waiting}) == len(waiting)

    @invariant()
    def nobody_is_told_what_is_not_so(self) -> None:
        if not hasattr(self, "hall"):
            return
        orders = self.hall.office.orders
        for key in self.hall.notices.told:
            notice, question = key.split(":")
            state = orders[question].state if question in orders else None
            if notice == "order_done":
                assert state is OrderState.COMPLETED
            elif notice == "order_failed":
                assert state in {None, OrderState.FAILED, OrderState.PARTIAL}
            else:
                assert state is None

    def teardown(self) -> None:
        if hasattr(self, "hall"):
            try:
                self.settle()
            finally:
                self.loop.run_until_complete(self.engine.dispose())
                self.loop.close()
                shutil.rmtree(self.folder)

    def settle(self) -> None:
        """All goes well from now on, and every yes has come to what it says."""
        self.death, self.hall.office.silent = None, False
        self.hall.office.moods.clear()
        self.hall.office.deliver()
        self.loop.run_until_complete(self.hall.work_until_quiet())
        shown = {order.id: order for order in self.loop.run_until_complete(self.hall.orders())}
        for question in self.asked:
            prepared = self.loop.run_until_complete(self.hall.desk.fetch_prepared(make_caller(), question))
            if prepared.state is not PreparedState.CONFIRMED:
                assert question not in shown
                continue
            theirs = self.hall.office.orders.get(question)
            assert shown[question].state is (theirs.state if theirs else shown[question].state)
            assert shown[question].state is not OrderState.PLACING
            assert theirs or shown[question].state in {OrderState.FAILED, OrderState.REJECTED, OrderState.CANCELLED}
        self.nobody_is_told_what_is_not_so()


def test_one_order_for_each_yes_and_none_without(sqlite_with_tables: Path) -> None:
    Changes.template = sqlite_with_tables
    machine = Changes.TestCase()
    machine.settings = settings(
        max_examples=30,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    machine.runTest()
