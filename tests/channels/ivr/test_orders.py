"""Does a call order, drop and recharge only by a key after it was said, once, and say what became of it?"""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels.ivr.asking import OPERATIONS
from channels.ivr.menu import load_menu
from channels.ivr.speech_en import say_integer
from channels.rendering import LANGUAGES
from channels.rests import ALL_AREAS, AREAS
from ordering.switches import CUSTOMER_DEEDS
from tests.channels.ivr.conftest import TOKEN
from tests.channels.ivr.fakes import (
    AS_OF,
    CARD,
    NUMBER,
    PASSWORD,
    PREVIEW,
    UNFAILED,
    FakeGraph,
    MemoryConversations,
    subscribed,
    yuan,
)
from tests.channels.ivr.test_money import names, press_twice, proven, unproven

pytestmark = pytest.mark.anyio
OTHER = "13800138002"
MENU = load_menu()


def order(state: str, **facts: Any) -> dict[str, Any]:
    return {"__typename": "Order", "name": PREVIEW["name"], "state": state, "startsOn": None, **UNFAILED, **facts}


# --- what is subscribed -----------------------------------------------------------------------------------------


async def test_what_is_subscribed_is_read_out_and_a_key_drops_one_after_a_yes(hall_url: str, graph: FakeGraph) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("272")
        assert "Smart plan, fifty-nine yuan each month, is your plan." in call.heard
        assert "Ring-back tones, six yuan each month, collected for a third party." in call.heard
        assert "To drop something, press two, and then key in its number." in call.heard
        await call.press("2")
        assert "Please key in the number of what you want to drop, then press hash." in call.heard
        await call.press("2#")
        assert call.heard.startswith("You want to drop Ring-back tones, from December first.")
        assert "To confirm, press one." in call.heard
        assert names(graph) == ["Subscribed", "PrepareChange"]
        await call.press("1")
        assert call.heard.startswith("Ring-back tones: accepted, from December first.")
    [_, prepare, confirm] = graph.asked
    assert prepare[1]["wanted"] == {"action": "DROP", "packageId": "P2"}
    assert (confirm[0], confirm[1]["id"]) == ("ConfirmChange", "C1")


@pytest.mark.parametrize(("number", "positions"), [(9, (3, 8, 9)), (25, (10, 25))])
async def test_each_item_is_dropped_by_its_own_number_however_many_there_are(
    hall_url: str, graph: FakeGraph, number: int, positions: tuple[int, ...]
) -> None:
    graph.me["subscribed"] = subscribed(number)
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("272")
        for position in range(1, number + 1):
            assert f"Number {say_integer(position)}: Pack {position}," in call.heard
        for position in positions:
            await call.press(f"2{position}#")
            assert call.heard.startswith("You want to drop ")
            assert graph.asked[-1][1]["wanted"] == {"action": "DROP", "packageId": f"P{position}"}
            await call.press("2")
            await call.press("2")


@pytest.mark.parametrize("keyed", ["1", "2", "0", "26", "260"])
async def test_a_number_of_nothing_that_can_be_dropped_is_asked_again_and_star_tells_the_list_again(
    hall_url: str, graph: FakeGraph, keyed: str
) -> None:
    graph.me["subscribed"] = subscribed(25)
    async with proven(hall_url) as call:
        await call.dial()
        await call.press(f"2722{keyed}#")
        assert call.heard.startswith("Nothing with that number can be dropped. Please key in the number")
        await call.press("*#")
        assert call.heard.startswith("Number one: Pack 1, fifty-nine yuan each month, is your plan.")
    assert "PrepareChange" not in names(graph)


async def test_where_nothing_can_be_dropped_no_key_offers_it(hall_url: str, graph: FakeGraph) -> None:
    graph.me["subscribed"] = subscribed(2)
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("272")
        assert "To drop something" not in call.heard
        await call.press("2")
        assert call.heard.startswith("That key is not in the menu.")


@pytest.mark.parametrize("key", ["2", "*", "5", "8"])
async def test_without_a_yes_nothing_is_ordered(hall_url: str, graph: FakeGraph, key: str) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("27222#" + key)
    assert "ConfirmChange" not in names(graph)
    assert ("WithdrawChange" in names(graph)) == (key == "2")


async def test_a_submit_that_is_sent_twice_orders_once(hall_url: str, graph: FakeGraph) -> None:
    await press_twice(hall_url, "27222", "1")
    assert names(graph).count("ConfirmChange") == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (order("COMPLETED"), "Ring-back tones: done."),
        (order("IN_PROGRESS"), "Ring-back tones: accepted."),
        (order("PLACING"), "Ring-back tones: being placed. Please do not order it again"),
        (
            order("FAILED", failure={"zh": "无", "en": "No port"}, nextStep="VISIT"),
            "not be done. No port, please visit",
        ),
        (order("PARTIAL"), "Ring-back tones: done in part."),
        ({"__typename": "ConfirmationExpired", "code": "confirmation_expired"}, "The time to confirm is over"),
        ({"__typename": "KeyReused", "code": "key_reused"}, "Sorry, that did not work this time."),
        (
            {"__typename": "ChangeRefused", "code": "change_refused"}
            | {"obstacles": [{"code": "CONTRACT", "offering": None, "until": "2027-05-31"}]},
            "That can not be done: until your contract ends on May thirty-first, only",
        ),
        (
            {"__typename": "DeedOff", "code": "deed_off", "offUntil": AS_OF}
            | {"offReason": {"zh": "系统升级", "en": "an upgrade"}},
            "Please note: some services rest for now, because of an upgrade. They should be back by November",
        ),
    ],
)
async def test_what_became_of_a_yes_is_said(
    hall_url: str, graph: FakeGraph, answer: dict[str, Any], words: str
) -> None:
    graph.answers["ConfirmChange"] = answer
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("27222#1")
        assert call.heard.startswith(words) or words in call.heard
        assert "Recharging, points, services and orders." in call.heard


async def test_what_would_be_another_thing_by_now_is_said_anew_and_not_ordered(hall_url: str, graph: FakeGraph) -> None:
    changed = {"__typename": "PreviewChanged", "code": "preview_changed", "preview": PREVIEW}
    graph.answers["ConfirmChange"] = changed
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("27222#")
        graph.answers["PrepareChange"] = {"__typename": "PreparedChange", "id": "C2", "preview": PREVIEW}
        await call.press("1")
        assert call.heard.startswith("The terms have changed, and nothing was ordered.")
        assert "You want to drop Ring-back tones" in call.heard
        graph.answers["ConfirmChange"] = order("COMPLETED")
        await call.press("1")
    assert [run[1]["id"] for run in graph.asked if run[0] == "ConfirmChange"] == ["C1", "C2"]


async def test_a_refused_change_is_told_in_the_menu(hall_url: str, graph: FakeGraph) -> None:
    obstacle = {"code": "IN_ARREARS", "offering": None, "until": None}
    graph.answers["PrepareChange"] = {"__typename": "ChangeRefused", "code": "change_refused", "obstacles": [obstacle]}
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("27222#")
        assert call.heard.startswith("That can not be done: please pay what is owed first.")


# --- loss -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("keys", "action"), [("274", "REPORT_LOSS"), ("275", "RESUME")])
async def test_a_loss_is_said_confirmed_and_proved_before_it_is_reported(
    hall_url: str, graph: FakeGraph, keys: str, action: str
) -> None:
    graph.needed["ConfirmChange"] = 2
    graph.answers["PrepareChange"] = {"__typename": "PreparedChange", "id": "C3"} | {
        "preview": PREVIEW | {"action": action, "start": "AT_ONCE"}
    }
    graph.answers["ConfirmChange"] = order("COMPLETED", name={"zh": "挂失", "en": "Loss report"})
    async with proven(hall_url) as call:
        await call.dial()
        await call.press(keys)
        assert call.heard.startswith("You want to ")
        assert ", at once." in call.heard
        await call.press("1")
        assert "six-digit service password" in call.heard
        await call.press(PASSWORD + "#")
        assert call.heard.startswith("Loss report: done.")
    done = [run for run in graph.asked if run[0] == "ConfirmChange"]
    assert [(run[1]["id"], run[2].assurance) for run in done] == [("C3", 1), ("C3", 2)]
    assert done[0][1]["key"] != done[1][1]["key"]
    prepared = [run[1]["wanted"] for run in graph.asked if run[0] == "PrepareChange"]
    assert prepared == [{"action": action}]


async def test_a_stranger_proves_the_line_before_anything_is_said_of_it(hall_url: str, graph: FakeGraph) -> None:
    async with unproven(hall_url) as call:
        await call.dial()
        await call.press("274")
        assert "key in your mobile number" in call.heard
        await call.press(NUMBER + "#")
        assert names(graph) == []
        await call.press(PASSWORD + "#")
        assert call.heard.startswith("You want to ")


# --- orders -----------------------------------------------------------------------------------------------------


async def test_orders_are_told_with_the_system_that_holds_them(hall_url: str) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("273")
        assert "Order to take 5 GB pack: under way, with activation, from November twenty-first." in call.heard


# --- vouchers ---------------------------------------------------------------------------------------------------


async def test_a_voucher_is_keyed_in_over_the_question_and_only_its_amount_is_read_back(
    hall_url: str, graph: FakeGraph, conversations: MemoryConversations
) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("271")
        assert "key in the eighteen digits of the voucher card" in call.heard
        await call.press(CARD + "#")
        assert call.heard.startswith("Recharged: fifty yuan.")
    [(name, variables, caller)] = graph.asked
    assert (name, variables["card"], variables["number"]) == ("RedeemVoucher", CARD, None)
    assert caller.subscriber is not None
    assert not [kept for kept in conversations.written if CARD in kept], "no document and no state holds the card"


async def test_a_caller_whose_number_is_not_vouched_for_says_which_line_and_proves_nothing(
    hall_url: str, graph: FakeGraph
) -> None:
    async with unproven(hall_url) as call:
        await call.dial()
        await call.press("271")
        await call.press(OTHER + "#")
        await call.press(CARD + "#")
        assert call.heard.startswith("Recharged: fifty yuan.")
    [(name, variables, caller)] = graph.asked
    assert (name, variables["number"], caller.subscriber) == ("RedeemVoucher", OTHER, None)


@pytest.mark.parametrize("reason", ["unknown", "used", "expired", "of_other"])
async def test_a_card_that_can_not_be_used_leaves_the_question_with_the_tries_left(
    hall_url: str, graph: FakeGraph, reason: str
) -> None:
    refused = {"__typename": "VoucherRefused", "code": "voucher_refused", "reason": reason, "triesLeft": 3}
    graph.answers["RedeemVoucher"] = refused
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("271")
        await call.press(CARD + "#")
        assert "You have three tries left today." in call.heard
        assert "eighteen digits" in call.heard
        await call.press(CARD + "#")
    assert names(graph) == ["RedeemVoucher", "RedeemVoucher"]
    assert len({run[1]["key"] for run in graph.asked}) == 2


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"__typename": "Locked", "code": "locked"}, "too many wrong cards today"),
        ({"__typename": "NotRechargeable", "code": "not_rechargeable", "reason": "closed"}, "That line is closed"),
        ({"__typename": "NotRechargeable", "code": "not_rechargeable", "reason": "unknown"}, "can not be recharged"),
        ({"__typename": "Recharge", "amount": yuan("50"), "state": "PAID"}, "Your card is being worked on."),
        ({"__typename": "Recharge", "amount": yuan("50"), "state": "CHECKING"}, "Your card is being worked on."),
        ({"__typename": "Recharge", "amount": yuan("50"), "state": "REFUNDED"}, "The recharge did not work"),
        ({"__typename": "StillUnderWay", "code": "still_under_way"}, "This is being done."),
    ],
)
async def test_what_became_of_a_card_is_said_and_money_only_where_it_is(
    hall_url: str, graph: FakeGraph, answer: dict[str, Any], words: str
) -> None:
    graph.answers["RedeemVoucher"] = answer
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("271")
        await call.press(CARD + "#")
        assert words in call.heard
        assert "fifty yuan" not in call.heard


@pytest.mark.parametrize("keys", ["12345#", CARD[:-1] + "#"])
async def test_a_card_with_digits_missing_is_not_tried(hall_url: str, graph: FakeGraph, keys: str) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("271")
        await call.press(keys)
        assert "eighteen digits" in call.heard
    assert names(graph) == []


async def test_a_submit_that_is_sent_twice_recharges_once(hall_url: str, graph: FakeGraph) -> None:
    await press_twice(hall_url, "271", CARD)
    assert names(graph) == ["RedeemVoucher"]


# --- what rests -------------------------------------------------------------------------------------------------


def rest(*deeds: str, begins: timedelta, resting: bool, until: str | None = AS_OF) -> dict[str, Any]:
    """A notice of the operator's, as the graph has it."""
    reason = {"zh": "系统升级", "en": "an upgrade"}
    begins_at = (datetime.now(UTC) + begins).isoformat()
    return {"deeds": list(deeds), "resting": resting, "beginsAt": begins_at, "endsAt": until, "reason": reason}


NOW, TONIGHT, NEXT_WEEK = timedelta(0), timedelta(hours=23), timedelta(hours=25)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("1", "因系统升级,业务办理和充值暂停办理。预计十一月二十一日八点三十二分恢复。"),
        (
            "2",
            "Please note: new orders and recharges rest for now, because of an upgrade. They should be back",
        ),
    ],
)
async def test_what_rests_is_said_once_before_the_menu(
    hall_url: str, graph: FakeGraph, language: str, words: str
) -> None:
    graph.resting = [rest("*", begins=NOW, resting=True)]
    for line in (proven, unproven):
        async with line(hall_url) as call:
            await call.dial()
            await call.press(language)
            assert call.heard.startswith(words)
            await call.press("7*")
            assert words not in call.heard


async def test_what_will_rest_within_a_day_is_said_with_its_name_and_what_is_later_is_not(
    hall_url: str, graph: FakeGraph
) -> None:
    graph.resting = [
        rest("redeemVoucher", "startRecharge", begins=TONIGHT, resting=False),
        rest("confirmChange", "prepareChange", begins=NEXT_WEEK, resting=False),
    ]
    for language, named, later in (
        ("1", "充值卡充值将从", "业务办理和退订"),
        ("2", "voucher recharges will rest from", "orders and"),
    ):
        async with proven(hall_url) as call:
            await call.dial()
            await call.press(language)
            [said] = [each for each in re.split(r"(?<=[。.]) ?", call.heard) if named in each]
            assert "系统升级" in said or "an upgrade" in said
            assert later not in call.heard.split(MENU.sentences["zh" if language == "1" else "en"]["main_intro"])[0]


async def test_what_neither_a_call_nor_a_text_can_do_is_not_said_to_rest(hall_url: str, graph: FakeGraph) -> None:
    graph.resting = [rest("transferBalance", "setAutoRecharge", begins=NOW, resting=True)]
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("2")
        assert call.heard.startswith("What can we do for you?")


def test_every_deed_of_a_call_has_a_name_for_when_it_rests() -> None:
    deeds = {deed for operation in OPERATIONS.values() for deed in re.findall(r"answer: (\w+)\(", operation.text)}
    assert len(deeds) >= 9
    assert deeds & CUSTOMER_DEEDS <= AREAS.keys()
    for language in LANGUAGES:
        assert MENU.names[language]["area"].keys() == {*ALL_AREAS, "all", "some"}


async def test_somebody_s_request_to_help_comes_after_what_rests(hall_url: str, graph: FakeGraph) -> None:
    asks = {"id": "H3", "maskedNumber": "138****8003", "scopes": ["line"], "state": "ASKED", "until": AS_OF}
    graph.me["helpers"] = [asks]
    graph.resting = [rest("confirmChange", begins=NOW, resting=True, until=None)]
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("2")
        assert call.heard.startswith("Please note: new orders and plan changes rest for now, because of an upgrade.")
        assert "asks to see for you" in call.heard


async def test_what_a_call_keeps_of_a_question_is_no_secret(hall_url: str, conversations: MemoryConversations) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("27222#")
    state = json.loads(conversations.written[-1])["call"]
    assert (state["place"], state["chosen"]) == ("change", "C1")
    assert TOKEN not in conversations.written[-1]


@pytest.mark.parametrize("item", "1234567")
@pytest.mark.parametrize("language", "12")
async def test_every_path_through_the_services_is_understood_by_a_strange_phone(
    hall_url: str, language: str, item: str
) -> None:
    for line in (proven, unproven):
        async with line(hall_url) as call:
            await call.dial()
            await call.press(language + "7" + item)
            assert (call.state, call.error) == ("talking", None)
