"""Do bars, causes, spans of days, sums by line and forecasts say what the graph said?"""

from decimal import Decimal
from pathlib import Path

import pytest

from channels.browser.span import render_full_day
from channels.browser.wording import load_wordings
from channels.web_hall.charts import add_up_fees, draw_days, draw_months, find_highest
from channels.web_hall.difference import name_cause, tell_days
from channels.web_hall.figures import (
    add_up_lines,
    is_web_address,
    render_record_use,
    render_spread,
    render_traffic,
)
from channels.web_hall.months import count_back, last_day, list_months
from tests.channels.web_hall import facts
from tests.channels.web_hall.facts import GIB, yuan

WORDINGS = load_wordings(Path(__file__).parents[3] / "web" / "locales", "10086")
EN, ZH = WORDINGS["en"], WORDINGS["zh"]


def test_a_month_has_a_bar_for_each_of_its_days_and_the_highest_is_full() -> None:
    bars = draw_days({"month": "2026-11", "days": facts.DAYS}, "DATA")
    assert [bar.begins for bar in bars] == [f"2026-11-{day:02}" for day in range(1, 31)]
    highest = find_highest(bars)
    assert highest
    assert highest.height == "100.0"
    assert highest.used == max(each["used"] for each in facts.DAYS if each["usageType"] == "DATA")
    assert [bar.begins for bar in bars if bar.charged] == ["2026-11-11", "2026-11-12"]
    assert bars[-1] == ("2026-11-30", 0, "0.0", None)


def test_a_month_without_a_kind_of_use_has_empty_bars_and_no_highest() -> None:
    bars = draw_days({"month": "2026-02", "days": []}, "SMS")
    assert (len(bars), find_highest(bars)) == (28, None)


def test_six_months_end_with_the_newest_and_leave_none_out() -> None:
    history = {"months": [{"month": "2026-09", "usageType": "DATA", "used": GIB, "fee": yuan("0")}]}
    bars = draw_months(history, "DATA", "2026-11")
    assert [bar.begins[:7] for bar in bars] == ["2026-06", "2026-07", "2026-08", "2026-09", "2026-10", "2026-11"]
    assert [bar.height for bar in bars] == ["0.0", "0.0", "0.0", "100.0", "0.0", "0.0"]


def test_fees_add_up_to_the_li() -> None:
    assert add_up_fees([yuan("0.001"), yuan("1.5"), yuan("-0.201")]) == yuan("1.300")
    assert add_up_fees([]) is None


def test_months_are_counted_on_the_clock_of_shanghai_and_over_new_year() -> None:
    assert list_months("2026-01-31T16:30:00+00:00")[0] == "2026-02"
    assert count_back("2026-02") == ["2026-02", "2026-01", "2025-12", "2025-11", "2025-10", "2025-09"]
    assert last_day("2028-02").day == 29
    with pytest.raises(ValueError, match="Invalid isoformat"):
        count_back("soon")


@pytest.mark.parametrize(
    ("days", "zh", "en"),
    [
        (["2026-10-03"], "10月3日", "3 Oct"),
        (
            ["2026-10-08", "2026-10-03", "2026-10-04", "2026-10-05"],
            "10月3日至10月5日、10月8日",
            "3 Oct to 5 Oct, 8 Oct",
        ),
        (
            [f"2026-10-{day:02}" for day in range(1, 30, 2)],
            "10月1日至10月29日之间的 15 天",
            "15 days from 1 Oct to 29 Oct",
        ),
        ([], "", ""),
    ],
)
def test_days_that_follow_one_another_are_told_as_a_span(days: list[str], zh: str, en: str) -> None:
    cause = facts.cause("OUT_OF_BUCKET", "1", days=days)
    assert (tell_days(cause, ZH), tell_days(cause, EN)) == (zh, en)


def test_a_cause_with_a_span_alone_tells_the_span() -> None:
    cause = facts.cause("ROAMING", "1", firstDay="2026-10-30", lastDay="2026-11-02")
    assert tell_days(cause, ZH) == "10月30日至11月2日"


def test_a_cause_is_named_by_its_kind_and_its_thing() -> None:
    assert name_cause(facts.cause("LAPSED_DISCOUNT", "5"), "老用户优惠", ZH) == "优惠到期：老用户优惠"
    assert name_cause(facts.cause("OTHER", "0.01"), "", ZH) == "其他"


def test_what_each_line_is_charged_adds_up_to_all_lines_exactly() -> None:
    sums = add_up_lines([*facts.SUBJECTS, *facts.BUNDLE])
    lines = [line for subject in [*facts.SUBJECTS, *facts.BUNDLE] for line in subject["ratedLines"]]
    assert sum(Decimal(each["amount"]["amount"]) for each in sums) == sum(
        Decimal(line["amount"]["amount"]) for line in lines
    )
    assert [each["number"] for each in sums] == ["13800138001", "gz00880009", "02088880009", "gziptv0009", None]
    assert [each["kind"] for each in sums] == ["MOBILE", "BROADBAND", "FIXED", "IPTV", None]


@pytest.mark.parametrize(
    ("so_far", "least", "most", "shown"),
    [
        ("71.35", "86.02", "96.40", "¥86–¥97"),
        ("71.35", "71.35", "80", "¥71.35–¥80"),
        ("71.35", "71.80", "80.01", "¥71.35–¥81"),
        ("99", "99.00", "99.00", "¥99.00"),
        ("1999.50", "2400.10", "2700", "¥2,400–¥2,700"),
    ],
)
def test_a_forecast_is_rounded_outwards_and_never_below_what_is_charged(
    so_far: str, least: str, most: str, shown: str
) -> None:
    assert render_spread({"soFar": yuan(so_far), "least": yuan(least), "most": yuan(most)}, EN) == shown


@pytest.mark.parametrize(
    ("kind", "used", "zh", "en"),
    [
        ("VOICE", 200, "3 分 20 秒", "3 min 20 s"),
        ("VOICE", 45, "45 秒", "45 s"),
        ("SMS", 1, "1 条", "1 text"),
        ("VALUE_ADDED", 2, "2 次", "2 times"),
        ("DATA", 13_002_342, "12.39 MB", "12.39 MB"),
        ("DATA", 640_000, "625 KB", "625 KB"),
        ("DATA", 90, "90 B", "90 B"),
    ],
)
def test_what_a_record_used_is_told_in_its_own_unit(kind: str, used: int, zh: str, en: str) -> None:
    record = {"kind": kind, "used": used}
    assert (render_record_use(record, ZH), render_record_use(record, EN)) == (zh, en)


def test_traffic_is_cut_off_and_never_rounded_up() -> None:
    assert render_traffic(2 * GIB - 1) == "1.99 GB"


def test_a_day_has_its_year_where_it_is_far() -> None:
    assert (render_full_day("2026-11-03", "zh"), render_full_day("2026-11-03", "en")) == ("2026年11月3日", "3 Nov 2026")


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("https://bss.example/invoice.pdf", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("http://[", False),
        (None, False),
    ],
)
def test_an_address_from_the_bss_stands_in_a_link_only_if_it_is_of_the_web(address: str | None, good: bool) -> None:
    assert is_web_address(address) is good
