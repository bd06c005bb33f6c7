"""How does an httpx request travel at a tenth of httpx's own cost?

Measured on this stack: httpx's own pool costs several times more CPU a call than aiohttp's, and grows with the calls in
flight (benchmarks/README.md). So httpx's types stay the contract, and a kept aiohttp session carries them.
"""

from collections.abc import AsyncIterator

import aiohttp
import httpx
from yarl import URL

_CHUNK_BYTES = 64 * 1024
_UNWANTED = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


class AiohttpTransport(httpx.AsyncBaseTransport):
    """An httpx transport over one aiohttp session, made at the first request and bound to that event loop.

    Sets no timeout of its own (the caller's deadline bounds everything), follows no redirect, keeps no cookies, reads
    no proxy settings, decodes no content. A connection idles shorter than usual servers keep it (5 s), so that none is
    used in the moment it dies. Raises httpx.ConnectError, httpx.ReadError and httpx.RemoteProtocolError.
    """

    def __init__(self, *, idle_seconds: float = 4.0) -> None:
        self._idle_seconds = idle_seconds
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends the request and answers as soon as the headers are there; the body is a stream."""
        session = self._session or self._open_session()
        content = await request.aread()
        try:
            answer = await session.request(
                request.method,
                URL(str(request.url), encoded=True),
                headers=request.headers.multi_items(),
                data=content or None,
                allow_redirects=False,
            )
        except (aiohttp.ClientError, OSError, ValueError) as error:
            reason = f"no usable answer ({type(error).__name__})"
            raise httpx.RemoteProtocolError(reason, request=request) from None  # its text quotes what came: a body
        return httpx.Response(answer.status, headers=answer.raw_headers, stream=_Body(answer, request), request=request)

    async def aclose(self) -> None:
        """Closes every connection."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _open_session(self) -> aiohttp.ClientSession:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=self._idle_seconds),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=_UNWANTED,
            auto_decompress=False,
            middlewares=(_send_once,),
        )
        return self._session


async def _send_once(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Keeps aiohttp from sending a request again by itself (it does so on a lost connection): retry has one place."""
    try:
        return await send(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise httpx.ConnectError("the connection was refused or lost") from error


class _Body(httpx.AsyncByteStream):
    """The body of one answer, which gives its connection back when it was read to the end and drops it otherwise."""

    def __init__(self, answer: aiohttp.ClientResponse, request: httpx.Request) -> None:
        self._answer = answer
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._answer.content.iter_chunked(_CHUNK_BYTES):
                yield chunk
        except (aiohttp.ClientError, ConnectionError) as error:
            raise httpx.ReadError("the body broke off", request=self._request) from error

    async def aclose(self) -> None:
        self._answer.close()
