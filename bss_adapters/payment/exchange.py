"""How is a payment provider asked over HTTP, and what does it mean when it does not answer?"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import httpx

from bss_adapters.tmf.deadline import call_deadline, seconds_left
from graphql_schema.payment_ports import PaymentFault

MOST_ANSWER_BYTES = 1024 * 1024
MOST_STATEMENT_BYTES = 256 * 1024 * 1024
_NOTHING_WAS_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, signed already. ``changes``: it may move money, so silence leaves its outcome unknown."""

    method: str
    url: str
    changes: bool
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    most_bytes: int = MOST_ANSWER_BYTES


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, whole. ``body`` is as it was signed: not decoded, not parsed."""

    status: int
    headers: httpx.Headers = field(repr=False)
    body: bytes = field(repr=False)


@cache
def _trusted_roots() -> ssl.SSLContext:
    """Read once a process: it costs more than a call."""
    return httpx.create_ssl_context(trust_env=False)


class Exchange:
    """The one HTTP caller of a provider: no redirects, cookies or proxies of the environment; bounded in time and size.

    Asks once: whoever asks again knows what it would do. ``transport`` is for tests in process. Close with ``aclose``.
    """

    def __init__(self, *, budget_seconds: float = 8.0, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._budget_seconds = budget_seconds
        roots = _trusted_roots() if transport is None else True
        self._client = httpx.AsyncClient(verify=roots, transport=transport, trust_env=False, timeout=budget_seconds)

    async def send(self, ask: Ask) -> Reply:
        """The provider's reply of any status below 500. Raises PaymentFault unavailable, timeout, garbled."""
        try:
            async with asyncio.timeout(seconds_left(call_deadline(self._budget_seconds))):
                reply = await self._receive(ask)
        except _NOTHING_WAS_SENT:
            raise PaymentFault("unavailable", outcome_unknown=False) from None
        except (TimeoutError, httpx.TimeoutException):
            raise PaymentFault("timeout", outcome_unknown=ask.changes) from None
        except (httpx.HTTPError, httpx.InvalidURL):  # its text may quote an address or a header: nothing of it goes on
            raise PaymentFault("unavailable", outcome_unknown=ask.changes) from None
        if reply.status >= httpx.codes.INTERNAL_SERVER_ERROR or reply.status == httpx.codes.TOO_MANY_REQUESTS:
            raise PaymentFault("unavailable", outcome_unknown=ask.changes)
        return reply

    async def aclose(self) -> None:
        """Closes every connection."""
        await self._client.aclose()

    async def _receive(self, ask: Ask) -> Reply:
        headers = {"Accept-Encoding": "identity"} | dict(ask.headers)
        request = self._client.build_request(ask.method, ask.url, headers=headers, content=ask.body)
        response = await self._client.send(request, stream=True)
        try:
            pieces, size = [], 0
            async for piece in response.aiter_bytes():
                size += len(piece)
                if size > ask.most_bytes:
                    raise PaymentFault("garbled", outcome_unknown=ask.changes)
                pieces.append(piece)
            return Reply(response.status_code, response.headers, b"".join(pieces))
        finally:
            await response.aclose()
