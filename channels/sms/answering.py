"""How does each stored message get its one answer?"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

import structlog

from channels.sms.queue import Received, ReceivedQueue

LOG = structlog.get_logger(__name__)
AT_ONCE, LEASE_SECONDS, POLL_SECONDS = 16, 30.0, 0.5
TRIES, ANSWER_SECONDS, PAUSE_SECONDS = 2, 10.0, 0.3


class Hall(Protocol):
    """Knows the answer to a text."""

    async def answer(self, sender: str, text: str) -> str:
        """The reply; may be asked again for the same text."""
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
        self._ending = False

    async def run(self) -> None:
        """Answers until ``finish``."""
        while not self._ending:
            self._arrived.clear()
            claimed = await self._queue.claim_received(limit=AT_ONCE, lease_seconds=LEASE_SECONDS)
            if claimed:
                await self._answer_all(claimed)
            else:
                await self._pause()

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

    async def _answer_all(self, claimed: Sequence[Received]) -> None:
        """Senders side by side; the messages of one sender in their order."""
        by_sender: dict[str, list[Received]] = defaultdict(list)
        for message in claimed:
            by_sender[message.sender].append(message)
        await asyncio.gather(*(self._answer_in_turn(messages) for messages in by_sender.values()))

    async def _answer_in_turn(self, messages: list[Received]) -> None:
        for message in messages:
            if await self._queue.answer(message.id, await self._compose(message)):
                self._answered()

    async def _compose(self, message: Received) -> str:
        for attempt in range(1, TRIES + 1):
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    return await self._hall.answer(message.sender, message.text)
            except Exception as error:  # noqa: BLE001  whatever broke, the sender is owed an answer
                LOG.error("sms_answer_failed", message_id=message.id, attempt=attempt, error=type(error).__name__)
                await asyncio.sleep(PAUSE_SECONDS)
        return self._hall.apologize(message.text)
