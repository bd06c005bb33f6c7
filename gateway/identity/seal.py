"""How is something kept that must be read again, and by nobody else?"""

import base64
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


class BrokenSeal(Exception):  # noqa: N818  what it is
    """Not closed by this seal, or changed since."""


class Seal:
    """Closes texts and bytes with a key of its own purpose (AES-256-GCM), made from the house's secret."""

    def __init__(self, *, secret: bytes, purpose: str) -> None:
        self._purpose = purpose.encode()
        self._cipher = AESGCM(hmac.digest(secret, b"seal:" + self._purpose, "sha256"))
        self._digests = hmac.digest(secret, b"digest:" + self._purpose, "sha256")

    def close(self, text: str) -> str:
        """The closed text, in URL-safe base64; different each time."""
        nonce = os.urandom(NONCE_BYTES)
        return base64.urlsafe_b64encode(nonce + self._cipher.encrypt(nonce, text.encode(), self._purpose)).decode()

    def open(self, closed: str) -> str:
        """The text again. Raises BrokenSeal."""
        try:
            raw = base64.urlsafe_b64decode(closed)
            return self._cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], self._purpose).decode()
        except (InvalidTag, ValueError) as error:
            raise BrokenSeal("a sealed text can't be opened: the house's secret was changed, or the text") from error

    def digest(self, text: str) -> str:
        """The same for the same text, 64 hex digits: it is known again, and not read."""
        return hmac.digest(self._digests, text.encode(), "sha256").hex()

    def close_bytes(self, content: bytes, *, about: str) -> bytes:
        """The closed content, different each time. ``about`` says what it is: as anything else it can't be opened."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, content, self._bind(about))

    def open_bytes(self, closed: bytes, *, about: str) -> bytes:
        """The content again. Raises BrokenSeal."""
        try:
            return self._cipher.decrypt(closed[:NONCE_BYTES], closed[NONCE_BYTES:], self._bind(about))
        except (InvalidTag, ValueError) as error:
            raise BrokenSeal("sealed bytes can't be opened: the house's secret was changed, or the bytes") from error

    def _bind(self, about: str) -> bytes:
        return self._purpose + b"\0" + about.encode()
