"""Does a search say how far it has come, give what it found, and end?"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.graph import HallGraph
from graphql_schema.client import Caller, Channel, GraphError, Operation, Outcome
from graphql_schema.money_ports import RecordPage
from graphql_schema.ports import BssFault
from graphql_schema.subscriptions import call_records_read
from graphql_schema.types.month import Month
from tests.fakes.money_ports import AS_OF, FakeUse, make_record
from tests.fakes.ports import LINE_ID, NUMBER, FakeBss

pytestmark = pytest.mark.anyio

ASK = Operation(
    name="",
    text="""subscription($month: String, $wanted: CallRecordFilter, $order: CallRecordOrder! = NEWEST, $first: Int! = 2,
  $after: Cursor, $reveal: Boolean! = false) { callRecordsRead(month: $month, wanted: $wanted, order: $order,
  first: $first, after: $after, reveal: $reveal) { read of found { totalCount edges { node { id otherNumber } }
  pageInfo { hasNextPage endCursor } totals { count } } } }""",
)


@pytest.fixture
def caller() -> Caller:
    since = datetime.now(UTC) - timedelta(minutes=1)
    return Caller(Channel.APP, subscriber=LINE_ID, number=NUMBER, assurance=3, since=since)


@pytest.fixture
def bss() -> FakeBss:
    records = [make_record(order, at=AS_OF - timedelta(seconds=order)) for order in range(1, 2501)]
    return FakeBss(use=FakeUse(records=records))


def hall(bss: FakeBss) -> HallGraph:
    return HallGraph(bss.ports(), (), deadline_seconds=10, open_documents=True)


async def listen(bss: FakeBss, caller: Caller, **variables: Any) -> list[Outcome]:
    return [outcome async for outcome in hall(bss).subscribe(ASK, variables, caller)]


def steps(outcomes: list[Outcome]) -> list[Any]:
    assert not [outcome.errors for outcome in outcomes if outcome.errors]
    return [outcome.data["callRecordsRead"] for outcome in outcomes if outcome.data is not None]


async def test_progress_comes_first_then_the_page_with_sums_and_then_it_ends(
    bss: FakeBss, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_records_read, "STEP_SECONDS", 0.0)
    *before, last = steps(await listen(bss, caller))
    assert [(step["read"], step["of"]) for step in before] == [(1000, 2500), (2000, 2500), (2500, 2500)]
    assert all(step["found"] is None for step in before)
    assert (last["read"], last["of"]) == (2500, 2500)
    assert last["found"]["totalCount"] == 2500
    assert [edge["node"] for edge in last["found"]["edges"]] == [
        {"id": "U1", "otherNumber": "139****0001"},
        {"id": "U2", "otherNumber": "139****0001"},
    ]
    assert last["found"]["totals"] == [{"count": 2500}]
    assert bss.identity.queries == [("callRecords", "2026-11 all")]


async def test_progress_is_said_at_once_and_then_at_most_five_times_a_second(
    bss: FakeBss, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pytest.approx(0.2) == call_records_read.STEP_SECONDS
    monkeypatch.setattr(call_records_read, "STEP_SECONDS", 3600.0)
    first, last = steps(await listen(bss, caller))
    assert (first["read"], first["of"], first["found"]) == (1000, 2500, None)
    assert last["found"]["totalCount"] == 2500


async def test_the_next_page_of_a_search_goes_on_by_its_cursor(bss: FakeBss, caller: Caller) -> None:
    first = steps(await listen(bss, caller, order="OLDEST"))[-1]["found"]
    second = steps(await listen(bss, caller, order="OLDEST", after=first["pageInfo"]["endCursor"]))[-1]["found"]
    assert [edge["node"]["id"] for edge in (*first["edges"], *second["edges"])] == ["U2500", "U2499", "U2498", "U2497"]
    (wrong,) = await listen(bss, caller, order="DEAREST", after=first["pageInfo"]["endCursor"])
    assert [error.code for error in wrong.errors] == ["bad_cursor"]


async def test_an_empty_month_is_found_empty(bss: FakeBss, caller: Caller) -> None:
    last = steps(await listen(bss, caller, month="2026-08"))[-1]
    assert (last["read"], last["of"], last["found"]["totalCount"], last["found"]["totals"]) == (0, 0, 0, [])


@pytest.mark.parametrize(
    ("changes", "variables", "code"),
    [
        ({"assurance": 2}, {}, "step_up_required"),
        ({"since": datetime(2026, 1, 1, tzinfo=UTC)}, {}, "step_up_required"),
        ({"rests_until": datetime(2100, 1, 1, tzinfo=UTC)}, {}, "rests"),
        ({"subscriber": None, "assurance": 0}, {}, "sign_in_required"),
        ({"fields": frozenset({"Me.bill"}), "client": "partner"}, {}, "field_not_declared"),
        ({}, {"month": "2026-01"}, "month_not_kept"),
        ({}, {"wanted": {"number": "me"}}, "bad_argument"),
    ],
)
async def test_a_refusal_is_all_that_there_is_then(
    bss: FakeBss, caller: Caller, changes: dict[str, Any], variables: dict[str, Any], code: str
) -> None:
    (outcome,) = await listen(bss, replace(caller, **changes), **variables)
    assert [(error.code, error.path) for error in outcome.errors] == [(code, ("callRecordsRead",))]
    assert bss.use.pages_asked == 0
    assert bss.identity.queries == []


async def test_locked_records_are_not_read(bss: FakeBss, caller: Caller) -> None:
    bss.identity.locked = True
    assert await listen(bss, caller) == [Outcome(None, (GraphError("records_locked", ("callRecordsRead",)),))]
    assert bss.use.pages_asked == 0


class DyingMonth(FakeUse):
    """A BSS that dies after a page; notes whether the reading was ended."""

    closed = False

    async def read_month(self, line_id: str, month: Month) -> AsyncIterator[RecordPage]:
        try:
            yield await self.fetch_page(line_id, month, after=None, limit=1000)
            raise BssFault("usage_unavailable", retryable=True)
        finally:
            self.closed = True


async def test_a_month_that_breaks_off_is_a_fault_and_no_page(bss: FakeBss, caller: Caller) -> None:
    bss.use = DyingMonth(records=bss.use.records)
    *before, last = await listen(bss, caller)
    assert [step["found"] for step in steps(before)] == [None]
    assert [error.code for error in last.errors] == ["usage_unavailable"]


async def test_whoever_leaves_ends_the_reading(bss: FakeBss, caller: Caller) -> None:
    bss.use = DyingMonth(records=bss.use.records)
    async with aclosing(hall(bss).subscribe(ASK, {}, caller)) as outcomes:
        await anext(outcomes)
    await asyncio.sleep(0)
    assert bss.use.closed
