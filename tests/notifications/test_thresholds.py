"""Which step does a use cross?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.thresholds import USAGE_STEPS_PERCENT, decide_step


@pytest.mark.parametrize(
    ("used", "total", "said", "step"),
    [
        (799, 1000, 0, None),
        (800, 1000, 0, 80),
        (801, 1000, 80, None),
        (1000, 1000, 80, 100),
        (1500, 1000, 0, 100),
        (1500, 1000, 100, None),
        (700, 1000, 80, None),
        (0, 0, 0, None),
        (5, 0, 0, None),
    ],
)
def test_the_highest_step_that_was_not_said_is_said(used: int, total: int, said: int, step: int | None) -> None:
    assert decide_step(used=used, total=total, said_percent=said) == step


@given(st.lists(st.integers(0, 2000), max_size=30), st.integers(1, 1000))
def test_each_step_is_said_at_most_once_and_never_a_lower_one_after_a_higher(readings: list[int], total: int) -> None:
    said: list[int] = []
    for used in readings:
        step = decide_step(used=used, total=total, said_percent=said[-1] if said else 0)
        if step is not None:
            said.append(step)
    assert said == sorted(set(said))
    reached = [step for step in USAGE_STEPS_PERCENT if max(readings, default=0) * 100 >= step * total]
    assert (said[-1:] or [0]) == (reached[-1:] or [0])
