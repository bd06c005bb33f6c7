"""Does each condition hold exactly where it says, and say so?"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from loyalty.rules.condition import (
    Between,
    Birthday,
    Condition,
    DailyHours,
    FirstTime,
    Listed,
    Measured,
    OneOf,
    Period,
    Span,
    Weekdays,
)
from loyalty.rules.facts import count_months
from tests.loyalty.rules.made import make_facts

APP_OR_WEB = OneOf(Listed.CHANNEL, frozenset({"web", "app"}))
NOT_IN_31 = OneOf(Listed.REGION, frozenset({"31"}), are_excluded=True)
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("condition", "facts", "holds"),
    [
        (APP_OR_WEB, {"channel": "app"}, True),
        (APP_OR_WEB, {"channel": "sms"}, False),
        (OneOf(Listed.PACKAGE, frozenset({"p"})), {"package": None}, False),
        (OneOf(Listed.PACKAGE, frozenset({"p"})), {"package": "p"}, True),
        (OneOf(Listed.OFFERING, frozenset({"o"})), {"offering": "o"}, True),
        (OneOf(Listed.OFFERING, frozenset({"o"})), {"package": "o"}, False),
        (NOT_IN_31, {"region": "31"}, False),
        (NOT_IN_31, {"region": "11"}, True),
        (NOT_IN_31, {"region": None}, True),
        (Between(Measured.TENURE, 12), {"tenure_months": 11}, False),
        (Between(Measured.TENURE, 12), {"tenure_months": 12}, True),
        (Between(Measured.TENURE, most=12), {"tenure_months": 12}, True),
        (Between(Measured.TENURE, most=12), {"tenure_months": 13}, False),
        (Between(Measured.STARS, 3, 4), {"stars": 2}, False),
        (Between(Measured.STARS, 3, 4), {"stars": 4}, True),
        (Between(Measured.STARS, 3, 4), {"stars": 5}, False),
        (Between(Measured.ARREARS_FREE, 6), {"arrears_free_months": 5}, False),
        (Between(Measured.ARREARS_FREE, 6), {"arrears_free_months": 6}, True),
        (FirstTime(), {"is_first": True}, True),
        (FirstTime(), {"is_first": False}, False),
        (FirstTime(is_first=False), {"is_first": False}, True),
        (Birthday(), {"birthday": None}, False),
        (Birthday(), {"birthday": (11, 22)}, True),
        (Birthday(), {"birthday": (11, 21)}, False),
        (Birthday(), {"birthday": (10, 22)}, False),
        (Birthday(Span.MONTH), {"birthday": (11, 1)}, True),
        (Birthday(Span.MONTH), {"birthday": (12, 22)}, False),
        (Birthday(), {"birthday": (2, 29), "day": date(2027, 2, 28)}, True),
        (Birthday(), {"birthday": (2, 29), "day": date(2028, 2, 28)}, False),
        (Birthday(), {"birthday": (2, 29), "day": date(2028, 2, 29)}, True),
        (Birthday(), {"birthday": (2, 29), "day": date(2027, 3, 1)}, False),
        (Birthday(), {"birthday": (2, 28), "day": date(2028, 2, 29)}, False),
        (Birthday(), {"birthday": (2, 29), "day": date(2100, 2, 28)}, True),
        (DailyHours(12 * 60, 13 * 60), {"at": NOON}, True),
        (DailyHours(12 * 60, 13 * 60), {"at": NOON - SECOND}, False),
        (DailyHours(11 * 60, 12 * 60), {"at": NOON}, False),
        (DailyHours(11 * 60, 12 * 60), {"at": NOON - SECOND}, True),
        (DailyHours(22 * 60, 2 * 60), {"at": datetime(2026, 11, 22, 15, 59, 59, tzinfo=UTC)}, True),
        (DailyHours(22 * 60, 2 * 60), {"at": datetime(2026, 11, 22, 16, tzinfo=UTC)}, True),
        (DailyHours(22 * 60, 2 * 60), {"at": datetime(2026, 11, 22, 18, tzinfo=UTC)}, False),
        (DailyHours(22 * 60, 24 * 60), {"at": datetime(2026, 11, 22, 15, 59, 59, tzinfo=UTC)}, True),
        (DailyHours(22 * 60, 24 * 60), {"at": datetime(2026, 11, 22, 16, tzinfo=UTC)}, False),
        (Weekdays(frozenset({7})), {}, True),
        (Weekdays(frozenset({1, 6})), {}, False),
        (Period(NOON, NOON + SECOND), {"at": NOON}, True),
        (Period(NOON, NOON + SECOND), {"at": NOON - SECOND}, False),
        (Period(NOON, NOON + SECOND), {"at": NOON + SECOND}, False),
        (Period(begins_at=NOON), {"at": NOON + timedelta(days=999)}, True),
        (Period(ends_at=NOON), {"at": NOON - timedelta(days=999)}, True),
        (Period(ends_at=NOON), {"at": NOON}, False),
    ],
)
def test_a_condition_holds_where_it_says(condition: Condition, facts: dict[str, Any], holds: bool) -> None:
    assert condition.holds(make_facts(**facts)) is holds


@pytest.mark.parametrize(
    ("condition", "key", "parameters"),
    [
        (APP_OR_WEB, "channel_is_one_of", {"values": "app,web"}),
        (NOT_IN_31, "region_is_none_of", {"values": "31"}),
        (Between(Measured.TENURE, 12), "tenure_months_between", {"least": "12"}),
        (Between(Measured.STARS, 0, 4), "stars_between", {"least": "0", "most": "4"}),
        (FirstTime(), "first_time", {}),
        (FirstTime(is_first=False), "not_first_time", {}),
        (Birthday(Span.MONTH), "birthday_month", {}),
        (DailyHours(8 * 60 + 30, 24 * 60), "hours_between", {"begins": "08:30", "ends": "24:00"}),
        (Weekdays(frozenset({7, 6})), "weekday_is_one_of", {"values": "6,7"}),
        (Period(begins_at=NOON), "period", {"begins_at": "2026-11-22T04:00:00+00:00"}),
    ],
)
def test_a_condition_has_a_sentence(condition: Condition, key: str, parameters: dict[str, str]) -> None:
    assert (condition.sentence.key, dict(condition.sentence.parameters)) == (key, parameters)


@pytest.mark.parametrize(
    ("since", "day", "months"),
    [
        (date(2026, 1, 15), date(2026, 2, 14), 0),
        (date(2026, 1, 15), date(2026, 2, 15), 1),
        (date(2026, 1, 31), date(2026, 2, 27), 0),
        (date(2026, 1, 31), date(2026, 2, 28), 1),
        (date(2024, 2, 29), date(2025, 2, 28), 12),
        (date(2024, 2, 29), date(2028, 2, 28), 47),
        (date(2025, 12, 31), date(2026, 1, 30), 0),
        (date(2026, 3, 1), date(2026, 2, 1), 0),
    ],
)
def test_tenure_counts_whole_months(since: date, day: date, months: int) -> None:
    assert count_months(since, day) == months
