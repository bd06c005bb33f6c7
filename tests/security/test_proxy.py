"""Whose word about a customer's address does the gateway take?"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from gateway import serve
from gateway.settings import Settings, load_settings

PROXY, CUSTOMER, ELSEWHERE = "172.16.0.2", "203.0.113.7", "198.51.100.9"


@pytest.mark.parametrize(
    ("peer", "forwarded", "seen"),
    [
        (PROXY, CUSTOMER, CUSTOMER),
        (PROXY, f"{ELSEWHERE}, {CUSTOMER}", CUSTOMER),  # what the customer wrote stands left of what the proxy saw
        (CUSTOMER, ELSEWHERE, CUSTOMER),
        (CUSTOMER, PROXY, CUSTOMER),
    ],
)
def test_only_the_named_proxy_may_say_whose_request_it_passes_on(
    monkeypatch: pytest.MonkeyPatch, peer: str, forwarded: str, seen: str
) -> None:
    config = serving(monkeypatch, load_settings(trusted_proxies="172.16.0.0/12"))
    transport = httpx.ASGITransport(config.loaded_app, client=(peer, 4711))

    async def ask() -> str:
        async with httpx.AsyncClient(transport=transport, base_url="http://hall.example") as client:
            return (await client.get("/", headers={"x-forwarded-for": forwarded})).text

    assert asyncio.run(ask()) == seen


def test_the_gateway_does_not_say_what_it_runs_on(monkeypatch: pytest.MonkeyPatch) -> None:
    config = serving(monkeypatch, load_settings())
    assert not config.server_header
    assert not config.access_log


def serving(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> uvicorn.Config:
    """How `onehall serve` would serve: its own configuration, around an application that tells who is asking."""
    made: list[uvicorn.Config] = []

    @asynccontextmanager
    async def no_hall(_: Settings) -> AsyncIterator[None]:
        yield

    async def tell(scope: Any, receive: Any, send: Any) -> None:
        client = Request(scope).client
        await PlainTextResponse(client.host if client else "nobody")(scope, receive, send)

    async def keep_config(server: uvicorn.Server) -> None:
        server.config.load()
        made.append(server.config)

    monkeypatch.setattr(serve, "open_hall", no_hall)
    monkeypatch.setattr(serve, "create_app", lambda _: tell)
    monkeypatch.setattr(uvicorn.Server, "serve", keep_config)
    serve.serve(settings)
    return made[0]
