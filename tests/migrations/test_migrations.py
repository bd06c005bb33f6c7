"""Does a database get this version's shape, whatever it was before?"""

import asyncio
import importlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, Table, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

import gateway
from gateway.database import DatabaseFault, open_database, read, write
from gateway.migrations import find_revision_gap, upgrade_database
from gateway.migrations.tables import EVERY_METADATA
from gateway.processes import CannotStart

T = TypeVar("T")
HOUSE = Path(gateway.__file__).parent.parent


def _ask(url: str, question: Callable[[Connection], T]) -> T:
    async def ask() -> T:
        engine = open_database(url)
        async with read(engine) as connection:
            answer = await connection.run_sync(question)
        await engine.dispose()
        return answer

    return asyncio.run(ask())


def _differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), list(EVERY_METADATA)))


def test_the_migrations_make_the_tables_that_the_rooms_describe(database_url: str) -> None:
    assert len(_ask(database_url, _differences)) > 3
    upgrade_database(database_url)
    assert _ask(database_url, _differences) == []


def test_upgrading_again_changes_nothing(database_url: str) -> None:
    upgrade_database(database_url)
    upgrade_database(database_url)
    assert _ask(database_url, _differences) == []


def test_processes_that_start_together_upgrade_once(database_url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(upgrade_database, [database_url] * 4))
    assert _ask(database_url, _differences) == []


def test_a_migration_that_fails_leaves_nothing_behind(database_url: str) -> None:
    async def stand_in_the_way() -> None:
        engine = open_database(database_url)
        async with write(engine) as connection:
            await connection.execute(text("CREATE TABLE outbound_sms (id INTEGER)"))
        await engine.dispose()

    asyncio.run(stand_in_the_way())
    with pytest.raises(Exception, match="outbound_sms"):
        upgrade_database(database_url)
    assert _ask(database_url, lambda connection: inspect(connection).get_table_names()) == ["outbound_sms"]


@pytest.mark.anyio
async def test_the_gap_to_this_version_is_told(database_url: str, engine: AsyncEngine) -> None:
    async with read(engine) as connection:
        gap = await find_revision_gap(connection)
    assert gap is not None
    assert gap[0] is None
    await asyncio.to_thread(upgrade_database, database_url)
    async with read(engine) as connection:
        assert await find_revision_gap(connection) is None


def test_a_database_of_a_newer_version_is_left_alone_with_one_clear_line(database_url: str) -> None:
    async def come_from_the_future() -> None:
        engine = open_database(database_url)
        async with write(engine) as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        await engine.dispose()

    upgrade_database(database_url)
    asyncio.run(come_from_the_future())
    with pytest.raises(CannotStart, match="9999"):
        upgrade_database(database_url)


def test_a_dead_database_is_a_fault() -> None:
    with pytest.raises(DatabaseFault):
        upgrade_database("postgresql://nobody@127.0.0.1:1/none")


def test_no_room_has_tables_that_the_migrations_do_not_know() -> None:
    known = {table for metadata in EVERY_METADATA for table in metadata.tables.values()}
    found: set[Table] = set()
    for room in ("gateway", "notifications", "ordering", "loyalty", "statements"):
        for path in (HOUSE / room).rglob("*.py"):
            if " Table(" in path.read_text(encoding="utf-8"):
                module = importlib.import_module(".".join(path.relative_to(HOUSE).with_suffix("").parts))
                found |= {value for value in vars(module).values() if isinstance(value, Table)}
    assert found == known
    assert all(isinstance(metadata, MetaData) for metadata in EVERY_METADATA)


def test_each_instant_says_that_it_is_in_microseconds() -> None:
    names = {column.name for metadata in EVERY_METADATA for t in metadata.tables.values() for column in t.columns}
    instants = {name for name in names if "_at" in name}
    assert instants
    assert {name for name in instants if not name.endswith("_at_us")} == set()
