"""Is a month out of range refused, with the months that there are?"""

from datetime import UTC, datetime

import pytest

from graphql_schema.problems import BadArgument, MonthNotKept
from graphql_schema.queries.kept_month import find_kept_month
from graphql_schema.types.month import Month

NOON = datetime(2026, 11, 16, 4, tzinfo=UTC)


def test_no_month_is_the_running_one_of_business_time() -> None:
    assert find_kept_month(None, now=NOON) == Month(2026, 11)
    assert find_kept_month(None, now=datetime(2026, 10, 31, 16, tzinfo=UTC)) == Month(2026, 11)
    assert find_kept_month(None, now=datetime(2026, 10, 31, 15, 59, tzinfo=UTC)) == Month(2026, 10)


@pytest.mark.parametrize("written", ["2026-11", "2026-10", "2026-06"])
def test_the_running_month_and_the_five_before_are_kept(written: str) -> None:
    assert find_kept_month(written, now=NOON).text == written


@pytest.mark.parametrize("written", ["2026-05", "2026-12", "2027-01", "2020-11", "2099-11"])
def test_any_other_is_not_and_the_refusal_says_which_are(written: str) -> None:
    with pytest.raises(MonthNotKept) as refused:
        find_kept_month(written, now=NOON)
    assert refused.value.parameters == {"first": "2026-06", "last": "2026-11"}


def test_in_january_the_months_reach_into_the_year_before() -> None:
    january = datetime(2027, 1, 3, 4, tzinfo=UTC)
    assert find_kept_month("2026-08", now=january) == Month(2026, 8)
    with pytest.raises(MonthNotKept) as refused:
        find_kept_month("2026-07", now=january)
    assert refused.value.parameters == {"first": "2026-08", "last": "2027-01"}


@pytest.mark.parametrize("written", ["", "2026", "2026-13", "2026-00", "26-11", "2026-1", "２０２６-11", " 2026-11"])
def test_what_is_no_month_is_refused_as_that(written: str) -> None:
    with pytest.raises(BadArgument) as refused:
        find_kept_month(written, now=NOON)
    assert refused.value.parameters == {"name": "month"}
