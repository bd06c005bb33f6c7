"""How does one process tell another that something changed for a subscriber?"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

HEAL_SECONDS = 5.0
"""A listener looks at least this often, so that a lost wake-up costs seconds, never a change."""

RECONNECT_SECONDS = 1.0
ANNOUNCE_SECONDS = 1.0
CHANNEL_PREFIX = "wake-up:"


class MemoryWakeUps:
    """Wake-ups within one process (implements ports.WakeUps)."""

    def __init__(self, *, heal_seconds: float = HEAL_SECONDS) -> None:
        self._heal_seconds = heal_seconds
        self._bells: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    @property
    def subscribers(self) -> frozenset[str]:
        """Whom somebody listens for now."""
        return frozenset(self._bells)

    async def announce(self, subscriber: str) -> None:
        """Wakes whoever listens for this subscriber."""
        self.ring(subscriber)

    def ring(self, subscriber: str) -> None:
        """The same, at once."""
        for bell in self._bells.get(subscriber, ()):
            bell.set()

    def ring_all(self) -> None:
        """Wakes everybody who listens."""
        for subscriber in self._bells:
            self.ring(subscriber)

    async def listen(self, subscriber: str) -> AsyncGenerator[None, None]:
        """Yields once per change and at least every 5 s; changes that come while the listener is busy are one."""
        bell = asyncio.Event()
        self._bells[subscriber].add(bell)
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._heal_seconds):
                        await bell.wait()
                bell.clear()
                yield
        finally:
            self._bells[subscriber].discard(bell)
            if not self._bells[subscriber]:
                del self._bells[subscriber]


class RedisWakeUps:
    """Wake-ups between processes over Redis pub/sub (implements ports.WakeUps): ids only, one connection to listen.

    Redis may vanish at any moment: announcements are then lost, listeners live on the healing poll, and the connection
    comes back by itself. An instance belongs to one event loop.
    """

    def __init__(self, url: str, *, heal_seconds: float = HEAL_SECONDS) -> None:
        self._redis: Redis = Redis.from_url(
            url,
            socket_connect_timeout=ANNOUNCE_SECONDS,
            socket_timeout=ANNOUNCE_SECONDS,
            retry=Retry(NoBackoff(), 0),  # one layer only reconnects, and it is this class
            decode_responses=True,
        )
        self._local = MemoryWakeUps(heal_seconds=heal_seconds)
        self._reader: asyncio.Task[None] | None = None
        self._listeners_changed = asyncio.Event()
        self._closing = False

    async def announce(self, subscriber: str) -> None:
        """Tells every process. Never fails: a wake-up that is lost is healed by the listeners' poll."""
        try:
            await self._redis.publish(CHANNEL_PREFIX + subscriber, "")
        except (RedisError, OSError) as error:
            log.warning("wake_up_lost", error=type(error).__name__)
            self._local.ring(subscriber)  # those in this process can still be told

    async def listen(self, subscriber: str) -> AsyncGenerator[None, None]:
        """Yields once per change and at least every 5 s, whether Redis is there or not."""
        if self._reader is None:
            self._reader = asyncio.create_task(self._read_for_ever(), name="wake-ups")
        changes = self._local.listen(subscriber)
        self._listeners_changed.set()  # the reader looks after the first wait below has registered this listener
        try:
            async for change in changes:
                yield change
        finally:
            await changes.aclose()
            self._listeners_changed.set()

    async def aclose(self) -> None:
        """Stops listening to Redis and closes the connections."""
        self._closing = True  # the client library can swallow a cancellation that meets the end of a write
        self._listeners_changed.set()
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        await self._redis.aclose()

    async def _read_for_ever(self) -> None:
        while not self._closing:
            try:
                async with self._redis.pubsub(ignore_subscribe_messages=True) as pubsub:
                    await pubsub.subscribe(CHANNEL_PREFIX)  # nobody's: with no channel at all there is nothing to read
                    self._local.ring_all()  # what was announced while Redis was away is not known
                    await self._read(pubsub)
            except Exception as error:  # noqa: BLE001  nobody watches this loop, so nothing may end it
                log.warning("wake_ups_away", error=type(error).__name__)
                await asyncio.sleep(RECONNECT_SECONDS)

    async def _read(self, pubsub: PubSub) -> None:
        """Rings for each message, and follows who listens; raises RedisError or OSError when the connection is lost."""
        followed: frozenset[str] = frozenset()
        message, changed = asyncio.ensure_future(pubsub.get_message(timeout=None)), None
        try:
            while not self._closing:
                self._listeners_changed.clear()
                followed = await _follow(pubsub, followed, self._local.subscribers)
                changed = asyncio.ensure_future(self._listeners_changed.wait())
                await asyncio.wait({message, changed}, return_when=asyncio.FIRST_COMPLETED)
                changed.cancel()
                if message.done():
                    self._ring(message.result())
                    message = asyncio.ensure_future(pubsub.get_message(timeout=None))
        finally:
            under_way = [task for task in (message, changed) if task is not None]
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    def _ring(self, message: Mapping[str, Any] | None) -> None:
        if message is not None:
            self._local.ring(str(message["channel"]).removeprefix(CHANNEL_PREFIX))


async def _follow(pubsub: PubSub, before: frozenset[str], now: frozenset[str]) -> frozenset[str]:
    """Subscribes to the channels of new listeners and leaves those of gone ones; answers whom it follows now."""
    if now - before:
        await pubsub.subscribe(*(CHANNEL_PREFIX + subscriber for subscriber in now - before))
    if before - now:
        await pubsub.unsubscribe(*(CHANNEL_PREFIX + subscriber for subscriber in before - now))
    return now
