"""Is a body bounded in its length and in its time?"""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from gateway.body import BodyRefusal, read_body
from gateway.identity.routes import identity_routes
from tests.fakes.doorkeeper import FakeDoorkeeper

pytestmark = pytest.mark.anyio


async def _answer(request: Request) -> Response:
    body = await read_body(request, most_bytes=10)
    return PlainTextResponse(body.name if isinstance(body, BodyRefusal) else body.decode())


async def _drip(pause_seconds: float, parts: int = 5) -> AsyncIterator[bytes]:
    for _ in range(parts):
        await asyncio.sleep(pause_seconds)
        yield b"a"


async def _post(app: Starlette, path: str, content: bytes | AsyncIterator[bytes], **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hall") as client:
        return await client.post(path, content=content, headers=headers)


async def test_a_body_is_read_whole_within_its_bounds_and_refused_beyond_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gateway.body.WITHIN_SECONDS", 0.2)
    app = Starlette(routes=[Route("/", _answer, methods=["POST"])])
    assert (await _post(app, "/", b"0123456789")).text == "0123456789"
    assert (await _post(app, "/", b"0123456789A")).text == "TOO_LARGE"
    assert (await _post(app, "/", _drip(0.001))).text == "aaaaa"
    assert (await _post(app, "/", _drip(0.1))).text == "TOO_SLOW"


async def test_a_sign_in_that_drips_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.body.WITHIN_SECONDS", 0.2)
    app = Starlette(routes=identity_routes(FakeDoorkeeper()))
    async with asyncio.timeout(5):
        answer = await _post(app, "/api/sign-in", _drip(0.1), **{"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (408, "too_slow")
