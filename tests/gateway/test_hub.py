"""Is a worker told of events without anybody waiting for the broker?"""

import asyncio
import threading

import pytest

from gateway.hub import WakeWorker

pytestmark = pytest.mark.anyio


async def test_events_that_come_while_the_broker_hangs_share_one_message_and_wait_for_nothing() -> None:
    answers, sent = threading.Event(), []

    def send_task(name: str, *, expires: int) -> None:
        sent.append(name)
        answers.wait(10)

    wake_worker = WakeWorker(send_task)
    for _ in range(100):
        wake_worker()
        await asyncio.sleep(0)
    await asyncio.sleep(0.1)
    assert sent == ["count_usage"]
    answers.set()
    await asyncio.sleep(0.1)
    assert sent == ["count_usage", "count_usage"], "what came meanwhile is told too"


async def test_a_broker_that_is_away_is_asked_again_with_the_next_event() -> None:
    asked = []

    def send_task(name: str, *, expires: int) -> None:
        asked.append(name)
        raise ConnectionError

    wake_worker = WakeWorker(send_task)
    for _ in range(2):
        wake_worker()
        await asyncio.sleep(0.1)
    assert len(asked) == 2
