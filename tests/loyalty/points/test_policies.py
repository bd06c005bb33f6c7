"""How many points does a bill earn, until when do they live, and how many stars are held how long?"""

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_CEILING, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_schema.types.month import BUSINESS_ZONE
from loyalty.points.policies import (
    MONTHS_36,
    Deserved,
    EarningPolicy,
    LotPolicy,
    TierPolicy,
    decide_bill_points,
    decide_deserved,
    decide_expiry,
    decide_policy,
    decide_stars,
    find_business_day,
    live_to_third_year,
)
from loyalty.points.tiers import Tier, fetch_tier, fetch_unrated, rate
from tests.loyalty.points.scribe import Scribe

EARNING = EarningPolicy(date(2026, 1, 1), on_time=5, tenure=((12, 3), (60, 8)))
TIERS = TierPolicy("2026", date(2026, 1, 1), (60_000, 120_000, 240_000, 480_000, 960_000))


@pytest.mark.parametrize(
    ("paid_fen", "stars", "points"),
    [
        (10_000, 0, 100),
        (10_001, 0, 101),
        (1, 0, 1),
        (0, 5, 0),
        (-5, 5, 0),
        (101, 1, 2),
        (3_333, 2, 67),
        (3_333, 5, 167),
    ],
)
def test_a_bill_earns_what_was_paid_times_the_factor_rounded_up(paid_fen: int, stars: int, points: int) -> None:
    assert decide_bill_points(EARNING, paid_fen=paid_fen, stars=stars) == points


@given(st.integers(1, 10**15), st.integers(0, 5))
def test_no_fen_is_lost_however_large_the_bill(paid_fen: int, stars: int) -> None:
    exact = Decimal(paid_fen) * EARNING.factors[stars] / 100
    assert decide_bill_points(EARNING, paid_fen=paid_fen, stars=stars) == exact.to_integral_value(ROUND_CEILING)


@pytest.mark.parametrize(("months", "extra"), [(11, 0), (12, 3), (59, 3), (60, 8), (400, 8)])
def test_tenure_and_a_bill_in_time_earn_extra_where_something_was_paid(months: int, extra: int) -> None:
    told = decide_deserved(EARNING, paid_fen=1000, stars=3, in_time=True, tenure_months=months)
    assert told == Deserved(25, 5, extra)
    late = decide_deserved(EARNING, paid_fen=1000, stars=3, in_time=False, tenure_months=months)
    assert late == Deserved(25, 0, extra)
    nothing = decide_deserved(EARNING, paid_fen=0, stars=3, in_time=True, tenure_months=months)
    assert nothing == Deserved(0, 0, 0)


@pytest.mark.parametrize(
    ("policy", "earned_on", "last_day"),
    [
        (MONTHS_36, date(2026, 11, 1), date(2029, 11, 30)),
        (MONTHS_36, date(2026, 11, 30), date(2029, 11, 30)),
        (MONTHS_36, date(2025, 2, 28), date(2028, 2, 29)),
        (MONTHS_36, date(2024, 2, 29), date(2027, 2, 28)),
        (MONTHS_36, date(2026, 12, 31), date(2029, 12, 31)),
        (live_to_third_year(date(2026, 1, 1)), date(2026, 1, 1), date(2028, 12, 31)),
        (live_to_third_year(date(2026, 1, 1)), date(2026, 12, 31), date(2028, 12, 31)),
    ],
)
def test_points_live_as_the_policy_of_their_day_says(policy: LotPolicy, earned_on: date, last_day: date) -> None:
    assert decide_expiry(policy, earned_on) == last_day


def test_a_policy_holds_from_its_day_on_and_none_before() -> None:
    old, new = LotPolicy("old", date(2026, 1, 1)), LotPolicy("new", date(2026, 12, 1), years=3)
    assert decide_policy([new, old], date(2026, 11, 30)) is old
    assert decide_policy([new, old], date(2026, 12, 1)) is new
    with pytest.raises(LookupError):
        decide_policy([new, old], date(2025, 12, 31))


def test_a_business_day_is_shanghai_s_to_the_microsecond() -> None:
    midnight = datetime(2026, 12, 1, tzinfo=BUSINESS_ZONE).astimezone(UTC)
    for step in (timedelta(microseconds=1), timedelta(seconds=1)):
        assert find_business_day(midnight - step) == date(2026, 11, 30)
        assert find_business_day(midnight + step) == date(2026, 12, 1)
    assert find_business_day(midnight) == date(2026, 12, 1)


@pytest.mark.parametrize(
    ("paid_fen", "stars"), [(0, 0), (59_999, 0), (60_000, 1), (479_999, 3), (480_000, 4), (10**9, 5)]
)
def test_stars_are_given_for_what_was_paid(paid_fen: int, stars: int) -> None:
    assert decide_stars(TIERS, paid_fen) == stars


@pytest.mark.anyio
async def test_stars_rise_at_once_and_fall_only_when_their_year_is_over(scribe: Scribe) -> None:
    async def rate_at(day: tuple[int, int, int], paid_fen: int) -> Tier:
        scribe.now = datetime(*day, tzinfo=BUSINESS_ZONE)
        async with scribe.transaction() as connection:
            return await rate(connection, "A", paid_fen=paid_fen, policies=[TIERS], now=scribe.now)

    assert await rate_at((2026, 11, 22), 240_000) == Tier(3, date(2026, 11, 22), date(2027, 11, 30))
    assert await rate_at((2027, 3, 1), 0) == Tier(3, date(2026, 11, 22), date(2027, 11, 30))
    assert await rate_at((2027, 3, 1), 240_000) == Tier(3, date(2026, 11, 22), date(2027, 11, 30))
    assert await rate_at((2027, 4, 1), 480_000) == Tier(4, date(2027, 4, 1), date(2028, 4, 30))
    assert await rate_at((2028, 4, 30), 0) == Tier(4, date(2027, 4, 1), date(2028, 4, 30))
    async with scribe.reading() as connection:
        assert await fetch_unrated(connection, now=scribe.now) == []
        over = datetime(2028, 5, 1, tzinfo=BUSINESS_ZONE)
        assert await fetch_unrated(connection, now=over) == ["A"]
        assert await fetch_unrated(connection, now=over, after="A") == []
    assert await rate_at((2028, 5, 1), 60_000) == Tier(1, date(2028, 5, 1), date(2029, 5, 31))
    await scribe.do("close", "c1", "A")
    async with scribe.reading() as connection:
        assert await fetch_tier(connection, "A") is None
