"""Does the graph show call records to whom it may, as they are asked for, and never unrecorded?"""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.database import DatabaseFault
from graphql_schema.client import Caller, Channel, GraphError, Outcome, Role, Staff
from graphql_schema.ports import BssFault
from graphql_schema.scopes import SCOPES
from graphql_schema.types.call_record import CallRecordKind
from tests.fakes.money_ports import make_record
from tests.fakes.ports import LINE_ID, NUMBER, FakeBss, yuan
from tests.graphql_schema.conftest import Ask

pytestmark = pytest.mark.anyio

PAGE = """{
  edges { cursor node { id at kind direction place roaming otherNumber used service tariff { zh } fee { amount } } }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount month asOf
  totals { kind count used fee { amount currency } } }"""
ASK = f"""query($month: String, $wanted: CallRecordFilter, $order: CallRecordOrder! = NEWEST, $first: Int! = 100,
  $after: Cursor, $totals: Boolean! = false, $reveal: Boolean! = false) {{ me {{ callRecords(month: $month,
  wanted: $wanted, order: $order, first: $first, after: $after, totals: $totals, reveal: $reveal) {PAGE} }} }}"""


@pytest.fixture
def caller() -> Caller:
    """Somebody who proved both factors a minute ago."""
    since = datetime.now(UTC) - timedelta(minutes=1)
    return Caller(Channel.APP, subscriber=LINE_ID, number=NUMBER, assurance=3, since=since)


def records(outcome: Outcome) -> Any:
    assert outcome.errors == ()
    assert outcome.data is not None
    return outcome.data["me"]["callRecords"]


def refusal(outcome: Outcome) -> GraphError:
    assert outcome.data is None or outcome.data["me"]["callRecords"] is None
    (error,) = outcome.errors
    return error


async def test_the_plain_look_is_the_running_month_newest_first_with_masked_numbers(ask: Ask, bss: FakeBss) -> None:
    page = records(await ask(ASK))
    assert [edge["node"]["id"] for edge in page["edges"]] == ["U1", "U2", "U3"]
    assert page["edges"][0]["node"] == {
        "id": "U1",
        "at": "2026-11-16T03:58:30+00:00",
        "kind": "VOICE",
        "direction": "OUTGOING",
        "place": "广州",
        "roaming": False,
        "otherNumber": "139****0001",
        "used": 61,
        "service": None,
        "tariff": {"zh": "本地通话费"},
        "fee": {"amount": "0.80"},
    }
    assert (page["month"], page["totalCount"], page["totals"]) == ("2026-11", 3, None)
    assert page["asOf"] == "2026-11-16T03:59:30+00:00"
    assert bss.use.pages_asked == 1
    assert bss.identity.queries == [("callRecords", "2026-11 all")]


async def test_numbers_are_shown_when_asked_for_and_the_trail_says_so(ask: Ask, bss: FakeBss) -> None:
    page = records(await ask(ASK, {"reveal": True}))
    assert page["edges"][0]["node"]["otherNumber"] == "13900000001"
    assert bss.identity.queries == [("callRecords", "2026-11 all reveal")]


async def test_a_search_is_summed_and_the_trail_names_no_number_place_or_amount(ask: Ask, bss: FakeBss) -> None:
    bss.use.records = [
        make_record(1, other_number="13512345678", place="深圳", fee=yuan("0.123")),
        make_record(2, other_number="13512345678", place="深圳", fee=yuan("0.007"), kind=CallRecordKind.SMS, used=1),
        make_record(3, other_number="13912345678", place="深圳"),
    ]
    wanted = {"number": "1351234", "place": "深圳", "feeFrom": "0.005", "kinds": ["SMS", "VOICE"]}
    page = records(await ask(ASK, {"wanted": wanted, "order": "DEAREST"}))
    assert [edge["node"]["id"] for edge in page["edges"]] == ["U1", "U2"]
    assert page["totals"] == [
        {"kind": "VOICE", "count": 1, "used": 61, "fee": {"amount": "0.123", "currency": "CNY"}},
        {"kind": "SMS", "count": 1, "used": 1, "fee": {"amount": "0.007", "currency": "CNY"}},
    ]
    assert bss.identity.queries == [("callRecords", "2026-11 voice,sms filtered")]


async def test_totals_of_everything_are_there_where_they_are_asked_for(ask: Ask) -> None:
    page = records(await ask(ASK, {"totals": True, "first": 1}))
    assert [total["count"] for total in page["totals"]] == [3]
    assert page["pageInfo"]["hasNextPage"] is True


async def test_pages_follow_one_another_by_cursor(ask: Ask, bss: FakeBss) -> None:
    bss.use.records = [make_record(order) for order in range(1, 6)]
    seen, after = [], None
    for _ in range(3):
        page = records(await ask(ASK, {"first": 2, "after": after}))
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        assert page["totalCount"] == 5
    assert seen == ["U1", "U2", "U3", "U4", "U5"]
    assert page["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": True,
        "startCursor": after,
        "endCursor": after,
    }
    assert len(bss.identity.queries) == 3


async def test_a_cursor_of_another_question_or_customer_is_refused_and_nothing_is_asked(
    bss: FakeBss, ask: Ask, caller: Caller
) -> None:
    cursor = records(await ask(ASK, {"first": 1}))["pageInfo"]["endCursor"]
    records(await ask(ASK, {"first": 2, "after": cursor}))
    asked = bss.use.pages_asked
    for other in ({"month": "2026-10"}, {"wanted": {"place": "广州"}}, {"order": "OLDEST"}, {"after": cursor[:-8]}):
        assert refusal(await ask(ASK, {"after": cursor} | other)).code == "bad_cursor"
    stranger = replace(caller, subscriber="L2", number="13900139009")
    assert refusal(await ask(ASK, {"after": cursor}, by=stranger)).code == "bad_cursor"
    assert refusal(await ask(ASK, {"after": "QmlsbDpC"})).code == "bad_cursor"
    assert bss.use.pages_asked == asked
    assert len(bss.identity.queries) == 2


@pytest.mark.parametrize(
    ("variables", "code", "parameters"),
    [
        ({"month": "2026-05"}, "month_not_kept", {"first": "2026-06", "last": "2026-11"}),
        ({"month": "2026-12"}, "month_not_kept", {"first": "2026-06", "last": "2026-11"}),
        ({"month": "last"}, "bad_argument", {"name": "month"}),
        ({"first": 0}, "bad_argument", {"name": "first", "least": 1, "most": 100}),
        ({"first": 101}, "bad_argument", {"name": "first", "least": 1, "most": 100}),
        ({"wanted": {"number": "call me"}}, "bad_argument", {"name": "number", "least": 1, "most": 20}),
        ({"wanted": {"kinds": []}}, "bad_argument", {"name": "kinds", "least": 1, "most": 4}),
        ({"wanted": {"fromDay": "2026-10-31"}}, "bad_argument", {"name": "fromDay"}),
        ({"wanted": {"fromDay": "2026-11-09", "toDay": "2026-11-08"}}, "bad_argument", {"name": "fromDay"}),
        ({"wanted": {"feeFrom": "-0.01"}}, "bad_argument", {"name": "feeFrom", "least": 0}),
    ],
)
async def test_nonsense_is_refused_by_name_and_neither_asked_nor_recorded(
    ask: Ask, bss: FakeBss, variables: dict[str, Any], code: str, parameters: dict[str, Any]
) -> None:
    error = refusal(await ask(ASK, variables))
    assert (error.code, dict(error.parameters)) == (code, parameters)
    assert bss.use.pages_asked == 0
    assert bss.identity.queries == []


async def test_locked_records_are_shown_to_nobody_and_that_somebody_asked_is_in_the_trail(
    ask: Ask, bss: FakeBss
) -> None:
    bss.identity.locked = True
    assert refusal(await ask(ASK)).code == "records_locked"
    assert bss.use.pages_asked == 0
    assert bss.identity.queries == []
    assert bss.identity.refusals == [("callRecords", "records_locked")]


async def test_what_can_not_be_recorded_is_not_shown(ask: Ask, bss: FakeBss) -> None:
    bss.identity.refusing["note_query"] = DatabaseFault("the trail can't be written")
    assert refusal(await ask(ASK)).code == "internal_error"
    assert bss.use.pages_asked == 0


@pytest.mark.parametrize("variables", [{}, {"totals": True}])
async def test_without_the_bss_there_are_no_records_and_the_look_is_recorded_all_the_same(
    ask: Ask, bss: FakeBss, variables: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fetch_page(*_: Any, **__: Any) -> None:
        raise BssFault("usage_unavailable", retryable=True)

    monkeypatch.setattr(bss.use, "fetch_page", fetch_page)
    assert refusal(await ask(ASK, variables)).code == "usage_unavailable"
    assert len(bss.identity.queries) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"assurance": 2}, "step_up_required"),
        ({"since": datetime(2026, 1, 1, tzinfo=UTC)}, "step_up_required"),
        ({"rests_until": datetime(2100, 1, 1, tzinfo=UTC)}, "rests"),
        ({"fields": SCOPES["bills"] | SCOPES["usage"], "client": "partner"}, "field_not_declared"),
        ({"fields": SCOPES["bills"] | SCOPES["usage"], "helper": "L9"}, "field_not_declared"),
    ],
)
async def test_who_may_not_is_refused_before_anything_is_asked(
    ask: Ask, bss: FakeBss, caller: Caller, changes: dict[str, Any], code: str
) -> None:
    assert refusal(await ask(ASK, by=replace(caller, **changes))).code == code
    assert bss.use.pages_asked == 0
    assert bss.identity.queries == []


async def test_staff_see_nobodys_records(ask: Ask, bss: FakeBss, caller: Caller) -> None:
    staff = replace(caller, channel=Channel.DESK, staff=Staff("mei", Role.CARE))
    outcome = await ask(ASK, by=staff)
    assert {error.code for error in outcome.errors} == {"role_required"}
    assert bss.use.pages_asked == 0


@pytest.mark.parametrize(
    "question",
    [
        "{ me { a: callRecords { totalCount } b: callRecords(reveal: true) { totalCount } } }",
        "{ me { ...one } other: me { ...one } } fragment one on Me { callRecords { totalCount } }",
        "{ me { ... on Me { callRecords { totalCount } } again: callRecords { month } } }",
    ],
)
async def test_one_request_asks_one_question(ask: Ask, bss: FakeBss, question: str) -> None:
    outcome = await ask(question)
    assert (outcome.data, [error.code for error in outcome.errors]) == (None, ["too_many_deeds"])
    assert bss.use.pages_asked == 0


async def test_no_number_is_in_what_is_said_of_a_fault(
    ask: Ask, bss: FakeBss, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def make_trouble(*_: Any, **__: Any) -> None:
        raise RuntimeError("13512345678")

    monkeypatch.setattr(bss.use, "fetch_page", make_trouble)
    outcome = await ask(ASK, {"wanted": {"number": "13512345678"}})
    assert refusal(outcome).code == "internal_error"
    said = capsys.readouterr()
    assert "135" not in json.dumps([said.out, said.err, str(outcome)])


async def test_the_switch_and_the_exports_are_told_at_level_2(ask: Ask, bss: FakeBss, caller: Caller) -> None:
    bss.identity.locked = True
    question = "{ me { callRecordSwitch { locked since } recordExports { id state progress } } }"
    weaker = replace(caller, assurance=2)
    outcome = await ask(question, by=weaker)
    assert outcome.data == {
        "me": {"callRecordSwitch": {"locked": True, "since": "2026-11-16T03:00:00+00:00"}, "recordExports": []}
    }
    refused = await ask(question, by=replace(caller, assurance=1))
    assert {error.code for error in refused.errors} == {"step_up_required"}
