"""What does a seal say of its records, and who could have made it?

A seal's digest covers its records and the digest of the seal before, so that a changed, missing, added or moved record
breaks it and every later one. Its MAC needs the house's secret, which is not in the database: whoever can only write
there can't make a chain of their own.
"""

import hmac
import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from hashlib import sha256
from typing import Any

GENESIS = "0" * 64
"""What stands before the first seal."""


@dataclass(frozen=True, slots=True)
class SealHead:
    """What a seal says beside its records; instants in microseconds."""

    id: int
    sealed_at_us: int
    records: int
    last_record_id: int
    previous: str


class Chain:
    """Makes and judges seals with the house's secret."""

    def __init__(self, *, secret: bytes) -> None:
        self._key = hmac.digest(secret, b"audit-trail", "sha256")

    def sign(self, digest: str) -> str:
        """The MAC of a seal's digest."""
        return hmac.new(self._key, b"seal:" + digest.encode(), sha256).hexdigest()

    def sign_horizon(self, seal_id: int, previous: str, moved_at_us: int) -> str:
        """The MAC of a row that says from which seal on the trail is kept."""
        return hmac.new(self._key, _canonical(["horizon", seal_id, previous, moved_at_us]), sha256).hexdigest()

    def is_signed(self, digest: str, mac: str) -> bool:
        """Whether the house made the seal with this digest."""
        return hmac.compare_digest(self.sign(digest).encode(), mac.encode())


def digest_seal(head: SealHead, records: Iterable[Sequence[Any]]) -> str:
    """SHA-256 over the seal's head and its records, each the columns of its row, by id."""
    digest = sha256(_canonical(astuple(head)))
    for record in records:
        digest.update(b"\n" + _canonical(record))
    return digest.hexdigest()


def _canonical(values: Sequence[Any]) -> bytes:
    return json.dumps(list(values), ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode()
