"""Does a text change what a line has only after a yes to what was shown, once, and in words that are all true?"""

import json
import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from channels.rendering import LANGUAGES, Language
from channels.sms.asking import OPERATIONS
from channels.sms.segments import count_parts, split_text
from channels.sms.wording import Wording
from graphql_schema.types.change import ChangeAction, ChangeChargeKind, LossKind, ObstacleCode
from graphql_schema.types.order import HoldingSystem, NextStep, OrderState
from tests.channels.sms.test_identity import NUMBER, PASSWORD, Scene

pytestmark = pytest.mark.anyio

GOLDEN = Path(__file__).parents[2] / "golden" / "sms" / "orders"
GIB = 1024**3
DATED = {"asOf": "2026-11-22T04:00:00+00:00", "stale": False}
PACK = {"zh": "5GB流量加油包", "en": "5 GB pack"}
PLAN = {"zh": "5G畅享79元套餐", "en": "5G Smart 79"}


def yuan(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "CNY"}


def offering(code: str, name: dict[str, str], kind: str, fee: str | None, **facts: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {"categoryId": "mobile-plan" if kind == "PLAN" else "pack", "onceFee": None, "onlyIn": []}
    price = yuan(fee) if fee else None
    return {"id": code, "name": name, "kind": kind, "monthlyFee": price, "ofThirdParty": False} | usual | facts


OFFERINGS = [
    offering("plan-59", {"zh": "5G畅享59元套餐", "en": "5G Smart 59"}, "PLAN", "59"),
    offering("plan-79", PLAN, "PLAN", "79"),
    offering("plan-web", {"zh": "网上专享套餐", "en": "Web only"}, "PLAN", "39", onlyIn=["WEB", "APP"]),
    offering("broadband-300", {"zh": "300M宽带", "en": "Broadband"}, "PLAN", "80", categoryId="home-plan"),
    offering("pack-data-5", PACK, "ADD_ON", "15"),
    offering("vas-ring", {"zh": "视频彩铃", "en": "Ring-back tones"}, "ADD_ON", "6"),
    offering("sp-reading", {"zh": "掌上阅读", "en": "Reading"}, "ADD_ON", "6", ofThirdParty=True),
    offering("benefit-loyal", {"zh": "老客户月减10元", "en": "Loyalty"}, "ADD_ON", None),
]


def held(position: int, code: str, name: dict[str, str], kind: str, **facts: Any) -> dict[str, Any]:
    usual = {"state": "ACTIVE", "monthlyFee": yuan("15"), "ofThirdParty": False, "until": None, **DATED}
    about = {"position": position, "packageId": f"P-{code}", "offeringId": code, "name": name, "kind": kind}
    return {**about, **usual, "droppable": kind == "ADD_ON", **facts}


SUBSCRIBED = [
    held(1, "plan-59", {"zh": "5G畅享59元套餐", "en": "5G Smart 59"}, "PLAN", monthlyFee=yuan("59")),
    held(2, "vas-ring", {"zh": "视频彩铃", "en": "Ring-back tones"}, "ADD_ON", ofThirdParty=True),
    held(3, "pack-old", {"zh": "旧流量包", "en": "Old pack"}, "ADD_ON", droppable=False, until="2026-11-30"),
]
SERVICES = [
    {"id": "roaming", "name": {"zh": "国际漫游", "en": "Roaming"}, "on": False, "changingTo": None, "monthlyFee": None},
    {"id": "caller-id", "name": {"zh": "来电显示", "en": "Caller id"}, "on": True, "changingTo": None}
    | {"monthlyFee": yuan("6")},
]


def preview(**facts: Any) -> dict[str, Any]:
    about = {"action": "ADD", "offeringId": "pack-data-5", "packageId": None, "service": None, "number": None}
    money = {"price": yuan("15"), "repeats": True, "monthlyBefore": yuan("59"), "monthlyAfter": yuan("74")}
    when = {"start": "AT_ONCE", "starts": ["AT_ONCE", "NEXT_CYCLE"], "startsOn": "2026-11-22", "contractUntil": None}
    monthly = {"kind": "MONTHLY", "name": PACK, "amount": yuan("15"), "since": "2026-11-22"}
    none: dict[str, Any] = {"losses": [], "takesAway": [], "terms": None}
    return {"name": PACK, **about, **money, **when, "charges": [monthly], **none, **facts}


def prepared(prepared_id: str = "C1", **facts: Any) -> dict[str, Any]:
    kept = {"id": prepared_id, "state": "WAITING", "expiresAt": "2026-11-22T04:30:00+00:00"}
    return {"__typename": "PreparedChange", **kept, "preview": preview(**facts)}


def order(**facts: Any) -> dict[str, Any]:
    steps = [
        {"name": {"zh": "受理", "en": "Accepted"}, "system": "ORDER", "state": "DONE"},
        {"name": {"zh": "开通", "en": "Activation"}, "system": "ACTIVATION", "state": "ACTIVE"},
    ]
    about = {"id": "0f" * 12 + "3fa9c2d1", "action": "ADD", "name": PACK, "price": yuan("15"), "repeats": True}
    where = {"state": "IN_PROGRESS", "placedAt": "2026-11-22T04:00:00+00:00", "startsOn": "2026-11-22"}
    end: dict[str, Any] = {"cancellable": True, "failure": None, "nextStep": None, "milestones": steps}
    return {"__typename": "Order", **about, **where, **end, **DATED, **facts}


DEAR = preview(
    action="CHANGE_PLAN",
    offeringId="plan-79",
    name=PLAN,
    price=yuan("79"),
    start="NEXT_CYCLE",
    startsOn="2026-12-01",
    charges=[
        {"kind": "MONTHLY", "name": PLAN, "amount": yuan("79"), "since": "2026-12-01"},
        {
            "kind": "PENALTY",
            "name": {"zh": "合约违约金", "en": "Early exit"},
            "amount": yuan("200"),
            "since": "2026-12-01",
        },
        {"kind": "REFUND", "name": {"zh": "本金", "en": "Own money"}, "amount": yuan("-86.5"), "since": "2026-12-01"},
    ],
    losses=[
        {"kind": "ROLLED_OVER", "name": {"zh": "上月结转流量", "en": "Rolled-over data"}, "left": 8 * GIB}
        | {"amount": None, "on": "2026-12-01"},
        {"kind": "DISCOUNT", "name": {"zh": "老客户优惠", "en": "Loyalty discount"}, "left": None}
        | {"amount": yuan("10"), "on": "2026-12-01"},
    ],
    takesAway=[{"zh": "视频彩铃", "en": "Ring-back tones"}],
    monthlyAfter=yuan("79"),
    contractUntil="2028-11-30",
    terms={"zh": "合约期内不可降档。", "en": "No cheaper plan while the contract runs."},
)


def scene(**answers: Any) -> Scene:
    usual: dict[str, Any] = {
        "Offers": {"catalogue": {"offerings": OFFERINGS}},
        "Subscribed": {"me": {"subscribed": SUBSCRIBED}},
        "ServiceSwitches": {"me": {"serviceSwitches": SERVICES}},
        "PrepareChange": {"answer": prepared()},
        "ConfirmChange": {"answer": order()},
        "WithdrawChange": {"answer": {"__typename": "ChangeWithdrawn", "preparedId": "C1"}},
        "Orders": {"me": {"orders": [order()]}},
        "AnswerHelp": {"answer": {"__typename": "NotFound", "code": "not_found"}},
        "Permissions": {"me": {"helpers": []}},
        "CancelOrder": {"answer": {"__typename": "Order", "id": "0f3fa9c2d1", "name": PACK, "state": "CANCELLED"}},
    }
    return Scene(**(usual | answers))


def wanted(asked: Scene) -> dict[str, Any]:
    """What was last asked to be prepared."""
    found: dict[str, Any] = [variables for name, variables in asked.graph.asked if name == "PrepareChange"][-1][
        "wanted"
    ]
    return found


def judge(name: str, text: str) -> None:
    """Compares with the golden file; GOLDEN_WRITE=1 writes it anew, for a person to read."""
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("GOLDEN_WRITE") == "1":
        path.write_text(text + "\n", encoding="utf-8")
    assert text + "\n" == path.read_text(encoding="utf-8")


# --- what is meant ----------------------------------------------------------------------------------------------

TAKE_PACK = {"action": "ADD", "offeringId": "pack-data-5"}
TAKE_PLAN = {"action": "CHANGE_PLAN", "offeringId": "plan-79"}


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["BG#plan-79"], TAKE_PLAN),
        (["bg＃PLAN79"], TAKE_PLAN),
        (["BG#1"], TAKE_PLAN),
        (["BG 5G畅享79元套餐"], TAKE_PLAN),
        (["BG", "1"], TAKE_PLAN),
        (["BG1"], TAKE_PLAN),
        (["BGplan-79"], TAKE_PLAN),
        (["BG#plan-59"], {"action": "CHANGE_PLAN", "offeringId": "plan-59"}),
        (["KT#vas-ring"], {"action": "ADD", "offeringId": "vas-ring"}),
        (["我想换套餐", "1"], TAKE_PLAN),
        (["BG#pack-data-5"], TAKE_PACK),
        (["KT#pack-data-5"], TAKE_PACK),
        (["KTpackdata5"], TAKE_PACK),
        (["KT1"], TAKE_PACK),
        (["KT", "1"], TAKE_PACK),
        (["KT 5 GB pack"], TAKE_PACK),
        (["KT#pack-data-5#次月"], TAKE_PACK | {"start": "NEXT_CYCLE"}),
        (["BG plan-79 now"], TAKE_PLAN | {"start": "AT_ONCE"}),
        (["KTroaming"], {"action": "SWITCH_ON", "service": "roaming"}),
        (["开通国际漫游"], {"action": "SWITCH_ON", "service": "roaming"}),
        (["KT", "3"], {"action": "SWITCH_ON", "service": "roaming"}),
        (["0000", "2"], {"action": "DROP", "packageId": "P-vas-ring"}),
        (["0000", "QX2"], {"action": "DROP", "packageId": "P-vas-ring"}),
        (["QX#2"], {"action": "DROP", "packageId": "P-vas-ring"}),
        (["TD2"], {"action": "DROP", "packageId": "P-vas-ring"}),
        (["退订视频彩铃"], {"action": "DROP", "packageId": "P-vas-ring"}),
        (["QXvas-ring"], {"action": "DROP", "packageId": "P-vas-ring"}),
        (["QX#caller-id"], {"action": "SWITCH_OFF", "service": "caller-id"}),
        (["GS"], {"action": "REPORT_LOSS"}),
        (["手机丢了"], {"action": "REPORT_LOSS"}),
        (["JG"], {"action": "RESUME"}),
    ],
)
async def test_a_text_names_a_change_by_number_code_or_name(texts: list[str], expected: dict[str, Any]) -> None:
    asked = scene()
    for words in texts:
        said = await asked.text(words)
    assert wanted(asked) == expected
    assert "回复“是”确认" in said
    assert "ConfirmChange" not in asked.names()


@pytest.mark.parametrize(
    ("words", "listed"),
    [
        ("BG#plan-0", "没有找到这个套餐"),
        ("BG#2", "没有找到这个套餐"),
        ("BGMM258001", "没有看懂"),
        ("KT99", "没有找到"),
        ("QX9", "您没有订购"),
    ],
)
async def test_what_nobody_knows_is_answered_with_the_list(words: str, listed: str) -> None:
    asked = scene()
    assert listed in await asked.text(words)
    assert "PrepareChange" not in asked.names()


@pytest.mark.parametrize("words", ["BG#plan-web", "BG 网上专享套餐", "KTplan-web", "KT#Web only"])
@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("ZW", "短信不能办理，仅限网上营业厅和手机应用办理"),
        ("EN", "Web only is sold only on web and app, not by text"),
    ],
)
async def test_what_is_sold_elsewhere_alone_is_named_with_where(words: str, language: str, told: str) -> None:
    asked = scene()
    await asked.text(language)
    said = await asked.text(words)
    assert told in said
    assert count_parts(said) <= 2
    assert "网上专享" not in await asked.text("BG")
    await asked.text("是")
    assert not {"PrepareChange", "ConfirmChange"} & set(asked.names())


@pytest.mark.parametrize("words", ["BG#plan-web", "KT#benefit-loyal"])
async def test_what_is_not_sold_by_text_is_in_no_list_and_can_not_be_taken(words: str) -> None:
    asked = scene()
    await asked.text(words)
    assert "PrepareChange" not in asked.names()


async def test_a_digit_means_what_the_list_showed_though_the_list_has_changed() -> None:
    asked = scene()
    await asked.text("0000")
    asked.graph.answers["Subscribed"] = {"me": {"subscribed": [{**SUBSCRIBED[1], "position": 1}]}}
    await asked.text("2")
    assert wanted(asked) == {"action": "DROP", "packageId": "P-vas-ring"}


async def test_the_plan_can_be_changed_but_not_dropped() -> None:
    asked = scene()
    assert "主套餐，不能退订" in await asked.text("QX1")
    assert "PrepareChange" not in asked.names()


# --- yes, no, silence -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("yes", ["是", "Y", "好的", "1"])
async def test_a_yes_orders_what_was_shown_and_tells_its_number(yes: str) -> None:
    asked = scene()
    await asked.text("KT1")
    said = await asked.text(yes)
    assert asked.graph.asked[-1] == ("ConfirmChange", {"key": "sms-message-2", "id": "C1"})
    assert "订单尾号3fa9c2d1" in said


async def test_the_question_waits_while_something_else_is_asked_and_then_takes_a_yes_but_no_1() -> None:
    asked = scene(Packages={"me": {"packages": []}})
    await asked.text("KT1")
    await asked.text("TC")
    await asked.text("1")
    assert "ConfirmChange" not in asked.names()
    await asked.text("是")
    assert asked.names()[-1] == "ConfirmChange"


async def test_a_1_after_a_list_is_the_list_s_and_orders_nothing() -> None:
    asked = scene()
    await asked.text("KT1")
    await asked.text("0000")
    assert "主套餐" in await asked.text("1")
    assert "ConfirmChange" not in asked.names()


async def test_a_no_withdraws_and_a_yes_after_it_orders_nothing() -> None:
    asked = scene()
    await asked.text("KT1")
    assert "没有任何变化" in await asked.text("否")
    assert asked.graph.asked[-1] == ("WithdrawChange", {"key": "sms-message-2", "id": "C1"})
    assert "没有等待您确认" in await asked.text("是")
    assert "ConfirmChange" not in asked.names()


async def test_a_yes_after_its_time_orders_nothing_and_is_told_why() -> None:
    asked = scene()
    await asked.text("KT1")
    asked.now += timedelta(minutes=30)
    assert "已超时或已取消，没有办理" in await asked.text("是")
    assert "ConfirmChange" not in asked.names()


async def test_a_second_question_withdraws_the_first_so_that_a_yes_has_one_meaning() -> None:
    asked = scene()
    await asked.text("KT1")
    asked.graph.answers["PrepareChange"] = {"answer": prepared("C2")}
    await asked.text("KTroaming")
    assert ("WithdrawChange", {"key": "sms-message-2", "id": "C1"}) in asked.graph.asked
    await asked.text("是")
    assert asked.graph.asked[-1] == ("ConfirmChange", {"key": "sms-message-3", "id": "C2"})


async def test_a_second_yes_orders_nothing_again() -> None:
    asked = scene()
    for words in ("KT1", "是", "是"):
        said = await asked.text(words)
    assert asked.names().count("ConfirmChange") == 1
    assert "没有等待您确认" in said


@pytest.mark.parametrize("words", ["KT YES C1", "KT#YES#C1", "kt no c1", "BG#=C1", "QX#=P-other"])
async def test_no_value_behind_a_keyword_is_an_answer(words: str) -> None:
    asked = scene()
    await asked.text(words)
    assert not {"ConfirmChange", "WithdrawChange", "PrepareChange"} & set(asked.names())


async def test_a_change_that_was_begun_elsewhere_is_shown_before_a_yes_counts() -> None:
    asked = scene(PreparedChanges={"me": {"preparedChanges": [prepared("C7")]}})
    assert "开通“5GB流量加油包”，15.00元/月" in await asked.text("是")
    assert "ConfirmChange" not in asked.names()
    await asked.text("是")
    assert asked.graph.asked[-1] == ("ConfirmChange", {"key": "sms-message-2", "id": "C7"})


async def test_somebody_s_request_to_help_is_not_accepted_by_a_yes_to_a_charge() -> None:
    asked = scene()
    await asked.text("KT1")
    await asked.text("是")
    assert "AnswerHelp" not in asked.names()


# --- once, whatever crashes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kept", [True, False])
async def test_a_yes_that_is_taken_up_again_is_answered_alike_with_one_key(kept: bool) -> None:
    asked = scene()
    await asked.text("KT1")
    before = json.loads(json.dumps(asked.notebook.states))
    once = await asked.hall.answer(NUMBER, "是", message_id=7)
    if not kept:
        asked.notebook.states = before  # the process died before the dialogue was kept
    again = await asked.hall.answer(NUMBER, "是", message_id=7)
    assert once.text == again.text
    assert {variables["key"] for name, variables in asked.graph.asked if name == "ConfirmChange"} == {"sms-message-7"}


async def test_a_password_that_is_taken_up_again_orders_once_and_stays_blanked() -> None:
    asked = scene()
    asked.graph.levels["ConfirmChange"] = 2
    await asked.text("KT1")
    await asked.text("是")
    once = await asked.hall.answer(NUMBER, PASSWORD, message_id=7)
    asked.graph.levels["ConfirmChange"] = 1  # an answer that is kept for its key needs no proof again
    again = await asked.hall.answer(NUMBER, PASSWORD, message_id=7)
    assert (once.text, once.secret) == (again.text, again.secret)
    assert once.secret
    assert asked.graph.asked[-1] == ("ConfirmChange", {"key": "sms-message-7", "id": "C1"})


async def test_the_text_that_led_to_a_question_never_answers_it() -> None:
    asked = scene(
        ConfirmChange={"answer": {"__typename": "PreviewChanged", "code": "preview_changed", "preview": preview()}}
    )
    await asked.text("KT1")
    asked.graph.answers["PrepareChange"] = {"answer": prepared("C2")}
    assert "条件已变化，尚未办理" in (await asked.hall.answer(NUMBER, "是", message_id=7)).text
    asked.graph.answers["ConfirmChange"] = {"answer": order()}
    await asked.hall.answer(NUMBER, "是", message_id=7)
    assert asked.names().count("ConfirmChange") == 1
    await asked.hall.answer(NUMBER, "是", message_id=8)
    assert asked.graph.asked[-1] == ("ConfirmChange", {"key": "sms-message-8", "id": "C2"})


# --- what is proved ---------------------------------------------------------------------------------------------


async def test_what_needs_a_proof_is_asked_after_the_yes_and_ordered_after_the_proof() -> None:
    asked = scene()
    asked.graph.levels["ConfirmChange"] = 2
    await asked.text("KT1")
    assert "办理“开通业务”需先核实身份" in await asked.text("是")
    assert "没有产生费用" not in (said := await asked.text(PASSWORD))
    assert "订单尾号" in said
    assert asked.graph.asked[-1] == ("ConfirmChange", {"key": "sms-message-3", "id": "C1"})


async def test_an_offer_that_a_text_may_order_is_asked_for_nothing_more() -> None:
    asked = scene()
    await asked.text("KT1")
    await asked.text("是")
    assert asked.door.evidence == []


async def test_closing_a_line_takes_more_than_a_text_can_prove() -> None:
    asked = scene(PreparedChanges={"me": {"preparedChanges": [prepared("C9", action="CLOSE", price=None)]}})
    asked.graph.levels["ConfirmChange"] = 3
    await asked.text("是")
    assert "网上营业厅" in await asked.text("是")


# --- what stands against it -------------------------------------------------------------------------------------

REFUSALS: dict[str, dict[str, Any]] = {
    "rests": {
        "__typename": "DeedOff",
        "code": "deed_off",
        "offUntil": "2026-11-22T22:00:00+00:00",
        "offReason": {"zh": "系统升级", "en": "a system upgrade"},
    },
    "rests_on": {
        "__typename": "DeedOff",
        "code": "deed_off",
        "offUntil": None,
        "offReason": {"zh": "系统升级", "en": "a system upgrade"},
    },
    "too_many": {"__typename": "TooMany", "code": "too_many"},
    "bad": {"__typename": "BadInput", "code": "bad_argument"},
    **{
        f"obstacle_{code.value}": {
            "__typename": "ChangeRefused",
            "code": "change_refused",
            "obstacles": [
                {
                    "code": code.name,
                    "offering": PLAN if code in (ObstacleCode.EXCLUDED, ObstacleCode.REQUIRED) else None,
                    "until": "2027-05-31" if code is ObstacleCode.CONTRACT else None,
                }
            ],
        }
        for code in ObstacleCode
    },
}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", REFUSALS)
async def test_every_refusal_is_said_in_words_and_leaves_nothing_waiting(name: str, language: Language) -> None:
    asked = scene(PrepareChange={"answer": REFUSALS[name]})
    await asked.text({"zh": "ZW", "en": "EN"}[language])
    said = await asked.text("KT1")
    judge(f"refused_{name}.{language}", said)
    await asked.text("是")
    assert "ConfirmChange" not in asked.names()


@pytest.mark.parametrize("code", ["confirmation_expired", "change_refused", "not_found"])
async def test_a_yes_that_can_not_count_any_more_ends_the_question(code: str) -> None:
    refused = {"__typename": "X", "code": code, "obstacles": REFUSALS["obstacle_in_arrears"]["obstacles"]}
    asked = scene(ConfirmChange={"answer": refused})
    await asked.text("KT1")
    await asked.text("是")
    await asked.text("是")
    assert asked.names().count("ConfirmChange") == 1


@pytest.mark.parametrize("code", ["still_under_way", "deed_off"])
async def test_a_yes_that_came_at_a_bad_moment_can_be_given_again(code: str) -> None:
    asked = scene(ConfirmChange={"answer": REFUSALS["rests"] | {"code": code}})
    await asked.text("KT1")
    await asked.text("是")
    asked.graph.answers["ConfirmChange"] = {"answer": order()}
    assert "订单尾号" in await asked.text("是")


def test_every_deed_of_a_text_can_hear_that_it_rests() -> None:
    deeds = {name: operation.text for name, operation in OPERATIONS.items() if operation.text.startswith("mutation")}
    assert len(deeds) >= 11
    for name, said in deeds.items():
        assert "... on DeedOff { code offUntil: until offReason: reason { zh en } }" in said, name


async def test_a_deed_that_rests_is_never_said_to_be_done() -> None:
    brake = {"paused": [], "pausedSince": None, "spent": None, **DATED}
    asked = scene(ChargeBrake={"me": {"chargeBrake": brake}}, PauseCharges={"answer": REFUSALS["rests"]})
    await asked.text("TYKF")
    assert "暂停办理，预计11月23日 06:00恢复：系统升级" in await asked.text("是")


# --- orders -----------------------------------------------------------------------------------------------------


async def test_an_order_is_called_off_by_its_number_after_a_proof() -> None:
    asked = scene(Orders={"me": {"orders": [order(cancellable=False), order(id="B" * 32)]}})
    asked.graph.levels["CancelOrder"] = 2
    assert "核实身份" in await asked.text("QXDD2")
    assert "已取消" in await asked.text(PASSWORD)
    assert asked.graph.asked[-1] == ("CancelOrder", {"key": "sms-message-2", "id": "B" * 32})


async def test_without_a_number_the_only_open_order_is_meant_and_else_the_list_is_told() -> None:
    asked = scene(Orders={"me": {"orders": [order(), order(id="B" * 32)]}})
    assert "取消请发送QXDD#序号" in await asked.text("QXDD")
    assert "取消请发送QXDD#序号" in await asked.text("QXDD7")
    assert "CancelOrder" not in asked.names()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("state", list(OrderState))
async def test_an_order_in_any_state_is_told_as_it_is(state: OrderState, language: Language) -> None:
    wrong = state in (OrderState.REJECTED, OrderState.FAILED, OrderState.PARTIAL)
    failure = {"zh": "资源不足", "en": "no resources"} if wrong else None
    there = order(state=state.name, failure=failure, nextStep="RETRY" if wrong else None, cancellable=False)
    asked = scene(ConfirmChange={"answer": there}, Orders={"me": {"orders": [there]}})
    await asked.text({"zh": "ZW", "en": "EN"}[language])
    await asked.text("KT1")
    judge(f"done_{state.value}.{language}", await asked.text("是"))
    judge(f"orders_{state.value}.{language}", await asked.text("DD"))


def test_every_word_of_an_order_has_a_wording_in_both_languages() -> None:
    environments = Wording()._environments
    for language in LANGUAGES:
        words: Any = environments[language].get_template(f"order_words.{language}.txt").module
        assert words.doing.keys() == {action.name for action in ChangeAction}
        assert words.charge_kinds.keys() == {kind.name for kind in ChangeChargeKind}
        assert words.states.keys() == {state.name for state in OrderState}
        assert words.systems.keys() == {system.name for system in HoldingSystem}
        assert words.next_steps.keys() == {step.name for step in NextStep}


# --- what is read -----------------------------------------------------------------------------------------------

QUESTIONS: dict[str, dict[str, Any]] = {
    "pack": preview(),
    "plan": DEAR,
    **{f"action_{action.value}": preview(action=action.name, number="13800138088") for action in ChangeAction},
    "losses": preview(
        losses=[
            {"kind": kind.name, "name": PACK, "left": 3 * GIB if kind is LossKind.ROLLED_OVER else None}
            | {"amount": yuan("30") if kind is LossKind.GRANTED_MONEY else None, "on": "2026-12-01"}
            for kind in LossKind
        ]
    ),
    "nothing_to_pay": preview(action="DROP", price=None, repeats=False, charges=[], start="NEXT_CYCLE", startsOn=None),
}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", QUESTIONS)
async def test_the_question_names_what_it_costs_from_when_and_what_is_lost(name: str, language: Language) -> None:
    asked = scene(PrepareChange={"answer": {**prepared(), "preview": QUESTIONS[name]}})
    await asked.text({"zh": "ZW", "en": "EN"}[language])
    said = await asked.text("KT1")
    judge(f"ask_{name}.{language}", said)
    assert count_parts(said) <= 5
    if language == "en":
        assert {part.alphabet for part in split_text(said, reference=0)} == {"gsm0338"}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("words", ["BG", "KT", "0000", "QXDD", "QX1"])
async def test_each_list_reads_as_agreed(words: str, language: Language) -> None:
    asked = scene()
    await asked.text({"zh": "ZW", "en": "EN"}[language])
    asked.graph.answers["Orders"] = {"me": {"orders": [order(), order(cancellable=False), order()]}}
    said = await asked.text(words)
    judge(f"list_{words.lower()}.{language}", said)
    assert count_parts(said) <= 4


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_long_list_takes_four_parts_and_says_where_the_rest_is(language: Language) -> None:
    many = [
        offering(f"pack-{each}", {"zh": f"{each}GB流量加油包", "en": f"{each} GB pack"}, "ADD_ON", "15")
        for each in range(30)
    ]
    asked = scene(Offers={"catalogue": {"offerings": many}})
    await asked.text({"zh": "ZW", "en": "EN"}[language])
    said = await asked.text("KT")
    assert "/packages" in said
    assert count_parts(said) <= 4
    await asked.text("KT#25")
    assert wanted(asked) == {"action": "ADD", "offeringId": "pack-24"}


def many_held(number: int) -> list[dict[str, Any]]:
    """So many that a line has, the plan first."""
    packs = [
        held(each, f"pack-{each}", {"zh": f"{each}号视频会员流量包", "en": f"Video pack {each}"}, "ADD_ON")
        for each in range(2, number + 1)
    ]
    return [SUBSCRIBED[0], *packs]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("number", [9, 25])
async def test_all_that_a_line_has_is_told_page_by_page_under_its_own_numbers(number: int, language: Language) -> None:
    asked, all_held = scene(), many_held(number)
    asked.graph.answers["Subscribed"] = {"me": {"subscribed": all_held}}
    await asked.text({"zh": "ZW", "en": "EN"}[language])
    page, said, pages = 1, await asked.text("0000"), []
    while True:
        assert count_parts(said) <= 4
        pages.append(said)
        page += 1
        if f"0000#{page}" not in said:
            break
        said = await asked.text(f"0000#{page}")
    told = [line for one in pages for line in one.splitlines() if re.match(r"[0-9]+ ", line)]
    assert [int(line.split()[0]) for line in told] == list(range(1, number + 1))
    assert all(each["name"][language] in line for each, line in zip(all_held, told, strict=True))
    assert (len(pages) > 1) == (number == 25)
    assert await asked.text("0000#99") == pages[-1], "beyond the last page is the last"
    assert "/packages" not in "".join(pages)
    pages_after_nonsense = [await asked.text("QX#nonsense"), await asked.text("0000#2")]
    assert pages_after_nonsense[0].endswith(pages[0])
    assert pages_after_nonsense[1] == pages[min(1, len(pages) - 1)], "the second page goes on where the first ended"
    for words in (str(number), f"QX{number}", f"QX#{number}"):
        await asked.text(words)
        assert wanted(asked) == {"action": "DROP", "packageId": f"P-pack-{number}"}
        await asked.text("否")


async def test_a_page_is_no_item() -> None:
    asked = scene()
    assert "视频彩铃" in await asked.text("0000#2")
    assert "PrepareChange" not in asked.names()
    await asked.text("0000#vas-ring")
    assert wanted(asked) == {"action": "DROP", "packageId": "P-vas-ring"}


async def test_who_has_nothing_is_told_so_in_both_languages() -> None:
    asked = scene(Subscribed={"me": {"subscribed": []}}, Orders={"me": {"orders": []}})
    asked.graph.answers["Offers"] = {"catalogue": {"offerings": []}}
    asked.graph.answers["ServiceSwitches"] = {"me": {"serviceSwitches": []}}
    for words, zh in (
        ("BG", "没有可变更的套餐"),
        ("KT", "没有可开通的业务"),
        ("0000", "没有已订购"),
        ("DD", "没有订单"),
    ):
        assert zh in await asked.text(words)
    await asked.text("EN")
    for words, en in (("BG", "No other plan"), ("KT", "Nothing can be added"), ("0000", "nothing subscribed")):
        assert en in await asked.text(words)


def test_every_golden_has_its_test() -> None:
    names = {f"refused_{name}" for name in REFUSALS} | {f"ask_{name}" for name in QUESTIONS}
    names |= {f"{what}_{state.value}" for what in ("done", "orders") for state in OrderState}
    names |= {f"list_{words}" for words in ("bg", "kt", "0000", "qxdd", "qx1")}
    assert {path.stem for path in GOLDEN.glob("*.txt")} == {
        f"{name}.{language}" for name in names for language in ("zh", "en")
    }
