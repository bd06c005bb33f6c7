"""Is spending far above the line's own mean, so that the brake should be offered?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal

from graphql_schema.money_ports import BrakeReading, RatedMonth
from graphql_schema.queries.usage_days import add_up_fees
from graphql_schema.types.charge_brake import ChargeBrake, PausableCharge
from graphql_schema.types.money import Money, round_to_fen
from graphql_schema.types.month import BUSINESS_ZONE, Month

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class BrakeLimits:
    """From ``factor`` times the mean, and from ``least`` (of the currency) on, spending is far above it."""

    factor: Decimal
    least: Decimal


def decide_brake(
    reading: BrakeReading,
    running: RatedMonth | None,
    ended: Sequence[RatedMonth] | None,
    *,
    now: datetime,
    limits: BrakeLimits,
) -> ChargeBrake:
    """The brake of a line, as of its reading. ``running`` or ``ended`` (newest first) is None where it can't be read:
    then nothing is offered, and what is paused still shows.

    Everything that costs by use can be paused (outside allowances, third parties, roaming), so ``spent`` is the fees
    of all uses. It is not offered where all of that is paused already.
    """
    spent = None if running is None else add_up_fees(running.days)
    mean = None if running is None or ended is None else mean_by_now(ended, now=now)
    far_above = spent is not None and mean is not None and spent >= max(limits.factor * mean, limits.least)
    used = [month for month in (running, *(ended or ())) if month is not None]
    return ChargeBrake(
        paused=[charge for charge in PausableCharge if charge in reading.paused],
        paused_since=reading.since,
        spent=None if running is None or spent is None else Money(amount=spent, currency=running.currency),
        mean=None if running is None or mean is None else Money(amount=mean, currency=running.currency),
        factor=limits.factor,
        offered=far_above and reading.paused != frozenset(PausableCharge),
        as_of=min([reading.as_of, *(month.as_of for month in used if month.stale)]),
        stale=reading.stale or any(month.stale for month in used),
    )


def mean_by_now(ended: Iterable[RatedMonth], *, now: datetime) -> Decimal | None:
    """What ended months cost on average by the same share of the month, to the fen; None without history.

    Months before the first use are none of the line's: it was not there yet.
    """
    used = sorted((month for month in ended), key=lambda month: month.month)
    while used and not used[0].days:
        used.pop(0)
    if not used:
        return None
    share = share_elapsed(Month.of(now), now)
    total = sum((fees_by_share(month, share) for month in used), Decimal(0))
    return round_to_fen(total / len(used))


def share_elapsed(month: Month, now: datetime) -> Decimal:
    """How much of a month is over: 0-1."""
    share = (now - month.starts_at) / (month.ends_at - month.starts_at)
    return Decimal(min(max(share, 0.0), 1.0))


def fees_by_share(month: RatedMonth, share: Decimal) -> Decimal:
    """What a month had cost when so much of it was over: whole days, and of the last one its part."""
    cut = month.month.starts_at + (month.month.ends_at - month.month.starts_at) * float(share)
    total = Decimal(0)
    for each in month.days:
        begins = datetime.combine(each.day, time(), tzinfo=BUSINESS_ZONE)
        part = Decimal(min(max((cut - begins) / _ONE_DAY, 0.0), 1.0))
        total += each.fee * part
    return total
