"""What does care see of a line and do for its owner, and is each look noted?"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read, write
from gateway.identity.audit.entry import AuditEntry, audit_record, record
from gateway.identity.audit.trail import SqlAuditTrail
from gateway.identity.budget import Budgets, spend
from gateway.identity.staff.desk import SqlStaffDesk
from gateway.identity.tables import hall_session
from graphql_schema.client import Caller, Channel
from graphql_schema.identity_ports import Deed
from graphql_schema.ports import BssFault
from graphql_schema.problems import NotFound
from graphql_schema.types.audit import Actor
from graphql_schema.types.line import LineState
from tests.fakes.operator import FakeNotices, FakeOperator, line_of
from tests.gateway.identity.conftest import SECRET, Watch
from tests.gateway.identity.staff.conftest import CARE, CHEN, Join

pytestmark = pytest.mark.anyio
NUMBER, REASON = "13800138001", "lost phone, asked by its owner"


@pytest.fixture
def desk(busy_engine: AsyncEngine, operator: FakeOperator, notices: FakeNotices, watch: Watch) -> SqlStaffDesk:
    trail = SqlAuditTrail(busy_engine, operator, secret=SECRET, now=watch)
    return SqlStaffDesk(busy_engine, operator, operator, trail, notices, now=watch)


async def fetch_trail(engine: AsyncEngine) -> Sequence[Row[Any]]:
    async with read(engine) as connection:
        return (await connection.execute(select(audit_record).order_by(audit_record.c.id))).all()


async def count_sessions(engine: AsyncEngine, line_id: str) -> int:
    async with read(engine) as connection:
        mine = hall_session.c.line_id == line_id
        return len((await connection.execute(select(hall_session).where(mine))).all())


async def test_a_line_is_shown_with_what_opens_it_and_never_with_its_number(
    desk: SqlStaffDesk, operator: FakeOperator, watch: Watch
) -> None:
    operator.sim_changed_at["L1"] = watch() - timedelta(days=2)
    found = await desk.find_line(CARE, "+86 138-0013-8001")
    assert (found.id, found.masked_number, found.state) == ("L1", "138****8001", LineState.ACTIVE)
    assert (found.sessions, found.helpers, found.password_set, found.password_locked_until) == (2, 0, True, None)
    assert found.sim_changed_at == watch() - timedelta(days=2)
    assert NUMBER not in repr(found.__dict__)


async def test_a_password_that_is_locked_today_is_said_with_its_end(
    desk: SqlStaffDesk, busy_engine: AsyncEngine, watch: Watch
) -> None:
    async with write(busy_engine) as connection:
        for _ in range(3):
            await spend(connection, Budgets().password_tries, NUMBER, now=watch())
    found = await desk.find_line(CARE, NUMBER)
    assert found.password_locked_until == watch() + timedelta(hours=12)  # midnight in Shanghai
    assert (await desk.find_line(CARE, "13800138002")).password_locked_until is None


async def test_what_a_former_owner_had_is_nothing_of_the_new_line(desk: SqlStaffDesk, operator: FakeOperator) -> None:
    operator.put(line_of(NUMBER, "L99"))
    found = await desk.find_line(CARE, NUMBER)
    assert (found.id, found.sessions, found.password_set, len(found.recent)) == ("L99", 0, False, 1)


async def test_each_look_is_in_the_trail_before_it_is_answered(
    desk: SqlStaffDesk, busy_engine: AsyncEngine, operator: FakeOperator
) -> None:
    operator.sims_down = True
    with pytest.raises(BssFault):
        await desk.find_line(CARE, NUMBER)
    with pytest.raises(NotFound):
        await desk.find_line(CARE, "13900139009")
    with pytest.raises(NotFound):
        await desk.find_line(CARE, "not a number")
    rows = await fetch_trail(busy_engine)
    assert [(row.deed, row.actor, row.subject, row.outcome, row.note) for row in rows] == [
        ("find_line", "staff:1001", "L1", "done", "138****8001"),
        ("find_line", "staff:1001", None, "not_found", "139****9009"),
        ("find_line", "staff:1001", None, "not_found", "****"),
    ]
    assert rows[0].session == "s1"


async def test_the_last_ten_deeds_of_the_line_are_told_as_their_owner_sees_them(
    desk: SqlStaffDesk, busy_engine: AsyncEngine, watch: Watch
) -> None:
    async with write(busy_engine) as connection:
        for number in range(12):
            entry = AuditEntry("sign_in", "line:L1", "L1", Channel.WEB, 2, note=f"browser {number}")
            await record(connection, entry, now=watch())
        await record(connection, AuditEntry("sign_in", "line:L2", "L2", Channel.WEB, 2), now=watch())
    recent = (await desk.find_line(CARE, NUMBER)).recent
    assert len(recent) == 10
    assert (recent[0].deed, recent[0].actor) == ("find_line", Actor.STAFF)
    assert [each.note for each in recent[1:3]] == ["browser 11", "browser 10"]


async def test_ending_sessions_ends_all_of_the_line_tells_its_owner_and_is_noted_with_its_reason(
    desk: SqlStaffDesk, busy_engine: AsyncEngine, notices: FakeNotices
) -> None:
    assert await desk.end_line_sessions(Deed("D1", CARE), NUMBER, REASON) == 2
    assert await count_sessions(busy_engine, "L1") == 0
    assert await count_sessions(busy_engine, "L2") == 1
    assert list(notices.told.values()) == [(NUMBER, "sessions_ended", {"count": 2})]
    (row,) = await fetch_trail(busy_engine)
    assert (row.deed, row.actor, row.subject, row.note) == ("endLineSessions", "staff:1001", "L1", REASON)


async def test_ending_them_again_tells_nobody_anything(desk: SqlStaffDesk, notices: FakeNotices) -> None:
    await desk.end_line_sessions(Deed("D1", CARE), NUMBER, REASON)
    assert await desk.end_line_sessions(Deed("D1", CARE), NUMBER, REASON) == 0
    assert len(notices.told) == 1


async def test_a_bss_that_is_silent_ends_nothing(
    desk: SqlStaffDesk, busy_engine: AsyncEngine, operator: FakeOperator
) -> None:
    operator.down = True
    with pytest.raises(BssFault):
        await desk.end_line_sessions(Deed("D1", CARE), NUMBER, REASON)
    assert await count_sessions(busy_engine, "L1") == 2


async def test_an_administrator_sees_the_lines_of_the_own_organization(
    desk: SqlStaffDesk, busy_engine: AsyncEngine
) -> None:
    members = await desk.fetch_members(CHEN)
    assert [member.masked_number for member in members] == ["138****8007", "138****8008"]
    assert [(row.deed, row.note) for row in await fetch_trail(busy_engine)] == [("fetch_members", "2")]
    with pytest.raises(NotFound):
        await desk.fetch_members(CARE)


async def test_a_colleague_is_told_who_they_are(desk: SqlStaffDesk, join: Join) -> None:
    with pytest.raises(NotFound):
        await desk.fetch_member(CARE)
    await join("1001")
    member = await desk.fetch_member(CARE)
    assert (member.id, member.name, member.role.value) == ("1001", "李工", "care")
    with pytest.raises(NotFound):
        await desk.fetch_member(Caller(Channel.WEB, subscriber="L1", assurance=2))
