"""Does the page of call records ask what was typed, grow while it reads, and give nothing away in an address?"""

import re

import httpx
import pytest

from channels.web_hall.records_wish import DIRECTIONS, FIELDS, KINDS, ORDERS, read_wish
from graphql_schema.client import GraphError, Outcome
from graphql_schema.types.call_record import CallDirection, CallRecordKind, CallRecordOrder
from tests.channels.web_hall import facts
from tests.channels.web_hall.conftest import form_token
from tests.channels.web_hall.fakes import FakeDoorkeeper, FakeGraph
from tests.channels.web_hall.record_states import NEWEST, RECORDS, TOTALS, export, exports, look, page, read

pytestmark = pytest.mark.anyio
TYPED = NEWEST | {
    "kind_VOICE": "on", "kind_SMS": "on", "direction": "INCOMING", "number": " 139 0000-0001", "place": " 广州 ",
    "from_day": "2026-11-02", "to_day": "2026-11-20", "fee_from": "０.5", "charged": "on", "order": "DEAREST",
}  # fmt: skip
WANTED = {
    "kinds": ["VOICE", "SMS"], "direction": "INCOMING", "number": "13900000001", "place": "广州",
    "fromDay": "2026-11-02", "toDay": "2026-11-20", "feeFrom": "0.5", "chargedOnly": True,
}  # fmt: skip
STEP = facts.refused("step_up_required", "callRecordsRead", needed=3, have=2, fresh_within_seconds=600, ways=[])


async def _search(hall: httpx.AsyncClient, **typed: str) -> httpx.Response:
    return await hall.post("/records", data={"form": form_token(await hall.get("/settings"))} | typed)


async def test_the_codes_of_the_form_are_those_of_the_graph() -> None:
    assert tuple(kind.name for kind in CallRecordKind) == KINDS
    assert tuple(direction.name for direction in CallDirection) == DIRECTIONS
    assert tuple(order.name for order in CallRecordOrder) == ORDERS


async def test_the_first_look_is_one_question_that_reads_one_page(
    hall: httpx.AsyncClient, graph: FakeGraph, doorkeeper: FakeDoorkeeper
) -> None:
    doorkeeper.who, graph.answers = "proved", {"records": look(page(more=True))}
    shown = (await hall.get("/records?month=2026-10&after=c")).text
    assert [(name, asked) for name, asked, _ in graph.asked] == [
        ("Records", {"month": "2026-10", "first": 100, "after": "c", "reveal": False})
    ]
    assert "共 20,000 条记录" in shown
    assert 'href="/records?month=2026-11&amp;after=a-cursor"' in shown


async def test_what_was_typed_is_asked_as_it_was_meant(hall: httpx.AsyncClient, graph: FakeGraph) -> None:
    graph.answers = {"records_read": read(8, 8, page(totals=TOTALS))}
    shown = await _search(hall, **TYPED)
    name, asked, _ = graph.asked[-1]
    assert (name, asked["wanted"], asked["order"], asked["month"]) == ("RecordsRead", WANTED, "DEAREST", "2026-11")
    assert 'value=" 139 0000-0001"' in shown.text, "it can be changed and sent again"
    assert "¥9.172" in shown.text, "the sum of all kinds"


async def test_nothing_that_was_looked_for_stands_in_an_address(hall: httpx.AsyncClient, graph: FakeGraph) -> None:
    graph.answers = {"records_read": read(8, 8, page(more=True, totals=TOTALS))}
    shown = await _search(hall, **TYPED)
    addresses = [part.partition('"')[0] for part in shown.text.split('href="')[1:]]
    assert not [address for address in addresses if "139" in address or "from_day" in address]
    assert shown.text.count('name="number" value=" 139 0000-0001"') == 3, "the form, full numbers, the next page"


async def test_the_page_grows_while_the_month_is_read(hall: httpx.AsyncClient, graph: FakeGraph) -> None:
    graph.answers = {"records_read": [read(1000, 3000), read(2000, 3000), read(3000, 3000, page(totals=TOTALS))]}
    shown = await _search(hall, **NEWEST, totals="on")
    told = [shown.text.index(f"已读 {count:,} / 3,000 条") for count in (1000, 2000)]
    assert told == sorted(told)
    assert told[-1] < shown.text.index('id="found"')
    assert shown.text.count("<main") == shown.text.count("</main>") == shown.text.count("</html>") == 1
    assert "content-encoding" not in shown.headers, "what is packed would wait"
    assert shown.headers["cache-control"] == "no-store"


async def test_a_search_that_breaks_off_says_so_on_a_whole_page(hall: httpx.AsyncClient, graph: FakeGraph) -> None:
    graph.answers = {"records_read": [read(1000, 3000), facts.refused("usage_timeout", "callRecordsRead")]}
    shown = await _search(hall, **TYPED)
    assert "</html>" in shown.text
    assert "用量系统" in shown.text.partition("已读 1,000")[2]


async def test_full_numbers_are_asked_for_and_stay_on_the_next_page(hall: httpx.AsyncClient, graph: FakeGraph) -> None:
    graph.answers = {"records": look(page(more=True))}
    shown = await _search(hall, **NEWEST, reveal="on", after="here")
    assert graph.asked[-1][1] == {"month": "2026-11", "first": 100, "after": "here", "reveal": True}
    assert ">显示完整号码<" not in shown.text
    assert shown.text.count('name="reveal" value="on"') >= 1
    assert 'name="after" value="a-cursor"' in shown.text


async def test_the_link_of_a_text_shows_the_last_five(hall: httpx.AsyncClient, graph: FakeGraph) -> None:
    graph.answers = {"records": look(page(RECORDS[:5], more=True))}
    shown = (await hall.get("/records?last=5")).text
    assert graph.asked[-1][1]["first"] == 5
    assert "最近 5 条记录" in shown
    assert "下一页" not in shown


@pytest.mark.parametrize(("last", "first"), [("500", 20), ("0", 100), ("x", 100), ("-5", 100), ("9" * 5000, 20)])
async def test_nobody_gets_more_of_the_last_records_than_a_link_may_ask(
    hall: httpx.AsyncClient, graph: FakeGraph, last: str, first: int
) -> None:
    graph.answers = {"records": look(page())}
    await hall.get(f"/records?last={last}")
    assert graph.asked[-1][1]["first"] == first


async def test_one_more_proof_is_asked_for_and_what_was_typed_waits(hall: httpx.AsyncClient, graph: FakeGraph) -> None:
    graph.answers = {"records_read": STEP}
    sent = await _search(hall, **TYPED)
    assert sent.headers["location"] == "/step-up?level=3&within=600&next=/records"
    assert "139" not in sent.headers["location"]
    graph.asked.clear()
    back = await hall.get("/records")
    assert graph.asked == [], "one press looks for it"
    assert 'value=" 139 0000-0001"' in back.text
    graph.answers = {"records": look(page())}
    assert "139 0000" not in (await hall.get("/records")).text


async def test_the_plain_look_comes_back_to_where_it_was(hall: httpx.AsyncClient, graph: FakeGraph) -> None:
    graph.answers = {
        "records": facts.refused("step_up_required", "me", "callRecords", needed=3, have=2, fresh_within_seconds=600)
    }
    sent = await hall.get("/records?last=5")
    assert sent.headers["location"] == "/step-up?level=3&within=600&next=/records%3Flast%3D5"


async def test_a_wrong_part_is_said_at_its_field_and_the_rest_stays(hall: httpx.AsyncClient, graph: FakeGraph) -> None:
    graph.answers = {"records_read": facts.refused("bad_argument", "callRecordsRead", name="number")}
    shown = await _search(hall, **(TYPED | {"number": "12ab"}))
    assert shown.status_code == 400
    assert "号码只能是数字" in shown.text
    assert 'id="number" name="number" value="12ab"' in shown.text
    assert shown.text.count('aria-invalid="true"') == 1


async def test_a_search_that_says_nothing_is_not_an_empty_month(hall: httpx.AsyncClient, graph: FakeGraph) -> None:
    graph.answers = {"records_read": []}
    assert (await _search(hall, **TYPED)).status_code == 503


async def test_a_helper_s_form_is_refused_before_anything_is_asked(
    hall: httpx.AsyncClient, graph: FakeGraph, doorkeeper: FakeDoorkeeper
) -> None:
    doorkeeper.who = "helper"
    assert (await _search(hall, **TYPED)).status_code == 403
    assert graph.asked == []


async def test_all_kinds_are_no_filter_and_no_kind_is_none_either() -> None:
    assert read_wish({}).is_plain
    assert read_wish(dict.fromkeys((f"kind_{kind}" for kind in KINDS), "on")).is_plain
    assert not read_wish({"kind_SMS": "on"}).is_plain
    assert not read_wish({"order": "OLDEST"}).is_plain
    assert read_wish({"order": "x"}).is_plain


async def test_a_wish_is_no_longer_than_its_fields() -> None:
    wish = read_wish(dict.fromkeys(FIELDS, "9" * 1000))
    assert max(map(len, wish.fields.values())) == 64


async def test_an_export_takes_over_what_was_looked_for(hall: httpx.AsyncClient, graph: FakeGraph) -> None:
    switched = Outcome({"me": {"line": {"asOf": facts.AS_OF}, "callRecordSwitch": {"locked": False, "since": None}}})
    graph.answers = {
        "record_switch": switched,
        "export_call_records": Outcome(
            {"exportCallRecords": {"__typename": "RecordExport", "id": "X1", "state": "WAITING"}}
        ),
    }
    token = form_token(await hall.get("/settings"))
    asked = await hall.post("/records/export", data={"form": token} | TYPED)
    assert "只导出刚才筛选出的记录" in asked.text
    sent = {"form": form_token(asked), "deed": "send", "format": "PDF"} | TYPED
    assert (await hall.post("/records/export", data=sent)).headers["location"] == "/records/exports?done=asked"
    given = graph.asked[-1][1]["input"]
    assert (given["wanted"], given["format"], given["month"], given["reveal"]) == (WANTED, "PDF", "2026-11", False)
    assert "139" not in given["idempotencyKey"]


async def test_a_search_of_who_was_signed_out_meanwhile_leads_to_sign_in(
    hall: httpx.AsyncClient, graph: FakeGraph
) -> None:
    graph.answers = {"records_read": Outcome(None, (GraphError("sign_in_required"),))}
    assert (await _search(hall, **TYPED)).headers["location"].startswith("/sign-in?next=/records")


async def test_who_uses_the_keyboard_keeps_the_place_in_a_list_that_refreshes_itself(
    hall: httpx.AsyncClient, graph: FakeGraph
) -> None:
    graph.answers = {"record_exports": exports(export(1, "READY"), export(2, "WORKING"))}
    shown = (await hall.get("/records/exports")).text
    refreshed = shown.partition('<div id="exports"')[2].partition("</section>")[0].rpartition("</div>")[0]
    reached = re.findall(r"<(?:a|button)\b[^>]*>", refreshed)
    assert len(reached) == 4
    assert all(' id="' in each for each in reached)
