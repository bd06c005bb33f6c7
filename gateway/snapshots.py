"""Where do all processes keep the last reading of the BSS that they share?"""

import hashlib

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)


class RedisSnapshots:
    """Readings in Redis. It may be flushed or away at any moment: that costs a call to the BSS, never an answer."""

    def __init__(self, url: str, *, timeout_seconds: float = 0.5) -> None:
        self._redis: Redis = Redis.from_url(url, socket_timeout=timeout_seconds, socket_connect_timeout=timeout_seconds)

    async def get(self, key: str) -> bytes | None:
        """The reading kept under this key, or None: missing, expired, or Redis is away."""
        try:
            kept = await self._redis.get(_name(key))
        except (RedisError, OSError) as error:
            log.warning("snapshot_unread", error=type(error).__name__)
            return None
        return kept if isinstance(kept, bytes) else None

    async def put(self, key: str, value: bytes, keep_seconds: int) -> None:
        """Keeps a reading for so long; a Redis that is away loses it, which costs speed only."""
        try:
            await self._redis.set(_name(key), value, ex=keep_seconds)
        except (RedisError, OSError) as error:
            log.warning("snapshot_unkept", error=type(error).__name__)

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._redis.aclose()


def _name(key: str) -> str:
    """Numbers and ids in a key are nobody's business in Redis's monitor: only a digest is."""
    return "snapshot:" + hashlib.sha256(key.encode()).hexdigest()
