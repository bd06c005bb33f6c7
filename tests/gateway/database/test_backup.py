"""Does everything that the house must not lose come back from its backup?"""

import asyncio
import gzip
import io
import json
import stat
import tarfile
import threading
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Select, Table, func, insert, inspect, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.archive import CannotBackUp, CannotRestore
from gateway.backup import restore_backup, write_backup
from gateway.conversations import SqlConversations
from gateway.database import DatabaseFault, open_database, write
from gateway.identity.tables import attempt_budget, credential
from gateway.keys import keep_secret
from gateway.migrations import upgrade_database
from gateway.migrations.tables import EVERY_METADATA
from gateway.processes import CannotStart
from notifications.tables import outbound_sms

STATE = {"menu": ["YE", "流量"], "emoji": "👍", "quote": "it's \\ \n", "n": None}


class House:
    """A database with tables and rows, and a data folder with keys."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder

    def run(self, deed: Callable[[AsyncConnection], Any]) -> Any:
        async def run() -> Any:
            engine = open_database(self.url)
            async with write(engine) as connection:
                result = await deed(connection)
            await engine.dispose()
            return result

        return asyncio.run(run())

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        async def ask(connection: AsyncConnection) -> dict[str, list[dict[str, Any]]]:
            tables = [table for metadata in EVERY_METADATA for table in metadata.sorted_tables]
            return {
                table.name: [dict(row) for row in (await connection.execute(_in_order(table))).mappings()]
                for table in tables
            }

        return self.run(ask)

    def keys(self) -> dict[str, str]:
        return {path.name: path.read_text() for path in (self.folder / "keys").iterdir()}


def _in_order(table: Table) -> Select[Any]:
    return select(table).order_by(*table.primary_key)


def _sms(key: str) -> dict[str, Any]:
    words = {"key": key, "recipient": "13800138001", "text": "余额 3.20 元【一厅】", "lane": 30, "state": "queued"}
    return words | {"attempts": 0, "created_at_us": 2**52 + 1, "not_after_at_us": 1, "free_at_us": 1}


async def _fill(connection: AsyncConnection) -> None:
    await connection.execute(insert(credential), [{"number": f"138{i:08}", "line_id": f"L{i}"} for i in range(1200)])
    await connection.execute(insert(outbound_sms), [_sms(f"k{i}") for i in range(7)])
    await connection.execute(insert(attempt_budget), [{"kind": "k", "subject": "a", "window_at_us": 0, "spent": 0}])


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> House:
    upgrade_database(database_url)
    house = House(database_url, tmp_path / "var")
    house.run(_fill)

    async def converse() -> None:
        engine = open_database(database_url)
        await SqlConversations(engine).save("sms:13800138001", STATE, keep_seconds=10**6)
        await engine.dispose()

    asyncio.run(converse())
    keep_secret(house.folder, "identity")
    keep_secret(house.folder, "hub")
    return house


@pytest.fixture
def other(tmp_path: Path) -> House:
    """An empty house elsewhere, on SQLite."""
    return House(f"sqlite:///{tmp_path / 'other.db'}", tmp_path / "other")


def test_all_rows_and_keys_come_back_into_an_emptied_house(house: House, tmp_path: Path) -> None:
    rows, keys = house.rows(), house.keys()
    write_backup(house.url, house.folder, tmp_path / "hall.backup")
    house.run(_empty)
    for path in (house.folder / "keys").iterdir():
        path.unlink()
    restore_backup(house.url, house.folder, tmp_path / "hall.backup")
    assert house.rows() == rows
    assert house.keys() == keys
    assert {stat.S_IMODE(path.stat().st_mode) for path in (house.folder / "keys").iterdir()} == {0o600}


def test_it_comes_back_into_a_house_that_never_was_and_of_the_other_kind(
    house: House, other: House, tmp_path: Path
) -> None:
    write_backup(house.url, house.folder, tmp_path / "hall.backup")
    restore_backup(other.url, other.folder, tmp_path / "hall.backup")
    assert other.rows() == house.rows()
    assert other.keys() == house.keys()
    write_backup(other.url, other.folder, tmp_path / "back.backup")
    restore_backup(house.url, house.folder, tmp_path / "back.backup", replace=True)
    assert house.rows() == other.rows()


def test_new_rows_get_new_ids_after_a_restore(house: House, tmp_path: Path) -> None:
    write_backup(house.url, house.folder, tmp_path / "hall.backup")
    restore_backup(house.url, house.folder, tmp_path / "hall.backup", replace=True)

    async def add(connection: AsyncConnection) -> Any:
        await connection.execute(insert(outbound_sms).values(_sms("new")))
        return (await connection.execute(select(outbound_sms.c.id).where(outbound_sms.c.key == "new"))).scalar_one()

    assert house.run(add) == 8


def test_it_is_of_one_moment_while_others_write(house: House, other: House, tmp_path: Path) -> None:
    stop, written = threading.Event(), []

    async def count_in_two_tables() -> None:
        engine = open_database(house.url)
        while not stop.is_set():
            async with write(engine) as connection:
                await connection.execute(update(attempt_budget).values(spent=attempt_budget.c.spent + 1))
                await connection.execute(update(outbound_sms).values(attempts=outbound_sms.c.attempts + 1))
            written.append(1)
        await engine.dispose()

    writer = threading.Thread(target=lambda: asyncio.run(count_in_two_tables()))
    writer.start()
    try:
        for i in range(4):
            before = len(written)
            write_backup(house.url, house.folder, tmp_path / f"{i}.backup")
            assert len(written) > before  # the writer was not held up
    finally:
        stop.set()
        writer.join()
    spent = []
    for i in range(4):
        restore_backup(other.url, other.folder, tmp_path / f"{i}.backup", replace=True)
        assert {row["attempts"] for row in other.rows()["outbound_sms"]} == {other.rows()["attempt_budget"][0]["spent"]}
        spent.append(other.rows()["attempt_budget"][0]["spent"])
    assert spent == sorted(spent)
    assert spent[-1] > 0


def test_it_does_not_write_over_data_or_keys_unless_told(house: House, other: House, tmp_path: Path) -> None:
    write_backup(house.url, house.folder, tmp_path / "hall.backup")
    with pytest.raises(CannotRestore, match="--replace"):
        restore_backup(house.url, other.folder, tmp_path / "hall.backup")
    keep_secret(other.folder, "identity")
    keys = other.keys()
    with pytest.raises(CannotRestore, match="--replace"):
        restore_backup(other.url, other.folder, tmp_path / "hall.backup")
    assert other.keys() == keys
    restore_backup(other.url, other.folder, tmp_path / "hall.backup", replace=True)
    assert other.keys() == house.keys()
    assert other.rows() == house.rows()


def test_a_restore_that_fails_half_way_changes_nothing(house: House, tmp_path: Path) -> None:
    archive = tmp_path / "hall.backup"
    write_backup(house.url, house.folder, archive)
    _repack(archive, {"tables/credential.jsonl": b'{"number": "1"}\n'}, keep_digests=False)
    rows, keys = house.rows(), house.keys()
    with pytest.raises(Exception, match=r"(?i)null"):
        restore_backup(house.url, house.folder, archive, replace=True)
    assert house.rows() == rows
    assert house.keys() == keys


def test_a_backup_is_for_its_owner_alone_and_never_over_another(house: House, tmp_path: Path) -> None:
    archive = tmp_path / "hall.backup"
    write_backup(house.url, house.folder, archive)
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    before = archive.read_bytes()
    with pytest.raises(CannotBackUp, match="already"):
        write_backup(house.url, house.folder, archive)
    assert archive.read_bytes() == before
    with pytest.raises(CannotBackUp, match="no folder"):
        write_backup(house.url, house.folder, tmp_path / "no" / "hall.backup")
    assert {path.name for path in tmp_path.iterdir() if "backup" in path.name} == {"hall.backup"}


def test_a_database_of_another_shape_is_not_backed_up(other: House, tmp_path: Path) -> None:
    with pytest.raises(CannotBackUp, match="onehall migrate"):
        write_backup(other.url, other.folder, tmp_path / "hall.backup")
    assert not (tmp_path / "hall.backup").exists()


def test_a_dead_database_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(DatabaseFault):
        write_backup("postgresql://nobody@127.0.0.1:1/none", tmp_path, tmp_path / "hall.backup")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """A backup of a small house on SQLite."""
    house = House(f"sqlite:///{tmp_path / 'small.db'}", tmp_path / "small")
    upgrade_database(house.url)
    keep_secret(house.folder, "identity")
    write_backup(house.url, house.folder, tmp_path / "hall.backup")
    return tmp_path / "hall.backup"


def _expect_refusal(archive: Path, other: House, match: str) -> None:
    with pytest.raises(CannotStart, match=match):
        restore_backup(other.url, other.folder, archive)
    assert not (other.folder / "keys").exists()
    assert other.run(lambda connection: connection.run_sync(lambda sync: inspect(sync).get_table_names())) == []


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9])
def test_a_truncated_one_is_refused(packed: Path, other: House, share: float) -> None:
    packed.write_bytes(packed.read_bytes()[: int(packed.stat().st_size * share)])
    _expect_refusal(packed, other, "damaged")


def test_one_changed_byte_is_found(packed: Path, other: House) -> None:
    _repack(packed, {"keys/identity": b"0" * 64}, keep_digests=True)
    _expect_refusal(packed, other, "keys/identity")


@pytest.mark.parametrize("name", ["../escape", "/tmp/escape", "keys/../../escape", "keys/.hidden", "other/x"])
def test_a_name_that_leads_elsewhere_is_refused(packed: Path, other: House, name: str) -> None:
    _repack(packed, {name: b"x"}, keep_digests=False)
    _expect_refusal(packed, other, "damaged")
    assert not list(packed.parent.rglob("escape"))


def test_a_missing_member_is_found(packed: Path, other: House) -> None:
    _repack(packed, {"tables/credential.jsonl": None}, keep_digests=True)
    _expect_refusal(packed, other, "tables/credential.jsonl")


def test_the_backup_of_a_newer_version_is_refused(packed: Path, other: House) -> None:
    _repack(packed, {}, keep_digests=True, revision="9999")
    _expect_refusal(packed, other, "9999")


def test_another_kind_of_file_is_refused(tmp_path: Path, other: House) -> None:
    (tmp_path / "x").write_bytes(gzip.compress(b"holiday pictures"))
    _expect_refusal(tmp_path / "x", other, "no backup of OneHall")


async def _empty(connection: AsyncConnection) -> None:
    for metadata in EVERY_METADATA:
        for table in metadata.sorted_tables:
            await connection.execute(text(f"DELETE FROM {table.name}"))
            assert (await connection.execute(select(func.count()).select_from(table))).scalar_one() == 0


def _repack(archive: Path, changed: dict[str, bytes | None], *, keep_digests: bool, **words: str) -> None:
    """Writes the archive anew as someone would who wants to deceive."""

    with tarfile.open(archive) as tar:
        members = {member.name: (tar.extractfile(member) or io.BytesIO()).read() for member in tar}
    manifest = json.loads(members.pop("manifest.json")) | words
    for name, content in changed.items():
        if content is None:
            del members[name]
        else:
            members[name] = content
    if not keep_digests:
        manifest["digests"] = {name: sha256(content).hexdigest() for name, content in members.items()}
    with tarfile.open(archive, "w:gz") as tar:
        for name, content in {"manifest.json": json.dumps(manifest).encode(), **members}.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
