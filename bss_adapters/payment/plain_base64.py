"""Is a text the one way to write its bytes in base64?"""

import binascii
from base64 import b64decode, b64encode


def is_plain_base64(text: str) -> bool:
    """False for stray characters and bits, which the libraries' decoders pass over: one signature, one spelling."""
    try:
        return bool(text) and b64encode(b64decode(text, validate=True)).decode("ascii") == text
    except (binascii.Error, ValueError):
        return False
