"""Is the data allowance used faster than its cycle runs?"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from graphql_schema.ports import UsageReading
from graphql_schema.types.bucket import Bucket, BucketScope, Pace, PaceState, UsageType

AHEAD_BY = Decimal("0.10")
"""How far use may run before the cycle and still be on track: a tenth of a month is three days, about one weekend of
heavier use. Less than that would cry wolf every other week (our choice)."""

SHARE_PLACES = Decimal("0.0001")
"""A share is told to a hundredth of a percent."""


def decide_pace(reading: UsageReading, *, now: datetime) -> Pace:
    """The share of the general data allowance used, against the share of the cycle elapsed by ``now`` (aware UTC).

    Shared allowances count with all that is used of them, dedicated ones do not count, and without a total there is no
    share.
    """
    allowances = general_buckets(reading.buckets, UsageType.DATA)
    share_used = share_of_total(allowances)
    share_elapsed = _share_elapsed(reading.cycle_start, reading.cycle_end, now)
    return Pace(
        as_of=reading.as_of,
        stale=reading.stale,
        share_used=share_used,
        share_elapsed=share_elapsed,
        state=_decide_state(allowances, share_used, share_elapsed),
        cycle_start=reading.cycle_start,
        cycle_end=reading.cycle_end,
    )


def general_buckets(buckets: Iterable[Bucket], usage_type: UsageType) -> list[Bucket]:
    """The buckets that serve any use of this type."""
    return [bucket for bucket in buckets if bucket.usage_type is usage_type and bucket.scope is BucketScope.GENERAL]


def share_of_total(buckets: Iterable[Bucket]) -> Decimal | None:
    """What is used of all totals together, at most 4 decimals; None where no bucket has a total."""
    limited = [(bucket.used, bucket.total) for bucket in buckets if bucket.total is not None]
    total = sum(total for _, total in limited)
    if total <= 0:
        return None
    return (Decimal(sum(used for used, _ in limited)) / total).quantize(SHARE_PLACES)


def is_gone(buckets: Iterable[Bucket]) -> bool:
    """Whether there was an allowance and nothing remains of it. An unlimited bucket is never gone."""
    held = list(buckets)
    if any(bucket.total is None for bucket in held) or not any(bucket.total for bucket in held):
        return False
    return sum(bucket.remaining or 0 for bucket in held) <= 0


def _share_elapsed(start: datetime, end: datetime, now: datetime) -> Decimal:
    length_seconds = (end - start).total_seconds()
    if length_seconds <= 0:
        return Decimal(1)
    elapsed_seconds = min(max((now - start).total_seconds(), 0), length_seconds)
    return (Decimal(elapsed_seconds) / Decimal(length_seconds)).quantize(SHARE_PLACES)


def _decide_state(allowances: list[Bucket], share_used: Decimal | None, share_elapsed: Decimal) -> PaceState:
    if is_gone(allowances):
        return PaceState.GONE
    if share_used is not None and share_used > share_elapsed + AHEAD_BY:
        return PaceState.AHEAD
    return PaceState.ON_TRACK
