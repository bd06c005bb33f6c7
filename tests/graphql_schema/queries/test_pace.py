"""Is the pace told as it is, whatever the allowances are?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_schema.queries.pace import decide_pace
from graphql_schema.types.bucket import BucketScope, PaceState, UsageType
from tests.fakes.ports import CYCLE_END, CYCLE_START, GIB, make_bucket, make_usage

HALF_WAY = CYCLE_START + (CYCLE_END - CYCLE_START) / 2
UNLIMITED: dict[str, Any] = {"total": None, "throttle_after": 20 * GIB}


@pytest.mark.parametrize(
    ("buckets", "share_used", "state"),
    [
        ([make_bucket(4 * GIB)], "0.4000", PaceState.ON_TRACK),
        ([make_bucket(6 * GIB)], "0.6000", PaceState.ON_TRACK),  # a tenth ahead is still on track
        ([make_bucket(6 * GIB + GIB // 100)], "0.6010", PaceState.AHEAD),
        ([make_bucket(10 * GIB)], "1.0000", PaceState.GONE),
        ([make_bucket(12 * GIB)], "1.2000", PaceState.GONE),
        ([make_bucket(10 * GIB), make_bucket(0, 10 * GIB)], "0.5000", PaceState.ON_TRACK),
        ([make_bucket(9 * GIB, shared=True, used_by_line=GIB)], "0.9000", PaceState.AHEAD),
        ([make_bucket(10 * GIB, scope=BucketScope.DEDICATED), make_bucket(0)], "0.0000", PaceState.ON_TRACK),
        ([make_bucket(600, 600, usage_type=UsageType.VOICE), make_bucket(0)], "0.0000", PaceState.ON_TRACK),
        ([make_bucket(30 * GIB, **UNLIMITED)], None, PaceState.ON_TRACK),
        ([make_bucket(10 * GIB), make_bucket(30 * GIB, **UNLIMITED)], "1.0000", PaceState.AHEAD),
        ([make_bucket(0, 0)], None, PaceState.ON_TRACK),
        ([], None, PaceState.ON_TRACK),
    ],
)
def test_half_way_through_the_cycle(buckets: list[Any], share_used: str | None, state: PaceState) -> None:
    pace = decide_pace(make_usage(*buckets), now=HALF_WAY)
    assert pace.share_used == (None if share_used is None else Decimal(share_used))
    assert pace.share_elapsed == Decimal("0.5000")
    assert pace.state is state


@pytest.mark.parametrize(
    ("now", "share_elapsed"),
    [
        (CYCLE_START - timedelta(days=1), "0"),
        (CYCLE_START, "0"),
        (CYCLE_START + timedelta(days=3), "0.1"),
        (CYCLE_END, "1"),
        (CYCLE_END + timedelta(days=1), "1"),
    ],
)
def test_the_share_elapsed_stays_between_nought_and_one(now: datetime, share_elapsed: str) -> None:
    assert decide_pace(make_usage(), now=now).share_elapsed == Decimal(share_elapsed)


def test_a_cycle_without_length_is_over() -> None:
    reading = replace(make_usage(), cycle_end=CYCLE_START)
    assert decide_pace(reading, now=CYCLE_START).share_elapsed == 1


AMOUNTS = st.integers(0, 2**53)
BUCKETS = st.lists(st.builds(make_bucket, AMOUNTS, st.none() | AMOUNTS), max_size=6)
INSTANTS = st.integers(1_750_000_000, 1_850_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(BUCKETS, INSTANTS, INSTANTS, INSTANTS)
def test_any_reading_has_a_pace(buckets: list[Any], start: datetime, end: datetime, now: datetime) -> None:
    reading = replace(make_usage(*buckets), cycle_start=start, cycle_end=end)
    pace = decide_pace(reading, now=now)
    assert 0 <= pace.share_elapsed <= 1
    assert (pace.share_used is None) == (not any(bucket.total for bucket in buckets))
    assert pace.share_used is None or pace.share_used >= 0
    if pace.state is PaceState.GONE:
        assert sum(bucket.remaining or 0 for bucket in buckets) == 0
        assert all(bucket.total is not None for bucket in buckets)


@given(AMOUNTS, AMOUNTS, st.integers(1, 2**53))
def test_using_more_never_slows_the_pace(less: int, more: int, total: int) -> None:
    less, more = sorted((less, more))
    order = list(PaceState)
    slow, fast = (decide_pace(make_usage(make_bucket(used, total)), now=HALF_WAY) for used in (less, more))
    assert slow.share_used is not None
    assert fast.share_used is not None
    assert slow.share_used <= fast.share_used
    assert order.index(slow.state) <= order.index(fast.state)
