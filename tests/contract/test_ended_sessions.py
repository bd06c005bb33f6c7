"""Does a socket close within 5 s of its session's end, whoever ends it, in the house as it is set by default?"""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from gateway.app import create_app
from gateway.settings import load_settings
from sandbox.app import create_app as create_sandbox
from sandbox.bss.world import World
from tests.conformance.serving import served
from tests.contract.conftest import BORN_MS, House, assembled

pytestmark = pytest.mark.anyio

ORDINARY = "13800138001"
PROMISED_SECONDS = 5.0


@pytest.fixture
async def open_house(
    valkey: str, sqlite_with_people: Path, keys: Path, tmp_path: Path
) -> AsyncIterator[tuple[House, str]]:
    """A hall behind a socket: how often it looks at a session is nobody's setting."""
    world = World.open(subscribers=20, now_ms=BORN_MS)
    shutil.copy(sqlite_with_people, tmp_path / "onehall.db")
    settings = load_settings(data_folder=keys, database_url=f"sqlite:///{tmp_path / 'onehall.db'}", redis_url=valkey)
    sandbox = httpx.ASGITransport(create_sandbox(world), raise_app_exceptions=False)
    try:
        async with (
            assembled(settings, "http://bss.example", sandbox) as house,
            served(create_app(house.hall)) as address,
        ):
            yield house, f"ws{address.removeprefix('http')}/graphql"
    finally:
        world.store.close()


@asynccontextmanager
async def subscribed(address: str, bearer: dict[str, str]) -> AsyncIterator[ClientConnection]:
    """An app that looks at its usage as it changes, and has seen it once."""
    async with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": bearer}))
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        asked = {"id": "u", "type": "subscribe", "payload": {"documentId": "UsageChanged", "variables": {}}}
        await socket.send(json.dumps(asked))
        first = json.loads(await socket.recv())
        assert first["type"] == "next"
        assert first["payload"]["data"]["usageChanged"]["buckets"]
        yield socket


async def read_on(socket: ClientConnection) -> None:
    while True:  # what changed meanwhile
        await socket.recv()


async def wait_until_closed(socket: ClientConnection) -> None:
    with pytest.raises(ConnectionClosed):
        await read_on(socket)
    assert socket.close_code == 4403


async def find_other_session(house: House, bearer: dict[str, str]) -> str:
    sessions = (await house.ask("Security", bearer))["data"]["me"]["sessions"]
    [other] = [one["id"] for one in sessions if not one["current"]]
    return str(other)


async def end_from_another(house: House, mine: dict[str, str], _: dict[str, str]) -> None:
    wish = {"sessionId": await find_other_session(house, mine), "idempotencyKey": "one-key-of-mine"}
    answer = await house.ask("EndSession", mine, input=wish)
    assert answer["data"]["endSession"] == {"__typename": "SessionsEnded", "count": 1}


async def sign_out(house: House, _: dict[str, str], theirs: dict[str, str]) -> None:
    assert (await house.gateway.post("/api/sign-out", headers=theirs)).status_code == 204


async def set_another_password(house: House, _: dict[str, str], __: dict[str, str]) -> None:
    assert await house.hall.doorkeeper.set_password(ORDINARY, "471920", line_id=await find_line_id(house)) is None


async def find_line_id(house: House) -> str:
    personas: list[dict[str, Any]] = (await house.levers.get("/sandbox/personas")).json()
    return str(next(one["lineId"] for one in personas if one["number"] == ORDINARY))


@pytest.mark.parametrize("end", [end_from_another, sign_out, set_another_password])
async def test_a_socket_closes_within_5_seconds_of_its_session(
    open_house: tuple[House, str], end: Callable[[House, dict[str, str], dict[str, str]], Awaitable[None]]
) -> None:
    house, address = open_house
    mine, theirs = await house.sign_in(ORDINARY), await house.sign_in(ORDINARY)
    async with subscribed(address, theirs) as socket:
        await end(house, mine, theirs)
        async with asyncio.timeout(PROMISED_SECONDS):
            await wait_until_closed(socket)
