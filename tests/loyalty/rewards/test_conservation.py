"""Are points and stock conserved, whatever operator, workers, the desk and customers do, in any order?"""

import asyncio
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from gateway.database import open_database, write
from graphql_schema.client import Caller, Channel
from graphql_schema.identity_ports import Deed
from graphql_schema.loyalty_ports import FulfilmentState
from graphql_schema.ports import BssFault
from graphql_schema.problems import Problem
from graphql_schema.types.reward import RewardKind
from loyalty.reward_tables import redemption
from loyalty.rewards.codes import put_codes
from loyalty.rewards.retention import forget_redemptions_of
from tests.loyalty.rewards.arcade import BOOK, COLLEAGUE, CUP, HOME, MONEY, PACK, TREES, Arcade, BrokenOffError

ITEMS = (replace(PACK, stock=4, per_month=3), replace(MONEY, points=150), replace(CUP, stock=2, points=80), BOOK, TREES)
LINES = {line: Caller(Channel.WEB, subscriber=line, assurance=2) for line in ("L1", "L2")}
BAD = st.sampled_from([None, None, "dropped", "lost", "down", "refused", "working", "turned_down"])
BOUNDARIES = st.sampled_from(
    [None, None, "redemption.held", "redemption.fulfilment_intended", "redemption.answered", "redemption.done"]
)


class Mall(RuleBasedStateMachine):
    """Everything that can happen in the mall, and what must hold at every moment and at the end."""

    redemptions = Bundle("redemptions")
    template: Path

    @initialize()
    def open_the_mall(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp(prefix="onehall-mall-"))
        shutil.copy(self.template, self.folder / "onehall.db")
        self.engine = open_database(f"sqlite:///{self.folder / 'onehall.db'}")
        self.arcade = Arcade(self.engine)
        self.do(self.furnish())

    async def furnish(self) -> None:
        await self.arcade.put(*ITEMS)
        await put_codes(self.arcade.mall, "books", ["A", "B", "C"])
        for line in LINES:
            for points in (90, 110):
                await self.arcade.earn(points, line)

    def do(self, deed: Any) -> Any:
        """A refusal, a fault and a process that is gone are answers too."""
        try:
            return self.loop.run_until_complete(deed)
        except (Problem, BssFault, BrokenOffError) as refused:
            return refused
        finally:
            self.loop.run_until_complete(self._end_what_runs())

    @rule(
        target=redemptions,
        item=st.sampled_from(ITEMS),
        line=st.sampled_from(sorted(LINES)),
        bad=BAD,
        boundary=BOUNDARIES,
        times=st.integers(1, 3),
    )
    def somebody_redeems(self, item: Any, line: str, bad: str | None, boundary: str | None, times: int) -> Any:
        deed = self.arcade.next_deed(LINES[line])
        self.arcade.operator.comes("give", *filter(None, [bad]))
        self.arcade.breaks.at, self.arcade.breaks.after = boundary, 1
        for _ in range(times):
            answer = self.do(self.arcade.redeem(item, deed))
        self.arcade.breaks.at = None
        self.arcade.operator.coming.pop("give", None)
        return multiple() if isinstance(answer, Problem) else deed.id

    @rule(item=st.sampled_from(ITEMS[:3]), line=st.sampled_from(sorted(LINES)))
    def three_redeem_at_once(self, item: Any, line: str) -> None:
        deeds = [self.arcade.next_deed(LINES[line]) for _ in range(3)]
        to = HOME if item.kind is RewardKind.GOODS else None

        async def all_of_them() -> None:
            wanted = (self.arcade.rewards.redeem(deed, item.code, points=item.points, to=to) for deed in deeds)
            await asyncio.gather(*wanted, return_exceptions=True)

        self.do(all_of_them())

    @rule(line=st.sampled_from(sorted(LINES)), points=st.integers(1, 200))
    def a_bill_is_paid(self, line: str, points: int) -> None:
        self.do(self.arcade.earn(points, line))

    @rule(reference=redemptions, there=st.booleans())
    def the_operator_ends_what_it_works_on(self, reference: str, there: bool) -> None:
        given = self.arcade.operator.given.get(reference)
        if given is not None and given.state is FulfilmentState.WORKING:
            (self.arcade.operator.finish if there else self.arcade.operator.refuse)(reference)

    @rule(reference=redemptions)
    def the_operator_hands_goods_to_the_post(self, reference: str) -> None:
        given = self.arcade.operator.given.get(reference)
        if given is not None and given.state is FulfilmentState.WORKING:
            self.arcade.operator.given[reference] = replace(given, tracking="SF1")

    @rule(reference=redemptions, forgets=st.booleans())
    def the_operator_forgets_or_remembers(self, reference: str, forgets: bool) -> None:
        (self.arcade.operator.forgets.add if forgets else self.arcade.operator.forgets.discard)(reference)

    @rule(what=st.sampled_from(["lost", "down"]))
    def a_question_goes_unanswered(self, what: str) -> None:
        self.arcade.operator.comes("find", what)

    @rule(reference=redemptions, comes=st.booleans(), twice=st.booleans())
    def goods_come_back(self, reference: str, comes: bool, twice: bool) -> None:
        for _ in range(1 + twice):
            self.do(self.arcade.rewards.begin_return(Deed(f"B-{reference}", COLLEAGUE), reference))
        finish = self.arcade.rewards.finish_return if comes else self.arcade.rewards.drop_return
        for _ in range(1 + twice):
            self.do(finish(Deed(f"F-{reference}", COLLEAGUE), reference))

    @rule(item=st.sampled_from(ITEMS[:3]), stock=st.one_of(st.none(), st.integers(0, 6)), on=st.booleans())
    def the_desk_changes_an_item(self, item: Any, stock: int | None, on: bool) -> None:
        self.do(self.arcade.put(replace(item, stock=stock, is_on=on)))

    @rule(line=st.sampled_from(sorted(LINES)))
    def a_line_changes_hands(self, line: str) -> None:
        async def forget() -> None:
            async with write(self.engine) as connection:
                await forget_redemptions_of(connection, line)

        self.do(forget())

    @rule(seconds=st.sampled_from([1, 40, 700, 100_000]), boundary=BOUNDARIES, workers=st.integers(1, 2))
    def workers_work(self, seconds: int, boundary: str | None, workers: int) -> None:
        async def work() -> None:
            await asyncio.gather(*(self.arcade.work.work() for _ in range(workers)))

        self.arcade.advance(seconds=seconds)
        self.arcade.breaks.at, self.arcade.breaks.after = boundary, 1
        self.do(work())
        self.arcade.breaks.at = None

    @invariant()
    def everything_adds_up(self) -> None:
        if hasattr(self, "arcade"):
            self.loop.run_until_complete(self.arcade.judge())

    def teardown(self) -> None:
        if not hasattr(self, "arcade"):
            return
        self.loop.run_until_complete(self._come_to_rest())
        self.loop.run_until_complete(self.engine.dispose())
        self.loop.close()
        shutil.rmtree(self.folder)

    async def _come_to_rest(self) -> None:
        operator = self.arcade.operator
        operator.coming.clear()
        operator.forgets.clear()
        for _ in range(2):  # what was not asked for before is asked for, and worked on
            for reference, given in list(operator.given.items()):
                if given.state is FulfilmentState.WORKING:
                    operator.finish(reference)
            await self.arcade.settle(rounds=3, hours=25)
        for row in await self.arcade.rows(redemption):
            if row.state == "returning":
                await self.arcade.rewards.finish_return(Deed("END", COLLEAGUE), row.id)
        await self.arcade.judge(at_rest=True)

    async def _end_what_runs(self) -> None:
        """Hands of a worker whose fellow is gone."""
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*others, return_exceptions=True)


def test_points_and_stock_are_conserved_whatever_happens(sqlite_mall: Path, pytestconfig: pytest.Config) -> None:
    class Here(Mall):
        template = sqlite_mall

    Here.TestCase.settings = settings(
        max_examples=150 if pytestconfig.getoption("--whole") else 8,
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    case = Here.TestCase()
    case.runTest()


pytestmark = pytest.mark.timeout(900)
