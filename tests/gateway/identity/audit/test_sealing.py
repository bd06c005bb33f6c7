"""Does each record get into exactly one seal, whoever seals, and can old ones go without breaking the chain?"""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import open_database, read, write
from gateway.identity.audit.check import SealMark, verify_trail
from gateway.identity.audit.entry import audit_record, record
from gateway.identity.audit.horizon import drop_old_seals
from gateway.identity.audit.seal_rows import audit_seal, audit_seal_entry
from gateway.identity.audit.sealing import seal_records

from .conftest import LONG_AGO, SECRET, deeds, write_down

pytestmark = pytest.mark.anyio
YEAR = timedelta(days=365)


@pytest.fixture
async def other(engine: AsyncEngine, database_url: str) -> AsyncIterator[AsyncEngine]:
    """Another process's engine over the same database."""
    engine = open_database(database_url)
    yield engine
    await engine.dispose()


async def seals_of(engine: AsyncEngine) -> list[tuple[int, int]]:
    """(seal, how many records), oldest first."""
    entry = audit_seal_entry
    asked = select(entry.c.seal_id, func.count()).group_by(entry.c.seal_id).order_by(entry.c.seal_id)
    async with read(engine) as connection:
        return [(row[0], row[1]) for row in await connection.execute(asked)]


async def test_an_empty_trail_is_whole(engine: AsyncEngine) -> None:
    assert await seal_records(engine, secret=SECRET, now=LONG_AGO) == 0
    verdict = await verify_trail(engine, secret=SECRET)
    assert (verdict.intact, verdict.seals, verdict.records, verdict.waiting) == (True, 0, 0, 0)


async def test_records_wait_until_they_are_sealed_and_then_count(engine: AsyncEngine) -> None:
    await write_down(engine, *deeds(7))
    assert (await verify_trail(engine, secret=SECRET)).waiting == 7
    assert await seal_records(engine, secret=SECRET, now=LONG_AGO, limit=3) == 7
    await write_down(engine, *deeds(2))
    verdict = await verify_trail(engine, secret=SECRET)
    assert (verdict.intact, verdict.seals, verdict.records, verdict.waiting) == (True, 3, 7, 2)
    assert await seals_of(engine) == [(1, 3), (2, 3), (3, 1)]


async def test_of_workers_that_seal_at_once_each_record_is_sealed_once(engine: AsyncEngine, other: AsyncEngine) -> None:
    await write_down(engine, *deeds(40))
    done = await asyncio.gather(
        *(seal_records(engine, secret=SECRET, now=LONG_AGO, limit=5) for engine in (engine, other) * 4)
    )
    await seal_records(engine, secret=SECRET, now=LONG_AGO, limit=5)
    verdict = await verify_trail(engine, secret=SECRET)
    assert verdict.intact
    assert (verdict.records, verdict.waiting) == (40, 0)
    assert sum(done) <= 40


async def test_a_record_that_was_committed_late_below_a_sealed_one_is_sealed_by_the_next_run(
    engine: AsyncEngine,
) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("writers of SQLite take turns: no id is committed late")
    async with write(engine) as slow:
        await record(slow, deeds(1)[0], now=LONG_AGO)
        await write_down(engine, *deeds(2))
        assert await seal_records(engine, secret=SECRET, now=LONG_AGO) == 2
    assert await seal_records(engine, secret=SECRET, now=LONG_AGO + timedelta(minutes=1)) == 1
    verdict = await verify_trail(engine, secret=SECRET)
    assert (verdict.intact, verdict.records, verdict.waiting) == (True, 3, 0)


async def test_a_record_far_below_is_found_by_a_run_over_the_whole_trail(engine: AsyncEngine) -> None:
    await write_down(engine, *deeds(1))
    async with write(engine) as connection:
        await connection.execute(
            text(
                "INSERT INTO audit_record (id, at_us, deed, actor, channel, level, outcome, note) "
                "VALUES (100, 1, 'd', 'system', 'system', 0, 'done', '')"
            )
        )
    assert await seal_records(engine, secret=SECRET, now=LONG_AGO) == 2
    later = LONG_AGO + timedelta(hours=2)
    async with write(engine) as connection:
        await connection.execute(
            text(
                "INSERT INTO audit_record (id, at_us, deed, actor, channel, level, outcome, note) "
                "VALUES (50, 1, 'd', 'system', 'system', 0, 'done', '')"
            )
        )
    assert await seal_records(engine, secret=SECRET, now=later) == 0
    assert (await verify_trail(engine, secret=SECRET)).waiting == 1
    assert await seal_records(engine, secret=SECRET, now=later, whole=True) == 1


async def test_the_newest_part_can_be_checked_alone(engine: AsyncEngine) -> None:
    await write_down(engine, *deeds(10))
    await seal_records(engine, secret=SECRET, now=LONG_AGO, limit=2)
    verdict = await verify_trail(engine, secret=SECRET, most_records=5)
    assert (verdict.intact, verdict.seals, verdict.records) == (True, 2, 4)
    tiny = await verify_trail(engine, secret=SECRET, most_records=1)
    assert (tiny.intact, tiny.seals, tiny.records) == (True, 1, 2)


async def test_a_chain_that_somebody_else_made_is_not_ours(engine: AsyncEngine) -> None:
    await write_down(engine, *deeds(3))
    await seal_records(engine, secret=b"not the house's secret", now=LONG_AGO)
    verdict = await verify_trail(engine, secret=SECRET)
    assert (verdict.intact, verdict.broken_at) == (False, "1")


async def test_the_chain_stays_whole_when_old_seals_are_dropped(engine: AsyncEngine) -> None:
    for year in range(5):
        await write_down(engine, *deeds(3))
        await seal_records(engine, secret=SECRET, now=LONG_AGO + year * YEAR, limit=2)
    now = LONG_AGO + 5 * YEAR
    assert await drop_old_seals(engine, secret=SECRET, now=now, keep=3 * YEAR) == 6
    verdict = await verify_trail(engine, secret=SECRET)
    assert (verdict.intact, verdict.seals, verdict.records) == (True, 6, 9)
    assert await drop_old_seals(engine, secret=SECRET, now=now, keep=3 * YEAR) == 0
    later = now + 10 * YEAR
    assert await drop_old_seals(engine, secret=SECRET, now=later, keep=3 * YEAR) == 8
    await write_down(engine, *deeds(1))
    assert await seal_records(engine, secret=SECRET, now=later) == 1
    verdict = await verify_trail(engine, secret=SECRET)
    assert (verdict.intact, verdict.seals, verdict.records) == (True, 2, 2)


async def test_of_two_jobs_that_drop_at_once_nothing_is_lost_but_what_is_old(
    engine: AsyncEngine, other: AsyncEngine
) -> None:
    for year in range(6):
        await write_down(engine, *deeds(2))
        await seal_records(engine, secret=SECRET, now=LONG_AGO + year * YEAR, limit=1)
    now = LONG_AGO + 5 * YEAR
    gone = await asyncio.gather(
        *(drop_old_seals(engine, secret=SECRET, now=now, keep=2 * YEAR) for engine in (engine, other))
    )
    assert sum(gone) == 6
    verdict = await verify_trail(engine, secret=SECRET)
    assert (verdict.intact, verdict.records) == (True, 6)


async def test_the_trail_is_never_kept_shorter_than_the_law_asks(engine: AsyncEngine) -> None:
    with pytest.raises(ValueError, match="183 days"):
        await drop_old_seals(engine, secret=SECRET, now=LONG_AGO, keep=timedelta(days=100))


async def test_an_end_that_was_cut_off_is_seen_by_a_mark_from_outside(engine: AsyncEngine) -> None:
    await write_down(engine, *deeds(4))
    await seal_records(engine, secret=SECRET, now=LONG_AGO, limit=2)
    async with read(engine) as connection:
        rows = (await connection.execute(select(audit_seal).order_by(audit_seal.c.id))).all()
    good, later, other = (
        SealMark(rows[1].id, rows[1].digest),
        SealMark(3, "f" * 64),
        SealMark(rows[1].id, "f" * 64),
    )
    assert (await verify_trail(engine, secret=SECRET, mark=good)).intact
    assert (await verify_trail(engine, secret=SECRET, mark=later)).broken_at == "3"
    assert (await verify_trail(engine, secret=SECRET, mark=other)).broken_at == "2"


async def test_the_records_are_counted_by_the_database_as_the_chain_counts_them(engine: AsyncEngine) -> None:
    await write_down(engine, *deeds(25))
    await seal_records(engine, secret=SECRET, now=LONG_AGO, limit=10)
    async with read(engine) as connection:
        kept = (await connection.execute(select(func.count()).select_from(audit_record))).scalar_one()
    assert (await verify_trail(engine, secret=SECRET)).records == kept == 25
