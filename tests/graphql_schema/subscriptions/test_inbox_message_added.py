"""Does a subscriber hear each new message once, in order?"""

import asyncio
from contextlib import aclosing

import pytest

from gateway.graph import HallGraph
from graphql_schema.client import Caller, Operation
from tests.fakes.ports import LINE_ID, FakeBss, make_message

pytestmark = pytest.mark.anyio

ADDED = Operation("InboxMessageAdded", "subscription InboxMessageAdded { inboxMessageAdded { id percent } }")


async def test_messages_come_in_order_and_those_from_before_do_not(bss: FakeBss, caller: Caller) -> None:
    graph = HallGraph(bss.ports(), [ADDED], deadline_seconds=10, open_documents=False)
    async with aclosing(graph.subscribe(ADDED, {}, caller)) as events:
        news = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0.05)
        assert not news.done()
        bss.messages += [make_message(2), make_message(3)]
        await bss.announce(LINE_ID)
        heard = [await asyncio.wait_for(news, 5), await asyncio.wait_for(anext(events), 5)]
    assert [outcome.data for outcome in heard] == [
        {"inboxMessageAdded": {"id": "2", "percent": 80}},
        {"inboxMessageAdded": {"id": "3", "percent": 80}},
    ]
