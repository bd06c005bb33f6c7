"""Where may a browser be sent with a code?"""

import re
from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit

LOOPBACK_ADDRESSES = frozenset({"127.0.0.1", "::1"})
LONGEST = 2000

_ADDRESS = re.compile(r"[!-~]+")
_PRIVATE_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")


def find_flaw(address: str, *, confidential: bool) -> str | None:
    """Why no client may register this address, or None.

    ``https``; ``http`` only on this machine itself (RFC 8252 §7.3); for a public client a scheme of its own with a dot
    in it (§7.1), ``com.example.app:/back``. Never a fragment (OAuth 2.1 §2.3) nor a user's name.
    """
    parts = _split(address)
    if parts is None:
        return "is no absolute address of printable ASCII characters"
    if "#" in address or "@" in parts.netloc:
        return "must have neither a fragment nor a user's name"
    if parts.scheme in {"http", "https"}:
        if not parts.hostname:
            return "has no host"
        local = parts.hostname in LOOPBACK_ADDRESSES | {"localhost"}
        return None if parts.scheme == "https" or local else "must begin with https:// unless it is on the loopback"
    if confidential or not _PRIVATE_SCHEME.fullmatch(parts.scheme):
        return "must begin with https://, or for an app with a scheme of its own like com.example.app:/"
    return None


def is_registered(address: str, registered: Collection[str], *, any_loopback_port: bool) -> bool:
    """Whether the address is one of these, character by character; the port of a loopback address may be left open
    (RFC 8252 §7.3)."""
    if address in registered:
        return True
    parts = _split(address) if any_loopback_port else None
    if parts is None or parts.scheme != "http" or parts.hostname not in LOOPBACK_ADDRESSES or "@" in parts.netloc:
        return False
    host = parts.netloc.removesuffix(f":{parts.port}")
    return parts._replace(netloc=host).geturl() in registered


def name_host(address: str) -> str:
    """What a person may recognize: the host, or the scheme of an app."""
    parts = urlsplit(address)
    return parts.hostname or parts.scheme


def is_assured(address: str) -> bool:
    """Whether nobody but the client can stand at this address: https is claimed, loopback and private schemes are not
    (RFC 8252 §8.6)."""
    return urlsplit(address).scheme == "https"


def _split(address: str) -> SplitResult | None:
    if len(address) > LONGEST or not _ADDRESS.fullmatch(address):
        return None
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.scheme else None
