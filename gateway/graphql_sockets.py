"""Which sockets may be opened, and how many?"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from gateway.identity.budget import name_source

SOCKETS_OF_A_SOURCE_MOST = 200
"""Many customers share one address of their operator; nobody else needs as many."""

SOCKETS_MOST = 10_000
"""Of one process: each costs memory and a look at its session every few seconds."""


@dataclass(slots=True)
class Sockets:
    """The open sockets of this process. ``origin`` is the one that browsers may come from (``https://hall.example``)."""

    origin: str
    of_a_source_most: int = SOCKETS_OF_A_SOURCE_MOST
    most: int = SOCKETS_MOST
    _open: Counter[str] = field(default_factory=Counter)

    def find_refusal(self, connection: HTTPConnection) -> int | None:
        """The HTTP status to refuse the opening with, or None. A client that is no browser sends no Origin."""
        origin = connection.headers.get("origin")
        if origin is not None and origin != self.origin:
            return 403
        crowded = self._open[_source(connection)] >= self.of_a_source_most or self._open.total() >= self.most
        return 429 if crowded else None

    @contextmanager
    def counted(self, connection: HTTPConnection) -> Iterator[None]:
        """Counts the socket while it is open."""
        source = _source(connection)
        self._open[source] += 1
        try:
            yield
        finally:
            self._open[source] -= 1
            if not self._open[source]:
                del self._open[source]


def origin_of(address: str) -> str:
    """Scheme, host and port of an address, as browsers write them in ``Origin``."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _source(connection: HTTPConnection) -> str:
    return name_source(connection.client.host if connection.client else "")
