"""How does each stored message get its one answer?"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import structlog

from channels.sms.queue import Received, ReceivedQueue

LOG = structlog.get_logger(__name__)
AT_ONCE, LEASE_SECONDS, POLL_SECONDS = 64, 30.0, 0.5
TRIES, ANSWER_SECONDS, PAUSE_SECONDS = 2, 10.0, 0.3


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered. After a ``secret`` text nothing of what was written is kept; of an answer that ``tells_secret``
    nothing once it is out."""

    text: str
    secret: bool = False
    tells_secret: bool = False


class Hall(Protocol):
    """Knows the answer to a text."""

    async def answer(self, sender: str, text: str, *, message_id: int) -> Reply:
        """The reply; may be asked again for the same message."""
        ...

    def apologize(self, sender_text: str) -> str:
        """What is said if ``answer`` fails."""
        ...


class Answerer:
    """Claims what was received, asks the hall, and stores the reply with the mark "answered" in one transaction.

    A kill before that leaves the message to the next process; a kill after it leaves the reply in the queue.
    """

    def __init__(self, queue: ReceivedQueue, hall: Hall, *, answered: Callable[[], None]) -> None:
        self._queue = queue
        self._hall = hall
        self._answered = answered
        self._arrived = asyncio.Event()
        self._working: dict[asyncio.Task[None], str] = {}
        self._last_of_sender: dict[str, asyncio.Task[None]] = {}
        self._ending = False

    async def run(self) -> None:
        """Answers until ``finish``: many senders side by side, the messages of one sender in their order."""
        try:
            while not self._ending:
                self._arrived.clear()
                free = AT_ONCE - len(self._working)
                claimed = await self._queue.claim_received(limit=free, lease_seconds=LEASE_SECONDS) if free else ()
                for message in claimed:
                    self._begin(message)
                if not claimed:
                    await self._pause()
            if self._working:
                await asyncio.wait(self._working)
        finally:
            for task in self._working:
                task.cancel()

    def wake(self) -> None:
        """Says that a message was stored."""
        self._arrived.set()

    def finish(self) -> None:
        """What is claimed is still answered; then ``run`` ends."""
        self._ending = True
        self.wake()

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self._arrived.wait()

    def _begin(self, message: Received) -> None:
        task = asyncio.create_task(self._answer_after(self._last_of_sender.get(message.sender), message))
        self._working[task] = message.sender
        self._last_of_sender[message.sender] = task
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        sender = self._working.pop(task)
        if self._last_of_sender.get(sender) is task:
            del self._last_of_sender[sender]
        self.wake()

    async def _answer_after(self, earlier: asyncio.Task[None] | None, message: Received) -> None:
        if earlier is not None:
            await asyncio.wait([earlier])
        reply = await self._compose(message)
        try:
            answered = await self._queue.answer(
                message.id, reply.text, secret=reply.secret, tells_secret=reply.tells_secret
            )
        except Exception as error:  # noqa: BLE001  the database is away: the message is offered again with its lease
            LOG.error("sms_answer_not_stored", message_id=message.id, error=type(error).__name__)
            return
        if answered:
            self._answered()

    async def _compose(self, message: Received) -> Reply:
        for attempt in range(1, TRIES + 1):
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    return await self._hall.answer(message.sender, message.text, message_id=message.id)
            except Exception as error:  # noqa: BLE001  whatever broke, the sender is owed an answer
                LOG.error("sms_answer_failed", message_id=message.id, attempt=attempt, error=type(error).__name__)
                await asyncio.sleep(PAUSE_SECONDS)
        return Reply(self._hall.apologize(message.text))
