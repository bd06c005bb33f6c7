"""What will the running month cost by its end, and how sure is that?

What is charged already is certain, package fees included. What use will still add is guessed from what it added in the
rest of the months before, times how this month goes against them. It is kept within the two things that could be true
by themselves: neither below what this month's own trend makes likely, nor above months before and trend together.

The range takes in how uneven single days are (a compound Poisson count: what a day's fee varies by is its size), how
unlike the months before were, and how little of this month has been seen; its ends are the quantiles of a gamma
distribution (Wilson and Hilferty 1931), since no use costs less than nothing and a few cost much.
``tests/contract/test_forecast.py`` holds it against every month that the sandbox's people had.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import sqrt

from graphql_schema.money_ports import RatedMonth
from graphql_schema.queries.charge_brake import share_elapsed
from graphql_schema.types.bill import CurrentCharges
from graphql_schema.types.day_of_use import ChargeForecast, ForecastGround
from graphql_schema.types.money import Money, round_to_fen
from graphql_schema.types.month import Month

HISTORY_WEIGHS_DAYS = 14
"""The months before count as much as so many days of this one (our choice: the least error of 7, 14 and 21)."""
REACH = 1.1
"""Standard deviations to each side. A normal value would need 1.28 for four of five; the variance here is a generous
one, and with 1.1 the range holds in four of five months."""

A_LI = 0.001
"""What is less is nothing."""


@dataclass(frozen=True, slots=True)
class Rest:
    """What use will still add to a month: the mean and the variance of a guess, in units of the currency."""

    mean: float
    variance: float

    def quantile(self, deviations: float) -> float:
        """So many standard deviations from the middle; never below nothing."""
        if self.mean < A_LI:
            return 0.0
        unevenness = self.variance / (9 * self.mean**2)
        return float(self.mean * max(0.0, 1 - unevenness + deviations * sqrt(unevenness)) ** 3)


def decide_forecast(
    charges: CurrentCharges, running: Sequence[RatedMonth], ended: Sequence[RatedMonth] | None, *, now: datetime
) -> ChargeForecast:
    """The running month's end, to the fen. ``running`` and ``ended`` hold a month for each line of the account;
    ``ended`` None: they can't be read, and the trend alone must do."""
    month = Month(charges.period_start.year, charges.period_start.month)
    share = float(share_elapsed(month, now))
    days = (month.ends_at - month.starts_at).days
    months = sorted({each.month for each in ended or ()})
    before = [_fees_by_day([each for each in ended or () if each.month == past]) for past in months]
    rest = guess_rest(_fees_by_day(running), before, gone=share * days, days=days)
    so_far = charges.total
    return ChargeForecast(
        so_far=so_far,
        expected=_plus(so_far, rest.mean),
        least=_plus(so_far, rest.quantile(-REACH)),
        most=_plus(so_far, max(rest.mean, rest.quantile(REACH))),
        ground=ForecastGround.TREND if _weight(share * days, _used(before)) >= 0.5 else ForecastGround.HISTORY,
        as_of=charges.as_of,
        stale=charges.stale or any(each.stale for each in [*running, *(ended or ())]),
    )


def guess_rest(this: Sequence[float], before: Sequence[Sequence[float]], *, gone: float, days: int) -> Rest:
    """What use will add in the rest of a month of which ``gone`` of its ``days`` are over.

    ``this`` holds each day's fee so far, ``before`` those of whole months, oldest first; months before the first fee
    tell nothing.
    """
    known, so_far, left = _used(before), sum(this), days - gone
    by_trend = so_far / max(gone, 1.0) * left  # a fee in the first minute is no trend of a fee a minute
    if not known:
        return Rest(by_trend, _unevenness([this]) * by_trend * (1 + left / max(gone, 1.0)) + by_trend**2)
    parts = [_split(month, gone / days) for month in known]
    usual_so_far = sum(part for part, _ in parts) / len(parts)
    usual_rest = sum(rest for _, rest in parts) / len(parts)
    a_day = sum(map(sum, known)) / sum(map(len, known))
    lean = HISTORY_WEIGHS_DAYS * a_day
    by_history = usual_rest * (so_far + lean) / (usual_so_far + lean)
    likely = _weight(gone, known) * by_trend
    mean = max(min(by_history, usual_rest + by_trend), likely)
    spread = sum((rest - usual_rest) ** 2 for _, rest in parts) / len(parts) * (1 + 1 / len(parts))
    if len(parts) == 1:
        spread = usual_rest**2
    unseen = 1 + left / (gone + HISTORY_WEIGHS_DAYS)
    return Rest(mean, _unevenness([this, *known]) * mean * unseen + spread)


def _used(before: Sequence[Sequence[float]]) -> list[Sequence[float]]:
    first = next((place for place, month in enumerate(before) if any(month)), len(before))
    return list(before[first:])


def _weight(gone: float, known: Sequence[Sequence[float]]) -> float:
    """How much this month's own trend counts beside the months before."""
    return gone / (gone + HISTORY_WEIGHS_DAYS) if known else 1.0


def _split(month: Sequence[float], share: float) -> tuple[float, float]:
    """What a month had cost when so much of it was over, and what it cost after that."""
    whole, part = divmod(share * len(month), 1)
    over = sum(month[: int(whole)]) + (month[int(whole)] * part if int(whole) < len(month) else 0.0)
    return over, sum(month) - over


def _unevenness(months: Sequence[Sequence[float]]) -> float:
    """A day's fee, weighed by itself: how large the lumps are in which fees come."""
    fees = [fee for month in months for fee in month]
    return sum(fee * fee for fee in fees) / total if (total := sum(fees)) else 0.0


def _fees_by_day(lines: Sequence[RatedMonth]) -> list[float]:
    """The fees of all lines by day of one month: estimates are made of them, never amounts, so floats will do.

    A day on which more was given back than charged says nothing of days to come: it counts as one without fees.
    """
    if not lines:
        return []
    month = lines[0].month
    fees = [Decimal(0)] * (month.ends_at - month.starts_at).days
    for each in (day for line in lines for day in line.days):
        fees[each.day.day - 1] += each.fee
    return [max(float(fee), 0.0) for fee in fees]


def _plus(so_far: Money, more: float) -> Money:
    return Money(amount=round_to_fen(so_far.amount + Decimal(more)), currency=so_far.currency)
