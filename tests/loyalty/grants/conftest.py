"""Over which databases do campaigns stand in tests? Over this room's tables alone, which are made once."""

import asyncio
import shutil
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

import loyalty.campaign_tables
import loyalty.points_tables
import loyalty.referral_tables
import loyalty.reward_tables
from gateway.database import open_database, write
from loyalty.tables import metadata
from tests.conftest import say
from tests.loyalty.grants.fair import Fair

DEATHS = "test_whoever_dies_there_leaves_each_reward_to_come_once"
ROOM = (loyalty.campaign_tables, loyalty.points_tables, loyalty.referral_tables, loyalty.reward_tables)


ONE_IN = 6
"""Of the boundaries, so many are died at on PostgreSQL in every run; on SQLite all are."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out some deaths on PostgreSQL, unless every one is asked for."""
    if config.getoption("--whole") or any("::" in each for each in config.args):
        return
    deaths = [item for item in items if item.name.startswith(DEATHS) and "[postgresql" in item.name]
    left_out = {item.nodeid for place, item in enumerate(deaths) if place % ONE_IN}
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid in left_out])
    items[:] = [item for item in items if item.nodeid not in left_out]


@pytest.fixture(scope="session")
def sqlite_fair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with this room's tables and no row, to be copied."""
    path = tmp_path_factory.mktemp("fair") / "empty.db"
    asyncio.run(_make_tables(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_fair(postgres_url: str) -> str:
    """A PostgreSQL database with this room's tables, which is emptied before each test."""
    name = f"fair_{uuid4().hex}"
    url = make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    asyncio.run(say(postgres_url, f"CREATE DATABASE {name}"))
    asyncio.run(_make_tables(url))
    return url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """In place of the bare database of other tests."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_fair"), tmp_path / "onehall.db")
        return f"sqlite:///{tmp_path / 'onehall.db'}"
    url: str = request.getfixturevalue("postgres_fair")
    asyncio.run(_empty(url))
    return url


@pytest.fixture
async def fair(engine: AsyncEngine) -> Fair:
    return Fair(engine)


async def _make_tables(url: str) -> None:
    engine = open_database(url)
    async with write(engine) as connection:
        await connection.run_sync(metadata.create_all)
    await engine.dispose()


async def _empty(url: str) -> None:
    connection = await asyncpg.connect(url)
    deletes = "; ".join(f'DELETE FROM "{table.name}"' for table in metadata.sorted_tables)
    await connection.execute(f"BEGIN; SET LOCAL session_replication_role = replica; {deletes}; COMMIT")
    await connection.close()
