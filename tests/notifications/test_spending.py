"""Is unusual spending told once a month, whatever comes twice, late or in between, and to nobody whose is usual?"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.rendering import Language
from channels.sms.segments import count_parts
from gateway.graph import HallGraph
from gateway.texts import alert_wording
from graphql_schema.client import Caller, GraphError, Operation, Outcome
from graphql_schema.money_ports import RatedDay
from graphql_schema.types.bucket import UsageType
from graphql_schema.types.inbox import InboxTopic
from graphql_schema.types.money import Money
from graphql_schema.types.month import Month
from graphql_schema.types.usage_event import UsageEvent
from notifications.alert_tables import alert, inbox_message
from notifications.alerts import ALERTS
from notifications.inbox import SqlInbox
from notifications.journal import SqlJournal, Transaction, now_us
from notifications.outbox import AlertOutbox, Wording
from notifications.sms_queue import SqlSmsQueue
from notifications.spending_looks import LOOK_AFTER, SPENDING_UNUSUAL
from notifications.tables import outbound_sms
from tests.fakes.ports import NOW, FakeBss
from tests.notifications.conftest import make_event

pytestmark = pytest.mark.anyio

AT = datetime(2026, 11, 20, 2, tzinfo=UTC)
[KIND] = [kind for kind in ALERTS if kind.name == SPENDING_UNUSUAL]


def fee_event(event_id: str = "U1", fee: str = "5.00", *, line_id: str = "L1", at: datetime = AT) -> UsageEvent:
    return replace(make_event(event_id, 10, line_id=line_id), at=at, fee=Money(amount=Decimal(fee), currency="CNY"))


def me_with(**brake: Any) -> dict[str, Any]:
    shown = {
        "offered": True,
        "spent": {"amount": "61.20", "currency": "CNY"},
        "mean": {"amount": "12.35"},
        "asOf": "2026-11-20T02:01:00+00:00",
        "stale": False,
    }
    line = {"number": "13800138001", "maskedNumber": "138****8001", "kind": "MOBILE"}
    return {"line": line, "chargeBrake": shown | brake}


@dataclass
class FakeGraph:
    """Answers what the test says, after ``meanwhile`` has happened."""

    outcome: Outcome
    meanwhile: Any = None

    def __post_init__(self) -> None:
        self.callers: list[Caller] = []
        self.asked = asyncio.Event()

    async def run(self, operation: Operation, variables: Mapping[str, Any], caller: Caller) -> Outcome:
        self.callers.append(caller)
        self.asked.set()
        if self.meanwhile is not None:
            await self.meanwhile()
        await asyncio.sleep(0.01)
        return self.outcome

    def subscribe(self, operation: Operation, variables: Mapping[str, Any], caller: Caller) -> Any:
        raise NotImplementedError


class FakeWakeUps:
    async def announce(self, subscriber: str) -> None:
        return

    def listen(self, subscriber: str) -> Any:
        raise NotImplementedError


@dataclass
class Speaking:
    language: Language = "zh"

    async def of(self, _: AsyncConnection, __: str) -> Language:
        return self.language


@pytest.fixture
def speaking() -> Speaking:
    return Speaking()


@pytest.fixture
def graph() -> FakeGraph:
    return FakeGraph(Outcome({"me": me_with()}))


@pytest.fixture
def outbox(transaction: Transaction, graph: FakeGraph, speaking: Speaking) -> AlertOutbox:
    render = alert_wording(None, signatures={"zh": "一厅", "en": "OneHall"}).render  # type: ignore[arg-type]
    wording = Wording(render=render, language_of=speaking.of)
    kinds = {kind.name: kind for kind in ALERTS}
    return AlertOutbox(transaction, graph, SqlSmsQueue(transaction), FakeWakeUps(), kinds=kinds, wording=wording)


async def rows_of(transaction: Transaction, table: Any) -> Sequence[Any]:
    async with transaction() as connection:
        return (await connection.execute(select(table).order_by(table.c.id))).mappings().all()


async def let_time_pass(transaction: Transaction) -> None:
    """As if every pause and lease were over."""
    async with transaction() as connection:
        await connection.execute(update(alert).values(free_at_us=0))


async def say_all(outbox: AlertOutbox, transaction: Transaction) -> int:
    """How many alerts were said once every pause was over."""
    await let_time_pass(transaction)
    return sum([await outbox.say(alert_id) for alert_id in await outbox.fetch_due()])


async def test_a_fee_is_looked_at_a_little_later_and_not_at_once(
    journal: SqlJournal, outbox: AlertOutbox, transaction: Transaction
) -> None:
    before = now_us()
    await journal.append([fee_event()])
    assert await outbox.fetch_due() == []
    [row] = await rows_of(transaction, alert)
    assert row["free_at_us"] >= before + LOOK_AFTER // timedelta(microseconds=1)
    assert (row["name"], row["line_id"], row["facts"]["month"]) == (SPENDING_UNUSUAL, "L1", "2026-11")


async def test_a_use_without_a_fee_is_not_looked_at(journal: SqlJournal, transaction: Transaction) -> None:
    await journal.append([fee_event(fee="0")])
    assert await rows_of(transaction, alert) == []


async def test_a_run_of_fees_is_one_look(journal: SqlJournal, transaction: Transaction) -> None:
    await journal.append([fee_event(f"U{order}") for order in range(5)])
    await asyncio.gather(*(journal.append([fee_event(f"V{order}")]) for order in range(5)))
    await journal.append([fee_event("V1"), fee_event("W1", line_id="L2")])
    assert [row["line_id"] for row in await rows_of(transaction, alert)] == ["L1", "L2"]


async def test_unusual_spending_is_told_by_text_and_inbox_once_a_month(
    journal: SqlJournal, outbox: AlertOutbox, transaction: Transaction
) -> None:
    await journal.append([fee_event("U1")])
    assert await say_all(outbox, transaction) == 1
    await journal.append([fee_event("U2")])
    assert await say_all(outbox, transaction) == 0
    assert len(await rows_of(transaction, outbound_sms)) == 1
    [message] = await SqlInbox(transaction).fetch_messages("L1", after=0, limit=5)
    assert (message.topic, message.amount) == (
        InboxTopic.SPENDING_UNUSUAL,
        Money(amount=Decimal("61.20"), currency="CNY"),
    )


async def test_the_next_month_is_told_anew(
    journal: SqlJournal, outbox: AlertOutbox, graph: FakeGraph, transaction: Transaction
) -> None:
    await journal.append([fee_event("U1")])
    assert await say_all(outbox, transaction) == 1
    await journal.append([fee_event("U2", at=datetime(2026, 12, 3, tzinfo=UTC))])
    graph.outcome = Outcome({"me": me_with(asOf="2026-12-03T00:01:00+00:00")})
    assert await say_all(outbox, transaction) == 1


async def test_usual_spending_leaves_nothing_behind_and_the_next_fee_is_looked_at_again(
    journal: SqlJournal, outbox: AlertOutbox, graph: FakeGraph, transaction: Transaction
) -> None:
    good, graph.outcome = graph.outcome, Outcome({"me": me_with(offered=False)})
    await journal.append([fee_event("U1")])
    assert await say_all(outbox, transaction) == 0
    assert await rows_of(transaction, alert) == []
    graph.outcome = good
    await journal.append([fee_event("U2")])
    assert await say_all(outbox, transaction) == 1


async def test_a_fee_that_comes_while_a_line_is_looked_at_is_not_forgotten(
    journal: SqlJournal, outbox: AlertOutbox, graph: FakeGraph, transaction: Transaction
) -> None:
    good, graph.outcome = graph.outcome, Outcome({"me": me_with(offered=False)})

    async def spend_more() -> None:
        await journal.append([fee_event("U2", "500")])

    graph.meanwhile = spend_more
    await journal.append([fee_event("U1")])
    assert await say_all(outbox, transaction) == 0
    graph.outcome, graph.meanwhile = good, None
    assert await say_all(outbox, transaction) == 1


async def test_a_late_fee_of_a_month_that_is_over_tells_nothing_of_this_one(
    journal: SqlJournal, outbox: AlertOutbox, transaction: Transaction
) -> None:
    await journal.append([fee_event("U1", at=datetime(2026, 10, 31, 15, tzinfo=UTC))])
    assert await say_all(outbox, transaction) == 0
    assert await rows_of(transaction, alert) == []


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome({"me": me_with(stale=True)}),
        Outcome({"me": me_with(spent=None, offered=False)}),
        Outcome({"me": me_with() | {"chargeBrake": None}}),
        Outcome({"me": me_with() | {"chargeBrake": None}}, (GraphError("line_timeout", ("me", "chargeBrake")),)),
        Outcome(None, (GraphError("deadline_exceeded"),)),
    ],
    ids=["stale", "use unread", "brake unread", "fault", "deadline"],
)
async def test_what_can_not_be_read_now_is_looked_at_later(
    outcome: Outcome, journal: SqlJournal, outbox: AlertOutbox, graph: FakeGraph, transaction: Transaction
) -> None:
    good, graph.outcome = graph.outcome, outcome
    await journal.append([fee_event()])
    assert await say_all(outbox, transaction) == 0
    graph.outcome = good
    assert await say_all(outbox, transaction) == 1


async def test_a_look_that_was_given_up_is_asked_for_anew_by_the_next_fee_and_told_once(
    journal: SqlJournal, outbox: AlertOutbox, transaction: Transaction
) -> None:
    await journal.append([fee_event("U1")])
    async with transaction() as connection:
        await connection.execute(update(alert).values(state="dead", attempts=50, ended_at_us=now_us()))
    assert await say_all(outbox, transaction) == 0
    await journal.append([fee_event("U2")])
    [row] = await rows_of(transaction, alert)
    assert (row["state"], row["attempts"], row["ended_at_us"]) == ("due", 0, None)
    assert await say_all(outbox, transaction) == 1
    await journal.append([fee_event("U3")])
    assert await say_all(outbox, transaction) == 0


async def test_a_worker_that_died_looking_is_followed_by_another(
    journal: SqlJournal, outbox: AlertOutbox, graph: FakeGraph, transaction: Transaction
) -> None:
    await journal.append([fee_event()])
    await let_time_pass(transaction)
    [alert_id] = await outbox.fetch_due()
    looking = asyncio.create_task(outbox.say(alert_id))
    await graph.asked.wait()
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)
    assert await say_all(outbox, transaction) == 1
    assert len(await rows_of(transaction, outbound_sms)) == len(await rows_of(transaction, inbox_message)) == 1


WORDED = {
    "zh": "【消费提醒】截至11月20日 10:01，您（138****8001）本月套餐外、代收及漫游费用已达61.20元，"
    "往月同期平均为12.35元。回复TYKF可暂停产生这些费用。【一厅】",
    "en": "Spending alert for 138****8001, as of 20 Nov 10:01: ¥61.20 this month outside your package, "
    "for third parties and roaming; your average by now is ¥12.35. Reply TYKF to pause these charges. -OneHall",
}


@pytest.mark.parametrize("language", WORDED)
async def test_the_text_says_the_figure_the_usual_and_what_to_answer(
    language: Language,
    journal: SqlJournal,
    outbox: AlertOutbox,
    speaking: Speaking,
    transaction: Transaction,
) -> None:
    speaking.language = language
    await journal.append([fee_event()])
    assert await say_all(outbox, transaction) == 1
    [text] = await rows_of(transaction, outbound_sms)
    assert text["text"] == WORDED[language]
    assert count_parts(text["text"]) <= 2


async def test_the_graph_answers_the_alerts_question_from_the_lines_own_use(
    journal: SqlJournal, transaction: Transaction, speaking: Speaking
) -> None:
    bss = FakeBss()
    for month, fee in ((Month.of(NOW), "61.20"), (Month.of(NOW).plus(-1), "12.35")):
        day = RatedDay(month.first_day, UsageType.DATA, "data", 1, Decimal(fee), roaming=False)
        bss.use.months[month] = (day,)
    graph = HallGraph(bss.ports(), (KIND.operation,), deadline_seconds=5, open_documents=False)
    render = alert_wording(None, signatures={"zh": "一厅", "en": "OneHall"}).render  # type: ignore[arg-type]
    wording, kinds = Wording(render=render, language_of=speaking.of), {KIND.name: KIND}
    outbox = AlertOutbox(transaction, graph, SqlSmsQueue(transaction), FakeWakeUps(), kinds=kinds, wording=wording)
    await journal.append([fee_event(at=NOW)])
    assert await say_all(outbox, transaction) == 1
    [text] = await rows_of(transaction, outbound_sms)
    assert "61.20元" in text["text"]
