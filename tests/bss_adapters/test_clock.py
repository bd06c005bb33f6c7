"""Does business time follow the BSS without jitter?"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from bss_adapters.tmf.clock import BssClock

LOCAL = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
BSS = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


@dataclass
class Seconds:
    passed: float = 500.0

    def __call__(self) -> float:
        return self.passed


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def clock(seconds: Seconds) -> BssClock:
    return BssClock(monotonic=seconds, local=lambda: LOCAL)


def test_before_the_first_reading_it_is_this_machines_time(clock: BssClock, seconds: Seconds) -> None:
    seconds.passed += 5
    assert clock.now() == LOCAL + timedelta(seconds=5)


def test_after_a_reading_it_is_the_bss_time_and_runs_on(clock: BssClock, seconds: Seconds) -> None:
    clock.observe(BSS, sent_at=seconds.passed)
    assert clock.now() == BSS
    seconds.passed += 90.5
    assert clock.now() == BSS + timedelta(seconds=90.5)


def test_readings_that_agree_never_turn_it_back(clock: BssClock, seconds: Seconds) -> None:
    clock.observe(BSS, sent_at=seconds.passed)
    seen = [clock.now()]
    for _ in range(200):
        sent_at = seconds.passed
        seconds.passed += 0.3
        truth = BSS + timedelta(seconds=seconds.passed - 500.0 - 0.15)
        clock.observe(truth.replace(microsecond=0), sent_at=sent_at)
        seen.append(clock.now())
    assert seen == sorted(seen)
    assert abs(seen[-1] - (BSS + timedelta(seconds=60))) < timedelta(seconds=1)


def test_a_slow_answer_does_not_turn_it_back(clock: BssClock, seconds: Seconds) -> None:
    clock.observe(BSS, sent_at=seconds.passed)
    sent_at = seconds.passed
    seconds.passed += 4
    clock.observe(BSS, sent_at=sent_at)
    assert clock.now() == BSS + timedelta(seconds=4)


@pytest.mark.parametrize("moved", [timedelta(days=40), timedelta(days=-3)])
def test_it_follows_a_bss_whose_clock_was_set(clock: BssClock, seconds: Seconds, moved: timedelta) -> None:
    clock.observe(BSS, sent_at=seconds.passed)
    seconds.passed += 10
    clock.observe(BSS + moved, sent_at=seconds.passed)
    assert abs(clock.now() - (BSS + moved)) <= timedelta(seconds=1)
