"""What do a line's owner and an auditor see of the trail, and does a refusal get into it?"""

from collections.abc import AsyncIterator
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import DatabaseFault, open_database, read, write
from gateway.identity.audit.entry import AuditEntry, audit_record
from gateway.identity.audit.holder import part_trail
from gateway.identity.audit.sealing import seal_records
from gateway.identity.audit.trail import SqlAuditTrail
from graphql_schema.client import Channel
from graphql_schema.problems import BadArgument, BadCursor
from graphql_schema.types.audit import Actor
from graphql_schema.types.line import Line
from graphql_schema.types.package import Package
from tests.fakes.ports import make_line

from .conftest import AUDITOR, CARE, CHILD, LONG_AGO, OWNER, SECRET, STRANGER, VISITOR, Watch, write_down

pytestmark = pytest.mark.anyio


class TwoLines:
    """An operator with two lines."""

    def __init__(self) -> None:
        self.ids = {"13800138001": "L1", "13900139009": "L2"}

    async def find_line(self, number: str) -> Line | None:
        return make_line(id=self.ids[number], number=number) if number in self.ids else None

    async def fetch_line(self, line_id: str) -> Line | None:
        raise AssertionError("nobody asked for it")

    async def fetch_packages(self, line_id: str) -> list[Package]:
        raise AssertionError("nobody asked for it")

    fetch_lines_of_customer = fetch_lines_of_account = fetch_packages


@pytest.fixture
async def trail(engine: AsyncEngine, watch: Watch) -> AsyncIterator[SqlAuditTrail]:
    trail = SqlAuditTrail(engine, TwoLines(), secret=SECRET, now=watch)  # type: ignore[arg-type]
    yield trail
    await trail.finish()


async def all_records(engine: AsyncEngine) -> list[tuple[str, str, str, str]]:
    """(deed, actor, outcome, note), oldest first."""
    async with read(engine) as connection:
        rows = await connection.execute(select(audit_record).order_by(audit_record.c.id))
        return [(row.deed, row.actor, row.outcome, row.note) for row in rows]


async def test_an_owner_sees_what_concerns_the_own_line_and_nothing_else(
    trail: SqlAuditTrail, engine: AsyncEngine
) -> None:
    await write_down(
        engine,
        AuditEntry.by(OWNER, "sign_in", note="Firefox"),
        AuditEntry.by(STRANGER, "sign_in"),
        AuditEntry.by(CHILD, "payBill"),
        AuditEntry.by(CARE, "endLineSessions"),
        AuditEntry("sign_in", "visitor", "L1", Channel.IVR, 0, outcome="wrong_credentials"),
        AuditEntry("personal_data_erased", "system", "L1", Channel.SYSTEM, 0),
        AuditEntry.by(VISITOR, "Me.line", outcome="sign_in_required"),
    )
    seen = await trail.fetch_own(OWNER, first=100, before=None, sign_ins_only=False)
    assert [(record.deed, record.actor) for record in seen] == [
        ("personal_data_erased", Actor.SYSTEM),
        ("sign_in", Actor.UNKNOWN),
        ("endLineSessions", Actor.STAFF),
        ("payBill", Actor.HELPER),
        ("sign_in", Actor.OWNER),
    ]
    last = seen[-1]
    assert (last.at, last.channel, last.level, last.outcome, last.note) == (LONG_AGO, Channel.WEB, 2, "done", "Firefox")
    assert seen[1].outcome == "wrong_credentials"
    assert await trail.fetch_own(VISITOR, first=100, before=None, sign_ins_only=False) == []


async def test_the_trail_is_read_page_by_page(trail: SqlAuditTrail, engine: AsyncEngine) -> None:
    for number in range(7):
        await write_down(engine, AuditEntry.by(OWNER, f"deed_{number}"), AuditEntry.by(STRANGER, "other"))
    pages: list[str] = []
    before: str | None = None
    while page := await trail.fetch_own(OWNER, first=3, before=before, sign_ins_only=False):
        pages += [record.deed for record in page]
        before = page[-1].id
    assert pages == [f"deed_{number}" for number in range(6, -1, -1)]


async def test_who_holds_a_line_now_sees_nothing_of_who_held_it_before(
    trail: SqlAuditTrail, engine: AsyncEngine
) -> None:
    await write_down(engine, AuditEntry.by(OWNER, "sign_in"), AuditEntry.by(STRANGER, "sign_in"))
    for _ in range(2):
        async with write(engine) as connection:
            await part_trail(connection, "L1", now=LONG_AGO)
    assert await trail.fetch_own(OWNER, first=10, before=None, sign_ins_only=False) == []
    await write_down(engine, AuditEntry.by(OWNER, "step_up"))
    seen = await trail.fetch_own(OWNER, first=10, before=None, sign_ins_only=False)
    assert [record.deed for record in seen] == ["step_up"]
    assert len(await trail.fetch_own(STRANGER, first=10, before=None, sign_ins_only=False)) == 1
    found = await trail.search(AUDITOR, number="13800138001", actor=None, first=10, before=None)
    assert [each.record.deed for each in found] == ["search_audit_trail", "step_up", "line_ended", "sign_in"]


async def test_sign_ins_can_be_seen_alone(trail: SqlAuditTrail, engine: AsyncEngine) -> None:
    names = ("sign_in", "setConsent", "step_up", "linkLine", "sign_out", "endSession")
    await write_down(engine, *(AuditEntry.by(OWNER, name) for name in names))
    seen = await trail.fetch_own(OWNER, first=100, before=None, sign_ins_only=True)
    assert [record.deed for record in seen] == ["endSession", "sign_out", "step_up", "sign_in"]


async def test_a_cursor_that_the_trail_did_not_give_out_is_refused(trail: SqlAuditTrail) -> None:
    for cursor in ("", "x", "-1", "1.5", "٣", "9" * 19, "9" * 40, "1; DROP TABLE audit_record"):
        with pytest.raises(BadCursor):
            await trail.fetch_own(OWNER, first=3, before=cursor, sign_ins_only=False)


async def test_an_auditor_finds_a_line_by_number_and_its_owner_sees_that(
    trail: SqlAuditTrail, engine: AsyncEngine
) -> None:
    await write_down(engine, AuditEntry.by(OWNER, "sign_in"), AuditEntry.by(STRANGER, "sign_in"))
    found = await trail.search(AUDITOR, number="+86 139 0013 9009", actor=None, first=10, before=None)
    assert [(each.record.deed, each.actor_id, each.subject) for each in found] == [
        ("search_audit_trail", "staff:mei", "L2"),
        ("sign_in", "line:L2", "L2"),
    ]
    assert found[0].record.note == "139****9009"
    seen = await trail.fetch_own(STRANGER, first=10, before=None, sign_ins_only=False)
    assert (seen[0].deed, seen[0].actor) == ("search_audit_trail", Actor.STAFF)


async def test_an_auditor_finds_an_actor(trail: SqlAuditTrail, engine: AsyncEngine) -> None:
    await write_down(engine, AuditEntry.by(CARE, "endLineSessions"), AuditEntry.by(OWNER, "sign_in"))
    found = await trail.search(AUDITOR, number=None, actor="staff:li", first=10, before=None)
    assert [each.record.deed for each in found] == ["endLineSessions"]
    everything = await trail.search(AUDITOR, number=None, actor=None, first=2, before=None)
    assert [each.record.deed for each in everything] == ["search_audit_trail", "search_audit_trail"]


async def test_a_search_without_a_find_is_recorded_too(trail: SqlAuditTrail, engine: AsyncEngine) -> None:
    assert await trail.search(AUDITOR, number="13700137007", actor=None, first=10, before=None) == []
    assert await all_records(engine) == [("search_audit_trail", "staff:mei", "done", "137****7007")]
    with pytest.raises(BadArgument):
        await trail.search(AUDITOR, number="nobody", actor=None, first=10, before=None)


async def test_that_the_chain_was_checked_stands_in_it(trail: SqlAuditTrail, engine: AsyncEngine) -> None:
    await write_down(engine, AuditEntry.by(OWNER, "sign_in"))
    await seal_records(engine, secret=SECRET, now=LONG_AGO)
    assert (await trail.verify(AUDITOR)).intact
    assert (await all_records(engine))[-1] == ("verify_audit_trail", "staff:mei", "done", "intact")
    await seal_records(engine, secret=b"somebody else's", now=LONG_AGO)
    assert (await trail.verify(AUDITOR)).broken_at == "2"
    assert (await all_records(engine))[-1][3] == "broken at 2"


async def test_a_refusal_is_noted_behind_the_answer(trail: SqlAuditTrail, engine: AsyncEngine) -> None:
    await trail.note_refusal(OWNER, "linkLine", "step_up_required")
    await trail.finish()
    assert await all_records(engine) == [("linkLine", "line:L1", "step_up_required", "")]


async def test_a_thousand_refusals_of_one_kind_are_two_records(
    trail: SqlAuditTrail, engine: AsyncEngine, watch: Watch
) -> None:
    for _ in range(1000):
        await trail.note_refusal(VISITOR, "Me.line", "sign_in_required")
    await trail.note_refusal(VISITOR, "Me.bills", "sign_in_required")
    watch.advance(minutes=1)
    await trail.note_refusal(VISITOR, "Me.line", "sign_in_required")
    await trail.finish()
    assert sorted(await all_records(engine)) == [
        ("Me.bills", "visitor", "sign_in_required", ""),
        ("Me.line", "visitor", "sign_in_required", ""),
        ("Me.line", "visitor", "sign_in_required", "+999"),
    ]


async def test_a_refusal_can_be_answered_while_the_database_is_dead(watch: Watch) -> None:
    engine = open_database("postgresql://nobody@127.0.0.1:1/none")
    trail = SqlAuditTrail(engine, TwoLines(), secret=SECRET, now=watch)  # type: ignore[arg-type]
    await trail.note_refusal(OWNER, "linkLine", "step_up_required")
    await trail.finish()
    await engine.dispose()


async def test_a_note_that_no_database_keeps_does_not_undo_the_deed(engine: AsyncEngine) -> None:
    await write_down(engine, AuditEntry.by(OWNER, "sign_in", note="a\0b\ud800c\nd" + "é" * 300))
    ((_, _, _, note),) = await all_records(engine)
    assert note.startswith("a\ufffdb\ufffdc\ufffdd")
    assert len(note) == 200


async def test_a_record_bears_the_moment_of_the_deed(trail: SqlAuditTrail, engine: AsyncEngine, watch: Watch) -> None:
    moment = datetime.fromisoformat("2020-05-06T07:08:09.123456+00:00")
    await write_down(engine, AuditEntry.by(OWNER, "sign_in"), now=moment)
    (seen,) = await trail.fetch_own(OWNER, first=1, before=None, sign_ins_only=False)
    assert seen.at == moment


async def test_a_look_at_call_records_is_written_before_it_is_answered(
    trail: SqlAuditTrail, engine: AsyncEngine
) -> None:
    await trail.note_query(CHILD, "callRecords", "2020-02 voice reveal")
    await trail.note_query(OWNER, "callRecords", "2020-02 all")
    assert await all_records(engine) == [
        ("callRecords", "line:L2", "done", "2020-02 voice reveal"),
        ("callRecords", "line:L1", "done", "2020-02 all"),
    ]
    seen = await trail.fetch_own(OWNER, first=10, before=None, sign_ins_only=False)
    assert [(each.deed, each.actor, each.note) for each in seen] == [
        ("callRecords", Actor.OWNER, "2020-02 all"),
        ("callRecords", Actor.HELPER, "2020-02 voice reveal"),
    ]


async def test_a_look_that_can_not_be_written_down_is_a_fault(watch: Watch) -> None:
    nowhere = open_database("postgresql://postgres@127.0.0.1:1/nothing")
    trail = SqlAuditTrail(nowhere, TwoLines(), secret=SECRET, now=watch)  # type: ignore[arg-type]
    with pytest.raises(DatabaseFault):
        await trail.note_query(OWNER, "callRecords", "2020-02 all")
    await nowhere.dispose()
