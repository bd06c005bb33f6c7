"""When do we stop asking a system that keeps failing, and when do we try it again?"""

import time
from collections.abc import Callable
from enum import Enum

from bss_adapters.tmf.fault import FaultKind, bss_fault


class BreakerState(Enum):
    """CLOSED lets calls pass, OPEN refuses them, HALF_OPEN lets one probe pass."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Breaker:
    """Opens after a run of failures, refuses for a while, then lets one probe decide.

    Every ``admit`` is answered by exactly one of ``succeeded``, ``failed`` or ``abandoned``.
    """

    def __init__(
        self,
        system: str,
        *,
        failures_to_open: int,
        open_seconds: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._system = system
        self._failures_to_open = failures_to_open
        self._open_seconds = open_seconds
        self._monotonic = monotonic
        self._failures = 0
        self._opened_at: float | None = None
        self._probing = False

    @property
    def state(self) -> BreakerState:
        """Where it stands now."""
        if self._opened_at is None:
            return BreakerState.CLOSED
        waited = self._monotonic() - self._opened_at
        return BreakerState.HALF_OPEN if waited >= self._open_seconds else BreakerState.OPEN

    def admit(self) -> None:
        """Lets a call pass, or raises BssFault ``<system>_unavailable``."""
        if self._opened_at is None:
            return
        if self._probing or self.state is BreakerState.OPEN:
            raise bss_fault(self._system, FaultKind.UNAVAILABLE, "the breaker is open")
        self._probing = True

    def succeeded(self) -> None:
        """The system answered: it is well."""
        self._failures = 0
        self._opened_at = None
        self._probing = False

    def failed(self) -> None:
        """The system did not answer, or answered 5xx."""
        self._failures += 1
        if self._probing or self._failures >= self._failures_to_open:
            self._opened_at = self._monotonic()
        self._probing = False

    def abandoned(self) -> None:
        """The call ended without saying anything about the system (cancelled, refused by the bulkhead)."""
        self._probing = False
