"""Does ``me`` answer with exact facts, ask each system once, and lose only the section whose system is down?"""

import time
from pathlib import Path
from typing import Any

import pytest

from gateway.graph import HallGraph
from graphql_schema.client import Caller, Channel, GraphError, load_operations
from graphql_schema.ports import answering_by
from graphql_schema.queries.cursor import make_cursor
from graphql_schema.types.account import AccountState
from tests.fakes.ports import LINE_ID, NOW, NUMBER, FakeBss, make_account, make_bill
from tests.graphql_schema.conftest import Ask

pytestmark = pytest.mark.anyio

APP = load_operations(Path(__file__).parents[3] / "channels" / "app")
EVERYTHING = """{ me {
  line { id } account { id } balance { stale } buckets { id } pace { state } currentCharges { stale }
  bills { totalCount } bill(id: "B10") { stale } packages { id } inbox { id }
  attention { code }
} }"""
SECTION_OF = {
    "fetch_account": ["account"],
    "fetch_balance": ["balance"],
    "fetch_usage": ["buckets", "pace"],
    "fetch_current_charges": ["currentCharges"],
    "fetch_bills": ["bills"],
    "fetch_bill": ["bill"],
    "fetch_packages": ["packages"],
    "fetch_messages": ["inbox"],
}
CALLS = {
    "home": {
        "fetch_line",
        "fetch_account",
        "fetch_balance",
        "fetch_usage",
        "fetch_packages",
        "fetch_current_charges",
        "fetch_bills",
    },
    "bills": {"fetch_line", "fetch_bills", "fetch_current_charges"},
    "bill": {"fetch_line", "fetch_bill"},
    "usage": {"fetch_usage"},
    "packages": {"fetch_packages"},
}


async def test_facts_arrive_exact(ask: Ask) -> None:
    outcome = await ask(
        "{ me { account { owed { amount currency } dueOn asOf stale } buckets { total used } pace { shareUsed } } }"
    )
    assert outcome.data == {
        "me": {
            "account": {
                "owed": {"amount": "86.50", "currency": "CNY"},
                "dueOn": "2026-11-20",
                "asOf": "2026-11-16T03:59:30+00:00",
                "stale": False,
            },
            "buckets": [{"total": 10737418240, "used": 4294967296}],
            "pace": {"shareUsed": "0.4000"},
        }
    }


@pytest.mark.parametrize("name", sorted(CALLS))
async def test_a_page_of_the_app_costs_the_same_calls_whoever_asks(bss: FakeBss, caller: Caller, name: str) -> None:
    graph = HallGraph(bss.ports(), APP.values(), deadline_seconds=1, open_documents=False)
    outcome = await graph.run(APP[name], {"id": "B10"} if name == "bill" else {}, caller)
    assert outcome.errors == ()
    assert dict(bss.calls) == dict.fromkeys(CALLS[name], 1)


async def test_home_costs_the_same_calls_for_somebody_in_arrears(bss: FakeBss, caller: Caller) -> None:
    bss.account = make_account(state=AccountState.PAST_DUE)
    bss.now_is = NOW.replace(month=12)
    graph = HallGraph(bss.ports(), APP.values(), deadline_seconds=1, open_documents=False)
    outcome = await graph.run(APP["home"], {}, caller)
    assert outcome.data is not None
    assert outcome.data["me"]["attention"][0]["code"] == "BILL_OVERDUE"
    assert dict(bss.calls) == dict.fromkeys(CALLS["home"], 1)


async def test_everything_at_once_asks_each_fact_once_and_side_by_side(ask: Ask, bss: FakeBss) -> None:
    outcome = await ask(EVERYTHING)
    assert outcome.errors == ()
    assert dict(bss.calls) == dict.fromkeys({"fetch_line", *SECTION_OF}, 1)
    assert bss.at_once_most >= 5


@pytest.mark.parametrize("call", sorted(SECTION_OF))
async def test_a_dead_system_costs_its_own_section_only(ask: Ask, bss: FakeBss, call: str) -> None:
    bss.break_system(call, code="bill_unavailable")
    outcome = await ask(EVERYTHING)
    assert outcome.data is not None
    lost = [name for name, section in outcome.data["me"].items() if section is None]
    assert lost == SECTION_OF[call]
    assert outcome.errors == tuple(GraphError("bill_unavailable", ("me", name)) for name in lost)
    assert outcome.data["me"]["attention"] is not None


@pytest.mark.parametrize("call", sorted(SECTION_OF))
async def test_a_slow_system_costs_its_own_section_only_and_the_page_is_in_time(
    ask: Ask, bss: FakeBss, call: str
) -> None:
    bss.slow.add(call)
    began = time.monotonic()
    outcome = await ask(EVERYTHING, within_seconds=0.8)
    assert time.monotonic() - began < 2
    assert outcome.data is not None
    lost = [name for name, section in outcome.data["me"].items() if section is None]
    assert lost == SECTION_OF[call]
    assert outcome.errors == tuple(GraphError("deadline_exceeded", ("me", name)) for name in lost)


async def test_without_the_line_what_hangs_on_it_says_so(ask: Ask, bss: FakeBss) -> None:
    bss.line = None
    outcome = await ask(EVERYTHING)
    assert outcome.data is not None
    assert {error.code for error in outcome.errors} == {"line_not_found"}
    assert [name for name, section in outcome.data["me"].items() if section is not None] == [
        "buckets",
        "pace",
        "packages",
        "inbox",
        "attention",
    ]


async def test_an_unforeseen_fault_is_a_code_and_the_log_does_not_quote_it(
    ask: Ask, bss: FakeBss, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    bss.broken["fetch_balance"] = RuntimeError(f"balance of {NUMBER}")
    outcome = await ask("{ me { balance { stale } line { id } } }")
    assert outcome.data == {"me": {"balance": None, "line": {"id": LINE_ID}}}
    assert outcome.errors == (GraphError("internal_error", ("me", "balance")),)
    logged = caplog.text + "".join(capsys.readouterr())
    assert "RuntimeError" in logged
    assert NUMBER not in logged


async def test_attention_leaves_out_what_it_could_not_learn(ask: Ask, bss: FakeBss) -> None:
    whole = await ask("{ me { attention { code } } }")
    assert whole.data == {"me": {"attention": [{"code": "BILL_DUE"}]}}
    bss.break_system("fetch_account", "fetch_bills", code="account_timeout")
    partial = await ask("{ me { attention { code } } }")
    assert partial.data == {"me": {"attention": []}}
    assert partial.errors == ()


BILLS = """query ($first: Int, $after: Cursor) { me { bills(first: $first, after: $after) {
  edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount
} } }"""


async def test_pages_of_bills_add_up_to_all_of_them(ask: Ask) -> None:
    seen: list[str] = []
    after: str | None = None
    while True:
        outcome = await ask(BILLS, {"first": 4, "after": after})
        assert outcome.data is not None
        page: dict[str, Any] = outcome.data["me"]["bills"]
        assert page["totalCount"] == 6
        assert page["pageInfo"]["hasPreviousPage"] == (after is not None)
        assert page["pageInfo"]["startCursor"] == page["edges"][0]["cursor"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == ["B10", "B9", "B8", "B7", "B6", "B5"]


async def test_a_page_stays_where_it_is_when_a_newer_bill_is_issued(ask: Ask, bss: FakeBss) -> None:
    first = await ask(BILLS, {"first": 2})
    assert first.data is not None
    cursor = first.data["me"]["bills"]["pageInfo"]["endCursor"]
    bss.bills = (make_bill(11), *bss.bills)
    second = await ask(BILLS, {"first": 2, "after": cursor})
    assert second.data is not None
    assert [edge["node"]["id"] for edge in second.data["me"]["bills"]["edges"]] == ["B8", "B7"]


async def test_no_bills_is_an_empty_page(ask: Ask, bss: FakeBss) -> None:
    bss.bills = ()
    outcome = await ask(BILLS, {"first": 2})
    assert outcome.data is not None
    nothing = {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None}
    assert outcome.data["me"]["bills"] == {"edges": [], "pageInfo": nothing, "totalCount": 0}


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "账单", "\x00", "B10", "=" * 5000, "Ym9yZWQ=", "YmlsbDo=", "YmlsbDpCMTE", "YmlsbDoA", "YmlsbDr_", 7],
)
async def test_what_cannot_be_a_cursor_refuses_the_whole_question(ask: Ask, bss: FakeBss, cursor: Any) -> None:
    outcome = await ask(BILLS, {"after": cursor})
    assert outcome.data is None
    assert outcome.errors == (GraphError("bad_cursor"),)
    assert not bss.calls


async def test_a_cursor_in_the_document_itself_is_held_to_the_same_form(ask: Ask, bss: FakeBss) -> None:
    outcome = await ask('{ me { bills(after: "x") { totalCount } } }')
    assert (outcome.data, [error.code for error in outcome.errors]) == (None, ["bad_document"])
    assert not bss.calls


@pytest.mark.parametrize("bill_id", ["B11", "账单", "B10 "])
async def test_a_cursor_of_a_bill_that_is_not_there_is_refused(ask: Ask, bill_id: str) -> None:
    outcome = await ask(BILLS, {"after": make_cursor(bill_id)})
    assert outcome.data == {"me": {"bills": None}}
    assert outcome.errors == (GraphError("bad_cursor", ("me", "bills")),)


@pytest.mark.parametrize("first", [0, -1, 25, 2**31 - 1])
async def test_a_page_has_its_bounds(ask: Ask, first: int) -> None:
    outcome = await ask(BILLS, {"first": first})
    assert outcome.errors == (GraphError("bad_argument", ("me", "bills"), {"name": "first", "least": 1, "most": 24}),)


@pytest.mark.parametrize(("first", "refused"), [(None, False), (1, False), (100, False), (0, True), (101, True)])
async def test_the_inbox_has_its_bounds(ask: Ask, first: int | None, refused: bool) -> None:
    outcome = await ask("query ($first: Int) { me { inbox(first: $first) { id } } }", {"first": first})
    parameters = {"name": "first", "least": 1, "most": 100}
    assert outcome.errors == ((GraphError("bad_argument", ("me", "inbox"), parameters),) if refused else ())


@pytest.mark.parametrize("bill_id", ["B99", "", "../B10", "\x00", "B10\n", "票", "9" * 5000])
async def test_an_unknown_bill_is_not_found(ask: Ask, bill_id: str) -> None:
    outcome = await ask("query ($id: ID!) { me { bill(id: $id) { stale } } }", {"id": bill_id})
    assert outcome.data == {"me": {"bill": None}}
    assert outcome.errors == (GraphError("bill_not_found", ("me", "bill")),)


async def test_business_time_is_the_bss_and_not_this_machine(ask: Ask, bss: FakeBss) -> None:
    bss.now_is = NOW.replace(day=1)
    outcome = await ask("{ me { pace { shareElapsed } } }")
    assert outcome.data == {"me": {"pace": {"shareElapsed": "0.0167"}}}


async def test_a_caller_that_is_in_a_hurry_is_answered_by_its_own_deadline(bss: FakeBss) -> None:
    bss.slow.add("fetch_balance")
    graph = HallGraph(bss.ports(), APP.values(), deadline_seconds=30, open_documents=False)
    began = time.monotonic()
    with answering_by(began + 0.8):
        outcome = await graph.run(APP["home"], {}, Caller(Channel.SMS, LINE_ID, NUMBER, assurance=1))
    assert time.monotonic() - began < 5
    assert outcome.errors == (GraphError("deadline_exceeded", ("me", "balance")),)
