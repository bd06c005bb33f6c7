"""Does a text with a voucher card recharge once, forget the card, and say every refusal?"""

from typing import Any

import pytest

from channels.rendering import Language
from channels.sms.recharge_deeds import split_card
from graphql_schema.types.recharge import RechargeState
from tests.channels.sms.test_identity import Scene

pytestmark = pytest.mark.anyio

CARD, OTHER = "123456789012345678", "13800138002"
REFUSED: dict[str, dict[str, Any]] = {
    reason: {"__typename": "VoucherRefused", "code": "voucher_refused", "reason": reason, "triesLeft": 3}
    for reason in ("unknown", "used", "expired", "of_other")
} | {
    f"number_{reason}": {"__typename": "NotRechargeable", "code": "not_rechargeable", "reason": reason}
    for reason in ("unknown", "closed", "paid_by_organization")
}
WORDED = {
    "unknown": ("卡密不正确", "no valid card"),
    "used": ("已被使用", "used already"),
    "expired": ("已过期", "has expired"),
    "of_other": ("不能用于这个号码", "not for this number"),
    "number_unknown": ("这个号码不能充值", "can't be recharged"),
    "number_closed": ("已销户", "is closed"),
    "number_paid_by_organization": ("单位统一支付", "organization pays"),
}


def recharge(state: str = "CREDITED", **facts: Any) -> dict[str, Any]:
    money = {"amount": {"amount": "50.00", "currency": "CNY"}, "arrearsSettled": None}
    return {"__typename": "Recharge", "maskedNumber": "138****8001", "state": state, "late": False, **money, **facts}


def scene(answer: dict[str, Any] | None = None) -> Scene:
    made = Scene(RedeemVoucher={"answer": answer or recharge()})
    made.graph.levels["RedeemVoucher"] = 0
    return made


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (f"CZ#{CARD}", None),
        (f"cz {CARD}", None),
        ("CZ 123456 789012 345678", None),
        ("CZ#1234 5678 9012 3456 78", None),
        (f"充值#{CARD}", None),
        (f"CZ#{CARD}#{OTHER}", OTHER),
        ("CZ 1234 5678 9012 3456 78 138 0013 8002", OTHER),
    ],
)
async def test_a_card_is_redeemed_once_and_blanked_and_never_repeated(text: str, number: str | None) -> None:
    asked = scene()
    said = await asked.text(text)
    assert asked.graph.asked == [("RedeemVoucher", {"key": "sms-message-1", "card": CARD, "number": number})]
    assert "50.00元" in said
    assert CARD[:6] not in said
    assert asked.secret
    assert CARD not in str(asked.notebook.states)


@pytest.mark.parametrize(
    "text",
    [f"CZ#{CARD[:-1]}", f"CZ#{CARD}9", f"CZ#{CARD[:-1]}#{OTHER}", "CZ#12345678901234567x", "CZ#abc"],
)
async def test_a_card_that_can_not_be_one_is_not_tried(text: str) -> None:
    asked = scene()
    assert "卡密为18位数字" in await asked.text(text)
    assert asked.graph.asked == []
    assert asked.secret


@pytest.mark.parametrize("text", [CARD, f"我的卡号 {CARD}", f"CZ{CARD}", "1234 5678 9012 3456 78", "258001"])
async def test_digits_that_may_be_a_secret_are_blanked_wherever_they_turn_up(text: str) -> None:
    asked = scene()
    await asked.text(text)
    assert asked.secret
    assert asked.graph.asked == []


@pytest.mark.parametrize("text", ["YE 13800138002", "BG#pack-data-5", "1"])
async def test_ordinary_digits_are_kept(text: str) -> None:
    asked = scene()
    asked.graph.answers |= {"Offers": {"catalogue": {"offerings": []}}, "Subscribed": {"me": {"subscribed": []}}}
    asked.graph.answers["ServiceSwitches"] = {"me": {"serviceSwitches": []}}
    await asked.text(text)
    assert not asked.secret


async def test_the_keyword_alone_says_how() -> None:
    asked = scene()
    assert "CZ#18位卡密" in await asked.text("CZ")
    assert "http://localhost:8000/recharge" in await asked.text("怎么充值")


@pytest.mark.parametrize(("language", "word"), [("zh", 0), ("en", 1)])
@pytest.mark.parametrize("name", REFUSED)
async def test_every_refusal_of_a_card_is_worded(name: str, language: Language, word: int) -> None:
    asked = scene(REFUSED[name])
    await asked.text({"zh": "ZW", "en": "EN"}[language])
    said = await asked.text(f"CZ#{CARD}")
    assert WORDED[name][word] in said
    assert ("3" in said) == (REFUSED[name]["code"] == "voucher_refused")


async def test_too_many_wrong_cards_are_said_in_words_of_their_own() -> None:
    asked = scene({"__typename": "Locked", "code": "locked"})
    assert "充值卡输错次数过多" in await asked.text(f"CZ#{CARD}")


@pytest.mark.parametrize("state", RechargeState)
async def test_nothing_but_credited_money_is_said_to_be_there(state: RechargeState) -> None:
    asked = scene(recharge(state.name))
    said = await asked.text(f"CZ#{CARD}")
    assert ("充值成功" in said) == (state is RechargeState.CREDITED)
    assert "RedeemVoucher" in asked.names()


async def test_a_card_never_waits_in_the_dialogue_for_a_proof() -> None:
    asked = scene()
    asked.graph.levels["RedeemVoucher"] = 2
    assert "网上营业厅" in await asked.text(f"CZ#{CARD}")
    assert CARD not in str(asked.notebook.states)
    assert asked.secret


async def test_what_was_owed_and_is_paid_with_it_is_said() -> None:
    asked = scene(recharge(arrearsSettled={"amount": "12.00", "currency": "CNY"}))
    assert "其中12.00元已抵扣欠费" in await asked.text(f"CZ#{CARD}")


async def test_who_is_no_customer_says_for_whom() -> None:
    asked = scene()
    asked.door.stranger = True
    assert "写明充值号码" in await asked.text(f"CZ#{CARD}")
    assert asked.graph.asked == []
    assert "充值成功" in await asked.text(f"CZ#{CARD}#{OTHER}")


@pytest.mark.parametrize(
    ("values", "split"),
    [
        ((CARD,), (CARD, "")),
        ((CARD[:9], CARD[9:]), (CARD, "")),
        ((CARD, "138", "00138002"), (CARD, OTHER)),
        ((CARD[:10], CARD[9:]), ("", "")),
        (("١" * 18,), ("", "")),
        ((), ("", "")),
    ],
)
def test_a_card_in_groups_is_put_together_and_nothing_else_is(values: tuple[str, ...], split: tuple[str, str]) -> None:
    assert split_card(values) == split
