"""Is an export whole, readable by its owner alone, and gone after a day?"""

import io
import json
import zipfile
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read, write
from gateway.identity.audit.entry import audit_record
from gateway.identity.personal_data.desk import SqlPersonalData
from gateway.identity.personal_data.export import PART_BYTES, ExportFacts, ExportStore, pack_export
from gateway.identity.personal_data.kinds import KINDS
from gateway.identity.personal_data.retention import forget_by_schedule
from gateway.identity.personal_data.tables import personal_data_export
from gateway.identity.personal_data.work import PersonalDataWork
from gateway.identity.seal import BrokenSeal
from graphql_schema.identity_ports import Deed
from graphql_schema.order_ports import WantedChange
from graphql_schema.types.change import ChangeAction
from graphql_schema.types.personal_data import PersonalDataKind, PersonalDataState
from ordering.change_tables import prepared_change
from ordering.changes.evidence import Answer, Evidence
from tests.fakes.deal_ports import make_preview
from tests.fakes.ports import make_line

from .conftest import (
    LONG_AGO,
    NUMBER,
    OTHER,
    OTHER_NUMBER,
    OWNER,
    SECRET,
    Hire,
    Texts,
    TwoLines,
    Watch,
    fill_every_table,
)

pytestmark = pytest.mark.anyio
EXPORT = PersonalDataKind.EXPORT


async def make(desk: SqlPersonalData, worker: PersonalDataWork, deed: str = "D1") -> str:
    asked = await desk.request(Deed(deed, OWNER), EXPORT)
    assert await worker.work_on_requests() == 1
    return asked.id


def unzip(content: bytes | None) -> dict[str, bytes]:
    assert content is not None
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


async def test_an_export_holds_every_kind_and_a_manifest_that_fits(
    desk: SqlPersonalData, worker: PersonalDataWork, engine: AsyncEngine
) -> None:
    await fill_every_table(engine, "L1", NUMBER)
    await fill_every_table(engine, "L2", OTHER_NUMBER)
    files = unzip(await desk.open_export(OWNER, await make(desk, worker)))
    assert set(files) == {f"{kind.name}.json" for kind in KINDS} | {"manifest.json", "README.zh.txt", "README.en.txt"}
    manifest = json.loads(files["manifest.json"])
    assert (manifest["line"], manifest["number"], manifest["incomplete"]) == ("L1", NUMBER, [])
    for listed in manifest["files"]:
        assert sha256(files[listed["file"]]).hexdigest() == listed["sha256"]
        if listed["records"] is not None:
            assert len(json.loads(files[listed["file"]])) == listed["records"]
    counts = {listed["file"]: listed["records"] for listed in manifest["files"]}
    assert counts["sessions.json"] == counts["inbox.json"] == counts["audit_trail.json"] == 1
    assert not [name for name, content in files.items() if OTHER_NUMBER.encode() in content]
    for name in ("README.zh.txt", "README.en.txt"):
        assert NUMBER in files[name].decode()


async def test_evidence_that_was_changed_is_named_in_the_copy(
    desk: SqlPersonalData, worker: PersonalDataWork, engine: AsyncEngine, caplog: pytest.LogCaptureFixture
) -> None:
    evidence, line, preview = Evidence(SECRET), make_line(id="L1", number=NUMBER), make_preview()
    wanted, period = WantedChange(ChangeAction.ADD, offering_id="pack-data-5"), (LONG_AGO, LONG_AGO)
    async with write(engine) as connection:
        for deed in (Deed("P1", OWNER), Deed("P2", OWNER)):
            row = evidence.ask(deed, line, wanted, preview, period=period)
            answered = evidence.answer(row["mark"], Answer.YES, at=LONG_AGO, deed=deed)
            await connection.execute(prepared_change.insert().values(**row | answered))
        forged = update(prepared_change).where(prepared_change.c.id == "P2")
        await connection.execute(forged.values(answer_channel="ivr"))
    files = unzip(await desk.open_export(OWNER, await make(desk, worker)))
    shown = json.loads(files["prepared_changes.json"])
    assert [(each["id"], each["genuine"]) for each in shown] == [("P1", True), ("P2", False)]
    assert all({"mark", "answer_mark", "answer_actor"}.isdisjoint(each) for each in shown)
    assert "1 of prepared_changes do not bear our mark" in caplog.text


async def test_its_owner_is_told_and_sees_what_is_in_it(
    desk: SqlPersonalData, worker: PersonalDataWork, texts: Texts, engine: AsyncEngine, watch: Watch
) -> None:
    await fill_every_table(engine, "L1", NUMBER)
    request_id = await make(desk, worker)
    assert texts.notices == [(NUMBER, "export_ready")]
    (told, *_) = [each for each in await desk.fetch_requests(OWNER) if each.id == request_id]
    assert (told.state, told.progress, told.done_at) == (PersonalDataState.DONE, 100, LONG_AGO)
    assert told.expires_at == LONG_AGO + timedelta(hours=24)
    assert {entry.record: entry.done for entry in told.report}["contacts"] == 1
    assert {(entry.kept, entry.why, entry.kept_until) for entry in told.report} == {(0, "", None)}
    watch.advance(hours=24)
    (told, *_) = [each for each in await desk.fetch_requests(OWNER) if each.id == request_id]
    assert told.state is PersonalDataState.EXPIRED


async def test_nobody_else_can_fetch_it(desk: SqlPersonalData, worker: PersonalDataWork) -> None:
    request_id = await make(desk, worker)
    assert await desk.open_export(OWNER, request_id) is not None
    for caller in (
        OTHER,
        replace(OWNER, subscriber=None),
        replace(OWNER, helper="L2"),
        replace(OWNER, fields=frozenset({"Me.line"}), client="shop"),
    ):
        assert await desk.open_export(caller, request_id) is None
    assert await desk.open_export(OWNER, "another") is None


async def test_it_can_be_fetched_for_a_day_and_is_then_deleted(
    desk: SqlPersonalData, worker: PersonalDataWork, engine: AsyncEngine, watch: Watch
) -> None:
    request_id = await make(desk, worker)
    watch.advance(hours=23, minutes=59)
    assert await desk.open_export(OWNER, request_id) is not None
    watch.advance(minutes=1)
    assert await desk.open_export(OWNER, request_id) is None
    assert (await forget_by_schedule(engine, now=watch()))["exports"] == 1
    async with read(engine) as connection:
        assert (await connection.execute(select(personal_data_export))).all() == []


async def test_that_it_was_fetched_stands_in_the_trail(
    desk: SqlPersonalData, worker: PersonalDataWork, engine: AsyncEngine
) -> None:
    await desk.open_export(OWNER, await make(desk, worker))
    async with read(engine) as connection:
        rows = (await connection.execute(select(audit_record).order_by(audit_record.c.id))).all()
    assert [(row.deed, row.actor, row.subject) for row in rows] == [
        ("export_personal_data", "system", "L1"),
        ("fetch_export", "line:L1", "L1"),
    ]


async def test_a_new_export_takes_the_place_of_the_one_before(desk: SqlPersonalData, worker: PersonalDataWork) -> None:
    first, second = await make(desk, worker, "D1"), await make(desk, worker, "D2")
    assert await desk.open_export(OWNER, first) is None
    assert await desk.open_export(OWNER, second) is not None


async def test_the_database_alone_tells_nothing_of_it(
    desk: SqlPersonalData, worker: PersonalDataWork, engine: AsyncEngine
) -> None:
    request_id = await make(desk, worker)
    async with read(engine) as connection:
        sealed = b"".join((await connection.execute(select(personal_data_export.c.sealed))).scalars())
    assert b"PK\x03\x04" not in sealed
    assert b"README" not in sealed
    thief = SqlPersonalData(engine, Texts(), secret=b"another secret", now=lambda: LONG_AGO)
    with pytest.raises(BrokenSeal):
        await thief.open_export(OWNER, request_id)


async def test_pieces_can_not_be_left_out_swapped_or_taken_from_another_export(engine: AsyncEngine) -> None:
    store, content = ExportStore(secret=SECRET), bytes(range(256)) * (PART_BYTES // 100)
    until = LONG_AGO + timedelta(days=1)
    table = personal_data_export

    async def spoil(statement: object) -> None:
        async with write(engine) as connection:
            await store.keep(connection, "R1", content, line_id="L1", expires_at=until)
            assert await store.open(connection, "R1", line_id="L1", now=LONG_AGO) == content
            await connection.execute(statement)  # type: ignore[call-overload]
            with pytest.raises(BrokenSeal):
                await store.open(connection, "R1", line_id="L1", now=LONG_AGO)

    first = select(table.c.sealed).where(table.c.part == 0).scalar_subquery()
    await spoil(delete(table).where(table.c.part == 2))
    await spoil(delete(table).where(table.c.part == 1))
    await spoil(delete(table).where(table.c.part == 0))
    await spoil(update(table).where(table.c.part == 1).values(sealed=first))
    async with write(engine) as connection:
        await store.keep(connection, "R1", content, line_id="L1", expires_at=until)
        await connection.execute(update(table).values(request_id="R2"))
        with pytest.raises(BrokenSeal):
            await store.open(connection, "R2", line_id="L1", now=LONG_AGO)


async def test_an_export_waits_while_nobody_can_say_whose_the_number_is(
    desk: SqlPersonalData, worker: PersonalDataWork, lines: TwoLines, watch: Watch
) -> None:
    lines.down = True
    asked = await desk.request(Deed("D1", OWNER), EXPORT)
    assert await worker.work_on_requests() == 0
    lines.down = False
    assert await worker.work_on_requests() == 0
    watch.advance(minutes=1)
    assert await worker.work_on_requests() == 1
    assert await desk.open_export(OWNER, asked.id) is not None


async def test_a_number_that_went_to_somebody_else_takes_no_texts_along(
    desk: SqlPersonalData, worker: PersonalDataWork, lines: TwoLines, engine: AsyncEngine, texts: Texts
) -> None:
    await fill_every_table(engine, "L1", NUMBER)
    lines.ids[NUMBER] = "L7"
    files = unzip(await desk.open_export(OWNER, await make(desk, worker)))
    assert json.loads(files["texts_sent.json"]) == json.loads(files["conversations.json"]) == []
    assert json.loads(files["manifest.json"])["number"] is None
    assert texts.sent == {}


async def test_a_kind_that_is_too_large_is_named(hire: Hire) -> None:
    facts = ExportFacts("L1", None, LONG_AGO, LONG_AGO + timedelta(days=1), cut=("usage_events",))
    files = unzip(pack_export({"usage_events": [{"at": "2020"}]}, facts))
    assert json.loads(files["manifest.json"])["incomplete"] == ["usage_events"]
