"""Which threshold has a use just crossed?"""

from collections.abc import Sequence

USAGE_STEPS_PERCENT: Sequence[int] = (80, 100)
"""The steps of an included allowance that a person is told of (domain §9; 50 % only for those who ask)."""


def decide_step(*, used: int, total: int, said_percent: int, steps: Sequence[int] = USAGE_STEPS_PERCENT) -> int | None:
    """The highest step that was reached and not said yet in this cycle, or None.

    A use that leaps over two steps says the higher one alone; a correction downwards says nothing.
    """
    if total <= 0:
        return None
    reached = [step for step in steps if used * 100 >= step * total]
    return reached[-1] if reached and reached[-1] > said_percent else None


def usage_topic(line_id: str, usage_type: str, cycle_start_at_us: int) -> str:
    """What is watched, in which cycle: each step is said once for a topic."""
    return f"usage:{line_id}:{usage_type}:{cycle_start_at_us}"
