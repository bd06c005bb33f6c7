"""Does a text tell of points truly, and redeem only after a yes to what was shown, once, in words that are all true?"""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from channels.rendering import LANGUAGES, Language
from channels.rewards_at_hand import OF_THE_LINE, find_at_hand, find_line_obstacles, find_nearest
from channels.sms.points_deeds import find_item
from channels.sms.promotion_deeds import read_amount
from channels.sms.segments import count_parts, split_text
from graphql_schema.client import Channel
from graphql_schema.problems import DeedOff, InvitationRefused, RedemptionRefused
from graphql_schema.types.bill import SubjectCode
from graphql_schema.types.deed_switch import ServiceNotice
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.promotion import (
    InvitationState,
    Odds,
    PromotionTrigger,
    RewardEffect,
    RuleParameter,
    RuleSentence,
)
from graphql_schema.types.reward import (
    RedemptionObstacle,
    RedemptionObstacleCode,
    RedemptionState,
    RewardItem,
    RewardKind,
)
from tests.channels.sms.reward_scene import WORDING, RewardScene
from tests.channels.sms.test_identity import CODE, PASSWORD
from tests.fakes.loyalty_ports import (
    AT,
    BONUS,
    FRIEND,
    ITEMS,
    PROMOTION,
    FakeLoyalty,
    make_item,
    make_redemption,
    make_reward,
    named,
    yuan,
)

pytestmark = pytest.mark.anyio

GOLDEN = Path(__file__).parents[2] / "golden" / "sms" / "rewards"
CHOSEN: dict[Language, str] = {"zh": "ZW", "en": "EN"}
UNTIL = datetime(2026, 11, 30, 16, tzinfo=UTC)
FACTS: dict[RedemptionObstacleCode, dict[str, Any]] = {
    RedemptionObstacleCode.TOO_FEW_POINTS: {"missing": 320},
    RedemptionObstacleCode.LIMIT_REACHED: {"most": 2, "until": UNTIL},
    RedemptionObstacleCode.NOT_YET: {"until": UNTIL},
    RedemptionObstacleCode.LINE_TOO_NEW: {"until": UNTIL},
}


def obstacle(code: RedemptionObstacleCode) -> RedemptionObstacle:
    return RedemptionObstacle(code=code, **FACTS.get(code, {}))


def barred(code: RedemptionObstacleCode) -> FakeLoyalty:
    """Every item has this against it."""
    return FakeLoyalty(items=[replace(item, obstacles=[obstacle(code)]) for item in ITEMS])


def with_points(**changes: Any) -> FakeLoyalty:
    return FakeLoyalty(points=replace(FakeLoyalty().points, **changes))


def crowded() -> FakeLoyalty:
    """More than four parts hold."""
    wares = [make_item(f"CODE{n}", RewardKind.DATA, 10 + n, f"{n}号视频流量包", f"Video pack {n}") for n in range(30)]
    return FakeLoyalty(items=wares)


def judge(name: str, text: str, language: Language) -> None:
    """Compares with the golden file; GOLDEN_WRITE=1 writes it anew, for a person to read. Four parts at most, English
    in the cheap alphabet."""
    path = GOLDEN / f"{name}.{language}.txt"
    if os.environ.get("GOLDEN_WRITE") == "1":
        path.write_text(text + "\n", encoding="utf-8")
    assert text + "\n" == path.read_text(encoding="utf-8")
    assert count_parts(text) <= 4
    assert language == "zh" or {part.alphabet for part in split_text(text, reference=0)} == {"gsm0338"}


# --- points -----------------------------------------------------------------------------------------------------

TOLD: dict[str, Callable[[], FakeLoyalty]] = {
    "plain": FakeLoyalty,
    "held_and_owed": lambda: with_points(available=2000, held=800, owed=35, stars=None, expiring=[]),
    "none": lambda: with_points(available=0, expiring=[], stars=0),
    "nearly": lambda: FakeLoyalty(items=ITEMS[:2], points=replace(FakeLoyalty().points, available=480)),
    "elsewhere": lambda: with_points(redeemable=False, stars=None),
    "stale": lambda: with_points(stale=True),
    "suspended": lambda: barred(RedemptionObstacleCode.SUSPENDED),
    "goods_alone": lambda: FakeLoyalty(items=[ITEMS[3]]),
    "crowded": crowded,
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", TOLD)
async def test_points_are_told_with_what_ends_and_what_can_be_had_now(state: str, language: Language) -> None:
    asked = RewardScene(TOLD[state]())
    judge(f"points_{state}", await asked.text(CHOSEN[language], "JF"), language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", ["plain", "none", "suspended", "crowded"])
async def test_what_points_buy_is_listed(state: str, language: Language) -> None:
    asked = RewardScene(TOLD[state]())
    judge(f"rewards_{state}", await asked.text(CHOSEN[language], "DH"), language)


@pytest.mark.parametrize("words", ["JF", "cxjf", "积分", "我还有多少积分", "how many points do I have", "积分查询"])
async def test_points_are_asked_for_in_every_way(words: str) -> None:
    assert "2680" in await RewardScene().text("ZW", words)


async def test_a_mall_that_does_not_answer_leaves_the_points_told() -> None:
    asked = RewardScene()

    async def fail(line_id: str | None) -> list[RewardItem]:
        raise RuntimeError(line_id)

    asked.loyalty.fetch_items = fail  # type: ignore[method-assign]
    said = await asked.text("JF")
    assert "2680" in said
    assert "暂时查不到" in said
    assert "回复数字" not in said


async def test_who_is_no_customer_hears_nothing_of_points() -> None:
    asked = RewardScene()
    asked.door.stranger = True
    for words in ("JF", "DH", "DH#HF10", "HD", "HD#100", "YQ"):
        assert "没有查到可用短厅查询的业务" in await asked.text(words)


# --- what is meant ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "texts",
    [
        ("DH#HF10",),
        ("dh＃hf10",),
        ("DHHF10",),
        ("DH 10元话费",),
        ("DH 10 yuan of credit",),
        ("DH话费",),
        ("兑换话费",),
        ("DH#1",),
        ("JF", "1"),
        ("DH", "1"),
        ("兑换", "１"),
        ("DH#HF10#some address",),
    ],
)
async def test_a_text_names_a_reward_by_number_code_or_name(texts: tuple[str, ...]) -> None:
    asked = RewardScene()
    said = await asked.text("ZW", *texts)
    assert "将用1000积分兑换“10元话费”" in said
    assert asked.redeemed == []


@pytest.mark.parametrize("words", ["DH#nothing", "DH#9", "DH#0", "DH1000"])
async def test_what_nobody_knows_is_answered_with_the_list(words: str) -> None:
    assert "没有找到这个奖品" in await RewardScene().text(words)


async def test_a_digit_means_what_the_list_showed_though_the_list_has_changed() -> None:
    asked = RewardScene()
    await asked.text("DH")
    asked.loyalty.items = ITEMS[1:]
    assert "没有找到" in await asked.text("1")
    asked.loyalty.items = [ITEMS[2], ITEMS[0]]
    assert "10元话费" in await asked.text("DH", "2")


def test_a_part_of_a_name_means_the_one_that_has_it_and_never_a_figure() -> None:
    items = [
        {"code": c, "name": {"zh": zh, "en": en}} for c, zh, en in (("A", "10元话费", "Ten"), ("B", "流量10", "Data"))
    ]
    assert find_item(items, ("话费",)) == items[0]
    assert find_item(items, ("10",)) is None
    assert find_item(items, ("元",)) is None
    assert find_item(items, ("dat",)) == items[1]
    assert find_item(items, ()) is None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("words", ["DH#BWB", "DH#BWB#王小明#13800138001#北京市朝阳区某路1号"])
async def test_what_is_sent_is_led_to_the_web_and_no_address_is_taken_or_kept(words: str, language: Language) -> None:
    asked = RewardScene()
    judge("goods", await asked.text(CHOSEN[language], words), language)
    assert asked.secret == (words.count("#") > 1)
    await asked.text("是")
    assert asked.redeemed == []


@pytest.mark.parametrize(
    ("words", "holds"),
    [
        ("DH#BWB,王小明,13800138001,北京市朝阳区某路1号", True),
        ("DH#BWB，王小明，北京市朝阳区某路1号", True),
        ("DHBWB、王小明、北京市朝阳区某路1号", True),
        ("DHBWB王小明北京市朝阳区某路1号院2号楼3单元401室放门口快递柜即可", True),
        ("DH#BWB", False),
        ("DH保温杯", False),
    ],
)
async def test_an_address_is_blanked_however_it_was_written(words: str, *, holds: bool) -> None:
    asked = RewardScene()
    said = await asked.text(words)
    assert asked.secret is holds
    assert "短信不收地址" in said or "没有找到" in said
    assert ("短信不收地址" in said) == ("院2号楼" not in words)


async def test_what_is_sent_and_can_not_be_had_says_why_instead_of_where() -> None:
    gone = replace(ITEMS[3], obstacles=[obstacle(RedemptionObstacleCode.OUT_OF_STOCK)])
    assert "不能兑换：已兑完" in await RewardScene(FakeLoyalty(items=[gone])).text("DH#BWB")


# --- yes, no, silence -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("yes", ["是", "Y", "好的", "1"])
async def test_a_yes_and_a_proof_redeem_what_was_shown(yes: str) -> None:
    asked = RewardScene()
    assert "核实身份" in await asked.text("JF", "1", yes)
    assert asked.redeemed == []
    said = await asked.text(PASSWORD)
    assert "兑换成功" in said
    assert asked.redeemed == ["HF10"]
    assert asked.loyalty.points.available == 1680


async def test_a_code_proves_as_well() -> None:
    asked = RewardScene()
    await asked.text("DH#HF10", "是", "YZM", CODE)
    assert asked.redeemed == ["HF10"]


@pytest.mark.parametrize(
    ("texts", "tells"),
    [(("DHJL",), True), (("DH#HF10", "是", PASSWORD), True), (("JF",), False), (("YE",), False), (("?",), False)],
)
async def test_an_answer_that_may_hold_a_voucher_s_code_is_not_kept(texts: tuple[str, ...], *, tells: bool) -> None:
    asked = RewardScene()
    await asked.text(*texts)
    assert asked.tells_secret is tells


async def test_one_question_redeems_once_however_often_its_texts_are_taken_up_again() -> None:
    asked = RewardScene()
    for words in ("DH", "1"):
        assert await asked.text(words) == await asked.again(words)
    await asked.text("是")
    told = await asked.text(PASSWORD)
    assert "核实身份" in await asked.again(PASSWORD), "the proof counted once"
    assert await asked.text(PASSWORD) == told
    await asked.text("是", PASSWORD)
    assert asked.redeemed == ["HF10"]


async def test_the_text_that_led_to_a_question_never_answers_it() -> None:
    asked = RewardScene()
    await asked.text("DH", "1")
    assert "请确认" in await asked.again("1")
    assert asked.redeemed == []


async def test_asked_twice_it_is_redeemed_twice() -> None:
    asked = RewardScene()
    await asked.text("DH#AX", "是", PASSWORD, "DH#AX", "是", PASSWORD)
    assert asked.redeemed == ["AX", "AX"]


async def test_a_no_redeems_nothing_nor_does_a_yes_after_it() -> None:
    asked = RewardScene()
    assert "没有任何变化" in await asked.text("DH#HF10", "否")
    assert "没有等待您确认" in await asked.text("是")
    await asked.text(PASSWORD)
    assert asked.redeemed == []


async def test_silence_lets_the_question_go() -> None:
    asked = RewardScene()
    await asked.text("DH#HF10")
    asked.pass_time(30)
    assert "已超时" in await asked.text("是")
    await asked.text(PASSWORD)
    assert asked.redeemed == []


async def test_the_question_waits_while_something_else_is_asked_and_then_takes_a_yes_but_no_1() -> None:
    asked = RewardScene()
    await asked.text("DH#HF10", "JF")
    assert "请确认" in await asked.text("1"), "the list's digit asks anew"
    await asked.text("HD")
    await asked.text("是", PASSWORD)
    assert asked.redeemed == ["HF10"]


async def test_a_second_question_takes_the_place_of_the_first() -> None:
    asked = RewardScene()
    await asked.text("DH#HF10", "DH#AX", "是", PASSWORD)
    assert asked.redeemed == ["AX"]


async def test_a_question_about_a_change_and_one_about_points_withdraw_each_other() -> None:
    asked = RewardScene()
    assert "请确认" in await asked.text("KT1")
    await asked.text("DH#AX", "是", PASSWORD)
    assert asked.redeemed == ["AX"]
    assert "没有等待" in await asked.text("是"), "the change is withdrawn"
    await asked.text("DH#AX", "KT1", "是", PASSWORD)
    assert asked.redeemed == ["AX"]


async def test_what_costs_something_else_by_now_is_asked_about_anew() -> None:
    asked = RewardScene()
    await asked.text("DH#HF10", "是")
    asked.loyalty.items = [replace(ITEMS[0], points=1200)]
    said = await asked.text(PASSWORD)
    assert "内容已变化，尚未兑换" in said
    assert "1200积分" in said
    assert asked.redeemed == []
    await asked.text("是", PASSWORD)
    assert [each.points for each in asked.loyalty.redemptions] == [1200]


async def test_what_became_too_dear_meanwhile_is_refused_with_what_is_missing() -> None:
    asked = RewardScene()
    await asked.text("DH#HF10", "是")
    asked.loyalty.points = replace(asked.loyalty.points, available=990)
    assert "还差10分" in await asked.text(PASSWORD)
    asked.loyalty.points = replace(asked.loyalty.points, available=2000)
    await asked.text("是", PASSWORD)
    assert asked.redeemed == []


async def test_a_deed_that_rests_is_never_said_to_be_done_and_may_be_answered_again() -> None:
    asked = RewardScene()
    asked.loyalty.refusal = DeedOff(until=None, reason=LocalizedText(zh="系统升级", en="an upgrade"))
    assert "暂停办理：系统升级" in await asked.text("DH#HF10", "是", PASSWORD)
    asked.loyalty.refusal = None
    await asked.text("是", PASSWORD)
    assert asked.redeemed == ["HF10"]


def rest(*deeds: str) -> ServiceNotice:
    reason = LocalizedText(zh="系统升级", en="an upgrade")
    begins_at = datetime(2026, 11, 1, tzinfo=UTC)
    return ServiceNotice(id="N1", deeds=list(deeds), resting=True, begins_at=begins_at, ends_at=UNTIL, reason=reason)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_question_says_that_redeeming_rests(language: Language) -> None:
    asked = RewardScene()
    asked.bss.switches.notices = [rest("redeemReward")]
    judge("ask_resting", await asked.text(CHOSEN[language], "DH#HF10"), language)
    assert "N1" not in await asked.text("是", PASSWORD)
    assert asked.redeemed == []


async def test_what_else_rests_is_no_matter_for_who_redeems() -> None:
    asked = RewardScene()
    asked.bss.switches.notices = [rest("prepareChange", "redeemVoucher", "transferPoints")]
    assert "维护通知" not in await asked.text("DH#HF10")


# --- words ------------------------------------------------------------------------------------------------------

ASKED: dict[str, RewardItem] = {
    "plain": ITEMS[0],
    "few_left": ITEMS[2],
    "donation": ITEMS[4],
    "long_terms": replace(ITEMS[0], terms=named("很长的条款。" * 40, "Terms that go on. " * 20)),
    "long_name": replace(ITEMS[0], name=named("特别长的奖品名称" * 10, "A very long name of a reward " * 10)),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ASKED)
async def test_the_question_names_price_stock_and_terms(name: str, language: Language) -> None:
    asked = RewardScene(FakeLoyalty(items=[ASKED[name]]))
    judge(f"ask_{name}", await asked.text(CHOSEN[language], f"DH#{ASKED[name].code}"), language)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_question_says_until_when_it_can_be_used(language: Language) -> None:
    asked = RewardScene()
    usual = asked.loyalty.preview

    async def preview(*wanted: Any) -> Any:
        return replace(await usual(*wanted), usable_until=date(2027, 2, 28))

    asked.loyalty.preview = preview  # type: ignore[method-assign]
    judge("ask_ending", await asked.text(CHOSEN[language], "DH#HF10"), language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", list(RedemptionObstacleCode))
async def test_every_obstacle_is_said_in_words(code: RedemptionObstacleCode, language: Language) -> None:
    asked = RewardScene(FakeLoyalty(items=[replace(ITEMS[0], obstacles=[obstacle(code)])]))
    said = await asked.text(CHOSEN[language], "DH#HF10")
    judge(f"refused_{code.value}", said, language)
    await asked.text("是", PASSWORD)
    assert asked.redeemed == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_several_reasons_are_all_said(language: Language) -> None:
    reasons = [obstacle(RedemptionObstacleCode.OWES), obstacle(RedemptionObstacleCode.TOO_FEW_POINTS)]
    asked = RewardScene()
    await asked.text(CHOSEN[language], "DH#HF10", "是")
    asked.loyalty.refusal = RedemptionRefused(obstacles=reasons)
    judge("refused_twice", await asked.text(PASSWORD), language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("state", list(RedemptionState))
async def test_what_became_of_it_is_told_as_it_is(state: RedemptionState, language: Language, *, late: bool) -> None:
    asked = RewardScene()

    async def redeem(*_: Any, **__: Any) -> Any:
        return replace(make_redemption(ITEMS[2]), state=state, late=late, usable_until=date(2027, 2, 28))

    asked.loyalty.redeem = redeem  # type: ignore[method-assign]
    said = await asked.text(CHOSEN[language], "DH#KF", "是", PASSWORD)
    judge(f"done_{state.value}{'_late' if late else ''}", said, language)
    assert ("成功" in said and "未成功" not in said and "没有成功" not in said) == (
        language == "zh" and state in (RedemptionState.DONE, RedemptionState.SENT)
    )


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_donation_is_thanked_for(language: Language) -> None:
    asked = RewardScene()
    judge("done_donation", await asked.text(CHOSEN[language], "DH#AX", "是", PASSWORD), language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", [None, *RedemptionState])
async def test_what_was_redeemed_is_told_after_a_proof(state: RedemptionState | None, language: Language) -> None:
    asked, until = RewardScene(), date(2027, 2, 28)
    if state is not None:
        made = [replace(make_redemption(item), state=state, late=True, usable_until=until) for item in ITEMS[1:4]]
        asked.loyalty.redemptions = made
    assert "CAFE" not in await asked.text(CHOSEN[language], "DHJL")
    judge(f"redemptions_{state.value if state else 'none'}", await asked.text(PASSWORD), language)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_was_redeemed_costs_four_parts_at_most_however_long_its_names(language: Language) -> None:
    asked, lengthy = RewardScene(), named("特别长的奖品名称" * 10, "A very long name of a reward " * 10)
    coffee = replace(make_redemption(ITEMS[2]), name=lengthy, voucher_code="X" * 24, usable_until=date(2027, 2, 28))
    asked.loyalty.redemptions = [coffee] * 3
    said = await asked.text(CHOSEN[language], "DHJL", PASSWORD)
    assert count_parts(said) <= 4
    assert said.count("X" * 24) == 3
    assert "/redemptions" in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_obstacle_has_words_and_only_those(language: Language) -> None:
    words: Any = WORDING._environments[language].get_template(f"reward_words.{language}.txt").module
    assert words.obstacles.keys() == {code.name for code in RedemptionObstacleCode}
    assert {code.name for code in RedemptionObstacleCode} >= OF_THE_LINE


# --- promotions and invitations ---------------------------------------------------------------------------------

WIDE = replace(PROMOTION, name=named("很长名字的充值优惠活动" * 3, "A promotion with a long name " * 3))
BY_TRIGGER = [
    replace(
        PROMOTION,
        trigger=trigger,
        tiers=[replace(PROMOTION.tiers[0], from_amount=yuan(amount), rewards=[BONUS]) for amount in ("0", "59.50")],
    )
    for trigger in PromotionTrigger
]
RUNNING: dict[str, FakeLoyalty] = {
    "plain": FakeLoyalty(),
    "none": FakeLoyalty(promotions=[]),
    "many": FakeLoyalty(promotions=[WIDE] * 12),
    "triggers_1": FakeLoyalty(promotions=BY_TRIGGER[:2]),
    "triggers_2": FakeLoyalty(promotions=BY_TRIGGER[2:]),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", RUNNING)
async def test_promotions_that_run_are_told_briefly(state: str, language: Language) -> None:
    said = await RewardScene(RUNNING[state]).text(CHOSEN[language], "HD")
    judge(f"promotions_{state}", said, language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("state", "amount"), [("plain", "50"), ("plain", "100"), ("plain", "200.50"), ("none", "100")])
async def test_what_a_recharge_would_earn_is_told_before_paying(state: str, amount: str, language: Language) -> None:
    said = await RewardScene(RUNNING[state]).text(CHOSEN[language], f"HD#{amount}")
    judge(f"forecast_{state}_{amount}", said, language)
    assert count_parts(said) <= 3


def promise(*rewards: Any, **changes: Any) -> FakeLoyalty:
    """One campaign with one tier that gives all of these."""
    tier = replace(PROMOTION.tiers[0], rewards=list(rewards), is_choice=False)
    return FakeLoyalty(promotions=[replace(PROMOTION, tiers=[tier], **changes)])


MONEY = make_reward("m", RewardEffect.MONEY, "开门红", "A good start", amount=yuan("60"))


@pytest.mark.parametrize(
    ("reward", "zh", "en"),
    [
        (MONEY, "60元话费", "¥60 of balance"),
        (
            replace(MONEY, usable_for=[SubjectCode.DATA]),
            "60元话费（限指定费用）",
            "¥60 of balance (for some charges only)",
        ),
        (
            replace(MONEY, months=10, least_spend=yuan("39.50")),
            "60元话费（分10个月、每月消费满39.50元到账）",
            "¥60 of balance (over 10 months, each if ¥39.50 is spent)",
        ),
        (make_reward("p", RewardEffect.POINTS, "惊喜", "A surprise", points=500), "500积分", "500 points"),
        (make_reward("k", RewardEffect.PACK, "5GB流量包", "5 GB pack"), "5GB流量包", "5 GB pack"),
    ],
)
@pytest.mark.parametrize("words", ["HD", "HD#100"])
async def test_a_reward_is_named_with_its_amount_and_unit(words: str, reward: Any, zh: str, en: str) -> None:
    assert f"{zh}\n" in await RewardScene(promise(reward)).text("ZW", words)
    assert f"{en}\n" in await RewardScene(promise(reward)).text("EN", words)


LIMITED = RuleSentence(key="channel_is_one_of", parameters=[RuleParameter(name="values", value="app,web")])
EXCLUDED = RuleSentence(key="channel_is_none_of", parameters=[RuleParameter(name="values", value="sms,kiosk")])


@pytest.mark.parametrize(
    ("condition", "zh", "en"),
    [
        (LIMITED, "（仅限APP、网厅）：", " (only by app, web):"),
        (EXCLUDED, "（不含短信、kiosk）：", " (not by text, kiosk):"),
    ],
)
async def test_a_promotion_that_is_not_for_every_channel_says_for_which(
    condition: RuleSentence, zh: str, en: str
) -> None:
    for language, told in (("ZW", zh), ("EN", en)):
        asked = RewardScene(promise(BONUS, conditions=[*PROMOTION.conditions, condition]))
        assert told in await asked.text(language, "HD")
        usual = await asked.loyalty.expect("", yuan("100"), channel=Channel.SMS)

        async def expect(*_: Any, usual: Any = usual, **__: Any) -> Any:
            return replace(usual, rewards=[replace(each, reasons=[condition]) for each in usual.rewards])

        asked.loyalty.expect = expect  # type: ignore[method-assign]
        assert told in await asked.text("HD#100")


async def test_a_promotion_says_on_its_face_where_a_channel_has_another_start_or_price() -> None:
    loyalty = promise(BONUS, on_its_face=[named("APP提前一天开始", "A day earlier in the app")])
    assert "得500积分。APP提前一天开始\n" in await RewardScene(loyalty).text("ZW", "HD")
    assert "for 500 points. A day earlier in the app\n" in await RewardScene(loyalty).text("EN", "HD")


async def test_a_draw_is_told_with_the_chance_to_win() -> None:
    odds = [Odds(name=named("保温杯", "Cup"), in_a_billion=1_000_000), Odds(name=BONUS.name, in_a_billion=350_000_000)]
    drawn = promise(make_reward("d", RewardEffect.LOTTERY, "抽奖一次", "One draw", odds=odds))
    for words in ("HD", "HD#100"):
        assert "抽奖一次（中奖率35.1%）" in await RewardScene(drawn).text("ZW", words)
        assert "One draw (35.1% win)" in await RewardScene(drawn).text("EN", words)


CHINA = timezone(timedelta(hours=8))


async def test_a_promotion_says_its_last_day_unless_that_is_far_and_its_first_where_it_is_still_to_come() -> None:
    far = promise(BONUS, ends_at=datetime(2036, 1, 1, tzinfo=CHINA))
    assert "\n存费赠礼：充" in await RewardScene(far).text("ZW", "HD")
    assert "\nRecharge and win: recharge" in await RewardScene(far).text("EN", "HD")
    midnight = promise(BONUS, ends_at=datetime(2027, 1, 1, tzinfo=CHINA))
    assert "（至12月31日）" in await RewardScene(midnight).text("ZW", "HD")
    soon = promise(BONUS, begins_at=datetime(2026, 12, 1, tzinfo=CHINA))
    assert "（12月1日起，至12月11日）" in await RewardScene(soon).text("ZW", "HD")
    assert "(from 1 Dec until 11 Dec)" in await RewardScene(soon).text("EN", "HD")


async def test_a_promotion_that_is_longer_than_its_parts_leads_to_the_web_and_announces_no_empty_list() -> None:
    lengthy = make_reward("l", RewardEffect.PACK, "特别长的奖励名称" * 3, "A long name of some reward " * 3)
    tiers = [replace(PROMOTION.tiers[0], from_amount=yuan(f"{n}00"), rewards=[lengthy] * 4) for n in (1, 2, 3, 4)]
    asked = RewardScene(FakeLoyalty(promotions=[replace(PROMOTION, tiers=tiers)]))
    assert "可参加的活动见 http://localhost:8000/promotions。" in await asked.text("ZW", "HD")
    assert "The promotions for 138****8001 are at http://localhost:8000/promotions." in await asked.text("EN", "HD")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_amount_that_can_not_be_recharged_says_the_bounds(language: Language) -> None:
    judge("forecast_bounds", await RewardScene().text(CHOSEN[language], "HD#99999"), language)


@pytest.mark.parametrize(
    ("values", "amount"),
    [(("100",), "100"), (("100元",), "100"), (("￥50.5",), "50.5"), (("1", "00"), "100")]
    + [((words,), None) for words in ("", "x", "-5", "1e3", "12345678", "1.234", "１００")],
)
def test_an_amount_is_read_as_people_write_it(values: tuple[str, ...], amount: str | None) -> None:
    read = read_amount(values)
    assert (None if read is None else str(read)) == amount


@pytest.mark.parametrize("words", ["HD#100", "HD100", "hd 100元", "活动 100"])
async def test_a_forecast_is_asked_for_in_every_way(words: str) -> None:
    assert "现在充值100元" in await RewardScene().text("ZW", words)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_own_invitation_code_is_told_after_a_proof(language: Language) -> None:
    asked = RewardScene()
    came = await asked.loyalty.accept(None, "H7K4M9QX")  # type: ignore[arg-type]
    asked.loyalty.invitations = [came, replace(came, state=InvitationState.REWARDED)]
    assert "H7K4" not in await asked.text(CHOSEN[language], "YQ")
    judge("referral", await asked.text(PASSWORD), language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("words", ["YQ#H7K4M9QX", "yqh7k4m9qx", "YQ h7k4m9qx"])
async def test_an_invitation_is_accepted_after_a_proof(words: str, language: Language) -> None:
    asked = RewardScene()
    await asked.text(CHOSEN[language], words)
    judge("invited", await asked.text(PASSWORD), language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", ["unknown", "own", "too_late", "too_many", "already"])
async def test_an_invitation_that_does_not_count_says_why(reason: str, language: Language) -> None:
    asked = RewardScene()
    asked.loyalty.refusal = InvitationRefused(reason=reason)
    await asked.text(CHOSEN[language], "YQ#H7K4M9QX")
    said = await asked.text(PASSWORD)
    judge(f"uninvited_{reason}", said, language)
    assert FRIEND[-4:] not in said


# --- what is at hand --------------------------------------------------------------------------------------------


def ware(code: str, points: int, *obstacles: dict[str, Any], kind: str = "DATA") -> dict[str, Any]:
    return {"code": code, "kind": kind, "points": points, "obstacles": list(obstacles)}


MISSING = {"code": "TOO_FEW_POINTS", "missing": 70}
OWES = {"code": "OWES", "missing": None}


@pytest.mark.parametrize(
    ("items", "available", "at_hand", "nearest"),
    [
        ([], 10, [], None),
        ([ware("A", 10), ware("B", 11)], 10, ["A"], ("B", 1)),
        ([ware("A", 10, kind="GOODS")], 10, [], None),
        ([ware("A", 10, kind="GOODS")], 9, [], None),
        ([ware("A", 100, MISSING), ware("B", 90)], None, ["B"], ("A", 70)),
        ([ware("A", 100, MISSING, OWES)], 30, [], None),
        ([ware("A", 10, OWES)], 10, [], None),
    ],
)
def test_what_is_at_hand_and_what_is_nearest(
    items: list[dict[str, Any]], available: int | None, at_hand: list[str], nearest: tuple[str, int] | None
) -> None:
    points = None if available is None else {"available": available}
    assert [item["code"] for item in find_at_hand(items, points)] == at_hand
    found = find_nearest(items, points)
    assert (found and (found[0]["code"], found[1])) == nearest


def test_what_keeps_a_line_from_everything_is_told_once() -> None:
    assert find_line_obstacles([ware("A", 1, OWES, MISSING), ware("B", 1, OWES)]) == [OWES]


def test_every_golden_has_its_test() -> None:
    names = {f"points_{state}" for state in TOLD} | {
        f"rewards_{state}" for state in ("plain", "none", "suspended", "crowded")
    }
    names |= {f"ask_{name}" for name in ASKED} | {f"refused_{code.value}" for code in RedemptionObstacleCode}
    names |= {f"done_{state.value}{late}" for state in RedemptionState for late in ("", "_late")}
    names |= {f"promotions_{state}" for state in RUNNING} | {"forecast_none_100"}
    names |= {f"forecast_plain_{amount}" for amount in ("50", "100", "200.50")}
    names |= {f"uninvited_{reason}" for reason in ("unknown", "own", "too_late", "too_many", "already")}
    names |= {f"redemptions_{state}" for state in ("none", *(state.value for state in RedemptionState))}
    names |= {
        "ask_resting",
        "ask_ending",
        "goods",
        "refused_twice",
        "done_donation",
        "forecast_bounds",
        "referral",
        "invited",
    }
    assert {path.name for path in GOLDEN.glob("*.txt")} == {
        f"{name}.{each}.txt" for name in names for each in LANGUAGES
    }
    assert AT < UNTIL
