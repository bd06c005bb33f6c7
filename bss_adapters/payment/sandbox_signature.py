"""How do the sandbox's payment provider and we sign what we say to each other?"""

import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256

WINDOW = timedelta(minutes=5)
"""How far from our clock a signed message's time may be."""
_SECONDS = re.compile(r"[0-9]{1,12}")
_NONCE = re.compile(r"[A-Za-z0-9]{8,64}")
_SIGNATURE = re.compile(r"[0-9a-f]{64}")


class BadSignature(Exception):  # noqa: N818  the finding itself
    """Not signed by who knows the secret; or, ``too_old``, signed at another time than now."""

    def __init__(self, *, too_old: bool = False) -> None:
        super().__init__("too old" if too_old else "bad signature")
        self.too_old = too_old


def sign(body: bytes, *, secret: str, now: datetime) -> dict[str, str]:
    """The headers that prove this body to whoever shares the secret."""
    timestamp, nonce = str(int(now.timestamp())), secrets.token_hex(16)
    return {"Pay-Timestamp": timestamp, "Pay-Nonce": nonce, "Pay-Signature": _digest(timestamp, nonce, body, secret)}


def verify(headers: Mapping[str, str], body: bytes, *, secret: str, now: datetime) -> datetime:
    """When the body was signed. Raises BadSignature."""
    named = {name.lower(): value for name, value in headers.items()}
    timestamp, nonce = named.get("pay-timestamp", ""), named.get("pay-nonce", "")
    signature = named.get("pay-signature", "")
    if not (_SECONDS.fullmatch(timestamp) and _NONCE.fullmatch(nonce) and _SIGNATURE.fullmatch(signature)):
        raise BadSignature
    if not hmac.compare_digest(signature, _digest(timestamp, nonce, body, secret)):
        raise BadSignature
    signed_at = datetime.fromtimestamp(int(timestamp), UTC)
    if abs(now - signed_at) > WINDOW:
        raise BadSignature(too_old=True)
    return signed_at


def _digest(timestamp: str, nonce: str, body: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), f"{timestamp}\n{nonce}\n".encode() + body, sha256).hexdigest()
