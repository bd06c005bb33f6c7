"""Is this the code that the authenticator shows now, and was it not used before (RFC 6238)?"""

import hmac
from datetime import datetime

import pyotp

from gateway.identity.password import normalize_secret

STEP_SECONDS = 30
DRIFT_STEPS = 1
"""A clock may be one step early or late."""
DIGITS = 6
ISSUER = "OneHall"


def make_key() -> str:
    """A new key of 160 bits, in base32."""
    return pyotp.random_base32(32)


def name_key(key: str, *, staff_id: str) -> str:
    """The address that an authenticator reads from a QR code."""
    return pyotp.TOTP(key).provisioning_uri(name=staff_id, issuer_name=ISSUER)


def find_step(key: str, code: str, now: datetime) -> int | None:
    """The step whose code this is, None for a wrong one. All steps are compared, whichever fits."""
    typed, current = normalize_secret(code).encode(), int(now.timestamp()) // STEP_SECONDS
    generator, found = pyotp.TOTP(key), None
    for step in range(current - DRIFT_STEPS, current + DRIFT_STEPS + 1):
        if hmac.compare_digest(generator.generate_otp(step).encode(), typed):
            found = step
    return found
