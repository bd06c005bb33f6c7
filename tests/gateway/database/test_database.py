"""Does the database layer keep its promises on SQLite and on PostgreSQL?"""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import BigInteger, Column, MetaData, String, Table, func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import DatabaseFault, insert_into, open_database, read, write

pytestmark = pytest.mark.anyio

METADATA = MetaData()
COUNTER = Table("counter", METADATA, Column("name", String, primary_key=True), Column("count", BigInteger))
CHILD = Table("child", METADATA, Column("id", BigInteger, primary_key=True))


@pytest.fixture
async def counters(engine: AsyncEngine) -> AsyncEngine:
    async with write(engine) as connection:
        await connection.run_sync(METADATA.create_all)
        await connection.execute(COUNTER.insert().values(name="a", count=0))
    return engine


async def _count(engine: AsyncEngine) -> int:
    async with read(engine) as connection:
        return (await connection.execute(select(COUNTER.c.count).where(COUNTER.c.name == "a"))).scalar_one()


async def test_forty_writers_at_once_lose_no_update(counters: AsyncEngine) -> None:
    async def add() -> None:
        async with write(counters) as connection:
            await connection.execute(COUNTER.update().values(count=COUNTER.c.count + 1))

    await asyncio.gather(*(add() for _ in range(40)))
    assert await _count(counters) == 40


async def test_a_write_that_first_reads_is_not_overtaken_by_another_process(tmp_path: Path) -> None:
    """SQLite's promise; on PostgreSQL such a read asks FOR UPDATE."""
    engines = [
        open_database(f"sqlite:///{tmp_path / 'x.db'}") for _ in range(4)
    ]  # an engine each: as four processes would
    async with write(engines[0]) as connection:
        await connection.run_sync(METADATA.create_all)
        await connection.execute(COUNTER.insert().values(name="a", count=0))

    async def read_then_add(engine: AsyncEngine) -> None:
        for _ in range(5):
            async with write(engine) as connection:
                count = (await connection.execute(select(COUNTER.c.count))).scalar_one()
                await connection.execute(COUNTER.update().values(count=count + 1))

    await asyncio.gather(*(read_then_add(engine) for engine in engines))
    assert await _count(engines[0]) == 20
    for engine in engines:
        await engine.dispose()


async def test_an_exception_undoes_the_whole_write(counters: AsyncEngine) -> None:
    async def fail() -> None:
        async with write(counters) as connection:
            await connection.execute(COUNTER.update().values(count=99))
            raise KeyError

    with pytest.raises(KeyError):
        await fail()
    assert await _count(counters) == 0


async def test_a_cancelled_write_leaves_nothing_and_frees_the_turn(counters: AsyncEngine) -> None:
    async def hang() -> None:
        async with write(counters) as connection:
            await connection.execute(COUNTER.update().values(count=99))
            await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with write(counters) as connection:
        await connection.execute(COUNTER.update().values(count=COUNTER.c.count + 1))
    assert await _count(counters) == 1


async def test_a_reader_sees_one_view_while_others_write(tmp_path: Path) -> None:
    """SQLite's promise; PostgreSQL's default view is each statement's own."""
    engine = open_database(f"sqlite:///{tmp_path / 'x.db'}")
    async with write(engine) as connection:
        await connection.run_sync(METADATA.create_all)
        await connection.execute(COUNTER.insert().values(name="a", count=0))
    async with read(engine) as reader:
        before = (await reader.execute(select(COUNTER.c.count))).scalar_one()
        async with write(engine) as connection:
            await connection.execute(COUNTER.update().values(count=1))
        assert (await reader.execute(select(COUNTER.c.count))).scalar_one() == before
    await engine.dispose()


async def test_an_upsert_is_the_same_deed_on_both(counters: AsyncEngine) -> None:
    for _ in range(3):
        async with write(counters) as connection:
            statement = insert_into(COUNTER, connection).values(name="b", count=1)
            statement = statement.on_conflict_do_update(
                index_elements=["name"], set_={"count": COUNTER.c.count + 1}
            ).returning(COUNTER.c.count)
            count = (await connection.execute(statement)).scalar_one()
    assert count == 3


async def test_a_mistake_in_a_statement_is_no_fault_of_the_database(counters: AsyncEngine) -> None:
    with pytest.raises(DBAPIError):
        async with read(counters) as connection:
            await connection.execute(text("SELECT no_such_column FROM counter"))
    with pytest.raises(IntegrityError):
        async with write(counters) as connection:
            await connection.execute(COUNTER.insert().values(name="a", count=0))


async def test_a_file_that_is_no_database_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("this is not SQLite, " * 100)
    await _expect_a_fault(f"sqlite:///{tmp_path / 'x.db'}")


async def test_a_path_that_does_not_exist_is_a_fault(tmp_path: Path) -> None:
    await _expect_a_fault(f"sqlite:///{tmp_path / 'no' / 'x.db'}")


async def test_a_server_that_is_not_there_is_a_fault() -> None:
    await _expect_a_fault("postgresql://nobody:secret@127.0.0.1:1/none")


@pytest.mark.postgres
async def test_a_database_that_the_server_does_not_have_is_a_fault(postgres_url: str) -> None:
    await _expect_a_fault(postgres_url.replace("/postgres?", "/none?"))


@pytest.mark.postgres
async def test_a_connection_that_the_server_ends_is_a_fault_and_the_next_one_works(postgres_url: str) -> None:
    engine = open_database(postgres_url)
    with pytest.raises(DatabaseFault):
        async with write(engine) as connection:
            await connection.execute(select(func.pg_terminate_backend(func.pg_backend_pid())))
    async with read(engine) as connection:
        assert (await connection.execute(text("SELECT 1"))).scalar_one() == 1
    await engine.dispose()


async def _expect_a_fault(url: str) -> None:
    engine = open_database(url)
    with pytest.raises(DatabaseFault) as caught:
        async with write(engine) as connection:
            await connection.execute(text("SELECT 1"))
    assert "secret" not in str(caught.value)
    await engine.dispose()


def test_another_kind_of_address_is_refused_with_what_to_write() -> None:
    with pytest.raises(ValueError, match="postgresql://"):
        open_database("mysql://localhost/x")


async def test_an_error_does_not_quote_the_values_of_its_statement(counters: AsyncEngine) -> None:
    with pytest.raises(DBAPIError) as caught:
        async with write(counters) as connection:
            await connection.execute(text("SELECT :name FROM no_such_table"), {"name": "13800138001"})
    assert "13800138001" not in str(caught.value)


@pytest.mark.postgres
async def test_of_two_writes_that_lock_each_other_one_is_told_that_nothing_was_kept(postgres_url: str) -> None:
    engine = open_database(postgres_url)
    async with write(engine) as connection:
        await connection.execute(text("CREATE TABLE IF NOT EXISTS knot (name text PRIMARY KEY, count int)"))
        await connection.execute(text("INSERT INTO knot VALUES ('a', 0), ('b', 0)"))
    met = asyncio.Barrier(2)

    async def add(first: str, second: str) -> None:
        async with write(engine) as connection:
            await connection.execute(text("UPDATE knot SET count = count + 1 WHERE name = :name"), {"name": first})
            await met.wait()
            await connection.execute(text("UPDATE knot SET count = count + 1 WHERE name = :name"), {"name": second})

    ends = await asyncio.gather(add("a", "b"), add("b", "a"), return_exceptions=True)
    assert {type(end) for end in ends} == {type(None), DatabaseFault}
    await engine.dispose()


@pytest.mark.postgres
async def test_a_row_that_is_locked_for_too_long_is_a_fault(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.database.BUSY_SECONDS", 1)
    engine = open_database(postgres_url)
    async with write(engine) as connection:
        await connection.execute(text("CREATE TABLE IF NOT EXISTS held (name text PRIMARY KEY)"))
        await connection.execute(text("INSERT INTO held VALUES ('a')"))
    async with write(engine) as holder:
        await holder.execute(text("SELECT * FROM held FOR UPDATE"))
        with pytest.raises(DatabaseFault):
            async with asyncio.timeout(5), write(engine) as connection:
                await connection.execute(text("DELETE FROM held"))
    await engine.dispose()
