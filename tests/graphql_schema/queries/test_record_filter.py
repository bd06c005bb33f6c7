"""Is a filter of nonsense refused by the name of its part, and do equal ones look equal?"""

from datetime import date
from typing import Any

import pytest

from graphql_schema.problems import BadArgument
from graphql_schema.queries.record_filter import parse_filter
from graphql_schema.types.call_record import CallDirection, CallRecordFilter, CallRecordKind
from graphql_schema.types.month import Month

OCTOBER = Month(2026, 10)


def parsed(**parts: Any) -> CallRecordFilter | None:
    return parse_filter(CallRecordFilter(**parts), OCTOBER)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("kinds", {"kinds": []}),
        ("number", {"number": ""}),
        ("number", {"number": " - "}),
        ("number", {"number": "138abc"}),
        ("number", {"number": "138'; DROP TABLE record_lock"}),
        ("number", {"number": "1" * 21}),
        ("number", {"number": "1 " * 5000}),
        ("number", {"number": "86+138"}),
        ("place", {"place": ""}),
        ("place", {"place": "   "}),
        ("place", {"place": "广" * 41}),
        ("place", {"place": "广\x00州"}),
        ("place", {"place": "\ufdfa" * 40 + "x"}),
        ("fromDay", {"from_day": date(2026, 9, 30)}),
        ("fromDay", {"from_day": date(2026, 10, 5), "to_day": date(2026, 10, 4)}),
        ("toDay", {"to_day": date(2026, 11, 1)}),
        ("toDay", {"from_day": date(2026, 10, 5), "to_day": date(2025, 10, 6)}),
        ("feeFrom", {"fee_from": "-1"}),
        ("feeFrom", {"fee_from": "NaN"}),
        ("feeFrom", {"fee_from": "1e9"}),
        ("feeFrom", {"fee_from": "Infinity"}),
        ("feeFrom", {"fee_from": ""}),
        ("feeFrom", {"fee_from": "0.0001"}),
        ("feeFrom", {"fee_from": "1,5"}),
        ("feeFrom", {"fee_from": "9" * 10}),
    ],
)
def test_nonsense_is_refused_by_name(name: str, parts: dict[str, Any]) -> None:
    with pytest.raises(BadArgument) as refused:
        parsed(**parts)
    assert refused.value.parameters["name"] == name
    assert not set(map(str, parts.values())) & {str(value) for value in refused.value.parameters.values()}


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"kinds": list(CallRecordKind)},
        {"kinds": [*reversed(CallRecordKind)]},
        {"fee_from": "0"},
        {"fee_from": "0.000"},
        {"charged_only": False},
    ],
)
def test_what_leaves_nothing_out_is_no_filter(parts: dict[str, Any]) -> None:
    assert parsed(**parts) is None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ({"number": "１３８ 0013-8001"}, {"number": "13800138001"}),
        ({"number": "+8613800138001"}, {"number": "+8613800138001"}),
        ({"place": " Ｇuangzhou "}, {"place": "guangzhou"}),
        ({"fee_from": " １.５０"}, {"fee_from": "1.5"}),
        ({"fee_from": "100"}, {"fee_from": "100.000"}),
        (
            {"kinds": [CallRecordKind.SMS, CallRecordKind.VOICE, CallRecordKind.SMS]},
            {"kinds": [CallRecordKind.VOICE, CallRecordKind.SMS]},
        ),
        ({"direction": CallDirection.INCOMING, "kinds": None}, {"direction": CallDirection.INCOMING}),
    ],
)
def test_one_question_has_one_spelling(typed: dict[str, Any], meant: dict[str, Any]) -> None:
    assert parsed(**typed) == parsed(**meant)
    assert parsed(**typed) is not None


def test_a_spelt_filter_stays_as_it_is() -> None:
    once = parsed(number="138 00", place="广州", fee_from="0.50", from_day=date(2026, 10, 1), charged_only=True)
    assert parse_filter(once, OCTOBER) == once


def test_the_first_and_the_last_day_of_the_month_are_of_it() -> None:
    whole = parsed(from_day=date(2026, 10, 1), to_day=date(2026, 10, 31))
    assert whole is not None
    assert (whole.from_day, whole.to_day) == (date(2026, 10, 1), date(2026, 10, 31))
