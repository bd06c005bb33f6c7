"""Does the endpoint keep to graphql-transport-ws, over a real socket?"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from gateway.graph import HallGraph
from gateway.graphql_websocket import OPERATIONS_MOST, GraphSocket
from graphql_schema.client import Operation
from tests.fakes.doorkeeper import FakeDoorkeeper
from tests.fakes.ports import LINE_ID, FakeBss, make_bucket, make_usage

pytestmark = pytest.mark.anyio

PROTOCOL = Subprotocol("graphql-transport-ws")
INIT = {"type": "connection_init", "payload": {"authorization": "Bearer level-2"}}
INIT_SECONDS = 0.3


@pytest.fixture
async def address(bss: FakeBss, doorkeeper: FakeDoorkeeper, operations: dict[str, Operation]) -> AsyncIterator[str]:
    """A real server on a port of its own; its patience for connection_init is short."""
    graph = HallGraph(bss.ports(), operations.values(), deadline_seconds=10, open_documents=False)

    async def serve(websocket: WebSocket) -> None:
        await GraphSocket(websocket, graph, doorkeeper, init_seconds=INIT_SECONDS, recheck_seconds=0.1).serve()

    application = Starlette(routes=[WebSocketRoute("/graphql", serve)])
    server = uvicorn.Server(uvicorn.Config(application, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  uvicorn has no event for it
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"ws://127.0.0.1:{port}/graphql"
    server.should_exit = True
    await running


class Phone:
    """A client that says and hears one message at a time."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def say(self, message: Any) -> None:
        await self.connection.send(message if isinstance(message, str | bytes) else json.dumps(message))

    async def hear(self) -> Any:
        return json.loads(await asyncio.wait_for(self.connection.recv(), 5))

    async def hear_close(self) -> int | None:
        with pytest.raises(ConnectionClosed):
            await self.hear()
        return self.connection.close_code

    async def begin(self, operation_id: str, document: str, **variables: Any) -> None:
        payload = {"documentId": document, "variables": variables}
        await self.say({"id": operation_id, "type": "subscribe", "payload": payload})


@asynccontextmanager
async def dial(address: str, *, protocol: Subprotocol = PROTOCOL) -> AsyncIterator[Phone]:
    async with connect(address, subprotocols=[protocol]) as connection:
        yield Phone(connection)


@pytest.fixture
async def phone(address: str) -> AsyncIterator[Phone]:
    """A phone whose connection is acknowledged, at level 2."""
    async with dial(address) as phone:
        await phone.say(INIT)
        assert await phone.hear() == {"type": "connection_ack"}
        yield phone


async def test_usage_is_told_at_once_and_when_it_changed(phone: Phone, bss: FakeBss) -> None:
    await phone.begin("u", "UsageChanged")
    first = await phone.hear()
    assert (first["id"], first["type"]) == ("u", "next")
    assert first["payload"]["data"]["usageChanged"]["buckets"][0]["used"] == 4 * 1024**3
    bss.usage = make_usage(make_bucket(9 * 1024**3))
    await bss.announce(LINE_ID)
    second = await phone.hear()
    assert second["payload"]["data"]["usageChanged"]["buckets"][0]["used"] == 9 * 1024**3
    assert second["payload"]["data"]["usageChanged"]["pace"]["state"] == "AHEAD"


async def test_a_query_is_answered_and_completed(phone: Phone) -> None:
    await phone.begin("q", "Home")
    answer = await phone.hear()
    assert answer["payload"]["data"]["me"]["line"]["maskedNumber"] == "138****8001"
    assert await phone.hear() == {"id": "q", "type": "complete"}
    await phone.begin("q", "Packages")  # the id is free again
    assert (await phone.hear())["type"] == "next"


async def test_a_completed_subscription_is_silent_and_its_id_is_free(phone: Phone, bss: FakeBss) -> None:
    await phone.begin("u", "UsageChanged")
    await phone.hear()
    await phone.say({"id": "u", "type": "complete"})
    await asyncio.sleep(0.05)
    bss.usage = make_usage(make_bucket(9 * 1024**3))
    await bss.announce(LINE_ID)
    await phone.say({"type": "ping"})
    assert await phone.hear() == {"type": "pong"}
    await phone.begin("u", "UsageChanged")
    assert (await phone.hear())["type"] == "next"


async def test_an_ended_session_closes_before_it_hears_anything_more(
    phone: Phone, bss: FakeBss, doorkeeper: FakeDoorkeeper
) -> None:
    await phone.begin("u", "UsageChanged")
    await phone.hear()
    await doorkeeper.sign_out("level-2")
    bss.usage = make_usage(make_bucket(9 * 1024**3))
    await bss.announce(LINE_ID)
    assert await phone.hear_close() == 4403


async def test_an_ended_session_closes_though_nothing_happens(phone: Phone, doorkeeper: FakeDoorkeeper) -> None:
    await phone.begin("u", "UsageChanged")
    await phone.hear()
    await doorkeeper.sign_out("level-2")
    assert await phone.hear_close() == 4403


async def test_asking_whether_the_session_stands_keeps_it_not_alive(phone: Phone, doorkeeper: FakeDoorkeeper) -> None:
    await phone.begin("u", "UsageChanged")
    await phone.hear()
    while len(doorkeeper.signs_of_life) < 4:  # noqa: ASYNC110  the socket asks on its own
        await asyncio.sleep(0.01)
    assert doorkeeper.signs_of_life[0] is True
    assert not any(doorkeeper.signs_of_life[1:])


async def test_a_doorkeeper_that_can_not_tell_asks_to_come_back(phone: Phone, doorkeeper: FakeDoorkeeper) -> None:
    doorkeeper.away = True
    await phone.begin("q", "Home")
    assert await phone.hear_close() == 1013


@pytest.mark.parametrize("credentials", ["Bearer unknown", "Basic x", "", 5, {"a": 1}])
async def test_a_token_that_opens_nothing_is_forbidden(address: str, credentials: Any) -> None:
    async with dial(address) as phone:
        await phone.say({"type": "connection_init", "payload": {"authorization": credentials}})
        assert await phone.hear_close() == 4403


@pytest.mark.parametrize("message", [{"type": "connection_init"}, {"type": "connection_init", "payload": None}])
async def test_a_visitor_may_connect_and_is_asked_to_sign_in(address: str, message: Any) -> None:
    async with dial(address) as phone:
        await phone.say(message)
        await phone.hear()
        await phone.begin("u", "UsageChanged")
        assert await phone.hear() == {
            "id": "u",
            "type": "error",
            "payload": [
                {
                    "message": "sign_in_required",
                    "path": ["usageChanged"],
                    "extensions": {"code": "sign_in_required", "parameters": {}},
                }
            ],
        }


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"query": "subscription { usageChanged { line { id } } }"}, "document_not_trusted"),
        ({"documentId": "Nothing"}, "document_not_trusted"),
        ({"documentId": "Bills", "variables": {"first": "x"}}, "bad_argument"),
        ({"documentId": 5}, "bad_request"),
        ({}, "bad_request"),
    ],
)
async def test_a_refused_operation_is_an_error_and_the_connection_lives(phone: Phone, payload: Any, code: str) -> None:
    await phone.say({"id": "1", "type": "subscribe", "payload": payload})
    error = await phone.hear()
    assert (error["id"], error["type"]) == ("1", "error")
    assert [entry["extensions"]["code"] for entry in error["payload"]] == [code]
    await phone.begin("1", "Packages")
    assert (await phone.hear())["type"] == "next"


async def test_operations_at_once_are_bounded(phone: Phone) -> None:
    for number in range(OPERATIONS_MOST):
        await phone.begin(str(number), "UsageChanged")
        await phone.hear()
    await phone.begin("one more", "UsageChanged")
    error = await phone.hear()
    assert (error["id"], error["payload"][0]["extensions"]["code"]) == ("one more", "too_many_operations")


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("{", 4400),
        ("null", 4400),
        ("123", 4400),
        ("[]", 4400),
        ("{}", 4400),
        ('{"type": 5}', 4400),
        ('{"type": "dance"}', 4400),
        (b"\x00\x01", 4400),
        ("[" * 5000, 4400),
        ('{"type": "ping", "pad": "' + "x" * 70_000 + '"}', 1009),
        ('{"type": "subscribe"}', 4400),
        ('{"type": "subscribe", "id": 5, "payload": {}}', 4400),
        ('{"type": "subscribe", "id": "", "payload": {}}', 4400),
        ('{"type": "subscribe", "id": "1"}', 4400),
        ('{"type": "subscribe", "id": "1", "payload": []}', 4400),
        ('{"type": "complete"}', 4400),
        ('{"type": "complete", "id": []}', 4400),
        ('{"type": "connection_init"}', 4429),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_message_that_is_none_closes_the_connection(phone: Phone, message: str | bytes, code: int) -> None:
    await phone.say(message)
    assert await phone.hear_close() == code


async def test_an_id_in_use_closes_the_connection(phone: Phone) -> None:
    await phone.begin("u", "UsageChanged")
    await phone.hear()
    await phone.begin("u", "UsageChanged")
    assert await phone.hear_close() == 4409


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"type": "subscribe", "id": "1", "payload": {"documentId": "Home"}}, 4401),
        ({"type": "complete", "id": "1"}, 4400),
        ({"type": "connection_init", "payload": 5}, 4400),
    ],
)
async def test_nothing_happens_before_the_acknowledgement(address: str, message: Any, code: int) -> None:
    async with dial(address) as phone:
        await phone.say(message)
        assert await phone.hear_close() == code


async def test_a_silent_connection_is_closed(address: str) -> None:
    async with dial(address) as phone:
        began = time.monotonic()
        assert await phone.hear_close() == 4408
        assert time.monotonic() - began < INIT_SECONDS + 1


async def test_pings_do_not_prolong_the_patience(address: str) -> None:
    async with dial(address) as phone:
        await phone.say({"type": "ping"})
        assert await phone.hear() == {"type": "pong"}
        assert await phone.hear_close() == 4408


async def test_another_protocol_is_not_spoken(address: str) -> None:
    async with dial(address, protocol=Subprotocol("graphql-ws")) as phone:
        assert await phone.hear_close() == 4406


async def test_a_phone_that_vanishes_leaves_nothing_behind(address: str, bss: FakeBss) -> None:
    bss.slow.add("fetch_usage")
    async with dial(address) as phone:
        await phone.say(INIT)
        await phone.hear()
        await phone.begin("u", "UsageChanged")
        await eventually(lambda: bss.at_once == 1)
        phone.connection.transport.abort()
    await eventually(lambda: bss.at_once == 0)
    await eventually(lambda: not any("_execute" in repr(task) for task in asyncio.all_tasks()))


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110  nothing to wait on: it is the absence of things
            await asyncio.sleep(0.02)
