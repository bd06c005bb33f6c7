"""How is everything that the house must not lose put away, and brought back?

Database and keys go together: without its key no service password is ever right again. An archive holds rows and no
files of a database, so that one of SQLite may be restored into PostgreSQL, and back.
"""

import asyncio
import base64
import json
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, Table, func, inspect, literal, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.archive import CannotBackUp, CannotRestore, pack, unpack
from gateway.database import open_database, read, write
from gateway.keys import FOLDER as KEYS
from gateway.migrations import ONE_AT_A_TIME, find_newest_revision, find_revision_gap, shape
from gateway.migrations.tables import EVERY_METADATA

ROWS_AT_ONCE = 500
ROWS = ".jsonl"
BYTES = "$bytes"


def write_backup(url: str, data_folder: Path, archive: Path) -> None:
    """Writes the database, as of one moment, and the keys into one archive, while others go on reading and writing.

    Blocks. Raises CannotBackUp, DatabaseFault.
    """
    if not archive.parent.is_dir():
        raise CannotBackUp(f"{archive.parent} is no folder. Make it, or name another place.")
    with tempfile.TemporaryDirectory(prefix=".onehall-backup-", dir=archive.parent) as staged:
        folder = Path(staged)
        (folder / "tables").mkdir()
        asyncio.run(_dump_database(url, folder / "tables"))
        if (data_folder / KEYS).is_dir():
            shutil.copytree(data_folder / KEYS, folder / "keys", ignore=shutil.ignore_patterns(".*"))
        pack(folder, archive, revision=find_newest_revision())


def restore_backup(url: str, data_folder: Path, archive: Path, *, replace: bool = False) -> None:
    """Brings an archive's database and keys back, and the tables to this version's shape: all of it or nothing.

    Without ``replace`` it refuses to touch a database that holds rows, or a folder that holds keys. Blocks; OneHall
    must not run meanwhile. Raises CannotRestore, DatabaseFault, and CannotStart for the backup of a newer OneHall.
    """
    data_folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=data_folder) as staged:
        folder = Path(staged)
        revision = unpack(archive, folder).revision
        keys = data_folder / KEYS
        if not replace and keys.is_dir() and any(keys.iterdir()):
            raise CannotRestore(f"{keys} holds keys already. To replace them and the database, say --replace.")
        with ONE_AT_A_TIME:
            asyncio.run(_load_database(url, folder / "tables", revision, replace=replace))
        if (folder / "keys").is_dir():
            _swap(folder / "keys", keys)


# --- out of the database -----------------------------------------------------------------------------------------


async def _dump_database(url: str, folder: Path) -> None:
    engine = open_database(url)
    try:
        async with _one_view(engine) as connection:
            gap = await find_revision_gap(connection)
            if gap is not None:
                raise CannotBackUp(f"The tables stand at {gap[0]}, this version needs {gap[1]}. Run `onehall migrate`.")
            for metadata in EVERY_METADATA:
                for table in metadata.sorted_tables:
                    await _dump_table(connection, table, folder / f"{table.name}{ROWS}")
    finally:
        await engine.dispose()


@asynccontextmanager
async def _one_view(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    async with read(engine) as connection:
        if connection.dialect.name == "postgresql":  # SQLite's transactions see one moment without being asked to
            await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        yield connection


async def _dump_table(connection: AsyncConnection, table: Table, path: Path) -> None:
    rows = await connection.stream(select(table))
    with path.open("w", encoding="utf-8") as file:
        async for batch in rows.mappings().partitions(ROWS_AT_ONCE):
            file.writelines(json.dumps(dict(row), default=_wrap, ensure_ascii=True) + "\n" for row in batch)


# --- and back into one -------------------------------------------------------------------------------------------


async def _load_database(url: str, folder: Path, revision: str, *, replace: bool) -> None:
    engine = open_database(url)
    try:
        async with write(engine) as connection:
            await connection.run_sync(_load, folder, revision, replace=replace)
    finally:
        await engine.dispose()


def _load(connection: Connection, folder: Path, revision: str, *, replace: bool) -> None:
    if not replace:
        _refuse_if_rows(connection)
    for metadata in EVERY_METADATA:
        metadata.drop_all(connection)
    connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
    shape(connection, revision)
    tables = MetaData()
    tables.reflect(connection, only=[path.stem for path in folder.iterdir()])
    for table in tables.sorted_tables:
        _load_table(connection, table, folder / f"{table.name}{ROWS}")
    shape(connection)


def _refuse_if_rows(connection: Connection) -> None:
    present = set(inspect(connection).get_table_names())
    for metadata in EVERY_METADATA:
        for table in metadata.sorted_tables:
            if table.name in present and connection.execute(select(literal(1)).select_from(table).limit(1)).first():
                raise CannotRestore("The database holds data already. To replace it and the keys, say --replace.")


def _load_table(connection: Connection, table: Table, path: Path) -> None:
    with path.open(encoding="utf-8") as file:
        while batch := [json.loads(line, object_hook=_unwrap) for line in islice(file, ROWS_AT_ONCE)]:
            connection.execute(table.insert(), batch)
    if connection.dialect.name != "postgresql":
        return
    for column in table.primary_key:  # rows that brought their ids along have not moved the counter of new ones
        counter = connection.execute(select(func.pg_get_serial_sequence(table.name, column.name))).scalar_one()
        if counter is not None:
            newest = select(func.max(column)).scalar_subquery()
            connection.execute(select(func.setval(counter, func.coalesce(newest, 1), newest.is_not(None))))


def _swap(fresh: Path, kept: Path) -> None:
    """Puts the keys in place; each is as private as when it was made."""
    former = kept.with_name(f"{kept.name}.before-restore")
    shutil.rmtree(former, ignore_errors=True)
    if kept.exists():
        kept.rename(former)
    fresh.rename(kept)
    shutil.rmtree(former, ignore_errors=True)


def _wrap(value: object) -> dict[str, str]:
    if isinstance(value, bytes):
        return {BYTES: base64.b64encode(value).decode()}
    raise TypeError(f"a {type(value).__name__} can't be written to a backup")


def _unwrap(words: dict[str, Any]) -> object:
    return base64.b64decode(words[BYTES]) if set(words) == {BYTES} else words
