"""Is every table of the house either a kind of somebody's records, or nobody's for a reason?"""

import re

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

import gateway.identity.every_table  # noqa: F401
from gateway.database import read, write
from gateway.identity.personal_data.export import READMES
from gateway.identity.personal_data.kinds import KINDS, NOBODYS
from gateway.identity.personal_data.person import know_person
from gateway.identity.personal_data.records import RecordKind, count_left, erase, find_batch, read_rows
from gateway.migrations.tables import EVERY_METADATA

from .conftest import LONG_AGO, NUMBER, OTHER_NUMBER, count_rows, fill_every_table

EVERY_TABLE = {table.name for metadata in EVERY_METADATA for table in metadata.tables.values()}
SECRET_COLUMNS = re.compile(
    r"digest|hash|secret|sealed|totp|(^|_)key$|(^|_)token$|code|answer$|credential_id|public_key"
)
KIND = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


def test_every_table_is_somebodys_or_nobodys() -> None:
    known = {kind.table.name for kind in KINDS} | set(NOBODYS)
    assert EVERY_TABLE - known == set(), "say in personal_data/kinds.py whose rows these tables hold"
    assert known - EVERY_TABLE == set(), "these tables are gone"
    assert {kind.table.name for kind in KINDS} & set(NOBODYS) == set()


def test_names_of_kinds_are_their_own() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS)


@KIND
def test_no_secret_and_no_digest_is_shown(kind: RecordKind) -> None:
    assert not [name for name in kind.shown if SECRET_COLUMNS.search(name)]


@KIND
def test_a_kind_that_is_not_erased_whole_says_why(kind: RecordKind) -> None:
    if kind.erasable is None:
        assert kind.kept is not None


@pytest.mark.parametrize("readme", READMES.values(), ids=lambda path: path.name)
@KIND
def test_the_readme_of_an_export_explains_each_file(kind: RecordKind, readme: object) -> None:
    assert re.search(rf"^{kind.name} ", readme.read_text(encoding="utf-8"), re.MULTILINE)  # type: ignore[attr-defined]


@pytest.mark.anyio
async def test_each_kind_finds_what_is_the_persons_and_leaves_what_is_not(engine: AsyncEngine) -> None:
    await fill_every_table(engine, "L1", NUMBER)
    await fill_every_table(engine, "L2", OTHER_NUMBER)
    async with read(engine) as connection:
        me = await know_person(connection, "L1", NUMBER, now=LONG_AGO)
        other = await know_person(connection, "L2", OTHER_NUMBER, now=LONG_AGO)
        seen = {kind.name: await read_rows(connection, kind, me) for kind in KINDS}
    assert {name: len(rows) for name, rows in seen.items()} == dict.fromkeys(seen, 1)
    assert OTHER_NUMBER not in str(seen)
    for kind in KINDS:
        async with write(engine) as connection:
            gone = await erase(connection, kind, await find_batch(connection, kind, me, limit=10))
            left = await count_left(connection, kind, me)
        assert gone + left.count == 1 or kind.name in {"push_tokens", "device_proofs"}, kind.name
        assert left.count == 0 or left.why, kind.name
        assert await count_rows(engine, kind.table, kind.of(other)) == 1, f"{kind.name} took another's"


@pytest.mark.anyio
async def test_without_a_number_only_what_is_kept_by_line_is_found(engine: AsyncEngine) -> None:
    await fill_every_table(engine, "L1", NUMBER)
    async with read(engine) as connection:
        me = await know_person(connection, "L1", None, now=LONG_AGO)
        seen = {kind.name for kind in KINDS if await read_rows(connection, kind, me)}
    by_number = {"texts_sent", "text_parts", "texts_received", "conversations"}
    assert seen == {kind.name for kind in KINDS} - by_number
