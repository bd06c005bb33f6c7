"""Do the sums of a month agree with each other, exactly?"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_schema.money_ports import RatedDay, RatedMonth
from graphql_schema.queries.usage_days import decide_history, decide_month_of_use, decide_out_of_bucket
from graphql_schema.types.bucket import UsageType
from graphql_schema.types.month import Month

AS_OF = datetime(2026, 11, 16, 4, tzinfo=UTC)
NOVEMBER = Month(2026, 11)
DATA, VOICE, SMS = UsageType


def month_of(*days: RatedDay, month: Month = NOVEMBER, as_of: datetime = AS_OF, stale: bool = False) -> RatedMonth:
    return RatedMonth(month=month, days=days, currency="CNY", as_of=as_of, stale=stale)


def rated(
    day: int,
    usage_type: UsageType | None,
    used: int,
    fee: str = "0",
    tariff: str | None = None,
    *,
    roaming: bool = False,
) -> RatedDay:
    return RatedDay(date(2026, 11, day), usage_type, tariff, used, Decimal(fee), roaming=roaming)


RATED_DAYS = st.lists(
    st.builds(
        RatedDay,
        day=st.dates(date(2026, 11, 1), date(2026, 11, 30)),
        usage_type=st.sampled_from([None, *UsageType]),
        tariff=st.sampled_from([None, "a", "b"]),
        used=st.integers(0, 2**40),
        fee=st.decimals(0, 500, places=3),
        roaming=st.booleans(),
    )
)


def test_a_days_rates_of_one_type_are_one_use() -> None:
    shown = decide_month_of_use(
        month_of(
            rated(2, DATA, 5), rated(2, DATA, 7, "0.005", "data"), rated(2, VOICE, 60), rated(1, SMS, 1, "0.10", "sms")
        )
    )
    assert [(each.day.day, each.usage_type, each.used, each.fee.amount) for each in shown.days] == [
        (1, SMS, 1, Decimal("0.10")),
        (2, DATA, 12, Decimal("0.005")),
        (2, VOICE, 60, Decimal("0.00")),
    ]
    assert (shown.month, shown.as_of, shown.stale) == ("2026-11", AS_OF, False)


def test_a_third_partys_service_is_no_day_of_use_and_not_outside_an_allowance() -> None:
    month = month_of(rated(2, None, 1, "8.00", "game"))
    assert decide_month_of_use(month).days == []
    assert decide_out_of_bucket(month).total.amount == 0
    assert decide_history([month]).months == []


def test_what_is_outside_the_allowances_tells_roaming_from_the_rest() -> None:
    cost = decide_out_of_bucket(
        month_of(
            rated(1, DATA, 9, "1.005", "data"),
            rated(1, VOICE, 60, "0.40", "call"),
            rated(2, VOICE, 60, "1.99", "roam", roaming=True),
            rated(3, SMS, 1, "0.10", "sms"),
        )
    )
    amounts = (cost.data, cost.voice, cost.sms, cost.roaming, cost.total)
    assert [str(money.amount) for money in amounts] == ["1.005", "0.40", "0.10", "1.99", "3.495"]


@given(RATED_DAYS)
def test_days_totals_and_cost_outside_the_allowances_are_the_same_money_and_use(days: list[RatedDay]) -> None:
    month = month_of(*days)
    shown, cost, totals = decide_month_of_use(month), decide_out_of_bucket(month), decide_history([month]).months
    counted = [each for each in days if each.usage_type is not None]
    exact = sum((each.fee for each in counted), Decimal(0))
    assert sum((each.fee.amount for each in shown.days), Decimal(0)) == exact
    assert sum((each.fee.amount for each in totals), Decimal(0)) == exact
    assert cost.total.amount == exact
    assert cost.data.amount + cost.voice.amount + cost.sms.amount + cost.roaming.amount == exact
    for usage_type in UsageType:
        used = sum(each.used for each in counted if each.usage_type is usage_type)
        assert sum(each.used for each in shown.days if each.usage_type is usage_type) == used
        assert sum(each.used for each in totals if each.usage_type is usage_type) == used
    assert len({(each.day, each.usage_type) for each in shown.days}) == len(shown.days)
    assert [each.day for each in shown.days] == sorted(each.day for each in shown.days)


def test_a_history_lists_each_month_newest_first_and_only_what_was_used() -> None:
    october = month_of(RatedDay(date(2026, 10, 3), DATA, None, 7, Decimal(0), roaming=False), month=Month(2026, 10))
    history = decide_history([month_of(rated(1, DATA, 5), rated(2, VOICE, 60)), october])
    assert [(each.month, each.usage_type, each.used) for each in history.months] == [
        ("2026-11", DATA, 5),
        ("2026-11", VOICE, 60),
        ("2026-10", DATA, 7),
    ]


@pytest.mark.parametrize(("stale_at", "expected"), [(None, AS_OF), (1, AS_OF - timedelta(hours=1))])
def test_a_history_is_as_old_as_its_oldest_month_that_is_not_fresh(stale_at: int | None, expected: datetime) -> None:
    months = [
        month_of(month=NOVEMBER.plus(-ago), as_of=AS_OF - timedelta(hours=ago), stale=ago == stale_at)
        for ago in range(3)
    ]
    history = decide_history(months)
    assert (history.as_of, history.stale) == (expected, stale_at is not None)
