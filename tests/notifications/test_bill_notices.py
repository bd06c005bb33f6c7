"""Is whoever pays told of a new bill once, in the right words, whatever the BSS repeats and whoever is killed?"""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.rendering import Language
from channels.sms.segments import count_parts, split_text
from gateway.texts import alert_wording
from graphql_schema.client import Caller, GraphError, Operation, Outcome
from graphql_schema.ports import BssFault
from graphql_schema.types.bill import BillCategory
from graphql_schema.types.bill_event import BillEvent
from graphql_schema.types.inbox import InboxTopic
from graphql_schema.types.line import FamilyRole, Line, LineKind, LineState, Payer
from graphql_schema.types.money import Money
from notifications.alert_tables import alert, inbox_message
from notifications.alerts import ALERTS
from notifications.bill_notices import BillNotices, choose_told_line
from notifications.inbox import SqlInbox
from notifications.journal import Transaction
from notifications.outbox import AlertOutbox, Wording
from notifications.sms_queue import SqlSmsQueue
from notifications.tables import outbound_sms

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
AT = datetime(2026, 11, 1, 2, tzinfo=UTC)
EVENT = BillEvent("B10", "A1", BillCategory.NORMAL)


def make_line(line_id: str = "L1", **changes: Any) -> Line:
    facts: dict[str, Any] = {
        "id": line_id,
        "number": "13800138001",
        "masked_number": "138****8001",
        "kind": LineKind.MOBILE,
        "state": LineState.ACTIVE,
        "family_role": FamilyRole.NONE,
        "payer": Payer.SELF,
        "account_id": "A1",
        "customer_id": "C1",
        "as_of": AT,
        "stale": False,
    }
    return Line(**(facts | changes))


@dataclass
class FakeLines:
    """The lines of one account; ``fault`` is raised instead."""

    lines: list[Line] = field(default_factory=lambda: [make_line()])
    fault: BssFault | None = None

    async def find_line(self, number: str) -> Line | None:
        raise NotImplementedError

    async def fetch_line(self, line_id: str) -> Line | None:
        raise NotImplementedError

    async def fetch_lines_of_customer(self, customer_id: str) -> list[Line]:
        raise NotImplementedError

    async def fetch_lines_of_account(self, account_id: str) -> list[Line]:
        assert account_id == "A1"
        if self.fault:
            raise self.fault
        return self.lines

    async def fetch_packages(self, line_id: str) -> list[Any]:
        raise NotImplementedError


def told_me(
    *, bill_id: str = "B10", remaining: str = "128.40", due_on: str | None = "2026-11-25", kind: str = "MOBILE"
) -> dict[str, Any]:
    bill = {
        "id": bill_id,
        "periodStart": "2026-10-01",
        "dueOn": due_on,
        "total": {"amount": "128.40", "currency": "CNY"},
        "remaining": {"amount": remaining, "currency": "CNY"},
    }
    line = {"number": "13800138001", "maskedNumber": "138****8001", "kind": kind}
    return {"line": line, "bills": {"edges": [{"node": bill}]}}


class FakeGraph:
    """Answers what the test says and remembers who asked."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.callers: list[Caller] = []
        self.asked = asyncio.Event()

    async def run(self, operation: Operation, variables: Mapping[str, Any], caller: Caller) -> Outcome:
        self.callers.append(caller)
        self.asked.set()
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
    """In which language the customer is told."""

    language: Language = "zh"

    async def of(self, _: AsyncConnection, __: str) -> Language:
        return self.language


@pytest.fixture
def speaking() -> Speaking:
    return Speaking()


@pytest.fixture
def lines() -> FakeLines:
    return FakeLines()


@pytest.fixture
def notices(transaction: Transaction, lines: FakeLines) -> BillNotices:
    return BillNotices(transaction, lines)


@pytest.fixture
def graph() -> FakeGraph:
    return FakeGraph(Outcome({"me": told_me()}))


@pytest.fixture
def outbox(transaction: Transaction, graph: FakeGraph, speaking: Speaking) -> AlertOutbox:
    render = alert_wording(None, signatures={"zh": "一厅", "en": "OneHall"}).render  # type: ignore[arg-type]
    wording = Wording(render=render, language_of=speaking.of)
    kinds = {kind.name: kind for kind in ALERTS}
    return AlertOutbox(transaction, graph, SqlSmsQueue(transaction), FakeWakeUps(), kinds=kinds, wording=wording)


async def rows_of(transaction: Transaction, table: Any) -> Sequence[Any]:
    async with transaction() as connection:
        return (await connection.execute(select(table))).mappings().all()


async def let_time_pass(transaction: Transaction) -> None:
    """As if every pause and lease were over."""
    async with transaction() as connection:
        await connection.execute(update(alert).values(free_at_us=0))


async def test_a_bill_that_is_told_ten_times_at_once_is_one_alert_one_text_and_one_message(
    notices: BillNotices, outbox: AlertOutbox, transaction: Transaction
) -> None:
    ids = [await notices.raise_issued(EVENT, at=AT) for _ in range(2)]
    ids += await asyncio.gather(*(notices.raise_issued(EVENT, at=AT) for _ in range(8)))
    assert len(set(ids)) == 1
    assert ids[0] is not None
    said = await asyncio.gather(*(outbox.say(ids[0]) for _ in range(4)))
    assert said.count(True) == 1
    assert await notices.raise_issued(EVENT, at=AT) == ids[0]
    assert await outbox.fetch_due() == []
    assert len(await rows_of(transaction, outbound_sms)) == len(await rows_of(transaction, inbox_message)) == 1


async def test_the_inbox_keeps_the_bill_as_facts(
    notices: BillNotices, outbox: AlertOutbox, transaction: Transaction
) -> None:
    alert_id = await notices.raise_issued(EVENT, at=AT)
    assert alert_id is not None
    assert await outbox.say(alert_id)
    [message] = await SqlInbox(transaction).fetch_messages("L1", after=0, limit=9)
    assert (message.topic, message.bill_id, message.raised_at) == (InboxTopic.BILL_ISSUED, "B10", AT)
    assert message.amount is not None
    assert (message.amount.amount, message.amount.currency) == (
        Money(amount=Decimal("128.4"), currency="CNY").amount,
        "CNY",
    )
    assert (message.due_on, message.period_start) == (date(2026, 11, 25), date(2026, 10, 1))
    assert (message.usage_type, message.percent, message.used, message.total) == (None, None, None, None)


@pytest.mark.parametrize("category", [each for each in BillCategory if each.name not in ("NORMAL", "LAST")])
async def test_what_is_no_month_s_own_bill_is_told_to_nobody(
    category: BillCategory, notices: BillNotices, transaction: Transaction
) -> None:
    assert await notices.raise_issued(BillEvent("B11", "A1", category), at=AT) is None
    assert await rows_of(transaction, alert) == []


async def test_a_last_bill_is_told(notices: BillNotices) -> None:
    assert await notices.raise_issued(BillEvent("B12", "A1", BillCategory.LAST), at=AT) is not None


async def test_without_the_lines_nothing_stands_and_the_bss_is_to_send_again(
    notices: BillNotices, lines: FakeLines, transaction: Transaction
) -> None:
    lines.fault = BssFault("line_timeout", retryable=True)
    with pytest.raises(BssFault):
        await notices.raise_issued(EVENT, at=AT)
    assert await rows_of(transaction, alert) == []


def test_the_line_that_pays_is_told_a_mobile_one_first_and_of_a_family_the_main_one() -> None:
    broadband = make_line("L2", kind=LineKind.BROADBAND, number="02000000001")
    family = make_line("L3", payer=Payer.FAMILY, family_role=FamilyRole.SECONDARY, number="13800138000")
    main = make_line("L4", family_role=FamilyRole.MAIN, number="13800138009")
    organization = make_line("L5", payer=Payer.ORGANIZATION)
    assert choose_told_line([broadband, family, make_line(), main, organization]) is main
    assert choose_told_line([broadband, make_line()]) == make_line()
    assert choose_told_line([broadband]) is broadband
    assert choose_told_line([family, organization]) is None
    assert choose_told_line([]) is None


async def test_a_bill_of_a_line_without_texts_stands_in_the_inbox_alone(
    notices: BillNotices, outbox: AlertOutbox, graph: FakeGraph, transaction: Transaction
) -> None:
    graph.outcome = Outcome({"me": told_me(kind="BROADBAND")})
    alert_id = await notices.raise_issued(EVENT, at=AT)
    assert alert_id is not None
    assert await outbox.say(alert_id)
    assert await rows_of(transaction, outbound_sms) == []
    assert len(await rows_of(transaction, inbox_message)) == 1


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome({"me": told_me(bill_id="B9")}),
        Outcome({"me": {"line": told_me()["line"], "bills": None}}, (GraphError("bill_timeout", ("me", "bills")),)),
        Outcome(None, (GraphError("deadline_exceeded"),)),
    ],
)
async def test_a_bill_that_can_not_be_read_yet_is_said_later(
    outcome: Outcome, notices: BillNotices, outbox: AlertOutbox, graph: FakeGraph, transaction: Transaction
) -> None:
    alert_id = await notices.raise_issued(EVENT, at=AT)
    assert alert_id is not None
    good, graph.outcome = graph.outcome, outcome
    assert not await outbox.say(alert_id)
    assert await rows_of(transaction, inbox_message) == []
    graph.outcome = good
    await let_time_pass(transaction)
    assert await outbox.say(alert_id)


async def test_one_that_was_given_up_is_tried_anew_when_the_bss_tells_again(
    notices: BillNotices, outbox: AlertOutbox, transaction: Transaction
) -> None:
    first = await notices.raise_issued(EVENT, at=AT)
    async with transaction() as connection:
        await connection.execute(update(alert).values(state="dead", attempts=50, ended_at_us=1))
    assert await outbox.fetch_due() == []
    assert await notices.raise_issued(EVENT, at=AT) == first
    assert await outbox.fetch_due() == [first]


async def test_a_worker_that_died_before_it_said_it_is_followed_by_another_and_it_is_said_once(
    notices: BillNotices, outbox: AlertOutbox, graph: FakeGraph, transaction: Transaction
) -> None:
    alert_id = await notices.raise_issued(EVENT, at=AT)
    assert alert_id is not None
    saying = asyncio.create_task(outbox.say(alert_id))
    await graph.asked.wait()
    saying.cancel()
    await asyncio.gather(saying, return_exceptions=True)
    assert await rows_of(transaction, outbound_sms) == []
    await let_time_pass(transaction)
    assert await outbox.say(alert_id)
    assert not await outbox.say(alert_id)
    assert len(await rows_of(transaction, outbound_sms)) == 1


@pytest.mark.parametrize("after_seconds", [0.0, 0.01, 0.025, 0.04])
async def test_a_worker_that_is_killed_at_any_moment_leaves_one_text_in_the_end(
    after_seconds: float, notices: BillNotices, outbox: AlertOutbox, transaction: Transaction, database_url: str
) -> None:
    alert_id = await notices.raise_issued(EVENT, at=AT)
    assert alert_id is not None
    child = [sys.executable, "-m", "tests.notifications.doomed_teller", database_url, str(alert_id)]
    worker = await asyncio.create_subprocess_exec(*child, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    assert worker.stdout is not None
    assert await worker.stdout.readline() == b"ready\n"
    await asyncio.sleep(after_seconds)
    worker.kill()
    await worker.wait()
    told_by_it = len(await rows_of(transaction, outbound_sms))
    await let_time_pass(transaction)
    assert await outbox.say(alert_id) is not bool(told_by_it)
    assert len(await rows_of(transaction, outbound_sms)) == len(await rows_of(transaction, inbox_message)) == 1
    assert [row["state"] for row in await rows_of(transaction, alert)] == ["said"]


async def test_the_graph_is_asked_as_a_system_caller_who_sees_the_declared_fields_alone(
    notices: BillNotices, outbox: AlertOutbox, graph: FakeGraph
) -> None:
    alert_id = await notices.raise_issued(EVENT, at=AT)
    assert alert_id is not None
    await outbox.say(alert_id)
    [caller] = graph.callers
    [kind] = [kind for kind in ALERTS if kind.name == "bill_issued"]
    assert (caller.channel, caller.subscriber, caller.fields) == ("system", "L1", kind.fields)
    assert "Me.bill" not in kind.fields, "the notice says totals, never subjects"


WORDED = {
    ("zh", "128.40", "2026-11-25"): (
        "【账单】您（138****8001）2026年10月账单已出，合计128.40元，请最迟于11月25日缴清。"
        "回复ZD查账单，ZDMX看明细，ZDYY看为何与以往不同。【一厅】"
    ),
    ("zh", "28.40", "2026-11-25"): (
        "【账单】您（138****8001）2026年10月账单已出，合计128.40元，未缴28.40元，请最迟于11月25日缴清。"
        "回复ZD查账单，ZDMX看明细，ZDYY看为何与以往不同。【一厅】"
    ),
    ("zh", "0.00", "2026-11-25"): (
        "【账单】您（138****8001）2026年10月账单已出，合计128.40元，已结清。"
        "回复ZD查账单，ZDMX看明细，ZDYY看为何与以往不同。【一厅】"
    ),
    ("en", "128.40", "2026-11-25"): (
        "138****8001: your Oct 2026 bill is ¥128.40, due by 25 Nov. "
        "Reply ZD: bill, ZDMX: by subject, ZDYY: why it differs. -OneHall"
    ),
    ("en", "28.40", None): (
        "138****8001: your Oct 2026 bill is ¥128.40, ¥28.40 unpaid: please pay in time. "
        "Reply ZD: bill, ZDMX: by subject, ZDYY: why it differs. -OneHall"
    ),
    ("en", "0.00", None): (
        "138****8001: your Oct 2026 bill is ¥128.40, paid. "
        "Reply ZD: bill, ZDMX: by subject, ZDYY: why it differs. -OneHall"
    ),
}


@pytest.mark.parametrize(("language", "remaining", "due_on"), WORDED)
async def test_the_notice_says_amount_day_and_what_to_text_in_the_customer_s_language(  # noqa: PLR0917
    language: Language,
    remaining: str,
    due_on: str | None,
    notices: BillNotices,
    outbox: AlertOutbox,
    graph: FakeGraph,
    speaking: Speaking,
    transaction: Transaction,
) -> None:
    speaking.language = language
    graph.outcome = Outcome({"me": told_me(remaining=remaining, due_on=due_on)})
    alert_id = await notices.raise_issued(EVENT, at=AT)
    assert alert_id is not None
    await outbox.say(alert_id)
    [text] = await rows_of(transaction, outbound_sms)
    assert text["text"] == WORDED[language, remaining, due_on]
    assert text["recipient"] == "13800138001"
    assert count_parts(text["text"]) <= (2 if language == "zh" else 1)
    assert language == "zh" or {part.alphabet for part in split_text(text["text"], reference=0)} == {"gsm0338"}
