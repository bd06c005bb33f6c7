"""Is a month's end guessed soberly: never below what is charged, surer as the month runs, and exact at its end?"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_schema.money_ports import RatedDay, RatedMonth
from graphql_schema.queries.charge_forecast import decide_forecast, guess_rest
from graphql_schema.types.bill import CurrentCharges
from graphql_schema.types.bucket import UsageType
from graphql_schema.types.day_of_use import ChargeForecast, ForecastGround
from graphql_schema.types.month import Month
from tests.fakes.ports import AS_OF, yuan

NOVEMBER = Month(2026, 11)
FEES = st.lists(st.one_of(st.just(0), st.integers(0, 300_000)).map(lambda li: li / 1000), min_size=30, max_size=30)


def charges_of(total: str) -> CurrentCharges:
    return CurrentCharges(
        total=yuan(total),
        period_start=date(2026, 11, 1),
        period_end=date(2026, 12, 1),
        subjects=[],
        as_of=AS_OF,
        stale=False,
    )


def month_with(month: Month, fees: list[Decimal]) -> RatedMonth:
    days = tuple(
        RatedDay(date(month.year, month.number, day), UsageType.DATA, "data", 1, fee, roaming=False)
        for day, fee in enumerate(fees, start=1)
        if fee
    )
    return RatedMonth(month=month, days=days, currency="CNY", as_of=AS_OF, stale=False)


def forecast(
    so_far: list[Decimal], past: list[list[Decimal]] | None, *, now: datetime, fixed: str = "59.00"
) -> ChargeForecast:
    ended = None if past is None else [month_with(NOVEMBER.plus(-ago), fees) for ago, fees in enumerate(past, start=1)]
    total = str(Decimal(fixed) + sum(so_far, Decimal(0)))
    return decide_forecast(charges_of(total), [month_with(NOVEMBER, so_far)], ended, now=now)


def midnight_after(days: int) -> datetime:
    return NOVEMBER.starts_at + timedelta(days=days)


def test_without_any_use_outside_the_allowances_the_month_costs_what_is_charged() -> None:
    guess = forecast([], [[], []], now=midnight_after(3))
    assert guess.so_far == guess.expected == guess.least == guess.most == yuan("59.00")


@pytest.mark.parametrize(
    ("so_far", "past"), [(["-5"] * 10, ["3"] * 20), (["1"], ["5", "-5"]), (["-5"], ["-5"]), (["2"], ["-9", "3"])]
)
def test_what_was_given_back_makes_no_forecast_below_what_is_charged(so_far: list[str], past: list[str]) -> None:
    month, before = [month_with(NOVEMBER, [*map(Decimal, so_far)])], [*map(Decimal, past)]
    ended = [month_with(NOVEMBER.plus(-1), before)]
    guess = decide_forecast(charges_of("59.00"), month, ended, now=midnight_after(15))
    assert yuan("59.00").amount <= guess.least.amount <= guess.expected.amount <= guess.most.amount


def test_at_the_months_end_it_is_what_is_charged() -> None:
    fees = [Decimal("1.23")] * 30
    guess = forecast(fees, [[Decimal(7)] * 30], now=NOVEMBER.ends_at - timedelta(microseconds=1))
    assert guess.so_far == guess.expected == guess.least == guess.most == yuan("95.90")


def test_charges_of_a_month_that_has_ended_since_they_were_read_are_all_there_is() -> None:
    stale = forecast([Decimal(2)] * 30, [[Decimal(7)] * 30], now=NOVEMBER.ends_at + timedelta(hours=1))
    assert stale.so_far == stale.expected == stale.least == stale.most == yuan("119.00")


def test_an_even_use_goes_on_as_it_is() -> None:
    fees = [Decimal("2.00")] * 15
    guess = forecast(fees, [[Decimal("2.00")] * days for days in (31, 30, 31, 31, 30)], now=midnight_after(15))
    assert abs(guess.expected.amount - 119) < Decimal("0.50")
    assert guess.least.amount < Decimal(119) < guess.most.amount


def test_it_leans_on_months_before_in_the_first_days_and_on_this_one_after_two_weeks() -> None:
    past = [[Decimal(1)] * 30] * 5
    assert forecast([], past, now=midnight_after(2)).ground is ForecastGround.HISTORY
    assert forecast([], past, now=midnight_after(2)).expected.amount > Decimal(80)
    assert forecast([Decimal(1)] * 14, past, now=midnight_after(14)).ground is ForecastGround.TREND


def test_use_that_always_begins_late_in_the_month_is_expected_before_it_begins() -> None:
    late = [Decimal(0)] * 25 + [Decimal(12)] * 5
    guess = forecast([Decimal(0)] * 20, [late] * 5, now=midnight_after(20))
    assert guess.expected.amount > Decimal(90)


def test_use_that_never_was_before_is_taken_for_a_trend_the_more_the_longer_it_lasts() -> None:
    never = [[Decimal(0)] * 29 + [Decimal("0.10")]] * 5
    early = forecast([Decimal(5)] * 2, never, now=midnight_after(2))
    later = forecast([Decimal(5)] * 15, never, now=midnight_after(15))
    assert later.expected.amount - later.so_far.amount > early.expected.amount - early.so_far.amount
    assert later.expected.amount > later.so_far.amount + 35
    assert early.expected.amount < early.so_far.amount + 140


def test_without_history_the_trend_alone_must_do() -> None:
    guess = forecast([Decimal(2)] * 10, None, now=midnight_after(10))
    assert (guess.expected, guess.ground) == (yuan("119.00"), ForecastGround.TREND)


def test_a_fee_in_the_months_first_minute_is_not_expected_each_minute() -> None:
    guess = forecast([Decimal(1)], None, now=NOVEMBER.starts_at + timedelta(minutes=1))
    assert guess.expected.amount < Decimal(91)


def test_months_before_the_line_had_its_first_fee_tell_nothing() -> None:
    young = forecast([Decimal(1)] * 10, [[Decimal(1)] * 30, [], []], now=midnight_after(10))
    known = forecast([Decimal(1)] * 10, [[Decimal(1)] * 30], now=midnight_after(10))
    assert young.expected == known.expected


def test_lines_of_one_account_add_up() -> None:
    half, now = [Decimal(1)] * 10, midnight_after(10)
    past = [month_with(Month(2026, 10), [Decimal(1)] * 30)] * 2
    both = decide_forecast(charges_of("79.00"), [month_with(NOVEMBER, half)] * 2, past, now=now)
    single = forecast([Decimal(2)] * 10, [[Decimal(2)] * 30], now=now)
    assert (both.expected, both.least, both.most) == (single.expected, single.least, single.most)


@pytest.mark.parametrize("day", [1, 3, 7, 15, 25, 28])
def test_the_range_narrows_as_an_even_month_runs(day: int) -> None:
    past = [[Decimal(1 + ago % 2)] * 30 for ago in range(5)]

    def width(days: int) -> Decimal:
        guess = forecast([Decimal("1.50")] * days, past, now=midnight_after(days))
        return guess.most.amount - guess.least.amount

    assert width(day + 1) < width(day)


@given(st.lists(FEES, max_size=5), FEES, st.floats(0, 1))
def test_it_is_never_below_what_is_charged_and_its_range_holds_its_middle(
    before: list[list[float]], fees: list[float], share: float
) -> None:
    gone = share * 30
    rest = guess_rest(fees[: int(gone) + 1], before, gone=gone, days=30)
    least, most = rest.quantile(-0.95), max(rest.mean, rest.quantile(0.95))
    assert 0 <= least <= rest.mean + 1e-9 <= most + 1e-9


@given(st.lists(st.lists(st.decimals(0, 300, places=3), max_size=30), max_size=5), st.integers(0, 29 * 24))
def test_amounts_are_told_to_the_fen(past: list[list[Decimal]], hours: int) -> None:
    now = NOVEMBER.starts_at + timedelta(hours=hours)
    guess = forecast([Decimal("0.01")] * (hours // 24), past, now=now)
    for money in (guess.expected, guess.least, guess.most):
        assert money.amount == money.amount.quantize(Decimal("0.01"))
        assert money.amount >= guess.so_far.amount
    assert guess.least.amount <= guess.expected.amount <= guess.most.amount
    assert guess.as_of.tzinfo is UTC
