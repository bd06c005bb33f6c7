"""What do the SMS hall's tests share: a database, a short message centre, and a hall that says little?"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from channels.sms.answering import Reply
from channels.sms.link import SmsLink
from channels.sms.sending import Pace
from gateway.database import write
from notifications.sms_queue import SqlSmsQueue
from notifications.tables import metadata
from sandbox.smsc import Smsc

QUICK = Pace(poll_seconds=0.05, reconnect_seconds=0.05, pause_seconds=0.05, lease_seconds=2.0, response_seconds=1.5)
LONG_ANSWER = "您好,截至11月21日08:32,您的可用余额为86.50元,国内流量剩余12.50GB。" * 4


class BriefHall:
    """Answers everything with one long sentence and counts what it was asked."""

    def __init__(self, reply: Callable[[str], str] = lambda text: f"{text}:{LONG_ANSWER}") -> None:
        self.asked: list[tuple[str, str]] = []
        self.secret = False
        self._reply = reply

    async def answer(self, sender: str, text: str, *, message_id: int) -> Reply:
        self.asked.append((sender, text))
        return Reply("once" if self.secret else self._reply(text), secret=self.secret)

    def apologize(self, sender_text: str) -> str:
        return "sorry"


@pytest.fixture
async def queue(engine: AsyncEngine) -> SqlSmsQueue:
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    return SqlSmsQueue(partial(write, engine))


@pytest.fixture
async def smsc() -> AsyncIterator[Smsc]:
    smsc = Smsc(port=0)
    await smsc.start()
    yield smsc
    await smsc.stop()


@pytest.fixture
def hall() -> BriefHall:
    return BriefHall()


@pytest.fixture
def linked(queue: SqlSmsQueue, hall: BriefHall) -> Callable[..., object]:
    """``async with linked(port):`` runs a link to the SMSC at this port."""

    @asynccontextmanager
    async def run(port: int, *, pace: Pace = QUICK, password: str = "onehall") -> AsyncIterator[SmsLink]:
        link = SmsLink(
            host="127.0.0.1", port=port, system_id="onehall", password=password, queue=queue, hall=hall, pace=pace
        )
        stop = asyncio.Event()
        running = asyncio.create_task(link.run(stop))
        try:
            yield link
        finally:
            stop.set()
            await asyncio.wait_for(running, 15)

    return run
