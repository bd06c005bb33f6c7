"""Does a person get their data, and their say, through the graph, over the ledgers and the trail as they are?"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import write
from gateway.graph import HallGraph
from gateway.idempotency import SqlDeeds
from gateway.identity.audit.entry import AuditEntry, record
from gateway.identity.audit.sealing import seal_records
from gateway.identity.audit.trail import SqlAuditTrail
from gateway.identity.consent.ledger import SqlConsentLedger
from gateway.identity.personal_data.desk import SqlPersonalData
from graphql_schema.assurance import Factor
from graphql_schema.client import Caller, Channel, Operation, Role, Staff, load_operations
from tests.fakes.ports import FakeBss

from .conftest import NUMBER, SECRET, Hire, Texts, TwoLines, end_nothing

pytestmark = pytest.mark.anyio
WEB = load_operations(Path(__file__).parents[4] / "channels" / "web_hall")
VERDICT = Operation(
    "Verdict", "query Verdict { staff { auditVerdict { intact records waiting } auditTrail(first: 3) { actorId } } }"
)


def real_now() -> datetime:
    """The graph's levels live by this machine's time."""
    return datetime.now(UTC)


def caller(*factors: Factor) -> Caller:
    now = real_now()
    level = 3 if len(factors) == 2 else 2
    return Caller(Channel.WEB, "L1", NUMBER, level, now, proofs=dict.fromkeys(factors, now), session="S1")


SURE, LESS_SURE = (Factor.CODE, Factor.PASSWORD), (Factor.PASSWORD,)


@pytest.fixture
async def trail(engine: AsyncEngine, lines: TwoLines) -> AsyncIterator[SqlAuditTrail]:
    trail = SqlAuditTrail(engine, lines, secret=SECRET, now=real_now)  # type: ignore[arg-type]
    yield trail
    await trail.finish()


@pytest.fixture
def graph(engine: AsyncEngine, trail: SqlAuditTrail, texts: Texts) -> HallGraph:
    bss = FakeBss()
    identity = replace(
        bss.identity.ports(),
        trail=trail,
        deeds=SqlDeeds(engine, secret=SECRET, now=real_now),
        consents=SqlConsentLedger(engine, now=real_now, end_client_sessions=end_nothing),
        personal_data=SqlPersonalData(engine, texts, secret=SECRET, now=real_now),
    )
    ports = replace(bss.ports(), identity=identity)
    return HallGraph(ports, [*WEB.values(), VERDICT], deadline_seconds=30, open_documents=False)


async def do(graph: HallGraph, name: str, asked_by: Caller, key: str, **wish: Any) -> dict[str, Any]:
    outcome = await graph.run(WEB[name], {"input": {"idempotencyKey": key, **wish}}, asked_by)
    assert outcome.data is not None, outcome.errors
    (answer,) = outcome.data.values()
    return dict(answer)


async def see(graph: HallGraph) -> dict[str, Any]:
    outcome = await graph.run(WEB["privacy"], {}, caller(*SURE))
    assert outcome.data is not None
    assert not outcome.errors
    return dict(outcome.data["me"])


async def test_an_export_is_asked_for_once_made_and_told(graph: HallGraph, hire: Hire, texts: Texts) -> None:
    first = await do(graph, "request_personal_data", caller(*SURE), "key-0001", kind="EXPORT")
    assert first["__typename"] == "PersonalDataRequest"
    assert await do(graph, "request_personal_data", caller(*SURE), "key-0001", kind="EXPORT") == first
    assert await hire(now=real_now).work_on_requests() == 1
    (told,) = (await see(graph))["personalDataRequests"]
    assert (told["id"], told["state"], told["progress"]) == (first["id"], "DONE", 100)
    assert {"record": "audit_trail", "done": 1, "kept": 0, "keptUntil": None, "why": ""} in told["report"]
    assert texts.notices == [(NUMBER, "export_ready")]


async def test_who_is_less_sure_gets_nothing_and_that_stands_in_the_trail(
    graph: HallGraph, trail: SqlAuditTrail
) -> None:
    answer = await do(graph, "request_personal_data", caller(*LESS_SURE), "key-0001", kind="ERASURE")
    assert (answer["__typename"], answer["needed"]) == ("StepUpRequired", 3)
    assert (await see(graph))["personalDataRequests"] == []
    await trail.finish()
    outcome = await graph.run(WEB["trail"], {"first": 10}, caller(*SURE))
    assert outcome.data is not None
    (noted,) = outcome.data["me"]["auditTrail"]
    assert (noted["deed"], noted["outcome"]) == ("requestPersonalData", "step_up_required")
    assert noted["actor"] == "OWNER"


async def test_a_consent_is_given_seen_and_taken_back(graph: HallGraph) -> None:
    for key, given in (("key-0001", True), ("key-0002", False)):
        said = await do(graph, "set_consent", caller(*LESS_SURE), key, purpose="MARKETING_SMS", given=given)
        assert (said["__typename"], said["given"]) == ("Consent", given)
        seen = {each["purpose"]: each for each in (await see(graph))["consents"]}
        assert (seen["MARKETING_SMS"]["given"], seen["MARKETING_SMS"]["channel"]) == (given, "WEB")
        assert seen["MARKETING_PUSH"]["changedAt"] is None
    refused = await do(graph, "set_consent", caller(*LESS_SURE), "key-0003", purpose="PARTNER", given=True)
    assert refused["__typename"] == "BadInput"


async def test_an_erasure_is_called_off_by_who_changed_their_mind(graph: HallGraph, texts: Texts) -> None:
    asked = await do(graph, "request_personal_data", caller(*SURE), "key-0001", kind="ERASURE")
    assert texts.notices == [(NUMBER, "erasure_asked")]
    off = await do(graph, "call_off_personal_data", caller(*LESS_SURE), "key-0002", requestId=asked["id"])
    assert off["__typename"] == "PersonalDataRequest"
    (told,) = (await see(graph))["personalDataRequests"]
    assert told["state"] == "CALLED_OFF"
    gone = await do(graph, "call_off_personal_data", caller(*LESS_SURE), "key-0003", requestId="another")
    assert gone["__typename"] == "NotFound"


async def test_an_auditor_checks_the_trail(graph: HallGraph, engine: AsyncEngine) -> None:
    now = real_now()
    async with write(engine) as connection:
        await record(connection, AuditEntry.by(caller(*SURE), "sign_in"), now=now)
    await seal_records(engine, secret=SECRET, now=now)
    auditor = Caller(Channel.DESK, assurance=3, since=now, staff=Staff("mei", Role.AUDITOR))
    outcome = await graph.run(VERDICT, {}, auditor)
    assert outcome.data is not None, outcome.errors
    assert outcome.data["staff"]["auditVerdict"]["intact"] is True
    refused = await graph.run(VERDICT, {}, replace(auditor, staff=Staff("li", Role.CARE)))
    assert [error.code for error in refused.errors] == ["role_required", "role_required"]
