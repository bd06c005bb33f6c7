"""How does a database get this version's shape?"""

import asyncio
import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.database import open_database, write
from gateway.processes import CannotStart

FOLDER = Path(__file__).parent
ADVISORY_LOCK = 0x0E_11A1
"""Any number will do, as long as every OneHall takes the same: processes that start together upgrade in turn."""

ONE_AT_A_TIME = threading.Lock()
"""Alembic keeps the migration at hand in a global: hold this around a whole event loop, never within one."""


def upgrade_database(url: str, revision: str = "head") -> None:
    """Brings the database to this version's shape, or to an older revision on the way there, in one transaction.

    Does nothing where it has that shape already. May be called by any number of threads and processes at once; blocks,
    so from a coroutine call it in a thread. Raises DatabaseFault, and CannotStart where a newer OneHall has been here.
    """
    with ONE_AT_A_TIME:
        asyncio.run(_upgrade(url, revision))


async def find_revision_gap(connection: AsyncConnection) -> tuple[str | None, str] | None:
    """The revision that the database has (None: empty) and the one that this version needs; None where they agree."""
    newest = find_newest_revision()
    current = await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())
    return None if current == newest else (current, newest)


def find_newest_revision() -> str:
    """The revision of this version's tables."""
    return ScriptDirectory.from_config(make_config()).get_current_head() or ""


def shape(connection: Connection, revision: str = "head") -> None:
    """Upgrades within the caller's transaction. Raises CannotStart for a revision that this version does not know."""
    try:
        command.upgrade(make_config(connection), revision)
    except CommandError as error:
        raise CannotStart(
            f"The database was shaped by another version of OneHall ({error}). Start that version, or restore a backup."
        ) from error


def make_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, without a file."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config


async def _upgrade(url: str, revision: str) -> None:
    engine = open_database(url)
    try:
        async with write(engine) as connection:
            if connection.dialect.name == "postgresql":
                await connection.execute(text("SET LOCAL lock_timeout = 0"))  # another's upgrade may take its time
                await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
            await connection.run_sync(shape, revision)
    finally:
        await engine.dispose()
