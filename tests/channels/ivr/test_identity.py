"""Who is it, is it really us, and who may help: does a call settle that, and say no in words?"""

import logging
import re
from typing import Any

import httpx
import pytest

from channels.ivr.asking import DEEDS, OPERATIONS
from channels.ivr.menu import load_menu
from graphql_schema.assurance import Factor
from graphql_schema.client import GraphError, Outcome
from graphql_schema.door import CodeEvidence, LinkEvidence, PasswordEvidence, Purpose, Turned
from sandbox.handset.voicexml import Call
from tests.channels.ivr.conftest import TOKEN
from tests.channels.ivr.fakes import (
    AS_OF,
    CHALLENGE,
    CODE,
    CONTACT_CODE,
    NUMBER,
    PASSWORD,
    FakeDoorkeeper,
    FakeGraph,
    MemoryConversations,
    helper,
)

pytestmark = pytest.mark.anyio
NEW = "739205"
MENU = load_menu()
REFUSALS = ["NotYours", "Rests", "KeyReused", "StillUnderWay", "BadInput", "NotFound", "SignInRequired"]


def proven(hall_url: str) -> Call:
    return Call(f"{hall_url}/ivr?token={TOKEN}", NUMBER, call_id="call-1")


def unproven(hall_url: str) -> Call:
    return Call(f"{hall_url}/ivr", None)


def names(graph: FakeGraph) -> list[str]:
    return [run[0] for run in graph.asked]


# --- proving more -----------------------------------------------------------------------------------------------


async def test_a_code_is_texted_and_keyed_in_in_the_same_call(
    hall_url: str, graph: FakeGraph, doorkeeper: FakeDoorkeeper
) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("15")
        assert "改用短信验证码,请按一,再按井号键。" in call.heard
        await call.press("1#")
        assert call.heard.startswith("验证码短信正在发送,五分钟内有效。")
        assert "请输入短信中的六位验证码" in call.heard
        await call.press(CODE + "#")
        assert "套餐及固定费九十九元。" in call.heard
    (wish,) = doorkeeper.wishes
    assert (wish.number, wish.purpose, wish.source) == (NUMBER, Purpose.STEP_UP, f"caller:{NUMBER}")
    assert doorkeeper.seen[1:] == [CodeEvidence(NUMBER, CODE, wish.source, CHALLENGE, Purpose.STEP_UP)]
    assert set(graph.asked[-1][2].proofs) == {Factor.LINK, Factor.CODE}


async def test_one_key_without_hash_asks_for_a_code_too(hall_url: str, doorkeeper: FakeDoorkeeper) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("151")
        await call.wait_silence()
        assert "请输入短信中的六位验证码" in call.heard
    assert len(doorkeeper.wishes) == 1


async def test_both_proofs_one_after_the_other_reach_level_3(
    hall_url: str, graph: FakeGraph, doorkeeper: FakeDoorkeeper
) -> None:
    graph.needed["bill"] = 3
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("25")
        await call.press(PASSWORD + "#")
        assert "This also needs a one-time code." in call.heard
        assert doorkeeper.wishes == [], "nothing is texted that nobody asked for"
        await call.press("1")
        await call.press(CODE + "#")
        assert "Monthly fee: ninety-nine yuan." in call.heard
    asked = graph.asked[-1][2]
    assert (asked.assurance, set(asked.proofs)) == (3, {Factor.LINK, Factor.CODE, Factor.PASSWORD})


async def test_the_code_may_come_first_and_the_password_after_it(hall_url: str, graph: FakeGraph) -> None:
    graph.needed["bill"] = 3
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("251#")
        await call.press(CODE + "#")
        assert "Please key in your six-digit service password" in call.heard
        assert "one-time code by text instead" not in call.heard
        await call.press(PASSWORD + "#")
        assert "Monthly fee: ninety-nine yuan." in call.heard


async def test_a_number_that_is_keyed_in_may_be_proven_by_a_code(
    hall_url: str, graph: FakeGraph, doorkeeper: FakeDoorkeeper
) -> None:
    async with unproven(hall_url) as call:
        await call.dial()
        await call.press("21")
        await call.press(NUMBER + "#")
        await call.press("1#")
        assert call.heard.startswith("If this number is one of ours, a code is on its way")
        await call.press(CODE + "#")
        assert "Your available balance is" in call.heard
    assert doorkeeper.wishes[0].purpose is Purpose.SIGN_IN
    assert [type(seen) for seen in doorkeeper.seen] == [CodeEvidence]
    assert graph.asked[0][2].subscriber == "L1"


async def test_no_code_is_offered_to_a_fixed_line(hall_url: str, doorkeeper: FakeDoorkeeper) -> None:
    async with unproven(hall_url) as call:
        await call.dial()
        await call.press("21")
        await call.press("02161234567#")
        assert "Please key in your six-digit service password" in call.heard
        assert "one-time code" not in call.heard
        await call.press("1#")
        assert call.heard.startswith("That key is not in the menu.")
    assert doorkeeper.wishes == []


async def test_who_is_no_customer_is_asked_for_a_number(hall_url: str) -> None:
    async with Call(f"{hall_url}/ivr?token={TOKEN}", "13999999999") as call:
        await call.dial()
        await call.press("21")
        assert "Please key in your mobile number" in call.heard


async def test_a_way_that_no_telephone_goes_is_said(hall_url: str, graph: FakeGraph) -> None:
    refused = GraphError("step_up_required", ("me", "bill"), {"needed": 3, "ways": [["PASSKEY"], ["CODE", "PASSKEY"]]})
    graph.needed.pop("bill")
    graph.broken, graph.parameters = {"bill": "step_up_required"}, refused.parameters
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("25")
        assert call.heard.startswith("What this needs can not be proved in a call.")
        assert "What can we do for you?" in call.heard


@pytest.mark.parametrize(
    ("turned", "words", "place"),
    [
        (Turned("wrong_credentials", {"tries_left": 2}), "You have two tries left", "password"),
        (Turned("wrong_credentials"), "The service password is not right.", "password"),
        (Turned("locked", {"until": AS_OF}), "locked for your safety", "main"),
        (Turned("sim_changed", {"until": AS_OF}), "Your SIM card was changed lately", "password"),
        (Turned("unavailable"), "Our system is not answering.", "main"),
        (Turned("too_many_codes", {"retry_at": AS_OF}), "Too many codes were asked for.", "main"),
        (Turned("a_code_of_tomorrow"), "We cannot check who you are just now.", "main"),
    ],
)
async def test_each_refusal_of_a_password_has_words(
    hall_url: str, doorkeeper: FakeDoorkeeper, turned: Turned, words: str, place: str
) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("25")
        doorkeeper.turned = turned
        await call.press("111112#")
        assert words in call.heard
        assert ("service password, then press hash" if place == "password" else "What can we do") in call.heard


@pytest.mark.parametrize(
    ("turned", "words", "goes_on"),
    [
        (
            Turned("wrong_credentials", {"tries_left": 4}),
            "The code is not right. You have four tries left.",
            "of the text",
        ),
        (Turned("code_expired"), "That code is no longer valid.", "For a new code, press one"),
        (Turned("locked", {"until": AS_OF}), "too many wrong tries", "What can we do for you?"),
        (Turned("sim_changed", {"until": AS_OF}), "a code does not open this yet", "six-digit service password"),
        (Turned("unavailable"), "Our system is not answering.", "What can we do for you?"),
    ],
)
async def test_each_refusal_of_a_code_has_words(
    hall_url: str, doorkeeper: FakeDoorkeeper, turned: Turned, words: str, goes_on: str
) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("251#")
        doorkeeper.turned = turned
        await call.press("111112#")
        assert words in call.heard
        assert goes_on in call.heard


@pytest.mark.parametrize("code", ["too_many_codes", "unavailable", "invalid_number"])
async def test_who_gets_no_code_is_told_why_and_may_still_key_in_the_password(
    hall_url: str, doorkeeper: FakeDoorkeeper, code: str
) -> None:
    doorkeeper.no_code = Turned(code, {"retry_at": AS_OF})
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("251#")
        assert call.heard.startswith(MENU.leads["en"][code])
        await call.press(PASSWORD + "#")
        assert "Monthly fee" in call.heard


async def test_a_new_code_and_the_way_back_to_the_password(hall_url: str, doorkeeper: FakeDoorkeeper) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("251#")
        await call.press("1#")
        assert len(doorkeeper.wishes) == 2
        await call.press("*")
        await call.wait_silence()
        assert "Please key in your six-digit service password" in call.heard
        await call.press("*#")
        assert "What can we do for you?" in call.heard


async def test_who_does_not_pay_is_not_asked_for_a_password(
    hall_url: str, graph: FakeGraph, doorkeeper: FakeDoorkeeper
) -> None:
    graph.broken = dict.fromkeys(("balance", "account", "currentCharges", "bills", "bill"), "paid_by_other")
    graph.parameters = {"payer": "FAMILY"}
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("25")
        assert "Your main line pays for this line." in call.heard
        assert "service password" not in call.heard
    assert [type(seen) for seen in doorkeeper.seen] == [LinkEvidence]


# --- is it really you? ------------------------------------------------------------------------------------------


async def test_a_code_that_somebody_named_is_judged_for_the_line_that_calls(hall_url: str, graph: FakeGraph) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("161")
        await call.press(CONTACT_CODE + "#")
        assert "属实。这是我们的工作人员李强,工号二零四六,上门,关于装机。" in call.heard
        assert "核验码在十一月二十一日八点三十二分前有效。" in call.heard
        await call.press("1")
        assert "李强" in call.heard, "it is said again"
    assert names(graph) == ["ContactCheck"], "and judged once"
    assert graph.asked[0][1] == {"code": CONTACT_CODE}


async def test_a_code_that_is_not_ours_is_called_so_and_what_to_do(hall_url: str) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("261")
        await call.press("11111111#")
        assert "This is not genuine" in call.heard
        assert "transfer nothing" in call.heard


async def test_a_visitor_says_for_which_number_and_learns_no_name(hall_url: str, graph: FakeGraph) -> None:
    async with unproven(hall_url) as call:
        await call.dial()
        await call.press("261")
        await call.press(NUMBER + "#")
        await call.press(CONTACT_CODE + "#")
        assert "This is genuine: it is one of our people." in call.heard
        assert "李强" not in call.heard
        await call.press("*61")
        await call.press("11111111#")
        assert "This is not genuine" in call.heard
    assert graph.asked[0][1] == {"code": CONTACT_CODE, "number": NUMBER}
    assert graph.asked[0][2].subscriber is None


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("locked", "Too many wrong codes were checked today."),
        ("bad_argument", "not well formed"),
        ("line_unavailable", "that did not work this time"),
    ],
)
async def test_a_check_that_can_not_be_made_says_why(hall_url: str, graph: FakeGraph, code: str, words: str) -> None:
    graph.broken = {"contact": code}
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("261")
        await call.press(CONTACT_CODE + "#")
        assert words in call.heard
        assert "genuine" not in call.heard


async def test_what_we_really_said_is_read_out(hall_url: str) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("262")
        assert "a call about a fault, by 王芳, badge one zero two seven." in call.heard
        assert "a text about a one-time code." in call.heard


# --- sign-outs --------------------------------------------------------------------------------------------------


async def test_signing_out_everywhere_is_confirmed_then_proven_then_done_once(hall_url: str, graph: FakeGraph) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("264")
        assert "Every sign-in on the web and in the app will end." in call.heard
        assert names(graph) == []
        await call.press("1")
        assert "six-digit service password" in call.heard
        await call.press(PASSWORD + "#")
        assert call.heard.startswith("Signed out everywhere: two sign-ins ended.")
        assert "Account safety." in call.heard
        await call.press("*1")
    assert names(graph) == ["EndSessions", "EndSessions", "Balance"], "refused for a proof, then done"
    refused, done = (run[1]["key"] for run in graph.asked[:2])
    assert re.fullmatch(r"ivr-[A-Za-z0-9_-]{32}-\d+", done)
    assert refused != done


async def test_a_confirmation_that_is_sent_twice_is_done_once(hall_url: str, graph: FakeGraph) -> None:
    graph.needed["EndSessions"] = 1
    async with httpx.AsyncClient(base_url=hall_url) as browser:
        first = await browser.get("/ivr", params={"token": TOKEN, "caller": NUMBER, "call": "1"})
        key = first.text.split("expr=\"'")[1].split("'")[0]
        for step, pressed in enumerate("264", 1):
            await browser.post("/ivr/turn", data={"key": key, "step": str(step), "heard": "key", "keys": pressed})
        sure = {"key": key, "step": "4", "heard": "key", "keys": "1"}
        once, again = [await browser.post("/ivr/turn", data=sure) for _ in range(2)]
    assert once.text == again.text
    assert "Signed out everywhere" in once.text
    assert [run[1]["key"] for run in graph.asked] == [f"ivr-{key}-4"]


async def test_whoever_does_not_confirm_ends_nothing(hall_url: str, graph: FakeGraph) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("264*")
        assert "What can we do for you?" in call.heard
    assert names(graph) == []


async def test_nobody_was_signed_in(hall_url: str, graph: FakeGraph) -> None:
    graph.needed["EndSessions"] = 1
    graph.answers["EndSessions"] = {"__typename": "SessionsEnded", "count": 0}
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("2641")
        assert call.heard.startswith("Nobody was signed in.")


# --- helpers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("key", "accept", "words"), [("1", True, "may now help"), ("2", False, "was refused")])
async def test_a_request_to_help_is_told_first_and_answered_by_one_key(
    hall_url: str, graph: FakeGraph, key: str, accept: bool, words: str
) -> None:
    graph.me["helpers"] = [helper(), helper("138****8003", "ASKED")]
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("2")
        assert "one three eight, ending in eight zero zero three asks to see for you: line and packages" in call.heard
        await call.press(key)
        assert words in call.heard
        assert "What can we do for you?" in call.heard
    (deed,) = graph.asked
    assert (deed[0], deed[1]["id"], deed[1]["accept"]) == ("AnswerHelp", "H3", accept)


@pytest.mark.parametrize("key", ["3", "*", "8", ""])
async def test_anything_else_goes_on_to_the_menu_and_is_asked_once_a_call(
    hall_url: str, graph: FakeGraph, key: str
) -> None:
    graph.me["helpers"] = [helper("138****8003", "ASKED")]
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("2")
        await (call.press(key) if key else call.wait_silence())
        assert call.heard.startswith("What can we do for you?")
        await call.press("*2")
        assert call.heard.startswith("What can we do for you?")
    assert names(graph) == []


async def test_a_second_request_is_told_after_the_answer_to_the_first(hall_url: str, graph: FakeGraph) -> None:
    graph.me["helpers"] = [helper("138****8003", "ASKED"), helper("138****8004", "ASKED")]
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("22")
        assert call.heard.startswith("one three eight, ending in eight zero zero two was refused.")
        assert "ending in eight zero zero four asks" in call.heard
        await call.press("1")
        assert "What can we do for you?" in call.heard
    assert [run[1]["id"] for run in graph.asked] == ["H3", "H4"]


async def test_a_graph_that_does_not_answer_holds_nobody_up(hall_url: str, graph: FakeGraph) -> None:
    graph.broken = {"helpers": "line_unavailable"}
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("2")
        assert call.heard.startswith("What can we do for you?")


async def test_a_visitor_is_told_of_no_request(hall_url: str, graph: FakeGraph) -> None:
    graph.me["helpers"] = [helper("138****8003", "ASKED")]
    async with unproven(hall_url) as call:
        await call.dial()
        await call.press("2")
        assert call.heard.startswith("What can we do for you?")
    assert [run[0] for run in graph.runs] == ["ServiceNotices"]


async def test_with_a_new_sim_card_a_yes_needs_the_service_password(hall_url: str, graph: FakeGraph) -> None:
    graph.me["helpers"] = [helper("138****8003", "ASKED")]
    graph.answers["AnswerHelp"] = {"__typename": "SimChanged", "code": "sim_changed"}
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("21")
        assert call.heard.startswith("Your SIM card was changed lately, so to allow this we also need")
        assert "one-time code by text instead" not in call.heard
        graph.answers.clear()
        await call.press(PASSWORD + "#")
        assert "may now help with your line." in call.heard
    assert [(run[0], run[1]["id"], run[2].assurance) for run in graph.asked] == [
        ("AnswerHelp", "H3", 1),
        ("AnswerHelp", "H3", 2),
    ]


async def test_who_may_help_is_read_out_and_ended_by_one_key(hall_url: str, graph: FakeGraph) -> None:
    graph.me["helpers"] = [helper(), helper("138****8003")]
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("263")
        assert "ending in eight zero zero two may see for you: line and packages, usage" in call.heard
        assert "To end this, press three." in call.heard
        graph.me["helpers"].pop()
        await call.press("3")
        assert call.heard.startswith("one three eight, ending in eight zero zero three can no longer act")
        await call.press("3")
        assert call.heard.startswith("That key is not in the menu.")
    deeds = [run for run in graph.asked if run[0] == "EndHelp"]
    assert [run[1]["id"] for run in deeds] == ["H3"]


# --- the service password ---------------------------------------------------------------------------------------


async def change(call: Call, *, old: str = PASSWORD, new: str = NEW, again: str = NEW) -> None:
    await call.dial()
    await call.press("265")
    for each in (old, new, again):
        await call.press(each + "#")


async def test_the_service_password_is_changed_by_the_old_one(
    hall_url: str, graph: FakeGraph, doorkeeper: FakeDoorkeeper
) -> None:
    async with proven(hall_url) as call:
        await change(call)
        assert call.heard.startswith("Your service password is changed")
    (deed,) = graph.asked
    assert (deed[0], deed[1]["old"], deed[1]["new"]) == ("ChangePassword", PASSWORD, NEW)
    assert deed[2].assurance == 2, "the old password is the proof"
    assert [type(seen) for seen in doorkeeper.seen] == [LinkEvidence, PasswordEvidence]


async def test_a_visitor_changes_it_by_number_and_old_password(hall_url: str, graph: FakeGraph) -> None:
    async with unproven(hall_url) as call:
        await call.dial()
        await call.press("265")
        await call.press(NUMBER + "#")
        for each in (PASSWORD, NEW, NEW):
            await call.press(each + "#")
        assert call.heard.startswith("Your service password is changed")
    assert graph.asked[0][2].number == NUMBER


async def test_two_new_ones_that_differ_reach_nobody(
    hall_url: str, graph: FakeGraph, doorkeeper: FakeDoorkeeper
) -> None:
    async with proven(hall_url) as call:
        await change(call, again="739206")
        assert call.heard.startswith("The two new passwords differ.")
        assert "old six-digit service password" in call.heard
    assert graph.asked == []
    assert [type(seen) for seen in doorkeeper.seen] == [LinkEvidence]


async def test_a_wrong_old_one_is_counted_and_told(hall_url: str, graph: FakeGraph) -> None:
    async with proven(hall_url) as call:
        await change(call, old="111112")
        assert call.heard.startswith("The service password is not right. You have two tries left today.")
        assert "old six-digit service password" in call.heard
    assert graph.asked == []


async def test_star_leaves_at_each_of_the_three(hall_url: str, graph: FakeGraph) -> None:
    for keys in ("", PASSWORD + "#", PASSWORD + "#" + NEW + "#"):
        async with proven(hall_url) as call:
            await call.dial()
            await call.press("265")
            await call.press(keys + "*#")
            assert "What can we do for you?" in call.heard
        assert call.error is None
    assert graph.asked == []


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"__typename": "WrongSecret", "code": "wrong_credentials", "triesLeft": 1}, "You have one try left today."),
        ({"__typename": "Locked", "code": "locked"}, "locked for your safety"),
        *(
            ({"__typename": "WeakPassword", "code": "weak_password", "reason": reason}, "The new password")
            for reason in ("not_six_digits", "all_equal", "run", "part_of_identity", "same_as_before")
        ),
        ({"__typename": "LineSuspended", "code": "line_suspended"}, "A suspended line"),
        ({"__typename": "StepUpRequired", "code": "step_up_required", "ways": []}, "can not be proved in a call"),
    ],
)
async def test_a_new_password_that_is_refused_says_why(
    hall_url: str, graph: FakeGraph, answer: dict[str, Any], words: str
) -> None:
    graph.answers["ChangePassword"] = answer
    async with proven(hall_url) as call:
        await change(call)
        assert words in call.heard
    assert call.error is None


async def test_a_forgotten_password_is_reset_elsewhere_and_no_id_is_taken(hall_url: str, graph: FakeGraph) -> None:
    async with unproven(hall_url) as call:
        await call.dial()
        await call.press("266")
        assert "we take no ID numbers by telephone" in call.heard
        assert "text M M C Z to one zero zero eight six" in call.heard
    assert graph.asked == []


# --- whatever is refused, and whatever is secret ---------------------------------------------------------------


@pytest.mark.parametrize("word", REFUSALS)
@pytest.mark.parametrize("deed", ["EndSessions", "EndHelp", "AnswerHelp", "ChangePassword"])
async def test_every_refusal_of_every_deed_has_words(hall_url: str, graph: FakeGraph, deed: str, word: str) -> None:
    code = re.sub(r"(?<!^)([A-Z])", r"_\1", word).lower()
    graph.answers[deed] = {"__typename": word, "code": {"bad_input": "bad_argument"}.get(code, code)}
    graph.needed[deed] = 1
    graph.me["helpers"] = [helper(state="ASKED" if deed == "AnswerHelp" else "ACTIVE")]
    async with proven(hall_url) as call:
        if deed == "ChangePassword":
            await change(call)
        else:
            await call.dial()
            await call.press({"EndSessions": "2641", "EndHelp": "2632", "AnswerHelp": "21"}[deed])
        lead = MENU.leads["en"].get(graph.answers[deed]["code"], MENU.leads["en"]["deed_failed"])
        assert call.heard.startswith(lead)
    assert call.error is None


async def test_a_system_that_is_down_is_said(hall_url: str, graph: FakeGraph) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("264")
        graph.outcome = Outcome(None, (GraphError("line_unavailable"),))
        await call.press("1")
        assert call.heard.startswith("Sorry, that did not work this time.")


@pytest.mark.parametrize("language", ["1", "2"])
async def test_no_secret_is_spoken_or_kept_or_logged(
    hall_url: str, language: str, conversations: MemoryConversations, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with proven(hall_url) as call:
        await call.dial()
        await call.press(language + "51#")
        await call.press("604719#")
        await call.press(CODE + "#")
        await call.press("*65")
        for each in (PASSWORD, NEW, NEW):
            await call.press(each + "#")
        await call.press("1")
        await call.press(CONTACT_CODE + "#")
        said = " ".join(turn.text for turn in call.turns)
    assert "•" * 8 in said
    for secret in (CODE, "604719", PASSWORD, NEW, CONTACT_CODE):
        assert secret not in said
        assert secret not in "".join(conversations.written)
        assert secret not in caplog.text


async def test_every_deed_is_asked_with_what_would_do_instead() -> None:
    for name in DEEDS - {"contact_check", "service_notices", "redemption_preview"}:
        text = OPERATIONS[name].text
        assert text.startswith("mutation ")
        assert "idempotencyKey: $key" in text
        assert "... on StepUpRequired { code needed ways }" in text
        assert "... on DeedOff { code offUntil: until offReason: reason { zh en } }" in text


@pytest.mark.parametrize("item", "123456")
@pytest.mark.parametrize("language", "12")
async def test_every_path_through_account_safety_is_understood_by_a_strange_phone(
    hall_url: str, language: str, item: str, graph: FakeGraph
) -> None:
    graph.me["helpers"] = [helper()]
    for line in (proven, unproven):
        for after in ("1", "2", "8", "*"):
            async with line(hall_url) as call:
                await call.dial()
                await call.press(f"{language}6{item}")
                await call.press(after)
                await call.wait_silence()
            assert call.error is None, (item, after)
