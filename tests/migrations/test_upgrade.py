"""Does the house of each release live on in this version?"""

import asyncio
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, select
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.conversations import SqlConversations
from gateway.database import open_database, read, write
from gateway.migrations import find_newest_revision, upgrade_database
from gateway.migrations.tables import EVERY_METADATA
from graphql_schema.client import Channel
from graphql_schema.door import Admitted, PasswordEvidence, TokenEvidence

from . import freeze_release as frozen

pytestmark = pytest.mark.anyio
RELEASES = sorted(path for path in Path(__file__).parent.iterdir() if path.name.isdigit())


@pytest.fixture(params=RELEASES, ids=lambda path: path.name)
def release(request: pytest.FixtureRequest) -> Path:
    folder: Path = request.param
    return folder


@pytest.fixture
async def house(release: Path, database_url: str, engine: AsyncEngine) -> AsyncEngine:
    """The release's own tables and rows, upgraded to this version."""
    tables = release / f"{engine.dialect.name}.sql"
    script = tables.read_text(encoding="utf-8") + (release / "rows.sql").read_text(encoding="utf-8")
    async with write(engine) as connection:
        for statement in script.removesuffix(";\n").split(";\n"):
            await connection.exec_driver_sql(statement)
    await engine.dispose()
    await asyncio.to_thread(upgrade_database, database_url)
    return engine


async def test_its_tables_get_this_versions_shape(house: AsyncEngine) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), list(EVERY_METADATA)))

    async with read(house) as connection:
        assert await connection.run_sync(differences) == []


async def test_its_people_still_sign_in(house: AsyncEngine) -> None:
    keeper = frozen.hire(house)
    admitted = await keeper.admit(PasswordEvidence(frozen.NUMBER, frozen.PASSWORD, "s"), Channel.APP)
    assert isinstance(admitted, Admitted)
    assert admitted.caller.subscriber == frozen.LINE_ID
    await keeper.finish()


async def test_its_sessions_and_dialogues_go_on(house: AsyncEngine, release: Path) -> None:
    keeper = frozen.hire(house)
    token = (release / "token.txt").read_text(encoding="utf-8")
    assert isinstance(await keeper.admit(TokenEvidence(token), Channel.APP), Admitted)
    dialogue = await SqlConversations(house, now=lambda: frozen.NOON).load(f"sms:{frozen.NUMBER}")
    assert dialogue == {"language": "en"}
    await keeper.finish()


async def test_no_row_of_its_texts_and_alerts_is_lost(house: AsyncEngine) -> None:
    async with read(house) as connection:
        for table in frozen.TABLES:
            if table.name in frozen.ROOM_ROWS:
                row = (await connection.execute(select(table))).mappings().one()
                expected = frozen.ROOM_ROWS[table.name]
                assert {name: row[name] for name in expected} == expected, table.name


async def test_the_frozen_tables_are_those_that_the_migrations_made(release: Path, tmp_path: Path) -> None:
    """A snapshot that was never a real database would prove nothing."""
    urls = [f"sqlite:///{tmp_path / name}.db" for name in ("frozen", "made")]
    frozen_engine, made = (open_database(url) for url in urls)
    async with write(frozen_engine) as connection:
        for statement in (release / "sqlite.sql").read_text(encoding="utf-8").removesuffix(";\n").split(";\n"):
            await connection.exec_driver_sql(statement)
    await asyncio.to_thread(upgrade_database, urls[1], release.name)
    assert await _columns(frozen_engine) == await _columns(made)
    await frozen_engine.dispose()
    await made.dispose()


async def _columns(engine: AsyncEngine) -> list[tuple[object, ...]]:
    asked = (
        'SELECT m.name, c.name, c.type, c."notnull", c.pk FROM sqlite_master m, pragma_table_info(m.name) c '
        "WHERE m.type = 'table' ORDER BY 1, 2"
    )
    async with read(engine) as connection:
        return [tuple(row) for row in await connection.exec_driver_sql(asked)]


def test_the_newest_revision_belongs_to_a_release_or_comes_after_one() -> None:
    assert RELEASES
    assert RELEASES[-1].name <= find_newest_revision()
