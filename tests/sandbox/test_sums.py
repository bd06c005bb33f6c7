"""Do records, rated lines, subjects and bills agree to the 厘, and do buckets keep what is put into them?"""

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sandbox.bss.catalogue import OFFERING
from sandbox.bss.charge import total_li
from sandbox.bss.month import Month
from sandbox.bss.portfolio import Portfolio
from sandbox.bss.rated_month import MonthlyUsage
from sandbox.bss.rating import Rated
from sandbox.bss.world import World

BORN = st.integers(1_767_225_600_000, 1_893_456_000_000)  # 2026 to 2029
WORLDS = st.tuples(st.integers(0, 10_000), st.integers(0, 300), BORN)
RARELY = settings(max_examples=15, deadline=None)


def opened(drawn: tuple[int, int, int]) -> tuple[World, Portfolio]:
    seed, index, born_ms = drawn
    world = World.open(seed=seed, subscribers=301, now_ms=born_ms)
    return world, world.portfolio(index)


def months_of(world: World) -> list[Month]:
    return [world.first_month.plus(after) for after in range(7)]


def month_of(world: World, portfolio: Portfolio, month: Month) -> tuple[list[Rated], MonthlyUsage]:
    at_ms = world.born_ms
    return world.months.rated(portfolio, month, as_of_ms=at_ms), world.months.usage(portfolio, month, as_of_ms=at_ms)


@RARELY
@given(WORLDS)
@example((2026, 11, 1_795_312_800_000))
@example((2026, 13, 1_795_312_800_000))
def test_records_rated_lines_subjects_and_bill_agree(drawn: tuple[int, int, int]) -> None:
    world, portfolio = opened(drawn)
    books = world.books(portfolio, world.born_ms)
    for month, charges in [
        *((bill.month, bill.charges) for bill in books.bills),
        (months_of(world)[-1], books.running),
    ]:
        records = Counter[tuple[str, str]]()
        for rated in month_of(world, portfolio, month)[0]:
            records[rated.use.line_id, rated.use.kind] += rated.fee_li
        billed = Counter[tuple[str, str]]()
        for charge in charges:
            if charge.kind == "usage":
                kind = charge.subject if charge.subject in {"voice", "sms", "data"} else "valueAdded"
                billed[charge.line_id or "", kind] += charge.amount_li
        assert +billed == +records
        subjects = Counter[str]()
        for charge in charges:
            subjects[charge.subject] += charge.amount_li
        fen = [(Decimal(amount) / 10).quantize(Decimal(1), ROUND_HALF_UP) for amount in subjects.values()]
        assert total_li(charges) == int(sum(fen)) * 10
    for bill in books.bills:
        assert 0 <= bill.remaining_li == bill.total_li - sum(payment.amount_li for payment in bill.payments)


@RARELY
@given(WORLDS)
def test_a_bucket_gives_what_uses_take_and_never_more_than_it_has(drawn: tuple[int, int, int]) -> None:
    world, portfolio = opened(drawn)
    for month in months_of(world):
        rated, usage = month_of(world, portfolio, month)
        taken = Counter[tuple[str, str]]()
        for one in rated:
            for bucket_id, amount in one.taken:
                assert amount > 0
                taken[bucket_id, one.use.line_id] += amount
        assert taken == Counter({(s.bucket.id, line): used for s in usage.buckets for line, used in s.used_by.items()})
        for state in usage.buckets:
            if state.bucket.total is not None:
                assert state.remaining is not None
                assert state.remaining >= 0
                assert state.used + state.remaining == state.bucket.total


@RARELY
@given(WORLDS)
def test_exactly_the_unused_data_of_a_plan_rolls_over_for_one_month(drawn: tuple[int, int, int]) -> None:
    world, portfolio = opened(drawn)
    before: list = []
    for month in months_of(world):
        states = month_of(world, portfolio, month)[1].buckets
        rolled = {
            (s.bucket.package_id, s.bucket.kind): s.bucket.total for s in states if s.bucket.origin == "rolledOver"
        }
        unused = {
            (s.bucket.package_id, s.bucket.kind): s.remaining
            for s in before
            if s.bucket.rolls_over and s.bucket.origin == "plan" and s.remaining
        }
        assert rolled == unused
        before = states


@RARELY
@given(WORLDS)
def test_nothing_is_charged_while_a_bucket_that_serves_it_has_something_left(drawn: tuple[int, int, int]) -> None:
    world, portfolio = opened(drawn)
    for month in months_of(world):
        rated, usage = month_of(world, portfolio, month)
        charged = {(one.use.line_id, one.use.kind) for one in rated if one.fee_li and not one.use.abroad}
        for state in usage.buckets:
            for line in portfolio.lines:
                if state.bucket.serves(line) and state.bucket.app is None and state.bucket.total is not None:
                    assert not ((line.id, state.bucket.kind) in charged and state.remaining)


@RARELY
@given(WORLDS)
@example((2026, 0, 1_795_312_800_000))
@example((2026, 5, 1_795_312_800_000))
@example((2026, 11, 1_795_312_800_000))
@example((2026, 13, 1_795_312_800_000))
def test_rolled_over_goes_before_dedicated_before_general(drawn: tuple[int, int, int]) -> None:
    """Replays each month: when a bucket is drawn, nothing is left in those that go before it."""
    world, portfolio = opened(drawn)
    lines = {line.id: line for line in portfolio.lines}
    for month in months_of(world):
        rated, usage = month_of(world, portfolio, month)
        buckets = {s.bucket.id: s.bucket for s in usage.buckets}
        left = {bucket.id: bucket.total for bucket in buckets.values() if bucket.total is not None}
        rank = {id_: 0 if b.origin == "rolledOver" else 1 if b.app else 2 for id_, b in buckets.items()}
        for use, _, _, taken in rated:
            for bucket_id, amount in taken:
                before = [
                    id_
                    for id_, b in buckets.items()
                    if b.kind == use.kind and b.serves(lines[use.line_id]) and b.app in {None, use.app}
                    if rank[id_] < rank[bucket_id]
                ]
                assert not any(left[id_] for id_ in before)
                if bucket_id in left:
                    left[bucket_id] -= amount


@RARELY
@given(WORLDS)
def test_the_same_seed_makes_the_same_world(drawn: tuple[int, int, int]) -> None:
    seed, index, born_ms = drawn
    worlds = [World.open(seed=seed, subscribers=301, now_ms=born_ms) for _ in range(2)]
    first, second = (
        (
            w.portfolio(index),
            [month_of(w, w.portfolio(index), m) for m in months_of(w)],
            w.books(w.portfolio(index), born_ms),
        )
        for w in worlds
    )
    assert first == second


def test_another_seed_makes_another_world(born_ms: int) -> None:
    one, other = (World.open(seed=seed, now_ms=born_ms) for seed in (1, 2))
    assert one.portfolio(50) != other.portfolio(50)


def test_everyone_holds_what_goes_together() -> None:
    world = World.open(subscribers=500)
    for portfolio in map(world.portfolio, range(world.size)):
        household = {package.offering_id for line in portfolio.lines for package in line.packages}
        for line in portfolio.lines:
            held = {package.offering_id for package in line.packages}
            for offering_id in held:
                assert not held & set(OFFERING[offering_id].excludes)
                assert household >= set(OFFERING[offering_id].bundles)
                assert not OFFERING[offering_id].requires or household & set(OFFERING[offering_id].requires)
