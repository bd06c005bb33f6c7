"""What time is it in the sandbox's business?"""

import time


class Clock:
    """A business clock that runs with the real one and can be moved. Instants are milliseconds since 1970, UTC."""

    def __init__(self, *, offset_ms: int = 0) -> None:
        self.offset_ms = offset_ms
        self._last_ms = 0

    def now_ms(self) -> int:
        """The business time; never before what was stamped last."""
        return max(_real_ms() + self.offset_ms, self._last_ms)

    def stamp_ms(self) -> int:
        """The business time, but never the same twice while it runs: what is stamped later sorts later."""
        self._last_ms = max(self.now_ms(), self._last_ms + 1)
        return self._last_ms

    def set(self, instant_ms: int) -> None:
        """Moves the clock to an instant, from where it runs on."""
        self.offset_ms = instant_ms - _real_ms()
        self._last_ms = instant_ms - 1


def _real_ms() -> int:
    return time.time_ns() // 1_000_000
