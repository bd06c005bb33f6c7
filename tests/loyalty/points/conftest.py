"""Over which databases does the points ledger stand in tests?"""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import open_database
from tests.conftest import say
from tests.loyalty.points.scribe import TABLES, Scribe, furnish


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the ledger's tables, to be copied."""
    path = tmp_path_factory.mktemp("points") / "empty.db"
    asyncio.run(furnish(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_ledger(postgres_url: str) -> str:
    """A PostgreSQL database with the ledger's tables, emptied before each test."""
    asyncio.run(say(postgres_url, "CREATE DATABASE points"))
    url = make_url(postgres_url).set(database="points").render_as_string(hide_password=False)
    asyncio.run(furnish(url))
    return url


@pytest.fixture
def sqlite_url(empty_ledger: Path, tmp_path: Path) -> str:
    shutil.copy(empty_ledger, tmp_path / "points.db")
    return f"sqlite:///{tmp_path / 'points.db'}"


@pytest.fixture
def postgres_points_url(postgres_ledger: str) -> str:
    asyncio.run(empty(postgres_ledger))
    return postgres_ledger


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """A ledger without a row, on each database."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_points_url"
    return str(request.getfixturevalue(name))


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = open_database(database_url)
    yield engine
    await engine.dispose()


@pytest.fixture
def scribe(engine: AsyncEngine) -> Scribe:
    """Over each database."""
    return Scribe(engine)


@pytest.fixture
async def here(sqlite_url: str) -> AsyncIterator[Scribe]:
    """Over SQLite alone, for tests to which one database is enough."""
    engine = open_database(sqlite_url)
    yield Scribe(engine)
    await engine.dispose()


@pytest.fixture
async def there(postgres_points_url: str) -> AsyncIterator[Scribe]:
    """Over PostgreSQL alone."""
    engine = open_database(postgres_points_url)
    yield Scribe(engine)
    await engine.dispose()


async def empty(url: str) -> None:
    """Past the guard of the postings: here no history is kept from one test to the next."""
    deletes = "; ".join(f"DELETE FROM {table.name}" for table in TABLES)
    connection = await asyncpg.connect(url)
    await connection.execute(f"BEGIN; SET LOCAL session_replication_role = replica; {deletes}; COMMIT")
    await connection.close()
