"""Is every notice worded in both languages, short, and without a secret?"""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from channels.rendering import Language
from channels.sms.segments import count_parts
from channels.sms.wording import FOLDER, render_notice
from graphql_schema.types.change import ChangeAction
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.order import NextStep

FACTS: dict[str, Any] = {
    "number": "138****8001",
    "at": datetime(2026, 11, 22, 4, 30, tzinfo=UTC),
    "hall_number": "10086",
    "name": "我的手机",
    "device": "Chrome · Windows",
    "helper": "138****8003",
    "owner": "138****8001",
    "other": "138****8009",
    "scopes": ["line", "usage", "money", "bills"],
    "days": 30,
    "count": 3,
    "amount": Decimal("50.5"),
}
PACK = LocalizedText(zh="5GB流量加油包", en="5 GB pack")
GIFT = LocalizedText(
    zh="精品不锈钢保温杯礼盒装（含定制包装与祝福卡片）", en="Stainless steel thermos gift box with a card"
)
FAILURE = {"failure": LocalizedText(zh="资源不足", en="no resources"), "next_step": "retry", "partly": False}
OF_NOTICE: dict[str, dict[str, Any]] = {
    "promise_kept": {
        "name": LocalizedText(zh="5G畅享129元套餐", en="5G 129 plan"),
        "price": Decimal(99),
        "until": date(2027, 11, 30),
    },
    "order_done": {"name": PACK, "action": "add"},
    "order_failed": {"name": PACK, "action": "add"} | FAILURE,
    "change_lapsed": {"name": PACK},
    "points_ending": {"points": 1280, "until": date(2026, 11, 30)},
    "reward_granted": {"kind": "money", "begins": date(2026, 12, 1), "parts": 10, "points": 0, "name": GIFT},
    "reward_choice": {"until": date(2026, 12, 22), "address": False, "name": GIFT},
    "reward_sent": {"tracking": "SF1234567890123", "name": GIFT},
    "redemption_done": {"points": 1500, "tracking": None, "name": GIFT},
    "redemption_sent": {"points": 1500, "tracking": "SF1234567890123", "name": GIFT},
    "redemption_released": {"points": 1500, "tracking": None, "name": GIFT},
}
"""What a notice is told in another shape than the others."""
NOTICES = sorted({path.name.split(".")[0] for path in Path(FOLDER / "notices").glob("*.txt")})


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("notice", NOTICES)
def test_a_notice_says_whose_line_it_is_about_and_costs_three_parts_at_most(notice: str, language: Language) -> None:
    text = render_notice(notice, language, FACTS | OF_NOTICE.get(notice, {}))
    assert "138****8001" in text
    assert count_parts(text) <= 3
    assert "\n" not in text


def test_there_is_something_to_word() -> None:
    assert len(NOTICES) >= 12


def test_a_notice_tells_the_moment_in_local_time() -> None:
    assert "12:30" in render_notice("password_changed", "en", FACTS)
    assert "11月22日 12:30" in render_notice("password_changed", "zh", FACTS)


def test_one_sign_in_that_was_ended_is_said_in_the_singular() -> None:
    assert "1 sign-in of your line (138****8001) was ended" in render_notice(
        "sessions_ended", "en", FACTS | {"count": 1}
    )
    assert "3 sign-ins of your line (138****8001) were ended" in render_notice("sessions_ended", "en", FACTS)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("action", ChangeAction)
@pytest.mark.parametrize("notice", ["order_done", "order_failed"])
def test_whatever_was_ordered_has_words(notice: str, action: ChangeAction, language: Language) -> None:
    for step in (None, *NextStep):
        told = FACTS | FAILURE | {"name": PACK, "action": action.value, "next_step": step and step.value}
        text = render_notice(notice, language, told)
        unnamed = action.value in {"report_loss", "resume", "close", "keep_open"}
        assert ((PACK.zh if language == "zh" else PACK.en) in text) != unnamed


def test_what_silence_withdrew_is_said_to_cost_nothing() -> None:
    told = FACTS | OF_NOTICE["change_lapsed"]
    assert "没有办理，也没有产生费用" in render_notice("change_lapsed", "zh", told)
    assert "nothing was ordered or charged" in render_notice("change_lapsed", "en", told)


@pytest.mark.parametrize("notice", ["recharge_credited", "recharge_refunded"])
def test_money_is_said_to_the_fen(notice: str) -> None:
    assert "50.50元" in render_notice(notice, "zh", FACTS)
    assert "50.50 yuan" in render_notice(notice, "en", FACTS)


def test_a_promise_says_price_and_term() -> None:
    told = FACTS | OF_NOTICE["promise_kept"]
    assert "5G畅享129元套餐每月99.00元，至2027年11月30日" in render_notice("promise_kept", "zh", told)
    assert "5G 129 plan at 99.00 yuan a month until 30 Nov 2027" in render_notice("promise_kept", "en", told)


WON = FACTS | OF_NOTICE["reward_granted"]


def test_frozen_money_says_from_when_and_in_how_many_parts_and_money_at_once_that_it_is_there() -> None:
    assert "50.50元，2026年12月1日起分10个月可用" in render_notice("reward_granted", "zh", WON)
    assert "50.50 yuan, to be spent from 1 Dec 2026 on in 10 monthly parts" in render_notice(
        "reward_granted", "en", WON
    )
    at_once = WON | {"begins": None, "parts": 1}
    assert "50.50元，已可使用" in render_notice("reward_granted", "zh", at_once)
    assert "50.50 yuan. Text YE" in render_notice("reward_granted", "en", at_once)


@pytest.mark.parametrize(
    ("kind", "zh", "en"),
    [
        ("points", "获得500积分。发送JF", ": 500 points. Text JF"),
        ("pack", "发送0000", "Text 0000"),
        ("code", "券码请在网厅或APP“我的奖励”查看", "See its code in the web hall or app"),
    ],
)
def test_whatever_was_won_is_named_and_where_to_see_it_and_a_code_is_in_no_text(kind: str, zh: str, en: str) -> None:
    told = WON | {"kind": kind, "points": 500}
    assert zh in render_notice("reward_granted", "zh", told)
    assert en in render_notice("reward_granted", "en", told)


def test_what_only_needs_an_address_is_named_and_a_choice_says_what_silence_does() -> None:
    choice = FACTS | OF_NOTICE["reward_choice"]
    assert "逾期将自动选一份无需邮寄的" in render_notice("reward_choice", "zh", choice)
    assert "by 22 Dec 2026" in render_notice("reward_choice", "en", choice)
    assert "请填写收货地址" in render_notice("reward_choice", "zh", choice | {"address": True})
    assert "say where to send it" in render_notice("reward_choice", "en", choice | {"address": True})
