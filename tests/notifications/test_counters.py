"""Is each use counted once, and is each crossing raised once?"""

import asyncio
import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from graphql_schema.ports import BssFault, UsageReading
from graphql_schema.types.bucket import BucketScope
from notifications.alert_tables import alert, usage_counter, usage_event
from notifications.counters import UsageCounters
from notifications.journal import PATIENCE_ATTEMPTS, SqlJournal, Transaction, to_us
from tests.notifications.conftest import FakeUsage, make_bucket, make_event

pytestmark = pytest.mark.anyio


async def rows_of(transaction: Transaction, table: Any) -> Sequence[Any]:
    async with transaction() as connection:
        return (await connection.execute(select(table))).mappings().all()


async def test_a_use_that_crosses_80_percent_raises_one_alert(
    journal: SqlJournal, counters: UsageCounters, transaction: Transaction
) -> None:
    await journal.append([make_event("e1", 9)])
    assert await counters.count() == []
    await journal.append([make_event("e2", 5, minutes=2)])
    due = await counters.count()
    [row] = await rows_of(transaction, alert)
    assert due == [row["id"]]
    assert (row["facts"]["percent"], row["facts"]["used"], row["facts"]["total"]) == (80, 804, 1000)


async def test_an_event_that_comes_twice_is_counted_once(
    journal: SqlJournal, counters: UsageCounters, transaction: Transaction
) -> None:
    assert await journal.append([make_event("e1", 15), make_event("e1", 15)]) == 1
    await counters.count()
    assert await journal.append([make_event("e1", 15)]) == 0
    assert await counters.count() == []
    [counter] = await rows_of(transaction, usage_counter)
    assert counter["used"] == 805
    assert len(await rows_of(transaction, alert)) == 1


async def test_a_leap_over_two_steps_says_the_higher_one_alone(
    journal: SqlJournal, counters: UsageCounters, transaction: Transaction
) -> None:
    await journal.append([make_event("e1", 400)])
    await counters.count()
    assert [row["step"] for row in await rows_of(transaction, alert)] == [100]
    await journal.append([make_event("e2", 1, minutes=2)])
    assert await counters.count() == []


async def test_a_use_that_the_reading_holds_already_is_not_added_again(
    journal: SqlJournal, counters: UsageCounters, transaction: Transaction, usage: FakeUsage
) -> None:
    usage.buckets["L1"] = (make_bucket(used=810),)
    await journal.append([make_event("e1", 20, minutes=-5)])
    due = await counters.count()
    [counter] = await rows_of(transaction, usage_counter)
    assert counter["used"] == 810
    assert len(due) == 1, "the crossing that the reading shows is said all the same"


async def test_a_late_use_of_a_closed_cycle_raises_nothing(
    journal: SqlJournal, counters: UsageCounters, transaction: Transaction
) -> None:
    await journal.append([make_event("e1", 900, minutes=-30 * 24 * 60)])
    assert await counters.count() == []
    [counter] = await rows_of(transaction, usage_counter)
    assert counter["used"] == 790


async def test_a_bss_that_is_down_makes_events_wait_and_loses_none(
    journal: SqlJournal, counters: UsageCounters, usage: FakeUsage, transaction: Transaction
) -> None:
    usage.faults["L1"] = BssFault("usage_unavailable", retryable=True)
    await journal.append([make_event("e1", 20)])
    for _ in range(PATIENCE_ATTEMPTS + 2):
        assert await counters.count() == []
    assert [row["state"] for row in await rows_of(transaction, usage_event)] == ["new"]
    usage.faults.clear()
    assert len(await counters.count()) == 1


async def test_a_stale_reading_begins_no_counter(
    journal: SqlJournal, counters: UsageCounters, usage: FakeUsage, transaction: Transaction
) -> None:
    usage.stale = True
    await journal.append([make_event("e1", 20)])
    assert await counters.count() == []
    assert await rows_of(transaction, usage_counter) == []


async def test_a_line_that_the_bss_refuses_is_parked_and_holds_nobody_up(
    journal: SqlJournal, counters: UsageCounters, usage: FakeUsage, transaction: Transaction
) -> None:
    usage.faults["L9"] = BssFault("usage_refused", retryable=False)
    await journal.append([make_event("e9", 20, line_id="L9"), make_event("e1", 20)])
    assert len(await counters.count()) == 1
    for _ in range(PATIENCE_ATTEMPTS + 1):
        await counters.count()
    states = {row["event_id"]: row["state"] for row in await rows_of(transaction, usage_event)}
    assert states == {"e9": "parked", "e1": "counted"}


async def test_a_use_of_a_shared_bucket_counts_for_every_line_that_shares_it(
    journal: SqlJournal, counters: UsageCounters, usage: FakeUsage, transaction: Transaction
) -> None:
    usage.buckets = {"L1": (make_bucket(used=700, shared=True),), "L2": (make_bucket(used=700, shared=True),)}
    await journal.append([make_event("e1", 10, line_id="L1"), make_event("e2", 10, line_id="L2")])
    assert await counters.count() == []
    await journal.append([make_event("e3", 100, line_id="L2", minutes=2)])
    assert len(await counters.count()) == 2
    assert {row["line_id"] for row in await rows_of(transaction, alert)} == {"L1", "L2"}


async def test_general_buckets_are_summed_and_dedicated_ones_left_out(
    journal: SqlJournal, counters: UsageCounters, usage: FakeUsage, transaction: Transaction
) -> None:
    usage.buckets["L1"] = (
        make_bucket(used=100, total=100, bucket_id="B0"),
        make_bucket(used=500, total=900),
        make_bucket(used=99, total=100, bucket_id="B2", scope=BucketScope.DEDICATED),
        make_bucket(used=10**9, total=None, bucket_id="B3", scope=BucketScope.DEDICATED),
    )
    await journal.append([make_event("e1", 10)])
    assert await counters.count() == []
    await journal.append([make_event("e2", 200, minutes=2)])
    await counters.count()
    [row] = await rows_of(transaction, alert)
    assert (row["facts"]["used"], row["facts"]["total"]) == (810, 1000)


async def test_a_line_with_an_unlimited_allowance_is_never_told_that_it_is_used_up(
    journal: SqlJournal, counters: UsageCounters, usage: FakeUsage
) -> None:
    usage.buckets["L1"] = (make_bucket(used=790), make_bucket(used=10**9, total=None, bucket_id="B3"))
    await journal.append([make_event("e1", 900)])
    assert await counters.count() == []


async def test_an_allowance_that_was_bought_meanwhile_counts_before_a_step_is_said(
    journal: SqlJournal, counters: UsageCounters, usage: FakeUsage, transaction: Transaction
) -> None:
    await journal.append([make_event("e1", 1)])
    await counters.count()
    usage.buckets["L1"] = (make_bucket(used=791), make_bucket(used=0, total=5000, bucket_id="B5"))
    await journal.append([make_event("e2", 300, minutes=2)])
    assert await counters.count() == []
    await journal.append([make_event("e3", 4000, bucket_id="B5", minutes=3)])
    await counters.count()
    [row] = await rows_of(transaction, alert)
    assert (row["facts"]["used"], row["facts"]["total"]) == (5091, 6000)
    asked = usage.asked
    await journal.append([make_event("e4", 1, bucket_id="B5", minutes=4)])
    await counters.count()
    assert usage.asked == asked, "a step that was said is not read for again"


async def test_an_alert_is_as_of_its_own_lines_use_whatever_is_counted_beside_it(
    journal: SqlJournal, counters: UsageCounters, usage: FakeUsage, transaction: Transaction
) -> None:
    usage.buckets["L2"] = (make_bucket(used=0, bucket_id="B2"),)
    mine, another = make_event("e1", 20, minutes=5), make_event("e2", 1, line_id="L2", bucket_id="B2", minutes=600)
    await journal.append([mine, another])
    await counters.count()
    [row] = await rows_of(transaction, alert)
    assert row["facts"]["asOfUs"] == to_us(mine.at)


async def test_a_counter_of_the_running_cycle_spares_the_bss_however_many_came_before(
    journal: SqlJournal, counters: UsageCounters, usage: FakeUsage, transaction: Transaction
) -> None:
    await journal.append([make_event("e1", 1)])
    await counters.count()
    [counter] = await rows_of(transaction, usage_counter)
    month_us = counter["cycle_end_at_us"] - counter["cycle_start_at_us"]
    former = {
        "cycle_start_at_us": counter["cycle_start_at_us"] - month_us,
        "cycle_end_at_us": counter["cycle_start_at_us"],
    }
    async with transaction() as connection:
        await connection.execute(usage_counter.insert().values({**counter, **former}))
    await journal.append([make_event("e2", 1, minutes=2)])
    await counters.count()
    assert usage.asked == 1


async def test_what_was_counted_long_ago_is_forgotten_and_nothing_else(
    journal: SqlJournal, counters: UsageCounters, usage: FakeUsage, transaction: Transaction
) -> None:
    usage.faults["L9"] = BssFault("usage_unavailable", retryable=True)
    long_ago = -31 * 24 * 60
    await journal.append([make_event("e0", 1, minutes=long_ago), make_event("e1", 1)])
    await journal.append([make_event("e9", 1, line_id="L9", minutes=long_ago)])
    await counters.count()
    await counters.forget_old()
    assert {row["event_id"] for row in await rows_of(transaction, usage_event)} == {"e1", "e9"}
    assert len(await rows_of(transaction, usage_counter)) == 1


async def test_workers_that_count_at_once_count_each_event_once(
    journal: SqlJournal, transaction: Transaction, usage: FakeUsage
) -> None:
    usage.buckets["L1"] = (make_bucket(used=0),)
    for batch in range(10):
        await journal.append([make_event(f"e{batch}-{i}", 1, minutes=1 + batch) for i in range(10)])
    rivals = [UsageCounters(transaction, journal, usage) for _ in range(4)]
    due = await asyncio.gather(*(rival.count() for rival in rivals))
    [counter] = await rows_of(transaction, usage_counter)
    assert counter["used"] == 100
    assert sum(map(len, due)) == len(await rows_of(transaction, alert)) == 0


async def test_rounds_do_not_pile_up_behind_a_slow_bss_and_what_came_meanwhile_is_counted(
    journal: SqlJournal, transaction: Transaction
) -> None:
    answers = asyncio.Event()

    class SlowUsage(FakeUsage):
        async def fetch_usage(self, line_id: str) -> UsageReading:
            reading = await super().fetch_usage(line_id)
            await answers.wait()
            return reading

    usage = SlowUsage(buckets={"L1": (make_bucket(used=0),)})
    counters = UsageCounters(transaction, journal, usage)
    await journal.append([make_event("e1", 1)])
    first = asyncio.create_task(counters.count())
    while not usage.asked:  # noqa: ASYNC110  the fake tells nobody
        await asyncio.sleep(0.01)
    await journal.append([make_event("e2", 1, minutes=2)])
    assert await asyncio.gather(*(counters.count() for _ in range(5))) == [[]] * 5
    assert usage.asked == 1
    answers.set()
    await first
    assert [row["state"] for row in await rows_of(transaction, usage_event)] == ["counted", "counted"]


class KilledError(Exception):
    pass


async def test_a_worker_killed_before_its_commit_leaves_everything_to_the_next(
    journal: SqlJournal, transaction: Transaction, usage: FakeUsage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await journal.append([make_event("e1", 20)])

    async def die(*_: object) -> list[int]:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr("notifications.counters._raise_alerts", die)
        with pytest.raises(KilledError):
            await UsageCounters(transaction, journal, usage).count()
    assert [row["state"] for row in await rows_of(transaction, usage_event)] == ["new"]
    assert len(await UsageCounters(transaction, journal, usage).count()) == 1
    [counter] = await rows_of(transaction, usage_counter)
    assert counter["used"] == 810


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    amounts=st.lists(st.integers(0, 400), min_size=1, max_size=12),
    seed=st.integers(0, 2**32),
    repeats=st.integers(0, 5),
)
async def test_however_events_are_repeated_shuffled_and_batched_the_counter_is_their_sum(
    transaction: Transaction, journal: SqlJournal, amounts: list[int], seed: int, repeats: int
) -> None:
    async with transaction() as connection:
        for table in (usage_event, usage_counter, alert):
            await connection.execute(delete(table))
    order = random.Random(seed)
    usage = FakeUsage(buckets={"L1": (make_bucket(used=100),)})
    counters = UsageCounters(transaction, journal, usage)
    events = [make_event(f"e{i}", amount, minutes=1 + i) for i, amount in enumerate(amounts)]
    told = events + [order.choice(events) for _ in range(repeats)]
    order.shuffle(told)
    for event in told:
        await journal.append([event])
        if order.random() < 0.5:
            await counters.count()
    await counters.count()
    [counter] = await rows_of(transaction, usage_counter)
    assert counter["used"] == 100 + sum(amounts)
    steps = [row["step"] for row in await rows_of(transaction, alert)]
    assert steps == sorted(set(steps))
    assert max(steps, default=0) == max((step for step in (80, 100) if counter["used"] >= step * 10), default=0)
