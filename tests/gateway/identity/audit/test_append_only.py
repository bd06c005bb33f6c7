"""Does the database refuse to rewrite the trail?"""

from datetime import timedelta

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read, write
from gateway.identity.audit.append_only import create_triggers, drop_triggers
from gateway.identity.audit.entry import audit_record
from gateway.identity.audit.horizon import drop_old_seals
from gateway.identity.audit.seal_rows import APPEND_ONLY, audit_horizon, audit_seal, audit_seal_entry
from gateway.identity.audit.sealing import seal_records

from .conftest import LONG_AGO, SECRET, Watch, deeds, write_down

pytestmark = pytest.mark.anyio
TABLES = (audit_record, audit_seal, audit_seal_entry, audit_horizon)


@pytest.fixture
async def sealed(engine: AsyncEngine) -> AsyncEngine:
    """Three seals of two records each; the first is dropped, so that there is a horizon."""
    for month in range(3):
        now = LONG_AGO + timedelta(days=200 * month)
        await write_down(engine, *deeds(2), now=now)
        await seal_records(engine, secret=SECRET, now=now)
    now = LONG_AGO + timedelta(days=600)
    assert await drop_old_seals(engine, secret=SECRET, now=now, keep=timedelta(days=500)) == 2
    return engine


async def count(engine: AsyncEngine, table: str) -> int:
    async with read(engine) as connection:
        return int((await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())


@pytest.mark.parametrize("table", TABLES, ids=str)
async def test_no_row_of_the_trail_can_be_changed(sealed: AsyncEngine, table: object) -> None:
    column = list(table.columns)[1]  # type: ignore[attr-defined]
    with pytest.raises(IntegrityError, match="append-only"):
        async with write(sealed) as connection:
            await connection.execute(update(table).values({column: column}))  # type: ignore[arg-type]


@pytest.mark.parametrize("table", TABLES, ids=str)
async def test_no_row_that_is_kept_can_be_deleted(sealed: AsyncEngine, table: object) -> None:
    before = await count(sealed, str(table))
    with pytest.raises(IntegrityError, match="append-only"):
        async with write(sealed) as connection:
            await connection.execute(delete(table))  # type: ignore[arg-type]
    assert await count(sealed, str(table)) == before > 0


async def test_postgresql_does_not_empty_a_table_of_the_trail_at_once(sealed: AsyncEngine) -> None:
    if sealed.dialect.name != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    for table in TABLES:
        with pytest.raises(IntegrityError, match="append-only"):
            async with write(sealed) as connection:
                await connection.execute(text(f"TRUNCATE {table}"))


async def test_a_horizon_moved_by_hand_does_not_free_young_records(engine: AsyncEngine) -> None:
    async with read(engine) as connection:
        clock = (
            "SELECT unixepoch() * 1000000"
            if connection.dialect.name == "sqlite"
            else ("SELECT (extract(epoch FROM now()) * 1000000)::bigint")
        )
        now_us = (await connection.execute(text(clock))).scalar_one()
    from gateway.identity.tables import from_us  # noqa: PLC0415

    now = from_us(now_us)
    await write_down(engine, *deeds(2), now=now)
    await seal_records(engine, secret=SECRET, now=now)
    async with write(engine) as connection:
        forged = {"seal_id": 9, "previous": "0" * 64, "moved_at_us": 1, "mac": "0" * 64}
        await connection.execute(audit_horizon.insert().values(**forged))
    with pytest.raises(IntegrityError, match="append-only"):
        async with write(engine) as connection:
            await connection.execute(delete(audit_record))


async def test_triggers_can_be_put_on_twice(sealed: AsyncEngine, watch: Watch) -> None:
    async with write(sealed) as connection:
        await connection.run_sync(create_triggers, APPEND_ONLY)
    with pytest.raises(IntegrityError):
        async with write(sealed) as connection:
            await connection.execute(delete(audit_record))
    await write_down(sealed, *deeds(1))


async def test_triggers_can_be_taken_off_for_a_migration_and_put_on_again(sealed: AsyncEngine) -> None:
    async with write(sealed) as connection:
        await connection.run_sync(drop_triggers, APPEND_ONLY)
        await connection.execute(update(audit_seal).values(records=audit_seal.c.records))
        await connection.run_sync(create_triggers, APPEND_ONLY)
    with pytest.raises(IntegrityError):
        async with write(sealed) as connection:
            await connection.execute(update(audit_seal).values(records=1))
