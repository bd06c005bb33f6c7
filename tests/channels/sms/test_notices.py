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
