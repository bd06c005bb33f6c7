"""How is the body of a request read, neither too long nor for too long?"""

import asyncio
from enum import Enum

from starlette.requests import ClientDisconnect, Request

WITHIN_SECONDS = 10
"""For a body to arrive: 64 KiB in ten seconds is slower than any line that can show a page."""


class BodyRefusal(Enum):
    """Why there is no body: larger than the bound, not whole in time, or whoever sent it has gone."""

    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    GONE = "gone"


async def read_body(request: Request, *, most_bytes: int) -> bytes | BodyRefusal:
    """The whole body, or why there is none. Holds no more than ``most_bytes`` and one chunk of it."""
    body = bytearray()
    try:
        async with asyncio.timeout(WITHIN_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most_bytes:
                    return BodyRefusal.TOO_LARGE
    except TimeoutError:
        return BodyRefusal.TOO_SLOW
    except ClientDisconnect:
        return BodyRefusal.GONE
    return bytes(body)
