"""Where is the last reading of a fact kept, for every channel to share?"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class SnapshotStore(Protocol):
    """Keeps bytes for a while. One that fails (any exception) counts as a miss and never breaks a read."""

    async def get(self, key: str) -> bytes | None:
        """The bytes, or None."""
        ...

    async def put(self, key: str, value: bytes, keep_seconds: int) -> None:
        """Keeps the bytes in place of what was there."""
        ...


class MemorySnapshots:
    """A SnapshotStore in this process: at most ``limit`` entries, the least recently written leave first."""

    def __init__(self, *, limit: int = 10_000, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._monotonic = monotonic
        self._kept: OrderedDict[str, tuple[float, bytes]] = OrderedDict()

    async def get(self, key: str) -> bytes | None:
        """The bytes, or None when there are none or their time is over."""
        ends_at, value = self._kept.get(key, (0.0, None))
        return value if self._monotonic() < ends_at else None

    async def put(self, key: str, value: bytes, keep_seconds: int) -> None:
        """Keeps the bytes for so long."""
        self._kept[key] = (self._monotonic() + keep_seconds, value)
        self._kept.move_to_end(key)
        while len(self._kept) > self._limit:
            self._kept.popitem(last=False)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The bodies of one reading as they came over the wire, the instant they are as of, and when they were read.

    ``read_at`` is this machine's time (Unix seconds): it only says how fresh the reading is.
    """

    read_at: float
    as_of: datetime
    bodies: tuple[bytes, ...]

    def encode(self) -> bytes:
        """One line with both times and the length of each body, then the bodies."""
        lengths = ",".join(str(len(body)) for body in self.bodies)
        return f"{self.read_at} {self.as_of.isoformat()} {lengths}\n".encode() + b"".join(self.bodies)

    @classmethod
    def decode(cls, value: bytes) -> "Snapshot | None":
        """The reading, or None when the bytes are not one of ours."""
        head, _, rest = value.partition(b"\n")
        try:
            read_at, as_of, lengths = head.decode("ascii").split(" ")
            sizes = [int(length) for length in lengths.split(",")]
            made = cls(float(read_at), datetime.fromisoformat(as_of), _cut(rest, sizes))
        except ValueError:
            return None
        return made if made.as_of.tzinfo else None


def _cut(rest: bytes, sizes: list[int]) -> tuple[bytes, ...]:
    if min(sizes) < 0 or sum(sizes) != len(rest):
        raise ValueError("the lengths do not add up")
    ends = [sum(sizes[: index + 1]) for index in range(len(sizes))]
    return tuple(rest[end - size : end] for end, size in zip(ends, sizes, strict=True))
