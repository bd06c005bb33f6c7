"""Is the trail sealed in time by whoever is there, and by one of them?"""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.identity.audit.check import verify_trail
from gateway.identity.audit.upkeep import keep_trail
from gateway.identity.job_claim import claim_job

from .conftest import LONG_AGO, SECRET, Watch, deeds, write_down

pytestmark = pytest.mark.anyio
KEEP = timedelta(days=3 * 365)


async def test_of_workers_that_ask_at_once_one_does_the_job(engine: AsyncEngine, watch: Watch) -> None:
    hour = timedelta(hours=1)
    won = await asyncio.gather(*(claim_job(engine, "job", period=hour, now=watch()) for _ in range(8)))
    assert sum(won) == 1
    watch.advance(minutes=59)
    assert not await claim_job(engine, "job", period=hour, now=watch())
    assert await claim_job(engine, "another", period=hour, now=watch())
    watch.advance(minutes=1)
    assert await claim_job(engine, "job", period=hour, now=watch())


async def test_what_is_written_is_sealed_within_a_minute(engine: AsyncEngine, watch: Watch) -> None:
    await write_down(engine, *deeds(3))
    assert await keep_trail(engine, secret=SECRET, now=watch(), keep=KEEP) == 3
    await write_down(engine, *deeds(2))
    watch.advance(seconds=30)
    assert await keep_trail(engine, secret=SECRET, now=watch(), keep=KEEP) == 0
    watch.advance(seconds=30)
    assert await keep_trail(engine, secret=SECRET, now=watch(), keep=KEEP) == 2


async def test_old_records_go_by_themselves(engine: AsyncEngine, watch: Watch) -> None:
    for _ in range(5):
        await write_down(engine, *deeds(2), now=watch())
        await keep_trail(engine, secret=SECRET, now=watch(), keep=KEEP)
        watch.advance(days=365)
    await keep_trail(engine, secret=SECRET, now=watch(), keep=KEEP)
    verdict = await verify_trail(engine, secret=SECRET)
    assert (verdict.intact, verdict.seals, verdict.records) == (True, 3, 6)
    assert watch() > LONG_AGO
