"""Does a call tell of points truly, and redeem only by a key after it was said, once, and say what became of it?"""

import json
from typing import Any

import pytest
from starlette.applications import Starlette

from channels.ivr.deals import speak_why_not
from channels.ivr.menu import load_menu
from channels.ivr.routes import ivr_routes
from gateway.graph import HallGraph
from graphql_schema.types.reward import RedemptionObstacleCode
from tests.channels.ivr.conftest import TOKEN, serve
from tests.channels.ivr.fakes import (
    AS_OF,
    COFFEE,
    CREDIT,
    PASSWORD,
    REDEEMED,
    FakeDoorkeeper,
    FakeGraph,
    FakeTexts,
    MemoryConversations,
    against,
    reward,
)
from tests.channels.ivr.test_money import OFFER, names, press_twice, proven, unproven
from tests.fakes.ports import FakeBss

pytestmark = pytest.mark.anyio
MENU = load_menu()
TO_REWARDS, TO_QUESTION = "2773", "27732"


def deeds(graph: FakeGraph) -> list[dict[str, Any]]:
    """What was asked to be redeemed, by whom."""
    return [{**run[1], "level": run[2].assurance} for run in graph.asked if run[0] == "RedeemReward"]


async def test_points_are_told_with_what_ends_when(hall_url: str) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("277")
        assert call.heard.startswith("You have two thousand six hundred eighty points.")
        assert "Of these, one hundred eighty points can be used until November thirtieth." in call.heard
        assert OFFER in call.heard
        await call.press("3")
        assert call.heard.startswith("You can redeem one of these. Ten yuan of credit, one thousand points: press two.")
        assert "A coffee <voucher>, one thousand five hundred points, three items left: press three." in call.heard
        assert "A flask" not in call.heard, "what is sent asks for an address, and no call takes one"
        assert "A good cause, one hundred points: press four." in call.heard


async def test_points_are_told_in_chinese_as_people_say_it(hall_url: str) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("177")
        assert call.heard.startswith("您的可用积分是两千六百八十分。 其中一百八十分到十一月三十日到期。")
        await call.press("3")
        assert "咖啡券,一千五百分,还剩三份,请按三。" in call.heard
        await call.press("2")
        assert call.heard.startswith("您将用一千分兑换十元话费。 您现有两千六百八十分,之后还剩一千六百八十分。")


async def test_a_reward_is_redeemed_after_a_yes_and_a_proof(hall_url: str, graph: FakeGraph) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press(TO_QUESTION)
        assert call.heard.startswith("You want to spend one thousand points on Ten yuan of credit.")
        assert (
            "Of two thousand six hundred eighty points, you keep one thousand six hundred eighty points." in call.heard
        )
        assert "It can be used from November twenty-first on." in call.heard
        assert "It can not be given back." in call.heard
        assert "To redeem it, press one." in call.heard
        assert names(graph) == ["Points", "Rewards", "RedemptionPreview"]
        await call.press("1")
        assert "six-digit service password" in call.heard
        await call.press(PASSWORD + "#")
        assert call.heard.startswith(
            "Redeemed. Last redeemed: A coffee <voucher>, for one thousand five hundred points"
        )
    done = deeds(graph)
    assert [(each["code"], each["points"], each["level"]) for each in done] == [("HF10", 1000, 1), ("HF10", 1000, 2)]
    assert done[0]["key"] != done[1]["key"]


async def test_the_key_of_a_reward_means_what_was_read_out(hall_url: str, graph: FakeGraph) -> None:
    graph.me["rewardItems"] = [reward(f"C{n}", f"奖品{n}", f"Reward {n}", n) for n in range(1, 10)]
    async with proven(hall_url) as call:
        await call.dial()
        for key, code in (("2", "C1"), ("7", "C6")):
            await call.press(("*" if graph.asked else "") + (TO_REWARDS if not graph.asked else TO_REWARDS[1:]) + key)
            assert graph.asked[-1][:2] == ("RedemptionPreview", {"code": code})


@pytest.mark.parametrize("key", ["2", "*", "5", "8"])
async def test_without_a_yes_nothing_is_redeemed(hall_url: str, graph: FakeGraph, key: str) -> None:
    graph.needed["RedeemReward"] = 1
    async with proven(hall_url) as call:
        await call.dial()
        await call.press(TO_QUESTION + key)
        assert (call.heard.startswith("All right, nothing was redeemed.")) == (key == "2")
    assert deeds(graph) == []


async def test_a_submit_that_is_sent_twice_redeems_once(hall_url: str, graph: FakeGraph) -> None:
    graph.needed["RedeemReward"] = 1
    await press_twice(hall_url, TO_QUESTION, "1")
    assert len(deeds(graph)) == 1


async def test_a_stranger_proves_the_line_before_anything_is_said_of_its_points(
    hall_url: str, graph: FakeGraph
) -> None:
    async with unproven(hall_url) as call:
        await call.dial()
        await call.press("277")
        assert "key in your mobile number" in call.heard
    assert names(graph) == []


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"__typename": "Redemption", "state": "DONE"}, "Redeemed."),
        ({"__typename": "Redemption", "state": "WORKING"}, "This is under way, and the points are held."),
        ({"__typename": "Redemption", "state": "RELEASED"}, "This could not be had, and the points are back."),
        ({"__typename": "RedemptionRefused", "code": "redemption_refused"}, "This can not be redeemed: three hundred"),
        ({"__typename": "StillUnderWay", "code": "still_under_way"}, "This is being done."),
        ({"__typename": "NotFound", "code": "not_found"}, "That was not found"),
        ({"__typename": "KeyReused", "code": "key_reused"}, "Sorry, that did not work this time."),
        (
            {"__typename": "DeedOff", "code": "deed_off", "offUntil": AS_OF}
            | {"offReason": {"zh": "系统升级", "en": "an upgrade"}},
            "Please note: some services rest for now, because of an upgrade.",
        ),
    ],
)
async def test_what_became_of_a_yes_is_said(
    hall_url: str, graph: FakeGraph, answer: dict[str, Any], words: str
) -> None:
    graph.needed |= {"RedeemReward": 1, "redemptions": 1}
    graph.answers["RedeemReward"] = answer | {"obstacles": [against("TOO_FEW_POINTS", missing=320)]}
    async with proven(hall_url) as call:
        await call.dial()
        await call.press(TO_QUESTION + "1")
        assert call.heard.startswith(words)
        assert ("Redeemed." in call.heard) == (words == "Redeemed.")


async def test_what_costs_something_else_by_now_is_said_anew_and_not_redeemed(hall_url: str, graph: FakeGraph) -> None:
    graph.needed |= {"RedeemReward": 1, "redemptions": 1}
    changed = {"__typename": "RedemptionRefused", "code": "redemption_refused", "obstacles": [against("ITEM_CHANGED")]}
    graph.answers["RedeemReward"] = changed
    async with proven(hall_url) as call:
        await call.dial()
        await call.press(TO_QUESTION)
        graph.me["redemptionPreview"]["item"] = CREDIT | {"points": 1200}
        await call.press("1")
        assert call.heard.startswith("It has changed, and nothing was redeemed.")
        assert "spend one thousand two hundred points" in call.heard
        del graph.answers["RedeemReward"]
        await call.press("1")
        assert call.heard.startswith("Redeemed.")
    assert [each["points"] for each in deeds(graph)] == [1000, 1200]


async def test_what_can_not_be_had_any_more_is_not_asked_about(hall_url: str, graph: FakeGraph) -> None:
    reasons = [against("OWES"), against("LIMIT_REACHED", most=2, until="2026-11-30T16:00:00+00:00")]
    graph.me["redemptionPreview"]["item"] = CREDIT | {"obstacles": reasons}
    async with proven(hall_url) as call:
        await call.dial()
        await call.press(TO_QUESTION)
        assert call.heard.startswith(
            "This can not be redeemed: please pay what is owed first, a line can have two items a month, "
            "the next from December first. Nothing was redeemed"
        )
        await call.press("1")
    assert deeds(graph) == []


async def test_a_mall_that_does_not_answer_redeems_nothing(hall_url: str, graph: FakeGraph) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press(TO_REWARDS)
        graph.broken = {"redemptionPreview": "deadline_exceeded"}
        await call.press("2")
        assert call.heard.startswith("The system took too long.")
    assert deeds(graph) == []


async def test_the_last_redemption_is_told_after_a_proof_and_texted_by_a_key(
    hall_url: str, graph: FakeGraph, texts: FakeTexts
) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("2774")
        assert "service password" in call.heard
        await call.press(PASSWORD + "#")
        assert call.heard.startswith("Last redeemed: A coffee <voucher>, for one thousand five hundred points: done.")
        assert "It can be used until February twenty-eighth, twenty twenty-seven." in call.heard
        assert str(REDEEMED["voucherCode"]) not in call.heard, "a code is no thing to be read out"
        await call.press("2")
        assert call.heard.startswith("A text is on its way.")
    assert [answer for answer, _, _ in texts.sent.values()] == ["redemptions"]


async def test_what_a_call_keeps_of_a_redemption_names_no_address(
    hall_url: str, conversations: MemoryConversations
) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press(TO_QUESTION)
    state = json.loads(conversations.written[-1])["call"]
    assert (state["place"], state["chosen"]) == ("redeem", "HF10#1000")


@pytest.mark.parametrize("code", list(RedemptionObstacleCode))
def test_every_reason_is_said_without_a_hole(code: RedemptionObstacleCode) -> None:
    reason = against(code.name, missing=1, most=1, until=AS_OF)
    for language in ("zh", "en"):
        said = speak_why_not([reason, reason], MENU, language)
        assert "{" not in said
        assert said.count(MENU.names[language]["between"]["sentences"]) >= 1
    assert COFFEE["kind"] == "VOUCHER"


def test_what_begins_later_says_the_hour() -> None:
    reason = against("NOT_YET", until=AS_OF)
    assert speak_why_not([reason], MENU, "zh") == "十一月二十一日八点三十二分起可以兑换"
    assert speak_why_not([reason], MENU, "en") == "it begins on November twenty-first at eight thirty-two AM"


async def test_who_only_hears_the_main_menu_learns_where_points_are(hall_url: str) -> None:
    async with proven(hall_url) as call:
        await call.dial()
        await call.press("2")
        assert "for your points" in call.heard
        await call.press("7")
        assert call.heard.startswith("Recharging, points, services and orders.")


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "1",
            (
                "两千六百八十分",
                "咖啡券,一千五百分,还剩三份,请按四",
                "之后还剩一千一百八十分",
                "兑换成功",
                "咖啡券,已完成",
            ),
        ),
        (
            "2",
            ("six hundred eighty points", "A coffee, one thousand five", "you keep one", "Redeemed.", "A coffee, for"),
        ),
    ],
)
async def test_the_graph_itself_answers_every_question_of_these_documents(language: str, told: tuple[str, ...]) -> None:
    bss = FakeBss()
    bss.identity.helpers = []
    graph = HallGraph(bss.ports(), (), deadline_seconds=10, open_documents=True)
    routes = ivr_routes(graph, FakeDoorkeeper(), MemoryConversations(), trusted_token=TOKEN, public_url="")
    async with serve(Starlette(routes=routes)) as hall_url, proven(hall_url) as call:
        await call.dial()
        heard = []
        for keys in (language + "77", "3", "4", "1", PASSWORD + "#"):
            await call.press(keys)
            heard.append(call.heard)
        assert call.error is None
        points, rewards, asked, _, done = heard
    for words, said in zip(told, (points, rewards, asked, done, done), strict=True):
        assert words in said
    assert [each.code for each in bss.loyalty.redemptions] == ["KF"]
