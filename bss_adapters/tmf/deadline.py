"""By when must a call to a system be answered?"""

import time

from graphql_schema.ports import DEADLINE


def call_deadline(budget_seconds: float) -> float:
    """The moment (``time.monotonic()``) of the request at hand, or ``budget_seconds`` from now if none was set."""
    inherited = DEADLINE.get()
    return time.monotonic() + budget_seconds if inherited is None else inherited


def seconds_left(deadline: float) -> float:
    """What remains until then; never negative."""
    return max(0.0, deadline - time.monotonic())
