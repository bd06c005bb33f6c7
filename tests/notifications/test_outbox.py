"""Is an alert that is due said once, in the right words, through faults?"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.client import Caller, Channel, GraphError, Operation, Outcome
from notifications.alert_tables import alert, inbox_message
from notifications.alerts import ALERTS
from notifications.counters import UsageCounters
from notifications.inbox import SqlInbox
from notifications.journal import SqlJournal, Transaction, now_us
from notifications.outbox import GIVEN_UP_AFTER_ATTEMPTS, LEASE_SECONDS, AlertOutbox, Language, Wording
from notifications.sms_queue import SqlSmsQueue
from notifications.tables import outbound_sms
from tests.notifications.conftest import make_event

pytestmark = pytest.mark.anyio

MOBILE = {"line": {"number": "13800138010", "maskedNumber": "138****8010", "kind": "MOBILE"}}


class FakeGraph:
    """Answers what the test says and remembers who asked. With ``first_may_go_on``, the first waits for that."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.callers: list[Caller] = []
        self.asked = asyncio.Event()
        self.first_may_go_on: asyncio.Event | None = None

    async def run(self, operation: Operation, variables: Mapping[str, Any], caller: Caller) -> Outcome:
        self.callers.append(caller)
        is_first = len(self.callers) == 1
        self.asked.set()
        await asyncio.sleep(0.01)
        if is_first and self.first_may_go_on is not None:
            await self.first_may_go_on.wait()
        return self.outcome

    def subscribe(self, operation: Operation, variables: Mapping[str, Any], caller: Caller) -> Any:
        raise NotImplementedError


class FakeWakeUps:
    def __init__(self) -> None:
        self.announced: list[str] = []

    async def announce(self, subscriber: str) -> None:
        self.announced.append(subscriber)

    def listen(self, subscriber: str) -> Any:
        raise NotImplementedError


async def prefers_chinese(_: AsyncConnection, __: str) -> Language:
    return "zh"


WORDING = Wording(
    render=lambda name, language, facts: f"{name} {language} {facts['percent']}", language_of=prefers_chinese
)


@pytest.fixture
def graph() -> FakeGraph:
    return FakeGraph(Outcome({"me": MOBILE}))


@pytest.fixture
def wake_ups() -> FakeWakeUps:
    return FakeWakeUps()


@pytest.fixture
def outbox(transaction: Transaction, graph: FakeGraph, wake_ups: FakeWakeUps) -> AlertOutbox:
    kinds = {kind.name: kind for kind in ALERTS}
    return AlertOutbox(transaction, graph, SqlSmsQueue(transaction), wake_ups, kinds=kinds, wording=WORDING)


@pytest.fixture
async def alert_id(journal: SqlJournal, counters: UsageCounters) -> int:
    await journal.append([make_event("e1", 20)])
    [made] = await counters.count()
    return made


async def rows_of(transaction: Transaction, table: Any) -> Sequence[Any]:
    async with transaction() as connection:
        return (await connection.execute(select(table))).mappings().all()


async def test_an_alert_becomes_a_text_and_an_inbox_message_and_wakes_whoever_listens(
    outbox: AlertOutbox, alert_id: int, transaction: Transaction, wake_ups: FakeWakeUps
) -> None:
    assert await outbox.say(alert_id)
    [text] = await rows_of(transaction, outbound_sms)
    assert (text["recipient"], text["text"]) == ("13800138010", "usage_threshold/sms zh 80")
    [message] = await SqlInbox(transaction).fetch_messages("L1", after=0, limit=10)
    assert (message.percent, message.used, message.total) == (80, 810, 1000)
    assert await SqlInbox(transaction).fetch_messages("L2", after=0, limit=10) == []
    assert wake_ups.announced == ["L1"]


async def test_the_graph_is_asked_as_a_system_caller_who_sees_the_declared_fields_alone(
    outbox: AlertOutbox, alert_id: int, graph: FakeGraph
) -> None:
    await outbox.say(alert_id)
    [caller] = graph.callers
    assert (caller.channel, caller.subscriber, caller.fields) == (Channel.SYSTEM, "L1", ALERTS[0].fields)


async def test_however_many_say_it_at_once_it_is_said_once(
    outbox: AlertOutbox, alert_id: int, transaction: Transaction
) -> None:
    said = await asyncio.gather(*(outbox.say(alert_id) for _ in range(8)))
    assert said.count(True) == 1
    assert not await outbox.say(alert_id)
    assert len(await rows_of(transaction, outbound_sms)) == len(await rows_of(transaction, inbox_message)) == 1


async def test_facts_that_cannot_be_had_postpone_it_and_lose_nothing(
    outbox: AlertOutbox, alert_id: int, transaction: Transaction, graph: FakeGraph
) -> None:
    graph.outcome = Outcome({"me": {"line": None}}, (GraphError("line_unavailable", ("me", "line")),))
    assert not await outbox.say(alert_id)
    assert await outbox.fetch_due() == [], "it pauses before it is tried again"
    [row] = await rows_of(transaction, alert)
    assert row["state"] == "due"
    assert row["free_at_us"] > now_us()
    graph.outcome = Outcome({"me": MOBILE})
    await _let_time_pass(transaction)
    assert await outbox.fetch_due() == [alert_id]
    assert await outbox.say(alert_id)


async def test_an_alert_that_cannot_be_worded_pauses_longer_each_time_and_is_given_up_in_the_end(
    transaction: Transaction, graph: FakeGraph, wake_ups: FakeWakeUps, alert_id: int
) -> None:
    def render(*_: object) -> str:
        raise LookupError("no such template")

    wording = Wording(render=render, language_of=prefers_chinese)
    kinds = {kind.name: kind for kind in ALERTS}
    outbox = AlertOutbox(transaction, graph, SqlSmsQueue(transaction), wake_ups, kinds=kinds, wording=wording)
    for _ in range(GIVEN_UP_AFTER_ATTEMPTS):
        await _let_time_pass(transaction)
        with pytest.raises(LookupError):
            await outbox.say(alert_id)
    [row] = await rows_of(transaction, alert)
    assert row["state"] == "dead"
    assert await rows_of(transaction, inbox_message) == []


async def test_a_worker_that_died_under_its_lease_is_followed_by_another(
    outbox: AlertOutbox, alert_id: int, transaction: Transaction, graph: FakeGraph
) -> None:
    saying = asyncio.create_task(outbox.say(alert_id))
    await graph.asked.wait()
    saying.cancel()
    await asyncio.gather(saying, return_exceptions=True)
    assert await rows_of(transaction, outbound_sms) == []
    assert await outbox.fetch_due() == [], f"its lease holds for {LEASE_SECONDS} s"
    await _let_time_pass(transaction)
    assert await outbox.say(alert_id)
    assert len(await rows_of(transaction, outbound_sms)) == 1


async def test_a_worker_that_comes_back_after_its_lease_says_nothing_twice(
    outbox: AlertOutbox, alert_id: int, transaction: Transaction, graph: FakeGraph
) -> None:
    graph.first_may_go_on = asyncio.Event()
    slow = asyncio.create_task(outbox.say(alert_id))
    await graph.asked.wait()
    await _let_time_pass(transaction)
    assert await outbox.say(alert_id)
    graph.first_may_go_on.set()
    assert not await slow
    assert len(await rows_of(transaction, outbound_sms)) == 1


async def test_a_line_without_texts_gets_the_inbox_message_alone(
    outbox: AlertOutbox, alert_id: int, transaction: Transaction, graph: FakeGraph
) -> None:
    graph.outcome = Outcome({"me": {"line": MOBILE["line"] | {"kind": "BROADBAND"}}})
    assert await outbox.say(alert_id)
    assert await rows_of(transaction, outbound_sms) == []
    assert len(await rows_of(transaction, inbox_message)) == 1


async def _let_time_pass(transaction: Transaction) -> None:
    """As if every pause and lease were over."""
    async with transaction() as connection:
        await connection.execute(update(alert).values(free_at_us=0))
