"""When is the brake offered, and against which mean?"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from graphql_schema.money_ports import BrakeReading, RatedDay, RatedMonth
from graphql_schema.queries.charge_brake import BrakeLimits, decide_brake, mean_by_now
from graphql_schema.types.bucket import UsageType
from graphql_schema.types.charge_brake import PausableCharge
from graphql_schema.types.month import Month

NOVEMBER = Month(2026, 11)
NOON_16TH = datetime(2026, 11, 16, 4, tzinfo=UTC)
MIDNIGHT_16TH = datetime(2026, 11, 15, 16, tzinfo=UTC)
LIMITS = BrakeLimits(factor=Decimal(3), least=Decimal(20))
NOTHING_PAUSED = BrakeReading(frozenset(), None, NOON_16TH, stale=False)


def month_with(month: Month, *fees: tuple[int, str], stale: bool = False) -> RatedMonth:
    days = tuple(
        RatedDay(date(month.year, month.number, day), UsageType.DATA, "data", 1, Decimal(fee), roaming=False)
        for day, fee in fees
    )
    return RatedMonth(month=month, days=days, currency="CNY", as_of=NOON_16TH - timedelta(minutes=stale), stale=stale)


def ended(*months: tuple[tuple[int, str], ...]) -> list[RatedMonth]:
    """Newest first."""
    return [month_with(NOVEMBER.plus(-ago), *fees) for ago, fees in enumerate(months, start=1)]


@pytest.mark.parametrize(
    ("spent", "offered"),
    [("59.99", False), ("60.00", True), ("200", True)],
)
def test_the_brake_is_offered_from_the_factor_times_the_mean_on(spent: str, offered: bool) -> None:
    past = ended(((2, "20"),), ((3, "20"),))
    brake = decide_brake(NOTHING_PAUSED, month_with(NOVEMBER, (5, spent)), past, now=NOON_16TH, limits=LIMITS)
    assert (brake.offered, brake.factor) == (offered, Decimal(3))
    assert brake.mean is not None
    assert brake.mean.amount == Decimal("20.00")


@pytest.mark.parametrize(("spent", "offered"), [("19.99", False), ("20.00", True)])
def test_small_sums_are_never_offered_however_unusual(spent: str, offered: bool) -> None:
    past = ended(((2, "0.10"),))
    brake = decide_brake(NOTHING_PAUSED, month_with(NOVEMBER, (5, spent)), past, now=NOON_16TH, limits=LIMITS)
    assert brake.offered is offered


def test_only_what_a_month_had_cost_by_the_same_share_of_it_is_compared() -> None:
    past = ended(((2, "10"), (25, "500")))
    assert mean_by_now(past, now=NOON_16TH) == Decimal("10.00")


def test_of_the_day_that_the_share_falls_into_its_part_counts() -> None:
    half_of_october = [month_with(Month(2026, 10), (16, "10"))]  # 31 days: its half ends at noon of the 16th
    assert mean_by_now(half_of_october, now=MIDNIGHT_16TH) == Decimal("5.00")


def test_a_mean_is_rounded_half_up_to_the_fen_as_all_money_is() -> None:
    assert mean_by_now(ended(((2, "0.005"),)), now=NOON_16TH) == Decimal("0.01")


def test_a_line_without_history_has_no_mean_and_is_offered_nothing() -> None:
    brake = decide_brake(NOTHING_PAUSED, month_with(NOVEMBER, (5, "500")), ended((), ()), now=NOON_16TH, limits=LIMITS)
    assert (brake.mean, brake.offered) == (None, False)


def test_months_before_the_first_use_do_not_lower_the_mean_but_a_month_without_use_since_does() -> None:
    young = ended(((2, "30"),), (), ((2, "30"),), (), ())
    assert mean_by_now(young, now=NOON_16TH) == Decimal("20.00")


def test_who_used_but_never_paid_for_use_has_a_mean_of_nothing_and_is_offered_the_brake() -> None:
    past = ended(((2, "0"),))
    brake = decide_brake(NOTHING_PAUSED, month_with(NOVEMBER, (5, "25")), past, now=NOON_16TH, limits=LIMITS)
    assert brake.offered


def test_nothing_is_offered_where_all_is_paused_already() -> None:
    paused = BrakeReading(frozenset(PausableCharge), NOON_16TH, NOON_16TH, stale=False)
    brake = decide_brake(paused, month_with(NOVEMBER, (5, "500")), ended(((2, "1"),)), now=NOON_16TH, limits=LIMITS)
    assert (brake.paused, brake.paused_since, brake.offered) == (list(PausableCharge), NOON_16TH, False)


def test_third_parties_and_roaming_count_as_much_as_use_outside_the_allowances() -> None:
    days = (
        RatedDay(date(2026, 11, 2), None, "game", 1, Decimal("8.00"), roaming=False),
        RatedDay(date(2026, 11, 3), UsageType.VOICE, "roam", 60, Decimal("1.99"), roaming=True),
        RatedDay(date(2026, 11, 3), UsageType.DATA, "data", 60, Decimal("0.005"), roaming=False),
    )
    running = RatedMonth(month=NOVEMBER, days=days, currency="CNY", as_of=NOON_16TH, stale=False)
    spent = decide_brake(NOTHING_PAUSED, running, [], now=NOON_16TH, limits=LIMITS).spent
    assert spent is not None
    assert spent.amount == Decimal("9.995")


def test_what_is_paused_shows_even_where_nothing_is_known_of_use() -> None:
    paused = BrakeReading(frozenset({PausableCharge.ROAMING}), NOON_16TH, NOON_16TH, stale=False)
    brake = decide_brake(paused, None, None, now=NOON_16TH, limits=LIMITS)
    assert (brake.paused, brake.spent, brake.mean, brake.offered) == ([PausableCharge.ROAMING], None, None, False)


def test_it_is_as_old_as_the_oldest_thing_in_it_that_is_not_fresh() -> None:
    running = month_with(NOVEMBER, (5, "1"), stale=True)
    brake = decide_brake(NOTHING_PAUSED, running, ended(((2, "1"),)), now=NOON_16TH, limits=LIMITS)
    assert (brake.stale, brake.as_of) == (True, NOON_16TH - timedelta(minutes=1))
