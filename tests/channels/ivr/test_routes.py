"""Does a whole call work, over a real socket, with a phone that executes what it is given?"""

import logging
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from starlette.applications import Starlette

from channels.ivr.routes import ivr_routes
from graphql_schema.client import GraphError, Outcome
from graphql_schema.door import LinkEvidence, PasswordEvidence, Turned
from sandbox.handset.voicexml import Call
from tests.channels.ivr.conftest import TOKEN, serve
from tests.channels.ivr.fakes import LINE, NUMBER, PASSWORD, FakeDoorkeeper, FakeGraph, MemoryConversations

pytestmark = pytest.mark.anyio


def proven(hall_url: str, caller: str | None = NUMBER) -> Call:
    return Call(f"{hall_url}/ivr?token={TOKEN}", caller, call_id="call-1")


def unproven(hall_url: str) -> Call:
    return Call(f"{hall_url}/ivr", NUMBER)


async def test_a_caller_hears_the_balance_in_mandarin(hall_url: str, graph: FakeGraph) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        assert "您好" in call.heard
        assert "For English, press two" in call.heard
        await call.press("1")
        await call.press("1")
        assert "您的可用余额为一百二十八元五角。" in call.heard
        assert "八十六元零五分未缴,请最迟在十一月二十五日缴清" in call.heard
        assert "截至十一月二十一日八点三十二分" in call.heard
    assert call.error is None
    (operation, _, caller) = graph.asked[0]
    assert (operation, caller.subscriber, caller.assurance) == ("Balance", LINE, 1)


async def test_each_item_of_the_menu_is_answered_in_english(hall_url: str) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("2")
        await call.press("2")
        assert "your charges come to forty-three yuan twenty" in call.heard
        await call.press("*3")
        assert "ten gigabytes of general data left, out of twenty-two gigabytes" in call.heard
        assert "Video data <all & more>: twelve point two five gigabytes left" in call.heard
        await call.press("*4")
        assert "Your bill for October twenty twenty-six is ninety-six yuan oh five" in call.heard
        await call.press("#")
        assert "To get what you heard by text, press one." in call.heard
        await call.press("#")
        assert "Goodbye" in call.heard
    assert (call.state, call.error) == ("ended", None)


async def test_the_entry_address_may_name_caller_and_call_itself(hall_url: str, doorkeeper: FakeDoorkeeper) -> None:
    async with Call(f"{hall_url}/ivr?token={TOKEN}&caller={{caller}}&call={{call}}", NUMBER, call_id="c-7") as call:
        await call.dial()
        await call.press("0")
    assert doorkeeper.seen == [LinkEvidence(NUMBER, "ivr")]
    assert call.transferred_to == "tel:10086"
    assert call.context is not None
    assert "call=c-7" in call.context


async def test_the_bill_by_subject_asks_for_the_service_password(hall_url: str, graph: FakeGraph) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("1")
        await call.press("5")
        assert "请输入六位服务密码" in call.heard
        assert [run[0] for run in graph.asked] == ["LastBill", "BillSubjects"], "the graph says what it needs"
        await call.press(PASSWORD + "#")
        assert "套餐及固定费九十九元。" in call.heard
        assert "优惠减免负十元。" in call.heard
        await call.press("1")
        assert "套餐及固定费九十九元。" in call.heard, "the call stays at level 2"
    assert [run[0] for run in graph.asked] == ["LastBill", "BillSubjects"] * 3
    assert graph.asked[1][1] == {"id": "B1"}


async def test_a_password_is_neither_spoken_nor_kept_nor_logged(
    hall_url: str, conversations: MemoryConversations, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("1")
        await call.press("5")
        await call.press("258009#")
        await call.press(PASSWORD + "#")
        said = " ".join(turn.text for turn in call.turns)
    assert "•" * len(PASSWORD) in said
    for password in ("258009", PASSWORD):
        assert password not in said
        assert password not in "".join(conversations.written)
        assert password not in caplog.text


async def test_whose_number_is_proven_hears_of_the_password_alone(hall_url: str) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("1")
        await call.press("5")
        await call.press("111112#")
        assert call.heard.startswith("服务密码不正确,您今天还可以尝试两次。")


async def test_who_keyed_in_a_number_hears_that_either_may_be_wrong(hall_url: str) -> None:
    async with unproven(hall_url) as call:
        await call.dial()
        await call.press("2")
        await call.press("1")
        await call.press(NUMBER + "#")
        await call.press("111112#")
        assert call.heard.startswith("The number or the service password is not right.")


@pytest.mark.parametrize(("payer", "words"), [("FAMILY", "由主卡支付"), ("ORGANIZATION", "由单位统一支付")])
@pytest.mark.parametrize("item", "1245")
async def test_who_does_not_pay_is_told_once_who_does(
    hall_url: str, graph: FakeGraph, item: str, payer: str, words: str
) -> None:
    graph.broken = dict.fromkeys(("balance", "account", "currentCharges", "bills", "bill"), "paid_by_other")
    graph.parameters = {"payer": payer}
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("1")
        await call.press(item)
        assert call.heard.count(words) == 1
        assert "暂时查不到" not in call.heard
    assert call.error is None


@pytest.fixture
async def agentless_url(
    graph: FakeGraph, doorkeeper: FakeDoorkeeper, conversations: MemoryConversations
) -> AsyncIterator[str]:
    routes = ivr_routes(graph, doorkeeper, conversations, trusted_token=TOKEN, public_url="", hall_number="10001")
    async with serve(Starlette(routes=routes)) as url:
        yield url


@pytest.mark.parametrize("way", ["asked", "wrong_keys", "silence"])
async def test_who_wants_an_agent_where_none_is_is_led_on_and_never_just_cut_off(agentless_url: str, way: str) -> None:
    async with proven(agentless_url) as call:
        await call.dial()
        await call.press("2")
        assert "agent" not in call.heard
        for key in {"asked": "0", "wrong_keys": "6777", "silence": ""}[way]:
            await call.press(key)
        for _ in range(2 if way == "silence" else 0):
            await call.wait_silence()
        assert "no agent line is connected here" in call.heard
        assert "one zero zero zero one" in call.heard
        assert call.state == "talking"
        await call.press("*")
        assert "What can we do for you?" in call.heard
        await call.press("0")
        await call.wait_silence()
        assert "no agent line is connected here" in call.heard
        await call.wait_silence()
        assert "Goodbye" in call.heard
    assert (call.state, call.error) == ("ended", None)


async def test_a_third_wrong_password_locks_in_words(hall_url: str, doorkeeper: FakeDoorkeeper) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("2")
        await call.press("5")
        await call.press("111112#")
        assert "You have two tries left today" in call.heard
        await call.press("111113#")
        assert "You have one try left today" in call.heard
        await call.press("111114")
        assert call.silence_seconds == 2
        await call.wait_silence()
        assert "locked for your safety" in call.heard
        assert "What can we do for you?" in call.heard
    assert [type(seen) for seen in doorkeeper.seen] == [LinkEvidence, *[PasswordEvidence] * 3]


async def test_a_caller_whose_line_is_not_proven_keys_in_number_and_password(
    hall_url: str, graph: FakeGraph, doorkeeper: FakeDoorkeeper
) -> None:
    async with unproven(hall_url) as call:
        await call.dial()
        await call.press("1")
        await call.press("1")
        assert "请输入您要查询的手机号码" in call.heard
        await call.press(NUMBER + "#")
        assert "请输入六位服务密码" in call.heard
        await call.press(PASSWORD + "#")
        assert "一百二十八元五角" in call.heard
    assert [type(seen) for seen in doorkeeper.seen] == [PasswordEvidence]
    assert graph.asked[0][2].assurance == 2


@pytest.mark.parametrize(
    ("query", "headers", "believed"),
    [
        (f"token={TOKEN}", {}, True),
        ("", {"Authorization": f"Bearer {TOKEN}"}, True),
        ("", {}, False),
        ("token=", {}, False),
        ("token=wrong", {}, False),
        (f"token={TOKEN}", {"Authorization": "Bearer wrong"}, False),
        ("token=%ff%00", {}, False),
    ],
)
async def test_only_the_operators_gateway_is_believed_about_the_caller(
    hall_url: str, doorkeeper: FakeDoorkeeper, query: str, headers: dict[str, str], believed: bool
) -> None:
    async with httpx.AsyncClient(base_url=hall_url, headers=headers) as browser:
        await browser.get(f"/ivr?{query}&caller={NUMBER}&call=1")
    assert bool(doorkeeper.seen) is believed


@pytest.mark.parametrize(
    "caller", ["", "anonymous", "tel:", "sip:alice@example.com", "12", "１３８００１３８００１", "9" * 99]
)
async def test_a_withheld_or_odd_caller_id_proves_nothing(
    hall_url: str, doorkeeper: FakeDoorkeeper, caller: str
) -> None:
    async with httpx.AsyncClient(base_url=hall_url) as browser:
        answer = await browser.get("/ivr", params={"token": TOKEN, "caller": caller})
    assert "您好" in answer.text
    assert doorkeeper.seen == []


@pytest.mark.parametrize(
    "caller", [f"tel:+86{NUMBER}", f"sip:{NUMBER}@gateway.example", f"sips:+86{NUMBER};user=phone"]
)
async def test_a_caller_id_may_come_as_an_address(hall_url: str, doorkeeper: FakeDoorkeeper, caller: str) -> None:
    async with httpx.AsyncClient(base_url=hall_url) as browser:
        await browser.get("/ivr", params={"token": TOKEN, "caller": caller})
    assert doorkeeper.seen == [LinkEvidence(NUMBER, "ivr")]


async def test_a_number_that_the_link_can_not_vouch_for_is_asked_by_keys(hall_url: str) -> None:
    async with proven(hall_url, "13999999999") as call:
        await call.dial()
        await call.press("1")
        await call.press("1")
        assert "请输入您要查询的手机号码" in call.heard


async def test_three_wrong_keys_lead_to_an_agent_who_knows_why(hall_url: str) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("1")
        await call.press("67")
        assert call.heard.startswith("没有这个选项。")
        await call.press("77")
        assert "正在为您转接人工服务" in call.heard
    assert (call.state, call.transferred_to) == ("transferred", "tel:10086")
    assert call.context == "reason=wrong_keys;at=safety;language=zh;level=1"


async def test_two_silences_lead_to_an_agent(hall_url: str) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        assert call.silence_seconds == 10
        await call.press("1")
        await call.wait_silence()
        assert call.heard.startswith("没有收到您的按键。")
        await call.wait_silence()
    assert call.state == "transferred"
    assert call.context is not None
    assert call.context.startswith("reason=silence;")


async def test_half_a_password_and_then_silence_is_a_wrong_key(hall_url: str, doorkeeper: FakeDoorkeeper) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("1")
        await call.press("5258")
        assert call.silence_seconds == 5
        await call.wait_silence()
        assert call.heard.startswith("没有这个选项。")
    assert [type(seen) for seen in doorkeeper.seen] == [LinkEvidence]


async def test_slower_and_louder_is_how_everything_is_said_after_that(hall_url: str) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("1189")
        (pieces,) = (turn.pieces for turn in call.turns[-1:])
    assert {(piece.rate, piece.volume) for piece in pieces} == {("slow", "loud")}
    assert "一百二十八元五角" in call.heard, "the answer is said again"


async def test_a_submit_that_is_sent_twice_is_answered_twice_alike(hall_url: str, graph: FakeGraph) -> None:
    async with httpx.AsyncClient(base_url=hall_url) as browser:
        first = await browser.get("/ivr", params={"token": TOKEN, "caller": NUMBER, "call": "1"})
        key = first.text.split("expr=\"'")[1].split("'")[0]
        await browser.post("/ivr/turn", data={"key": key, "step": "1", "heard": "key", "keys": "1"})
        balance = {"key": key, "step": "2", "heard": "key", "keys": "1"}
        once = await browser.post("/ivr/turn", data=balance)
        graph.me["balance"]["available"]["amount"] = "1.00"
        again = await browser.post("/ivr/turn", data=balance)
    assert once.text == again.text
    assert "一百二十八元五角" in again.text
    assert len(graph.asked) == 1


async def test_an_unknown_call_starts_afresh_and_politely(hall_url: str, conversations: MemoryConversations) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        conversations.kept.clear()
        await call.press("1")
        assert call.heard.startswith("抱歉,刚才的通话已经中断")
        assert "您好" in call.heard
        conversations.kept = dict.fromkeys(conversations.kept, '{"call": {"step": 1, "mood": "blue"}, "document": ""}')
        await call.press("1")
        assert call.heard.startswith("抱歉,刚才的通话已经中断"), "a state of another release is no state"
    assert call.error is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"key=x",
        b"key=" + b"k" * 32,
        b"key=%00%ff&step=%00",
        b"\xff\xfe",
        b"&" * 40,
        b"a=1&" * 40,
        b"key=" + b"k" * 100_000,
    ],
)
@pytest.mark.parametrize("path", ["/ivr/turn", "/ivr/begin", "/ivr/end"])
async def test_junk_is_answered_with_a_greeting(
    hall_url: str, path: str, body: bytes, judge: Callable[[str], list[str]]
) -> None:
    async with httpx.AsyncClient(base_url=hall_url) as browser:
        answer = await browser.post(path, content=body)
    if path == "/ivr/end":
        assert answer.status_code == 204
        return
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/voicexml+xml")
    assert answer.headers["cache-control"] == "no-store"
    assert judge(answer.text) == []


@pytest.mark.parametrize("fields", [{"step": "x"}, {"step": "-1"}, {"heard": "?"}, {"keys": "\x00"}, {"heard": "key"}])
async def test_a_junk_turn_of_a_real_call_is_a_document_too(
    hall_url: str, fields: dict[str, str], judge: Callable[[str], list[str]]
) -> None:
    async with httpx.AsyncClient(base_url=hall_url) as browser:
        first = await browser.get("/ivr")
        key = first.text.split("expr=\"'")[1].split("'")[0]
        answer = await browser.post("/ivr/turn", data={"key": key, "step": "1", **fields})
    assert answer.status_code == 200
    assert judge(answer.text) == []


async def test_hanging_up_forgets_the_call(hall_url: str, conversations: MemoryConversations) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        assert len(conversations.kept) == 1
        await call.hang_up()
    assert conversations.kept == {}
    assert (call.state, call.error) == ("ended", None)


async def test_a_door_that_can_not_judge_says_so(hall_url: str, doorkeeper: FakeDoorkeeper) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("2")
        await call.press("5")
        doorkeeper.turned = Turned("unavailable")
        await call.press(PASSWORD + "#")
        assert call.heard.startswith("Our system is not answering.")


async def test_a_graph_that_asks_for_more_than_the_menu_knew_gets_the_password_asked(
    hall_url: str, graph: FakeGraph
) -> None:
    refused = GraphError("step_up_required", ("me", "balance"), {"needed": 2, "have": 1})
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("1")
        graph.outcome = Outcome({"me": {"balance": None, "account": None}}, (refused,))
        await call.press("1")
        assert "请输入六位服务密码" in call.heard
        graph.outcome = None
        await call.press(PASSWORD + "#")
        assert "一百二十八元五角" in call.heard


@pytest.mark.parametrize("item", "123457")
@pytest.mark.parametrize("language", "12")
async def test_every_path_through_the_menu_is_understood_by_a_strange_phone(
    hall_url: str, language: str, item: str
) -> None:
    for after in ("1", "8", "9", "*", "0", "#", "7"):
        async with proven(hall_url) as call:
            await call.dial()
            await call.press(language + item)
            await call.press(PASSWORD + "#" if item == "5" else "")
            await call.press(after)
            await call.wait_silence()
        assert call.error is None, after
