"""Does a subscriber hear of changed usage, and only of that?"""

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest

from gateway.graph import HallGraph
from graphql_schema.client import Caller, Channel, GraphError, Outcome, load_operations
from tests.fakes.ports import LINE_ID, FakeBss, make_bucket, make_usage

pytestmark = pytest.mark.anyio

APP = load_operations(Path(__file__).parents[3] / "channels" / "app")


def used(outcome: Outcome) -> int:
    assert outcome.data is not None
    assert outcome.errors == ()
    return int(outcome.data["usageChanged"]["buckets"][0]["used"])


def hall(bss: FakeBss, *, deadline_seconds: float = 10) -> HallGraph:
    return HallGraph(bss.ports(), APP.values(), deadline_seconds=deadline_seconds, open_documents=False)


async def test_it_tells_the_state_at_once_and_then_every_change(bss: FakeBss, caller: Caller) -> None:
    async with aclosing(hall(bss).subscribe(APP["usage_changed"], {}, caller)) as events:
        assert used(await anext(events)) == 4 * 1024**3
        bss.usage = make_usage(make_bucket(5 * 1024**3))
        await bss.announce(LINE_ID)
        assert used(await asyncio.wait_for(anext(events), 5)) == 5 * 1024**3


async def test_a_wake_up_without_a_change_tells_nothing(bss: FakeBss, caller: Caller) -> None:
    async with aclosing(hall(bss).subscribe(APP["usage_changed"], {}, caller)) as events:
        await anext(events)
        await bss.announce(LINE_ID)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(events), 0.1)


async def test_a_system_that_is_down_for_a_while_only_delays_the_news(bss: FakeBss, caller: Caller) -> None:
    async with aclosing(hall(bss).subscribe(APP["usage_changed"], {}, caller)) as events:
        await anext(events)
        bss.break_system("fetch_usage", code="usage_unavailable")
        await bss.announce(LINE_ID)
        news = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0.05)
        assert not news.done()
        bss.broken.clear()
        bss.usage = make_usage(make_bucket(6 * 1024**3))
        await bss.announce(LINE_ID)
        assert used(await asyncio.wait_for(news, 5)) == 6 * 1024**3


async def test_each_event_has_a_deadline_of_its_own(bss: FakeBss, caller: Caller) -> None:
    async with aclosing(hall(bss, deadline_seconds=1).subscribe(APP["usage_changed"], {}, caller)) as events:
        await anext(events)
        await asyncio.sleep(1.1)  # longer than the deadline of one answer
        bss.usage = make_usage(make_bucket(7 * 1024**3))
        await bss.announce(LINE_ID)
        assert used(await asyncio.wait_for(anext(events), 5)) == 7 * 1024**3


async def test_a_visitor_has_nothing_to_hear(bss: FakeBss) -> None:
    outcomes = [outcome async for outcome in hall(bss).subscribe(APP["usage_changed"], {}, Caller(Channel.APP))]
    assert outcomes == [Outcome(None, (GraphError("sign_in_required", ("usageChanged",)),))]


async def test_a_query_is_not_a_subscription_nor_the_other_way_round(bss: FakeBss, caller: Caller) -> None:
    outcomes = [outcome async for outcome in hall(bss).subscribe(APP["home"], {}, caller)]
    assert outcomes == [Outcome(None, (GraphError("wrong_kind", parameters={"kind": "query"}),))]
    outcome = await hall(bss).run(APP["usage_changed"], {}, caller)
    assert outcome == Outcome(None, (GraphError("wrong_kind", parameters={"kind": "subscription"}),))
