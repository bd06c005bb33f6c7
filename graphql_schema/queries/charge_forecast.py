"""What will the running month cost by its end, and how sure is that?"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from math import sqrt

from graphql_schema.ports import RatedMonth
from graphql_schema.queries.charge_brake import fees_by_share, share_elapsed
from graphql_schema.queries.usage_days import add_up_fees
from graphql_schema.types.bill import CurrentCharges
from graphql_schema.types.day_of_use import ChargeForecast, ForecastGround
from graphql_schema.types.money import Money, round_to_fen
from graphql_schema.types.month import Month

FOUR_OF_FIVE = 1.2816
"""Standard deviations to each side within which four of five normal values lie."""
HISTORY_WEIGHS_DAYS = 7
"""A month before counts as much as so many days of this one: after a week the trend says more than they do."""


def decide_forecast(
    charges: CurrentCharges, running: Sequence[RatedMonth], ended: Sequence[RatedMonth] | None, *, now: datetime
) -> ChargeForecast:
    """What is charged so far and, for the rest of the month, use at the pace of this month and of those before."""
    month, share = Month.of(now), share_elapsed(now)
    days = (month.ends_at - month.starts_at).days
    gone, left = float(share) * days, float(1 - share) * days
    by_day = [0.0] * (int(gone) + 1)
    for each in (day for line in running for day in line.days if day.day.day <= len(by_day)):
        by_day[each.day.day - 1] += float(each.fee)
    trend = sum(by_day) / gone if gone else 0.0
    kept = sorted({each.month for each in ended or ()})
    rests = [
        float(sum((add_up_fees(m.days) - fees_by_share(m, share) for m in ended or () if m.month == each), Decimal(0)))
        for each in kept
    ]
    weight = gone / (gone + HISTORY_WEIGHS_DAYS) if rests else 1.0
    usual = sum(rests) / len(rests) if rests else 0.0
    more = weight * trend * left + (1 - weight) * usual
    swing = sqrt(sum((each - trend) ** 2 for each in by_day) / max(1, len(by_day) - 1)) if len(by_day) > 1 else trend
    spread = FOUR_OF_FIVE * sqrt(left) * swing * sqrt(1 + left / max(1.0, gone))
    so_far = charges.total
    return ChargeForecast(
        so_far=so_far,
        expected=_plus(so_far, more),
        least=_plus(so_far, max(0.0, more - spread)),
        most=_plus(so_far, more + spread),
        ground=ForecastGround.TREND if weight >= 0.5 else ForecastGround.HISTORY,
        as_of=charges.as_of,
        stale=charges.stale or any(each.stale for each in running),
    )


def _plus(so_far: Money, more: float) -> Money:
    return Money(amount=round_to_fen(so_far.amount + Decimal(more)), currency=so_far.currency)
