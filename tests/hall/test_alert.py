"""Does a crossing of 80 % reach the person, once, in every place?"""

import asyncio
import json
import os
import signal

import httpx
import psutil
import pytest
from websockets.asyncio.client import connect

from tests.hall.conftest import RunningHall

NUMBER = "13800138010"
HALF_A_GIGABYTE = 500 * 1024 * 1024
INBOX = {"documentId": "Inbox"}


def use_data(hall: RunningHall, amount: int) -> None:
    body = {"number": NUMBER, "usageType": "data", "amount": amount}
    httpx.post(f"{hall.sandbox}/sandbox/usage", json=body, timeout=20).raise_for_status()


def alerts_heard(hall: RunningHall) -> list[str]:
    return [one["text"] for one in hall.thread(NUMBER) if "流量提醒" in one["text"]]


@pytest.mark.anyio
async def test_data_that_crosses_80_percent_is_told_by_text_inbox_page_and_subscription_once(hall: RunningHall) -> None:
    with hall.sign_in(NUMBER) as api:
        inbox = api.post("/graphql", json=INBOX).raise_for_status().json()["data"]["me"]["inbox"]
        assert inbox == []
        address = hall.web.replace("http://", "ws://") + "/graphql"
        async with connect(address, subprotocols=["graphql-transport-ws"]) as socket:  # type: ignore[list-item]
            authorization = api.headers["authorization"]
            await socket.send(json.dumps({"type": "connection_init", "payload": {"authorization": authorization}}))
            assert json.loads(await socket.recv())["type"] == "connection_ack"
            wanted = {"documentId": "InboxMessageAdded"}
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": wanted}))
            await asyncio.sleep(0.5)
            await asyncio.to_thread(use_data, hall, HALF_A_GIGABYTE)
            async with asyncio.timeout(20):
                told = json.loads(await socket.recv())
        assert told["type"] == "next", told
        assert told["payload"]["data"]["inboxMessageAdded"]["percent"] == 80

        text = await asyncio.to_thread(hall.wait_for_text, NUMBER)
        assert "流量提醒" in text
        assert "138****8010" in text
        inbox = api.post("/graphql", json=INBOX).raise_for_status().json()["data"]["me"]["inbox"]
        assert [message["percent"] for message in inbox] == [80]

    with hall.sign_in_web(NUMBER) as browser:
        assert "80%" in browser.get("/inbox").raise_for_status().text

    await asyncio.to_thread(use_data, hall, 1024 * 1024)
    await asyncio.sleep(5)
    assert len(alerts_heard(hall)) == 1


@pytest.mark.anyio
async def test_a_worker_killed_in_between_loses_and_repeats_nothing(hall: RunningHall) -> None:
    """Kills the worker as the event comes: the supervisor starts another, whose sweep finds what is left."""
    said_before = len(alerts_heard(hall))
    worker = next(child for child in psutil.Process(hall.process.pid).children() if "worker" in child.cmdline())
    use = asyncio.create_task(asyncio.to_thread(use_data, hall, 5 * 1024**3))
    os.kill(worker.pid, signal.SIGKILL)
    await use
    async with asyncio.timeout(60):
        while len(alerts_heard(hall)) == said_before:  # noqa: ASYNC110  another process says it
            await asyncio.sleep(0.5)
    await asyncio.sleep(5)
    assert len(alerts_heard(hall)) == said_before + 1
