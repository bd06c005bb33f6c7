"""Is every single change to what is sealed found, whatever it is?"""

import asyncio
import shutil
import sqlite3
from collections.abc import Coroutine, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.database import open_database, write
from gateway.identity.audit.check import verify_trail
from gateway.identity.audit.horizon import drop_old_seals
from gateway.identity.audit.sealing import seal_records
from gateway.identity.tables import metadata
from graphql_schema.types.audit import AuditVerdict

from .conftest import CHILD, LONG_AGO, OWNER, SECRET, VISITOR, deeds, write_down
from .conftest import TABLES as CREATED

T = TypeVar("T")
YEAR = timedelta(days=365)
TABLES = ("audit_record", "audit_seal_entry", "audit_seal", "audit_horizon")
SEALED = {
    "audit_record": "SELECT rowid FROM audit_record WHERE id IN (SELECT record_id FROM audit_seal_entry)",
    "audit_seal_entry": "SELECT rowid FROM audit_seal_entry",
    "audit_seal": "SELECT rowid FROM audit_seal",
    "audit_horizon": "SELECT rowid FROM audit_horizon ORDER BY seal_id DESC LIMIT 1",
}


class Trail:
    """A trail in a file: 4 kept seals of 3 records over a horizon, 2 records that wait; and copies of it to spoil."""

    def __init__(self, folder: Path) -> None:
        self.runner, self.whole, self.spoilt = asyncio.Runner(), folder / "whole.db", folder / "spoilt.db"
        self.runner.run(self._write())

    async def _write(self) -> None:
        engine = open_database(f"sqlite:///{self.whole}")
        async with write(engine) as connection:
            await connection.run_sync(metadata.create_all, tables=CREATED)
        for year, caller in enumerate((OWNER, VISITOR, CHILD, OWNER, CHILD, OWNER)):
            now = LONG_AGO + year * YEAR
            await write_down(engine, *deeds(3, of=caller), now=now)
            await seal_records(engine, secret=SECRET, now=now)
        assert await drop_old_seals(engine, secret=SECRET, now=LONG_AGO + 6 * YEAR, keep=4.5 * YEAR) == 6
        await write_down(engine, *deeds(2))
        await engine.dispose()
        with sqlite3.connect(self.whole) as database:
            database.execute("PRAGMA journal_mode = DELETE")
            for kind, name in database.execute(
                "SELECT type, name FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall():
                database.execute(f"DROP {kind} {name}")  # the owner of a database can do that

    def spoil(self) -> sqlite3.Connection:
        shutil.copyfile(self.whole, self.spoilt)
        return sqlite3.connect(self.spoilt)

    def verify(self, *, most_records: int | None = None) -> AuditVerdict:
        return self._run(self._verify(most_records))

    async def _verify(self, most_records: int | None) -> AuditVerdict:
        engine = open_database(f"sqlite:///{self.spoilt}")
        try:
            return await verify_trail(engine, secret=SECRET, most_records=most_records)
        finally:
            await engine.dispose()

    def _run(self, deed: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(deed)


@pytest.fixture(scope="module")
def trail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trail]:
    trail = Trail(tmp_path_factory.mktemp("trail"))
    yield trail
    trail.runner.close()


def change(database: sqlite3.Connection, statement: str, *values: object) -> int:
    with database:
        rows = database.execute(statement, values).rowcount
    database.close()
    return rows


def seal_of(trail: Trail, record_row: int) -> str:
    with sqlite3.connect(trail.whole) as database:
        (found,) = database.execute("SELECT seal_id FROM audit_seal_entry WHERE record_id = ?", [record_row]).fetchone()
    return str(found)


def another(value: object, chosen: object) -> object:
    """A value of another meaning, close to the one that is there."""
    if value is None:
        return "L9"
    if isinstance(value, int):
        return value + (chosen if isinstance(chosen, int) and chosen else 1)
    assert isinstance(value, str)
    return value + "x" if not value or chosen == 0 else value[:-1] + ("a" if value[-1] != "a" else "b")


def test_what_nobody_touched_is_whole(trail: Trail) -> None:
    trail.spoil().close()
    verdict = trail.verify()
    assert (verdict.intact, verdict.seals, verdict.records, verdict.waiting) == (True, 4, 12, 2)


@settings(max_examples=150, deadline=None)
@given(choice=st.data())
def test_any_single_change_to_a_kept_row_is_found(trail: Trail, choice: st.DataObject) -> None:
    table, database = choice.draw(st.sampled_from(TABLES)), trail.spoil()
    database.row_factory = sqlite3.Row
    row_id = choice.draw(st.sampled_from([row[0] for row in database.execute(SEALED[table])]))
    row = database.execute(f"SELECT * FROM {table} WHERE rowid = ?", [row_id]).fetchone()
    column = choice.draw(st.sampled_from(row.keys()))
    value = another(row[column], choice.draw(st.sampled_from([0, 1, -1, 1000, 10**9])))
    try:
        changed = change(database, f"UPDATE {table} SET {column} = ? WHERE rowid = ?", value, row_id)
    except sqlite3.IntegrityError:
        database.close()
        return  # there is such a key already: the database refused
    assert changed == 1
    verdict = trail.verify()
    assert not verdict.intact, f"{table}.{column} = {value!r} was not found"
    if table == "audit_record" and column != "id":
        assert verdict.broken_at == seal_of(trail, row_id)


@pytest.mark.parametrize("table", TABLES)
def test_any_single_row_that_is_missing_is_found(trail: Trail, table: str) -> None:
    database = trail.spoil()
    rows = [row[0] for row in database.execute(SEALED[table])]
    database.close()
    assert rows
    for row_id in rows:
        assert change(trail.spoil(), f"DELETE FROM {table} WHERE rowid = ?", row_id) == 1
        assert not trail.verify().intact, f"{table} {row_id}"


def test_records_that_changed_places_are_found(trail: Trail) -> None:
    swap = "UPDATE audit_record SET deed = CASE id WHEN 8 THEN 'deed_2' ELSE 'deed_1' END WHERE id IN (8, 9)"
    assert change(trail.spoil(), swap) == 2
    assert trail.verify().broken_at == "3"


@pytest.mark.parametrize("seal", range(3, 7))
def test_a_record_that_was_put_into_a_seal_later_is_found(trail: Trail, seal: int) -> None:
    assert change(trail.spoil(), "INSERT INTO audit_seal_entry VALUES (19, ?)", seal) == 1
    assert trail.verify().broken_at == str(seal)


@pytest.mark.parametrize("seal", [1, 99])
def test_a_record_can_not_hide_in_a_seal_that_is_not_there(trail: Trail, seal: int) -> None:
    assert change(trail.spoil(), "INSERT INTO audit_seal_entry VALUES (19, ?)", seal) == 1
    assert trail.verify().broken_at == str(seal)


def test_records_that_moved_to_another_seal_are_found(trail: Trail) -> None:
    assert change(trail.spoil(), "UPDATE audit_seal_entry SET seal_id = 4 WHERE seal_id = 5") == 3
    assert trail.verify().broken_at == "4"


def test_a_beginning_that_was_cut_off_without_the_secret_is_found(trail: Trail) -> None:
    database = trail.spoil()
    with database:
        (digest,) = database.execute("SELECT digest FROM audit_seal WHERE id = 3").fetchone()
        database.execute("DELETE FROM audit_record WHERE id <= 9")
        database.execute("DELETE FROM audit_seal_entry WHERE seal_id = 3")
        database.execute("DELETE FROM audit_seal WHERE id = 3")
        database.execute("INSERT INTO audit_horizon VALUES (4, ?, 1, ?)", [digest, "a" * 64])
    database.close()
    assert trail.verify().broken_at == "4"


def test_a_chain_that_was_computed_anew_without_the_secret_is_found(trail: Trail) -> None:
    trail.spoil().close()
    trail.runner.run(_forge(trail.spoilt))
    verdict = trail.verify()
    assert (verdict.intact, verdict.broken_at) == (False, "6")


async def _forge(path: Path) -> None:
    """Drops the last seal, changes a record of it, and seals it again with a secret of one's own."""
    with sqlite3.connect(path) as database:
        database.execute("UPDATE audit_record SET outcome = 'refused' WHERE id = 17")
        database.execute("DELETE FROM audit_seal_entry WHERE seal_id = 6")
        database.execute("DELETE FROM audit_seal WHERE id = 6")
    engine = open_database(f"sqlite:///{path}")
    assert await seal_records(engine, secret=b"a forger's own", now=LONG_AGO + 5 * YEAR, whole=True) == 5
    await engine.dispose()


def test_a_change_in_the_newest_part_is_found_without_reading_the_rest(trail: Trail) -> None:
    change(trail.spoil(), "UPDATE audit_record SET level = 3 WHERE id = 16")
    assert trail.verify(most_records=3).broken_at == "6"
    change(trail.spoil(), "UPDATE audit_record SET level = 3 WHERE id = 8")
    assert trail.verify(most_records=3).intact
    change(trail.spoil(), "DELETE FROM audit_seal WHERE id = 5")
    assert trail.verify(most_records=3).broken_at == "5"
