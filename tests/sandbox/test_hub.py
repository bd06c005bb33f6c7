"""Do events reach who asked for them: all, in order, also when the listener or the sandbox was down?"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.app import create_app
from sandbox.bss.world import World

pytestmark = pytest.mark.anyio

HUB = "/tmf-api/usageManagement/v4/hub"


async def until(holds: Callable[[], bool]) -> None:
    """Looks again and again, for ten seconds at most."""
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110  uvicorn offers nothing to wait for
            await asyncio.sleep(0.01)


class Listener:
    """Someone who listens on a real socket, on one port for all its life; ``answers`` come first, then 201."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.answers: list[int] = []
        self.port = 0

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        app = Starlette(routes=[Route("/hear/listener/{name}", self._hear, methods=["POST"])])
        server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=self.port, log_level="error"))
        serving = asyncio.create_task(server.serve())
        await until(lambda: server.started)
        self.port = server.servers[0].sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.should_exit = True
            await serving

    async def _hear(self, request: Request) -> Response:
        status = self.answers.pop(0) if self.answers else 201
        if status == 201:
            self.heard.append(await request.json())
            self.paths.append(request.url.path)
        return Response(status_code=status)

    @property
    def callback(self) -> str:
        return f"http://127.0.0.1:{self.port}/hear"

    @property
    def amounts(self) -> list[int]:
        return [
            trait["value"]
            for event in self.heard
            for trait in event["event"]["usage"]["usageCharacteristic"]
            if trait["name"] == "volumeBytes"
        ]

    async def hears(self, count: int) -> None:
        await until(lambda: len(self.heard) >= count)


@asynccontextmanager
async def running(world: World) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(world)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sandbox")
    async with app.router.lifespan_context(app), client:
        yield client


async def use(client: httpx.AsyncClient, amount: int, number: str = "13800138010") -> None:
    answer = await client.post("/sandbox/usage", json={"number": number, "usageType": "data", "amount": amount})
    assert answer.status_code == 201


async def subscribe(client: httpx.AsyncClient, listener: Listener, query: str = "eventType=UsageCreateEvent") -> str:
    answer = await client.post(HUB, json={"callback": listener.callback, "query": query})
    assert answer.status_code == 201
    assert answer.json()["callback"] == listener.callback
    return answer.json()["id"]


async def test_a_use_is_heard_as_a_rated_usage(world: World) -> None:
    listener = Listener()
    async with listener.listening(), running(world) as client:
        await subscribe(client, listener)
        await use(client, 1000)
        await listener.hears(1)
        (event,) = listener.heard
        usage = event["event"]["usage"]
        assert (event["eventType"], listener.paths) == ("UsageCreateEvent", ["/hear/listener/usageCreateEvent"])
        assert event["eventTime"] == usage["usageDate"]
        assert (await client.get(usage["href"])).json() == usage


async def test_events_wait_in_order_while_the_listener_is_down_or_failing(world: World) -> None:
    listener = Listener()
    async with running(world) as client:
        async with listener.listening():
            await subscribe(client, listener)
            await use(client, 1)
            await listener.hears(1)
        for amount in range(2, 40):
            await use(client, amount)
        listener.answers = [500, 503, 404]
        async with listener.listening():
            await listener.hears(39)
    assert listener.amounts == list(range(1, 40))


async def test_a_restart_of_the_sandbox_loses_no_event(tmp_path: Path, born_ms: int) -> None:
    listener = Listener()
    async with listener.listening():
        pass  # the port is known, nobody listens
    first = World.open(tmp_path, now_ms=born_ms)
    async with running(first) as client:
        await subscribe(client, listener)
        for amount in (1, 2, 3):
            await use(client, amount)
    first.store.close()
    second = World.open(tmp_path, now_ms=born_ms)
    async with listener.listening(), running(second) as client:
        await use(client, 4)
        await listener.hears(4)
    second.store.close()
    assert listener.amounts == [1, 2, 3, 4]
    assert len({event["eventId"] for event in listener.heard}) == 4


async def test_a_refused_event_does_not_block_the_next(world: World) -> None:
    listener = Listener()
    listener.answers = [422]
    async with listener.listening(), running(world) as client:
        await subscribe(client, listener)
        await use(client, 1)
        await use(client, 2)
        await listener.hears(1)
    assert listener.amounts == [2]


async def test_only_what_was_asked_for_is_sent_and_nothing_after_leaving(world: World) -> None:
    listener, other = Listener(), Listener()
    async with listener.listening(), other.listening(), running(world) as client:
        id_ = await subscribe(client, listener)
        await subscribe(client, other, "eventType=UsageDeleteEvent")
        await use(client, 1)
        await listener.hears(1)
        assert (await client.delete(f"{HUB}/{id_}")).status_code == 204
        assert (await client.delete(f"{HUB}/{id_}")).status_code == 404
        await use(client, 2)
        await subscribe(client, listener)
        await use(client, 3)
        await listener.hears(2)
    assert (listener.amounts, other.heard) == ([1, 3], [])


async def test_the_same_wish_twice_is_one_subscription(world: World) -> None:
    listener = Listener()
    async with listener.listening(), running(world) as client:
        assert await subscribe(client, listener) == await subscribe(client, listener)
        await use(client, 1)
        await use(client, 2)
        await listener.hears(2)
    assert listener.amounts == [1, 2]


async def test_a_topup_is_announced_to_the_hub_of_its_own_api(world: World) -> None:
    listener = Listener()
    balance = "/tmf-api/prepayBalanceManagement/v4"
    wish = {
        "amount": {"amount": 10, "units": "CNY"}, "usageType": "monetary", "bucket": {"id": "M000001-own"},
        "partyAccount": {"id": "A000001"},
    }  # fmt: skip
    async with listener.listening(), running(world) as client:
        await client.post(f"{balance}/hub", json={"callback": listener.callback})
        await use(client, 1)
        made = (await client.post(f"{balance}/topupBalance", json=wish)).json()
        await listener.hears(1)
    assert [event["event"] for event in listener.heard] == [{"topupBalance": made}]
    assert listener.paths == ["/hear/listener/topupBalanceCreateEvent"]


@pytest.mark.parametrize(
    "body",
    [
        {"callback": "ftp://there/x"}, {"callback": "nowhere"}, {"callback": ""}, {"callback": 5},
        {"query": "eventType=A"},
        {"callback": "http://there", "query": "colour=red"}, {"callback": "http://there", "query": 5},
    ],
)  # fmt: skip
async def test_a_bad_subscription_is_refused(bss: httpx.AsyncClient, body: dict[str, Any]) -> None:
    assert (await bss.post(HUB, json=body)).status_code == 400
