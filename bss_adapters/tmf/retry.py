"""When, and after which pause, is a failed call sent again?"""

import random
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Retry:
    """At most ``attempts`` in all, after a pause of full jitter that doubles its ceiling from ``backoff_seconds``.

    ``chance`` draws from [0, 1).
    """

    attempts: int
    backoff_seconds: float
    chance: Callable[[], float] = random.random

    def pause_seconds(self, attempt: int, *, seconds_left: float) -> float | None:
        """The pause after failed attempt number ``attempt`` (from 1), or None: no attempt left, or no time for one."""
        if attempt >= self.attempts:
            return None
        pause = self.chance() * self.backoff_seconds * 2.0 ** (attempt - 1)
        return pause if pause < seconds_left else None
