"""Did this come from whom it says, unchanged, just now and for the first time?"""

import hashlib
import hmac
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

WINDOW_SECONDS: Final = 300
_NONCES_KEPT: Final = 100_000
_NONCE: Final = re.compile(r"[0-9A-Za-z]{8,64}")


@dataclass(frozen=True, slots=True)
class Merchant:
    """The one merchant, and the secret that it shares with the provider."""

    name: str
    secret: str = field(repr=False)


class SignatureError(Exception):
    """Not believed: ``badSignature``, ``tooOld`` or ``replayed``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def signature(secret: str, timestamp: str, nonce: str, body: bytes) -> str:
    """HMAC-SHA256 over the timestamp, the nonce and the raw body, a line each, in lower-case hexadecimal."""
    return hmac.new(secret.encode(), f"{timestamp}\n{nonce}\n".encode() + body, hashlib.sha256).hexdigest()


def signed_headers(merchant: Merchant, body: bytes, *, now_seconds: Callable[[], float] = time.time) -> dict[str, str]:
    """The headers that go with a body."""
    timestamp, nonce = str(int(now_seconds())), secrets.token_hex(16)
    return {
        "Pay-Merchant": merchant.name,
        "Pay-Timestamp": timestamp,
        "Pay-Nonce": nonce,
        "Pay-Signature": signature(merchant.secret, timestamp, nonce, body),
    }


class Doorman:
    """Lets in what the merchant signed, once. ``now_seconds`` is real time."""

    def __init__(self, merchant: Merchant, *, now_seconds: Callable[[], float] = time.time) -> None:
        self._merchant = merchant
        self._now_seconds = now_seconds
        self._seen: OrderedDict[str, None] = OrderedDict()

    def check(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raises SignatureError."""
        timestamp, nonce = headers.get("pay-timestamp", ""), headers.get("pay-nonce", "")
        expected = signature(self._merchant.secret, timestamp, nonce, body)
        is_right = hmac.compare_digest(expected.encode(), headers.get("pay-signature", "").encode())
        is_formed = timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12 and _NONCE.fullmatch(nonce)
        if headers.get("pay-merchant") != self._merchant.name or not is_formed or not is_right:
            raise SignatureError("badSignature")
        if abs(self._now_seconds() - int(timestamp)) > WINDOW_SECONDS:
            raise SignatureError("tooOld")
        if nonce in self._seen:
            raise SignatureError("replayed")
        self._seen[nonce] = None
        if len(self._seen) > _NONCES_KEPT:
            self._seen.popitem(last=False)
