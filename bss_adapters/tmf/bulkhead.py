"""How many calls to one system may be in flight, so that a slow one can't take every place?"""

from types import TracebackType

from bss_adapters.tmf.fault import FaultKind, bss_fault


class Bulkhead:
    """Counts the calls in flight to one system; the one too many is refused at once, it does not queue.

    Use as a context manager around a call. Raises BssFault ``<system>_overloaded``.
    """

    def __init__(self, system: str, *, limit: int) -> None:
        self._system = system
        self._limit = limit
        self._in_flight = 0

    def __enter__(self) -> None:
        if self._in_flight >= self._limit:
            raise bss_fault(self._system, FaultKind.OVERLOADED, f"{self._limit} calls are in flight already")
        self._in_flight += 1

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._in_flight -= 1
