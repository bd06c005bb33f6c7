"""Is what was granted what the operator gave less what it took back, whatever happens, in any order?"""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import open_database
from graphql_schema.problems import Problem
from graphql_schema.types.month import Month
from graphql_schema.types.promotion import GrantState
from loyalty.rules.campaign import Limits
from loyalty.rules.effects import Clawback, Tier
from tests.loyalty.grants.fair import FROZEN, HOME, PACK, POINTS, SPENT, TEN, THIRTY, Fair, make_campaign
from tests.loyalty.grants.test_boundaries import NAMED

BAD = st.sampled_from(["lost", "dropped", "down", "refused", "working"])
ASKED = st.sampled_from(["grant_money", "add_pack", "find", "take_back"])
AMOUNTS = st.sampled_from([4999, 5000, 10000, 15000, 20000, 29999])
LINES = st.sampled_from(["L1", "L2"])
LADDER = make_campaign(
    TEN,
    THIRTY,
    SPENT,
    POINTS,
    id="ladder",
    tiers=(Tier(5000, ("ten",)), Tier(10000, ("thirty", "points")), Tier(20000, ("spent", "thirty", "points"))),
    clawback=Clawback(2),
    budget_fen=40_000,
)
CHOICE = make_campaign(
    FROZEN,
    PACK,
    TEN,
    id="choice",
    tiers=(Tier(10000, ("frozen", "pack", "ten"), is_choice=True),),
    limits=Limits(of_customer=3, total=5),
)


class Rewards(RuleBasedStateMachine):
    """Recharges, refunds, months, deaths and an operator with bad days."""

    happenings = Bundle("happenings")
    template: Path

    @initialize()
    def open_the_fair(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp(prefix="onehall-rewards-"))
        shutil.copy(self.template, self.folder / "onehall.db")
        self.engine: AsyncEngine = open_database(f"sqlite:///{self.folder / 'onehall.db'}")
        self.fair = Fair(self.engine)
        self.recharges = dict[str, int]()
        self.back = dict[str, int]()
        self.do(self.fair.run(LADDER, CHOICE))

    def do(self, deed: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(deed)

    @rule(
        target=happenings, fen=st.sampled_from([4999, 5000, 10000, 15000, 20000, 29999]), line=LINES, now=st.booleans()
    )
    def somebody_recharges(self, fen: int, line: str, now: bool) -> str:
        name = self.do(self.fair.happens(f"R{len(self.recharges)}", fen, line))
        self.recharges[name] = fen
        if now:
            self.do(self.fair.work.work())
        return str(name)

    @rule(happening=happenings, parts=st.integers(1, 4), now=st.booleans())
    def some_of_it_goes_back(self, happening: str, parts: int, now: bool) -> None:
        back = max(self.back.get(happening, 0), self.recharges[happening] * parts // 4)
        self.back[happening] = back
        for _ in range(2):
            self.do(self.fair.give_back(happening, back))
        if now:
            self.do(self.fair.work.work())

    @rule(line=LINES, which=st.integers(0, 3))
    def somebody_chooses(self, line: str, which: int) -> None:
        for grant in self.do(self.fair.grants(line)):
            if grant.state is GrantState.CHOOSING:
                self.do(self._choose(line, grant.id, grant.options[which % len(grant.options)].key))

    async def _choose(self, line: str, grant_id: str, key: str) -> None:
        try:
            await self.fair.promotions.choose(self.fair.next_deed(self.fair.caller(line)), grant_id, key, to=HOME)
        except Problem:
            return

    @rule(spent=st.sampled_from([0, 4999, 5000, None]))
    def a_month_passes(self, spent: int | None) -> None:
        month = Month.of(self.fair.moment)
        if spent is not None:
            self.fair.spend.months[month.first_day] = spent
        following = month.plus(1).first_day
        self.fair.comes(date(following.year, following.month, 1))
        self.do(self.fair.work.work())

    @rule(fen=st.integers(1, 5000))
    def somebody_spends(self, fen: int) -> None:
        self.fair.operator.spend(fen)

    @rule(boundary=st.sampled_from(NAMED))
    def a_worker_dies(self, boundary: str) -> None:
        self.do(self.fair.dies_at(boundary))

    @rule(operation=ASKED, bad=BAD)
    def the_operator_has_a_bad_day(self, operation: str, bad: str) -> None:
        if not (operation in {"find", "take_back", "grant_money"} and bad == "working"):
            self.fair.operator.comes(operation, bad)

    @rule(line=LINES)
    def somebody_leaves(self, line: str) -> None:
        self.do(self.fair.leave(line))

    @rule(on=st.booleans())
    def a_campaign_is_switched(self, on: bool) -> None:
        self.do(self.fair.desk.switch("ladder", on=on, by="staff:1001"))

    @rule(workers=st.integers(1, 2))
    def workers_work(self, workers: int) -> None:
        async def work() -> None:
            await asyncio.gather(*(self.fair.open_work().work() for _ in range(workers)))

        self.fair.advance(minutes=3)
        self.do(work())

    @invariant()
    def nothing_is_given_twice(self) -> None:
        if hasattr(self, "fair"):
            self.do(self.fair.judge())
            used = self.do(self.fair.used_by_campaign())
            assert used.get(("ladder", "cost", ""), 0) <= 40_000
            assert used.get(("choice", "count", ""), 0) <= 5

    def teardown(self) -> None:
        if not hasattr(self, "fair"):
            return
        self.fair.operator.coming.clear()
        self.fair.operator.finish()
        self.do(self.fair.settle(rounds=3))
        self.do(self.fair.settle(rounds=1, days=31))
        for month in range(20):
            self.fair.spend.months.setdefault(Month(2026, 11).plus(month).first_day, 0)
        self.do(self.fair.settle(rounds=3, days=31))
        self.do(self.fair.judge(at_rest=True))
        for happening in self.recharges:
            self.do(self.fair.give_back(happening))
        self.do(self.fair.settle(rounds=3))
        self.do(self.fair.judge(at_rest=True))
        assert self.fair.operator.count_given_fen() == sum(pot.spent_fen for pot in self.fair.operator.pots.values())
        assert self.do(self.fair.points("L1"))[0] == 0
        self.do(self.engine.dispose())
        self.loop.close()
        shutil.rmtree(self.folder)


def test_rewards_are_conserved_whatever_happens(sqlite_fair: Path, pytestconfig: pytest.Config) -> None:
    class Here(Rewards):
        template = sqlite_fair

    whole = bool(pytestconfig.getoption("--whole"))
    Here.TestCase.settings = settings(
        max_examples=100 if whole else 5,
        stateful_step_count=25 if whole else 15,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    case = Here.TestCase()
    case.runTest()


pytestmark = pytest.mark.timeout(1500)
