"""Whom does the sandbox trust when it calls out over TLS?"""

import ssl
from functools import cache

import httpx


@cache
def trusted_roots() -> ssl.SSLContext:
    """Read once: it costs more than all the rest of a call."""
    return httpx.create_ssl_context(trust_env=False)
