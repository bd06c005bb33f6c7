"""How does a BSS fail over a real socket? In the way that a test tells it to."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

DATE = "Sat, 21 Nov 2026 02:03:04 GMT"


class FaultServer:
    """Answers every request in one ``way``, and remembers what it was asked.

    ``bodies`` maps the last part of a path to what a well BSS would answer there; ``script`` gives the ways of the next
    requests, after which ``way`` holds, or the part's own in ``way_of``.
    """

    def __init__(self) -> None:
        self.way = "well"
        self.script: list[str] = []
        self.way_of: dict[str, str] = {}
        self.bodies: dict[str, Any] = {}
        self.requests: list[str] = []
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/tmf-api"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """From now on a connection is refused, and the open ones end."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for task, writer in list(self._open.items()):
            writer.transport.abort()
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._open[task] = writer
        task.add_done_callback(self._open.pop)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                await reader.readexactly(_content_length(head))
                self.requests.append(head.split("\r\n")[0])
                noun = head.split(" ")[1].partition("?")[0].rsplit("/", 1)[-1]
                way = self.script.pop(0) if self.script else self.way_of.get(noun, self.way)
                body = json.dumps(self.bodies.get(noun, {})).encode()
                async for piece in WAYS[way](body):
                    writer.write(piece)
                    await writer.drain()
                if way in _ENDS_THE_CONNECTION:
                    break
        writer.close()


def _content_length(head: str) -> int:
    lines = (line.partition(":") for line in head.lower().split("\r\n"))
    return next((int(value) for name, _, value in lines if name == "content-length"), 0)


def _response(
    body: bytes, *, status: str = "200 OK", length: int | None = None, kind: str = "application/json"
) -> bytes:
    declared = len(body) if length is None else length
    head = f"HTTP/1.1 {status}\r\nDate: {DATE}\r\nContent-Type: {kind}\r\nContent-Length: {declared}\r\n\r\n"
    return head.encode() + body


async def _well(body: bytes) -> AsyncIterator[bytes]:
    yield _response(body)


async def _silent(body: bytes) -> AsyncIterator[bytes]:
    await asyncio.sleep(30)
    yield b""


async def _slow(body: bytes) -> AsyncIterator[bytes]:
    await asyncio.sleep(2)
    yield _response(body)


async def _dripping(body: bytes) -> AsyncIterator[bytes]:
    for byte in _response(body):
        yield bytes([byte])
        await asyncio.sleep(0.02)


async def _reset(body: bytes) -> AsyncIterator[bytes]:
    return
    yield b""


async def _not_http(body: bytes) -> AsyncIterator[bytes]:
    yield b"SSH-2.0-OpenSSH_9.2\r\n"


async def _internal_error(body: bytes) -> AsyncIterator[bytes]:
    yield _response(b'{"code": "1"}', status="500 Internal Server Error")


async def _too_many(body: bytes) -> AsyncIterator[bytes]:
    yield _response(b'{"code": "1"}', status="429 Too Many Requests")


async def _bad_request(body: bytes) -> AsyncIterator[bytes]:
    yield _response(b'{"code": "1"}', status="400 Bad Request")


async def _not_found(body: bytes) -> AsyncIterator[bytes]:
    yield _response(b'{"code": "1"}', status="404 Not Found")


async def _redirect(body: bytes) -> AsyncIterator[bytes]:
    yield _response(body, status="302 Found\r\nLocation: /tmf-api/elsewhere")


async def _html(body: bytes) -> AsyncIterator[bytes]:
    yield _response(b"<html>maintenance</html>", kind="text/html")


async def _empty(body: bytes) -> AsyncIterator[bytes]:
    yield _response(b"")


async def _truncated(body: bytes) -> AsyncIterator[bytes]:
    yield _response(body[: len(body) // 2])


async def _broken_off(body: bytes) -> AsyncIterator[bytes]:
    yield _response(body[:10], length=len(body))


async def _longer_than_said(body: bytes) -> AsyncIterator[bytes]:
    yield _response(body, length=len(body) // 2)


async def _changed(body: bytes, old: bytes, new: bytes) -> AsyncIterator[bytes]:
    if old not in body:
        raise AssertionError(f"{old!r} is not in the body")
    yield _response(body.replace(old, new))


def _wrong_currency(body: bytes) -> AsyncIterator[bytes]:
    return _changed(body, b'"CNY"', b'"EUR"')


def _unknown_code(body: bytes) -> AsyncIterator[bytes]:
    return _changed(body, b'"postpaid"', b'"barter"')


def _missing_fact(body: bytes) -> AsyncIterator[bytes]:
    return _changed(body, b'"accountType"', b'"accountKind"')


def _not_exact(body: bytes) -> AsyncIterator[bytes]:
    return _changed(body, b"86.5", b"NaN")


def _anothers(body: bytes) -> AsyncIterator[bytes]:
    return _changed(body, b'"A1"', b'"A2"')


async def _huge(body: bytes) -> AsyncIterator[bytes]:
    yield _response(b"[" + b" " * 2_000_000 + b"]")


async def _endless(body: bytes) -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    for _ in range(10_000):
        yield b"1000\r\n" + b" " * 0x1000 + b"\r\n"


async def _deep(body: bytes) -> AsyncIterator[bytes]:
    yield _response(b"[" * 50_000)


WAYS = {
    "well": _well,
    "silent": _silent,
    "slow": _slow,
    "dripping": _dripping,
    "reset": _reset,
    "not HTTP": _not_http,
    "500": _internal_error,
    "429": _too_many,
    "400": _bad_request,
    "404": _not_found,
    "redirect": _redirect,
    "HTML": _html,
    "empty": _empty,
    "truncated": _truncated,
    "broken off": _broken_off,
    "longer than said": _longer_than_said,
    "wrong currency": _wrong_currency,
    "unknown code": _unknown_code,
    "missing fact": _missing_fact,
    "not exact": _not_exact,
    "another's": _anothers,
    "huge": _huge,
    "endless": _endless,
    "deep": _deep,
}
_ENDS_THE_CONNECTION = frozenset({"reset", "not HTTP", "broken off", "silent"})


@asynccontextmanager
async def serve_faults() -> AsyncIterator[FaultServer]:
    """A well server, until it is told otherwise."""
    server = FaultServer()
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
