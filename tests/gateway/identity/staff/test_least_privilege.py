"""Does the graph give each role what is its own, and nothing of a customer's or of another role's?"""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read
from gateway.graph import HallGraph
from gateway.idempotency import SqlDeeds
from gateway.identity.audit.trail import SqlAuditTrail
from gateway.identity.contact.desk import SqlContacts
from gateway.identity.staff.bulk import SqlBulkDesk
from gateway.identity.staff.desk import SqlStaffDesk
from gateway.identity.tables import hall_session
from graphql_schema.client import Caller, Channel, Operation
from tests.fakes.operator import FakeNotices, FakeOperator
from tests.fakes.ports import FakeBss
from tests.gateway.identity.conftest import SECRET, Watch
from tests.gateway.identity.staff.conftest import AUDITOR, CARE, CHEN, LI, WANG, Join

pytestmark = pytest.mark.anyio
NUMBER, MEMBER = "13800138001", "13800138007"
OWNER = Caller(Channel.WEB, subscriber="L1", number=NUMBER, assurance=3)
WHO = {
    "care": CARE,
    "operations": LI,
    "auditor": AUDITOR,
    "admin": CHEN,
    "owner": OWNER,
    "visitor": Caller(Channel.WEB),
}

QUESTIONS = {
    "member": ("query Question { staff { member { id } } }", {"care", "operations", "auditor", "admin"}),
    "line": (f'query Question {{ staff {{ line(number: "{NUMBER}") {{ id recent {{ deed }} }} }} }}', {"care"}),
    "auditTrail": ("query Question { staff { auditTrail { actorId } } }", {"auditor"}),
    "auditVerdict": ("query Question { staff { auditVerdict { intact } } }", {"auditor"}),
    "bulkDeeds": ("query Question { staff { bulkDeeds { id } } }", {"operations", "admin", "auditor"}),
    "members": ("query Question { staff { members { id } } }", {"admin"}),
}
DEEDS = {
    "openContact": (
        f'number: "{NUMBER}", kind: CALL, purpose: FAULT', "ContactOpened", {"care", "operations"},
    ),
    "endLineSessions": (f'number: "{NUMBER}", reason: "at their wish"', "SessionsEnded", {"care"}),
    "proposeBulkDeed": (
        f'kind: END_SESSIONS, numbers: ["{MEMBER}"], reason: "they left"', "BulkDeed", {"operations", "admin"},
    ),
    "decideBulkDeed": ('bulkDeedId: "none", approve: true', "NotFound", {"operations", "admin"}),
}  # fmt: skip


@pytest.fixture
def database_url(furnished_sqlite_url: str) -> str:
    """One database is enough here: the rules are the graph's."""
    return furnished_sqlite_url


@pytest.fixture
def graph(busy_engine: AsyncEngine, operator: FakeOperator, notices: FakeNotices, watch: Watch) -> HallGraph:
    ports, trail = FakeBss().ports(), SqlAuditTrail(busy_engine, operator, secret=SECRET, now=watch)
    identity = replace(
        ports.identity,
        staff=SqlStaffDesk(busy_engine, operator, operator, trail, notices, now=watch),
        bulk=SqlBulkDesk(busy_engine, operator, now=watch),
        contacts=SqlContacts(busy_engine, operator, secret=SECRET, now=watch),
        trail=trail,
        deeds=SqlDeeds(busy_engine, secret=SECRET, now=watch),
    )
    whole = replace(ports, lines=operator, identity=identity)
    return HallGraph(whole, [], deadline_seconds=10, open_documents=True)


async def do(graph: HallGraph, deed: str, given: str, caller: Caller, key: str = "key-00001") -> dict[str, Any]:
    text = f'mutation Deed {{ {deed}(input: {{ idempotencyKey: "{key}", {given} }}) {{ __typename }} }}'
    outcome = await graph.run(Operation("Deed", text), {}, caller)
    assert outcome.data is not None, outcome.errors
    return dict(outcome.data[deed])


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("field", QUESTIONS)
async def test_a_question_opens_to_its_roles_and_to_nobody_else(
    graph: HallGraph, join: Join, field: str, who: str
) -> None:
    for staff in ("1001", "1002", "1004", "1005"):
        await join(staff)
    text, roles = QUESTIONS[field]
    outcome = await graph.run(Operation("Question", text), {}, WHO[who])
    answer = ((outcome.data or {}).get("staff") or {}).get(field)
    if who in roles:
        assert outcome.errors == ()
        assert answer is not None
    else:
        assert answer is None
        assert outcome.errors[0].code == ("sign_in_required" if who == "visitor" else "role_required")


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("deed", DEEDS)
async def test_a_deed_opens_to_its_roles_and_to_nobody_else(
    graph: HallGraph, busy_engine: AsyncEngine, join: Join, deed: str, who: str
) -> None:
    for staff in ("1001", "1002"):
        await join(staff)
    given, word, roles = DEEDS[deed]
    answer = await do(graph, deed, given, WHO[who])
    if who in roles:
        assert answer["__typename"] == word
    else:
        assert answer["__typename"] == ("SignInRequired" if who == "visitor" else "NotYours")
    async with read(busy_engine) as connection:
        sessions = len((await connection.execute(select(hall_session))).all())
    assert sessions == (2 if (deed, who) == ("endLineSessions", "care") else 4)


@pytest.mark.parametrize("who", ["care", "operations", "auditor", "admin"])
@pytest.mark.parametrize("field", ["line { id }", "bills { edges { node { id } } }", "balance { asOf }"])
async def test_staff_get_nothing_that_is_a_customers(graph: HallGraph, who: str, field: str) -> None:
    outcome = await graph.run(Operation("Own", f"query Own {{ me {{ {field} }} }}"), {}, WHO[who])
    assert outcome.data is None or outcome.data["me"] is None
    assert outcome.errors[0].code == "role_required"


async def test_through_the_graph_two_agree_and_one_alone_does_not(graph: HallGraph) -> None:
    given = f'kind: END_SESSIONS, numbers: ["{NUMBER}"], reason: "a leaked list"'
    chosen = f'idempotencyKey: "key-00001", {given}'
    text = f"mutation Propose {{ proposeBulkDeed(input: {{ {chosen} }}) {{ ... on BulkDeed {{ id }} }} }}"
    outcome = await graph.run(Operation("Propose", text), {}, LI)
    assert outcome.data
    chosen = f'bulkDeedId: "{outcome.data["proposeBulkDeed"]["id"]}", approve: true'
    assert await do(graph, "decideBulkDeed", chosen, LI, "key-00002") == {"__typename": "NeedsOtherEyes"}
    assert await do(graph, "decideBulkDeed", chosen, WANG, "key-00003") == {"__typename": "BulkDeed"}
    assert await do(graph, "decideBulkDeed", chosen, WANG, "key-00003") == {"__typename": "BulkDeed"}
    assert await do(graph, "decideBulkDeed", chosen, WANG, "key-00004") == {"__typename": "NotFound"}
