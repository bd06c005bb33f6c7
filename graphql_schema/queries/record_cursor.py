"""Where does a page of call records go on, and whose page is it?"""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from graphql_schema.problems import BadCursor
from graphql_schema.queries.cursor import RECORD_PREFIX, Cursor


@dataclass(frozen=True, slots=True)
class RecordPlace:
    """The record after which a page begins, by what it is sorted by, and how many there were when the first page was
    shown."""

    key: tuple[Any, ...]
    total: int


class RecordCursors:
    """Makes and reads the cursors of one question. A cursor of another line, month, filter or order can't be opened
    with it, and nothing that it says can be read: an operator's record ids may well be made of numbers.

    The same place has the same cursor (AES-SIV, RFC 5297).
    """

    def __init__(self, key: bytes, question: Sequence[str]) -> None:
        """``key`` is the house's; ``question`` all that the place depends on."""
        self._cipher = AESSIV(hmac.digest(key, b"record cursor", "sha512"))
        self._about = [json.dumps(list(question)).encode()]

    def make(self, place: RecordPlace) -> Cursor:
        """The cursor of this place."""
        said = json.dumps([place.total, *place.key], separators=(",", ":"), ensure_ascii=False).encode()
        return Cursor(urlsafe_b64encode(RECORD_PREFIX + self._cipher.encrypt(said, self._about)).decode())

    def parse(self, cursor: Cursor) -> RecordPlace:
        """The place of this cursor. Raises BadCursor for one of anything else."""
        sealed = urlsafe_b64decode(cursor)
        if not sealed.startswith(RECORD_PREFIX):
            raise BadCursor
        try:
            said = json.loads(self._cipher.decrypt(sealed.removeprefix(RECORD_PREFIX), self._about))
        except (InvalidTag, ValueError):
            raise BadCursor from None
        total, *key = said
        return RecordPlace(tuple(key), total)
