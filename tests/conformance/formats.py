"""Does a value keep the format that the specification names?"""

import base64
import binascii
import re
from datetime import datetime
from decimal import Decimal
from urllib.parse import urlsplit

from jsonschema import FormatChecker

RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})")
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:([A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")
LARGEST_DOUBLE = Decimal("1.7976931348623157e308")

FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time")
def is_date_time(value: object) -> bool:
    """RFC 3339 section 5.6: date, time to the second, and an offset; the day and hour must exist."""
    if not isinstance(value, str):
        return True
    if not RFC3339.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(re.sub(r"\.\d+", "", value.upper()))
    except ValueError:
        return False
    return True


@FORMATS.checks("uri")
def is_uri(value: object) -> bool:
    """RFC 3986: absolute, with a scheme, and nothing that would have to be escaped; http needs a host."""
    if not isinstance(value, str):
        return True
    if not URI.fullmatch(value):
        return False
    parts = urlsplit(value)
    return bool(parts.netloc) or parts.scheme not in {"http", "https"}


@FORMATS.checks("float")
def is_float(value: object) -> bool:
    """A finite number that a double can hold."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return True
    return abs(Decimal(value)) <= LARGEST_DOUBLE


@FORMATS.checks("base64")
def is_base64(value: object) -> bool:
    """RFC 4648 section 4."""
    if not isinstance(value, str):
        return True
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True
