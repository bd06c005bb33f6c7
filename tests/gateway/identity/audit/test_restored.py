"""Is the trail whole, and still append-only, after it came back from a backup into another kind of database?"""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError

from gateway.backup import restore_backup, write_backup
from gateway.database import open_database, write
from gateway.identity.audit.check import verify_trail
from gateway.identity.audit.entry import AuditEntry, audit_record
from gateway.identity.audit.horizon import drop_old_seals
from gateway.identity.audit.sealing import seal_records
from gateway.migrations import upgrade_database

from .conftest import LONG_AGO, OWNER, SECRET, deeds, write_down

YEAR = timedelta(days=365)


def test_a_trail_that_was_restored_is_whole_and_goes_on(tmp_path: Path, database_url: str) -> None:
    first, archive = f"sqlite:///{tmp_path / 'first.db'}", tmp_path / "archive.tar.gz"
    upgrade_database(first)
    asyncio.run(_write_trail(first))
    write_backup(first, tmp_path / "keys-of-first", archive)
    restore_backup(database_url, tmp_path / "second", archive)
    asyncio.run(_judge(database_url))


async def _write_trail(url: str) -> None:
    engine = open_database(url)
    for year in range(4):
        await write_down(engine, *deeds(3), AuditEntry.by(OWNER, "sign_in", note="火狐 · Linux"), now=LONG_AGO)
        await seal_records(engine, secret=SECRET, now=LONG_AGO + year * YEAR)
    assert await drop_old_seals(engine, secret=SECRET, now=LONG_AGO + 4 * YEAR, keep=2.5 * YEAR) == 8
    await write_down(engine, *deeds(2))
    await engine.dispose()


async def _judge(url: str) -> None:
    engine = open_database(url)
    try:
        verdict = await verify_trail(engine, secret=SECRET)
        assert (verdict.intact, verdict.seals, verdict.records, verdict.waiting) == (True, 2, 8, 2)
        for statement in (delete(audit_record), update(audit_record).values(level=3)):
            with pytest.raises(IntegrityError, match="append-only"):
                await _say(engine, statement)
        await write_down(engine, *deeds(1))
        assert await seal_records(engine, secret=SECRET, now=LONG_AGO + 4 * YEAR) == 3
        assert (await verify_trail(engine, secret=SECRET)).intact
    finally:
        await engine.dispose()


async def _say(engine: object, statement: object) -> None:
    async with write(engine) as connection:  # type: ignore[arg-type]
        await connection.execute(statement)  # type: ignore[call-overload]
