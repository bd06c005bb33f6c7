"""Does a Redis that is away cost a page next to nothing?"""

import time
from pathlib import Path

import pytest

from gateway.snapshots import RedisSnapshots

pytestmark = pytest.mark.anyio


async def test_a_redis_that_is_away_is_a_miss_at_once(tmp_path: Path) -> None:
    snapshots = RedisSnapshots(f"unix://{tmp_path / 'no.sock'}")
    begun = time.monotonic()
    for _ in range(20):
        assert await snapshots.get("line:L1") is None
        await snapshots.put("line:L1", b"{}", 60)
    assert time.monotonic() - begun < 1
    await snapshots.aclose()
