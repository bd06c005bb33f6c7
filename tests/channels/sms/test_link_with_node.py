"""Does the link get on with a short message centre of another make (npm smpp)?"""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import write
from notifications.sms_queue import Lane, SqlSmsQueue
from notifications.tables import outbound_sms
from tests.judges import NODE, NODE_FOLDER

pytestmark = pytest.mark.anyio

NUMBER = "13800138001"
Linked = Callable[..., AbstractAsyncContextManager[Any]]


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """One database is enough here: tests/notifications/sms_queue asks both."""
    return f"sqlite:///{tmp_path / 'onehall.db'}"


class Peer:
    """The other short message centre, in its own process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.port = 0

    async def tell(self, **command: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command).encode() + b"\n")
        await self._process.stdin.drain()

    async def hear(self, key: str, timeout_seconds: float = 10.0) -> dict[str, Any]:
        """The next event with this key."""
        assert self._process.stdout is not None
        async with asyncio.timeout(timeout_seconds):
            while True:
                line = await self._process.stdout.readline()
                assert line, "the peer died"
                event: dict[str, Any] = json.loads(line)
                if key in event:
                    return event


@pytest.fixture
async def peer(node_modules: Path) -> AsyncIterator[Peer]:
    process = await asyncio.create_subprocess_exec(
        NODE,
        "smsc.cjs",
        cwd=NODE_FOLDER,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    peer = Peer(process)
    try:
        peer.port = (await peer.hear("port"))["port"]
        yield peer
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # Node runs below a starter: killed alone, that would leave Node behind
        await process.wait()


async def send(queue: SqlSmsQueue, engine: AsyncEngine, text: str) -> None:
    async with write(engine) as connection:
        await queue.enqueue(
            connection, key=text[:20], recipient=NUMBER, text=text, lane=Lane.ALERT, lifetime_seconds=3600
        )


async def until_delivered(engine: AsyncEngine) -> None:
    async with asyncio.timeout(8):
        while True:
            async with engine.connect() as connection:
                if set((await connection.execute(select(outbound_sms.c.state))).scalars()) == {"delivered"}:
                    return
            await asyncio.sleep(0.05)


async def test_a_question_is_answered_and_the_link_says_goodbye(peer: Peer, linked: Linked) -> None:
    async with linked(peer.port):
        assert await peer.hear("bound") == {"bound": "onehall", "version": 0x34}
        await peer.tell(text="查询余额", reference=0, **{"from": f"86{NUMBER}"})
        assert (await peer.hear("accepted"))["status"] == 0
        reply = await peer.hear("received")
    assert (reply["to"], reply["from"], reply["coding"], reply["parts"]) == (f"86{NUMBER}", "10086", 8, 3)
    assert reply["received"].startswith("查询余额:您好")
    assert await peer.hear("unbound") == {"unbound": True}


@pytest.mark.parametrize("text", ["流量提醒,😀" * 40, "Data {80 %} €5 [left] " * 20, "short"])
async def test_texts_of_every_alphabet_and_length_arrive_whole(
    peer: Peer, linked: Linked, queue: SqlSmsQueue, engine: AsyncEngine, text: str
) -> None:
    await send(queue, engine, text)
    async with linked(peer.port):
        assert (await peer.hear("received"))["received"] == text
        await until_delivered(engine)  # by receipts whose error code and dates the library can't read


@pytest.mark.parametrize("reference", [3, 0x0203, 0xFFFF])
async def test_a_long_question_with_a_wide_reference_is_joined(
    peer: Peer, linked: Linked, hall: Any, reference: int
) -> None:
    question = "我想知道我现在还剩多少流量," * 15
    async with linked(peer.port):
        await peer.hear("bound")
        await peer.tell(text=question, reference=reference, **{"from": NUMBER})
        await peer.hear("received")
    assert hall.asked == [(NUMBER, question)]


@pytest.mark.parametrize("refusals", [["ESME_RTHROTTLED"], ["ESME_RMSGQFUL", "ESME_RTHROTTLED"], ["vendor"]])
async def test_a_passing_refusal_sends_the_whole_message_again(
    peer: Peer, linked: Linked, queue: SqlSmsQueue, engine: AsyncEngine, refusals: list[str]
) -> None:
    text = "您的账单已出,合计128.40元。" * 12
    await peer.tell(refuse=refusals)
    await send(queue, engine, text)
    async with linked(peer.port):
        assert (await peer.hear("received"))["received"] == text
        await until_delivered(engine)


async def test_a_line_that_drops_is_bound_again_and_serves_on(peer: Peer, linked: Linked) -> None:
    async with linked(peer.port):
        await peer.hear("bound")
        await peer.tell(drop=True)
        await peer.hear("bound")
        await peer.tell(text="YE", reference=0, **{"from": NUMBER})
        assert (await peer.hear("received"))["received"].startswith("YE:")
