"""Does every page say what rests, at no cost to the page?"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from channels.web_hall.noticeboard import Noticeboard, name_area
from graphql_schema.client import Caller, GraphError, Operation, Outcome
from tests.channels.web_hall import order_facts as deals
from tests.channels.web_hall.conftest import visit
from tests.channels.web_hall.fakes import FakeGraph

pytestmark = pytest.mark.anyio
OPERATION = Operation("ServiceNotices", "query ServiceNotices { serviceNotices { id } }")
NOTICE = deals.notice("*", resting=True)


@dataclass
class SlowGraph(FakeGraph):
    """Answers what it is told to, after so many seconds."""

    outcomes: list[Outcome] = field(default_factory=list)
    seconds: float = 0

    async def run(self, operation: Operation, variables: Mapping[str, Any], caller: Caller) -> Outcome:
        self.asked.append((operation.name, dict(variables), caller))
        await asyncio.sleep(self.seconds)
        return self.outcomes.pop(0)


def said(*notices: Mapping[str, Any]) -> Outcome:
    return Outcome({"serviceNotices": list(notices)})


async def test_what_was_read_is_kept_a_while_for_everybody() -> None:
    graph = SlowGraph(outcomes=[said(NOTICE)], seconds=0.01)
    board = Noticeboard(graph, OPERATION, kept_seconds=60)
    read = await asyncio.gather(*(board.read() for _ in range(20)))
    assert len(graph.asked) == 1
    assert list(read[0]) == list(await board.read()) == [NOTICE]


async def test_it_is_read_as_nobody_in_particular() -> None:
    graph = SlowGraph(outcomes=[said()])
    await Noticeboard(graph, OPERATION, kept_seconds=0).read()
    assert graph.asked[0][2].subscriber is None


async def test_a_store_that_hangs_or_fails_leaves_what_was_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("channels.web_hall.noticeboard.READ_WITHIN_SECONDS", 0.02)
    graph = SlowGraph(outcomes=[said(NOTICE), said(), Outcome(None, (GraphError("internal_error"),))])
    board = Noticeboard(graph, OPERATION, kept_seconds=0)
    assert await board.read() == [NOTICE]
    graph.seconds, begun = 5, asyncio.get_running_loop().time()
    assert await board.read() == [NOTICE]
    assert asyncio.get_running_loop().time() - begun < 1
    graph.seconds, graph.outcomes = 0, graph.outcomes[-1:]
    assert await board.read() == [NOTICE]


@pytest.mark.parametrize(
    ("deeds", "area"),
    [
        (["*"], "all"),
        (["confirmChange", "cancelOrder"], "change"),
        (["redeemVoucher", "startRecharge"], "recharge"),
        (["redeemReward", "transferPoints", "chooseGift", "acceptInvitation"], "points"),
        (["confirmChange", "startRecharge"], "other"),
        (["aDeedOfTomorrow"], "other"),
        ([], "other"),
    ],
)
def test_a_notice_names_what_it_is_about(deeds: list[str], area: str) -> None:
    assert name_area(deeds) == area


async def test_it_stands_on_a_visitors_page_and_on_ones_own() -> None:
    for state, sentence in (
        ("settings-resting", "Orders and changes of all kinds: paused. The billing system is being renewed."),
        ("welcome-resting", "Until further notice."),
    ):
        assert sentence in " ".join((await visit(state, "en")).text.replace("</strong>", "").split()), state
