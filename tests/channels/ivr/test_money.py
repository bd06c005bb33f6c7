"""Does a call tell why a bill differs, pause charges after a yes, and text what it told, once and to mobiles alone?"""

import json
import re

import httpx
import pytest

from channels.ivr.call import Call as Kept
from channels.ivr.texting import TEXTED
from channels.ivr.way import may_text
from graphql_schema.client import Caller, Channel
from sandbox.handset.voicexml import Call
from tests.channels.ivr.conftest import TOKEN
from tests.channels.ivr.fakes import NUMBER, PASSWORD, FakeGraph, FakeTexts, MemoryConversations, cause, yuan

pytestmark = pytest.mark.anyio
OFFER = "To get the details by text, press two."
AT_THE_END = "To get what you heard by text, press one."
LEAVES = {"balance": "1", "charges": "2", "data_left": "3", "last_bill": "4", "bill_subjects": "5"}


def proven(hall_url: str) -> Call:
    return Call(f"{hall_url}/ivr?token={TOKEN}", NUMBER, call_id="call-1")


def unproven(hall_url: str) -> Call:
    return Call(f"{hall_url}/ivr", None)


def names(graph: FakeGraph) -> list[str]:
    return [run[0] for run in graph.asked]


# --- why the bill differs ---------------------------------------------------------------------------------------


async def test_why_the_bill_differs_is_told_after_a_proof_with_its_two_largest_causes(
    hall_url: str, graph: FakeGraph
) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("24")
        assert "For why it differs from the one before, press three." in call.heard
        await call.press("3")
        assert "service password" in call.heard
        assert "roaming" not in call.heard.lower()
        await call.press(PASSWORD + "#")
        assert "thirty-six yuan oh five more than the one before" in call.heard
        assert "Roaming calls from October third to October fifth: twenty-six yuan forty more." in call.heard
        assert "New: Data pack: ten yuan more." in call.heard
        assert "Old friends" not in call.heard
        assert "Other: thirty-five fen less." in call.heard
    assert names(graph)[-2:] == ["LastBill", "BillDifference"]
    assert graph.asked[-1][1] == {"id": "B1"}


async def test_it_is_told_in_chinese_as_people_say_it(hall_url: str) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("143")
        await call.press(PASSWORD + "#")
        assert "比上期多三十六元零五分" in call.heard
        assert "十月三日到十月五日漫游通话,增加二十六元四角。" in call.heard
        assert "其他减少三角五分。" in call.heard


async def test_a_cause_of_another_line_says_which(hall_url: str, graph: FakeGraph) -> None:
    theirs, own = (cause("THIRD_PARTY", "9.00", maskedNumber=number) for number in ("138****8002", "138****8001"))
    graph.me["billDifference"] |= {
        "difference": yuan("18.00"),
        "subjects": [{"code": "OTHER_PARTY", "causes": [theirs, own]}],
    }
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("243")
        await call.press(PASSWORD + "#")
        assert call.heard.count("number one three eight") == 1
        assert "ending in eight zero zero two" in call.heard


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"billDifference": "nothing_to_compare"}, "There is no earlier bill to compare with."),
        ({"billDifference": "bill_timeout"}, "the billing system took too long"),
        ({"bills": "bill_unavailable"}, "billing system is not answering"),
    ],
)
async def test_what_can_not_be_explained_is_said_in_words(
    hall_url: str, graph: FakeGraph, broken: dict[str, str], words: str
) -> None:
    graph.needed = {}
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("24")
        graph.broken = broken
        await call.press("3")
        assert words.lower() in call.heard.lower()


# --- the brake --------------------------------------------------------------------------------------------------


async def test_charges_are_paused_after_a_yes_and_not_before(hall_url: str, graph: FakeGraph) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("276")
        assert "nothing is charged for third parties, and roaming stops" in call.heard
        assert "These cost twelve yuan forty so far this month." in call.heard
        assert "To let them be charged again" not in call.heard
        assert names(graph) == ["ChargeBrake"]
        await call.press("1")
        assert call.heard.startswith("Use beyond your plan, charges for third parties and roaming are paused")
        assert "What can we do for you?" in call.heard
    assert names(graph) == ["ChargeBrake", "PauseCharges"]


@pytest.mark.parametrize("key", ["*", "2", "8"])
async def test_without_a_yes_nothing_is_paused(hall_url: str, graph: FakeGraph, key: str) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("276" + key)
    assert "PauseCharges" not in names(graph)
    assert "ResumeCharges" not in names(graph)


async def test_charges_go_on_after_a_proof_alone(hall_url: str, graph: FakeGraph) -> None:
    graph.me["chargeBrake"]["paused"] = ["OUT_OF_BUCKET", "THIRD_PARTY", "ROAMING"]
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("276")
        assert "are all paused" in call.heard
        assert "To pause all of these now" not in call.heard
        await call.press("2")
        assert "six-digit service password" in call.heard
        await call.press(PASSWORD + "#")
        assert call.heard.startswith("Use beyond your plan, charges for third parties and roaming are open again")
    done = [run for run in graph.asked if run[0] == "ResumeCharges"]
    assert [run[2].assurance for run in done] == [1, 2]


async def test_a_submit_that_is_sent_twice_pauses_once(hall_url: str, graph: FakeGraph) -> None:
    await press_twice(hall_url, "276", "1")
    assert names(graph).count("PauseCharges") == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"__typename": "StillUnderWay", "code": "still_under_way"}, "This is being done."),
        ({"__typename": "KeyReused", "code": "key_reused"}, "Sorry, that did not work this time."),
    ],
)
async def test_a_refused_pause_is_said(hall_url: str, graph: FakeGraph, answer: dict[str, str], words: str) -> None:
    graph.answers["PauseCharges"] = answer
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("2761")
        assert call.heard.startswith(words)


async def test_a_brake_that_can_not_be_read_has_no_keys(hall_url: str, graph: FakeGraph) -> None:
    graph.broken = {"chargeBrake": "line_timeout"}
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("276")
        assert "the line system took too long" in call.heard.lower()
        assert "press one." not in call.heard
        await call.press("1")
    assert "PauseCharges" not in names(graph)


# --- texts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("leaf", LEAVES)
async def test_the_details_of_an_answer_are_texted_by_a_key(
    hall_url: str, graph: FakeGraph, texts: FakeTexts, leaf: str
) -> None:
    graph.needed = {}
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("2" + LEAVES[leaf])
        assert OFFER in call.heard
        await call.press("2")
        assert call.heard.startswith("A text is on its way.")
        assert OFFER not in call.heard, "once is enough"
    [(answer, caller, language)] = texts.sent.values()
    assert (answer, caller.number, language) == (leaf, NUMBER, "en")


async def test_what_was_told_is_offered_as_texts_at_the_end_of_the_call(hall_url: str, texts: FakeTexts) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("21")
        await call.press("*2")
        await call.press("#")
        assert AT_THE_END in call.heard
        await call.press("1")
        assert call.heard == "A text is on its way. Thank you for calling. Goodbye!"
    assert (call.state, call.error) == ("ended", None)
    assert [answer for answer, _, _ in texts.sent.values()] == ["balance", "charges"]


@pytest.mark.parametrize("key", ["#", "5", "*", ""])
async def test_whoever_wants_no_text_is_told_goodbye(hall_url: str, texts: FakeTexts, key: str) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("21#")
        if key:
            await call.press(key)
        else:
            await call.wait_silence()
        assert "Goodbye" in call.heard
    assert call.state == "ended"
    assert texts.sent == {}


async def test_nothing_is_offered_twice_nor_where_nothing_was_told(hall_url: str, texts: FakeTexts) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("212#")
        assert "Goodbye" in call.heard
    assert len(texts.sent) == 1
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("2#")
        assert "Goodbye" in call.heard


async def test_an_answer_that_could_not_be_had_is_not_offered(hall_url: str, graph: FakeGraph) -> None:
    graph.broken = {"currentCharges": "bill_timeout"}
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("22")
        assert OFFER not in call.heard
        await call.press("#")
        assert "Goodbye" in call.heard


async def test_a_text_that_can_not_be_stored_is_not_promised(hall_url: str, texts: FakeTexts) -> None:
    texts.down = True
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("212")
        assert call.heard.startswith("Sorry, that did not work this time.")
        assert OFFER in call.heard
        await call.press("#1")
        assert call.heard.startswith("Sorry, that did not work this time.")
        assert "Goodbye" in call.heard


async def test_a_submit_that_is_sent_twice_texts_once(hall_url: str, texts: FakeTexts) -> None:
    await press_twice(hall_url, "21", "2")
    assert len(texts.sent) == 1


async def test_a_number_that_was_keyed_in_and_proved_gets_its_own_text(hall_url: str, texts: FakeTexts) -> None:
    async with unproven(hall_url) as call:
        await call.dial()
        await call.press("21")
        await call.press(NUMBER + "#")
        await call.press(PASSWORD + "#")
        assert OFFER in call.heard
        await call.press("2")
    [(_, caller, _)] = texts.sent.values()
    assert caller.number == NUMBER


@pytest.mark.parametrize("number", ["02161234567", "075512345678", ""])
def test_no_fixed_line_is_offered_a_text(number: str) -> None:
    assert not may_text(Kept(texting=True, caller=Caller(Channel.IVR, "L2", number)))
    assert not may_text(Kept(texting=True))
    assert not may_text(Kept(texting=False, caller=Caller(Channel.IVR, "L1", NUMBER)))
    assert may_text(Kept(texting=True, caller=Caller(Channel.IVR, "L1", NUMBER)))


async def test_what_a_call_keeps_of_it_is_names_alone(hall_url: str, conversations: MemoryConversations) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("212")
    state = json.loads(conversations.written[-1])["call"]
    assert (state["heard"], state["texted"]) == (["balance"], ["balance"])
    assert set(TEXTED) >= set(state["heard"])


async def press_twice(hall_url: str, before: str, keys: str) -> None:
    """Keys one after the other, and then one whose submit is sent a second time."""
    async with httpx.AsyncClient(base_url=hall_url) as browser:
        document = (await browser.get(f"/ivr?token={TOKEN}&caller={NUMBER}")).text
        found = re.search(r'name="key" expr="\'(.{32})\'"', document)
        assert found is not None
        for step, pressed in enumerate(before, 1):
            await browser.post("/ivr/turn", data={"key": found[1], "step": step, "heard": "key", "keys": pressed})
        fields = {"key": found[1], "step": len(before) + 1, "heard": "key", "keys": keys}
        once, again = [(await browser.post("/ivr/turn", data=fields)).text for _ in range(2)]
    assert once == again
