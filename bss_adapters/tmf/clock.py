"""What time is it at the BSS?"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_DATE_STEP = timedelta(seconds=1)
"""A Date header counts whole seconds: the instant it names lies within the second after it."""


class BssClock:
    """Business time (port ``Clock``), kept by the ``Date`` headers of the BSS; this machine's until the first of them.

    Between two readings it runs with the monotonic clock. A reading that fits leaves it alone, another moves it by the
    least that fits: so it never jitters, and follows when the BSS's clock is set.
    """

    def __init__(
        self,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        local: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._monotonic = monotonic
        self._zero = local() - timedelta(seconds=monotonic())
        self._read = False

    def now(self) -> datetime:
        """Aware UTC."""
        return self._at(self._monotonic())

    def observe(self, date: datetime, *, sent_at: float) -> None:
        """Takes a ``Date`` header (aware UTC) of an answer whose request left at ``sent_at`` (monotonic)."""
        latest, earliest = self.now(), self._at(sent_at)
        if not self._read or latest < date:
            self._zero += date - latest
        elif earliest >= date + _DATE_STEP:
            self._zero -= earliest - (date + _DATE_STEP)
        self._read = True

    def _at(self, moment: float) -> datetime:
        return self._zero + timedelta(seconds=moment)
