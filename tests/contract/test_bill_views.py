"""Do all views of a bill say the same to the fen, and does its explanation name what the sandbox put into it?"""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from bss_adapters.tmf.bill import TmfBills
from bss_adapters.tmf.catalogue import TmfCatalogue
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.limits import Limits
from bss_adapters.tmf.line import TmfLines
from bss_adapters.tmf.snapshot import MemorySnapshots
from bss_adapters.tmf.usage_history import TmfUsageHistory
from gateway.graph import HallGraph
from graphql_schema.client import Caller, Channel, Operation
from graphql_schema.ports import Ports
from graphql_schema.types.line import mask_number
from graphql_schema.types.money import Money
from sandbox.app import create_app
from sandbox.bss.world import World
from tests.conformance.serving import served
from tests.fakes.money_ports import FakePromises, make_promise
from tests.fakes.ports import FakeBss

pytestmark = pytest.mark.anyio

BORN_MS = 1_795_312_800_000  # 22 November 2026, in the middle of a cycle
HEAVY = "13800138011"
"""20,000 records a month: its days are read for one bill only, and in process."""
MONEY = frozenset(
    {
        "Query.me",
        "Me.bills",
        "Me.bill",
        "Me.billDifference",
        "Me.currentCharges",
        "Me.promises",
        "CurrentCharges.subjects",
    }
)
LIST = """{ me {
    bills(first: 24) { edges { node { id category periodStart total { amount } } } }
    currentCharges { total { amount } subjects { total { amount } ratedLines { amount { amount } } } } } }"""
VIEWS = """query($id: ID!) { me {
    bill(id: $id) { bill { total { amount } } subjects { code total { amount } ratedLines { id amount { amount } } } }
    month: billDifference(id: $id) { ...All }
    mean: billDifference(id: $id, basis: MEAN) { ...All } } }
fragment All on BillDifference { this { amount } that { amount } difference { amount } other { amount }
    subjects { code this { amount } that { amount } difference { amount } causes { kind amount { amount } } } }"""
CAUSES = """query($id: ID!) { me { billDifference(id: $id) {
    subjects { code causes { kind amount { amount } name { zh } maskedNumber firstDay lastDay places } } } } }"""

PROMISES = """{ me { promises { checks {
    billId periodStart verdict charged { amount } over { amount } ratedLineId } } } }"""


@dataclass
class Desk:
    """The graph over one sandbox, asked for the house itself: it sees who pays for whom, and every bill."""

    client: TmfClient
    graph: HallGraph
    levers: httpx.AsyncClient
    promises: FakePromises

    async def personas(self) -> list[dict[str, Any]]:
        """One for each account."""
        told = (await self.levers.get("/sandbox/personas")).raise_for_status().json()
        return list({persona["accountId"]: persona for persona in reversed(told)}.values())

    async def causes(self, account_id: str) -> list[dict[str, Any]]:
        answer = await self.levers.get("/sandbox/causes", params={"accountId": account_id})
        told: list[dict[str, Any]] = answer.raise_for_status().json()
        return told

    async def ask(self, persona: dict[str, Any], text: str, **variables: Any) -> dict[str, Any]:
        caller = Caller(Channel.SYSTEM, persona["lineId"], persona["number"], assurance=2, fields=MONEY)
        outcome = await self.graph.run(Operation(name="", text=text), variables, caller)
        codes = {error.code for error in outcome.errors}
        assert codes <= {"nothing_to_compare"}, codes
        assert outcome.data is not None
        me: dict[str, Any] = outcome.data["me"]
        return me


@pytest.fixture(params=["in process", "over a socket"])
async def desk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setattr("graphql_schema.queries.my_bills.DAYS_WITHIN_SECONDS", 60.0)
    world = World.open(subscribers=20, now_ms=BORN_MS)
    app: ASGIApp = create_app(world)
    try:
        if request.param == "in process":
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://bss.example") as levers:
                desk = make_desk("http://bss.example", levers, transport)
                yield desk
        else:
            async with served(app) as address, httpx.AsyncClient(base_url=address) as levers:
                desk = make_desk(address, levers, None)
                yield desk
                await desk.client.aclose()
    finally:
        world.store.close()


def make_desk(address: str, levers: httpx.AsyncClient, transport: httpx.AsyncBaseTransport | None) -> Desk:
    limits = Limits(budget_seconds=60.0, fresh_seconds=600.0)
    client = TmfClient(f"{address}/tmf-api", snapshots=MemorySnapshots(), transport=transport, limits=limits)
    fake = FakeBss()
    ports: Ports = replace(
        fake.ports(),
        lines=TmfLines(client, TmfCatalogue(client)),
        bills=TmfBills(client),
        usage_history=TmfUsageHistory(client),
    )
    return Desk(client, HallGraph(ports, (), deadline_seconds=60, open_documents=True), levers, fake.promises)


def sum_of(parts: list[dict[str, Any]], name: str) -> Decimal:
    return sum((amount(part[name]) for part in parts), Decimal(0))


def amount(money: dict[str, str]) -> Decimal:
    return Decimal(money["amount"])


async def test_every_view_of_every_bill_says_the_same_to_the_fen(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphql_schema.queries.my_bills.numbers_of_use", lambda _: [])  # the days change no sum
    compared = 0
    for persona in await desk.personas():
        listed = await desk.ask(persona, LIST)
        check_subjects(listed["currentCharges"]["subjects"], amount(listed["currentCharges"]["total"]))
        for edge in listed["bills"]["edges"]:
            total, views = amount(edge["node"]["total"]), await desk.ask(persona, VIEWS, id=edge["node"]["id"])
            assert amount(views["bill"]["bill"]["total"]) == total
            check_subjects(views["bill"]["subjects"], total)
            for told in filter(None, (views["month"], views["mean"])):
                assert amount(told["this"]) == total
                assert {each["code"]: each["total"] for each in views["bill"]["subjects"]}.items() <= {
                    each["code"]: each["this"] for each in told["subjects"]
                }.items()
                check_explanation(told)
                compared += 1
    assert compared > 100


def check_subjects(subjects: list[dict[str, Any]], total: Decimal) -> None:
    assert sum_of(subjects, "total") == total
    for subject in subjects:
        assert abs(sum_of(subject["ratedLines"], "amount") - amount(subject["total"])) <= Decimal("0.005")


def check_explanation(told: dict[str, Any]) -> None:
    """Its parts add up exactly, and at most 5 % stays unexplained; of a few fen, at most what rounding makes."""
    difference = amount(told["difference"])
    assert amount(told["this"]) - amount(told["that"]) == difference == sum_of(told["subjects"], "difference")
    for subject in told["subjects"]:
        assert sum_of(subject["causes"], "amount") == amount(subject["difference"])
    moved = sum((abs(amount(subject["difference"])) for subject in told["subjects"]), Decimal(0))
    rounding = Decimal("0.01") * len(told["subjects"])
    assert amount(told["other"]) <= (moved * Decimal("0.05") if moved > 1 else rounding), told


async def test_the_explanation_names_the_causes_that_were_put_in_and_no_others(
    desk: Desk, request: pytest.FixtureRequest
) -> None:
    kinds: Counter[str] = Counter()
    for persona in await desk.personas():
        put_in = await desk.causes(persona["accountId"])
        bills = (await desk.ask(persona, LIST))["bills"]["edges"]
        if persona["number"] == HEAVY:
            bills = bills[:1] if "in process" in request.node.name else []
        for edge in bills:
            if edge["node"]["category"] not in {"NORMAL", "LAST"}:
                continue
            told = (await desk.ask(persona, CAUSES, id=edge["node"]["id"]))["billDifference"]
            expected = [cause for cause in put_in if cause["month"] == edge["node"]["periodStart"][:7]]
            found = (
                [known(subject, cause) for subject in told["subjects"] for cause in subject["causes"]] if told else []
            )
            assert sorted(filter(None, found)) == sorted(map(known_to_the_sandbox, expected)), edge["node"]["id"]
            kinds.update(cause["kind"] for cause in expected)
    injected = {
        "new_package",
        "ended_package",
        "lapsed_discount",
        "price_changed",
        "roaming",
        "out_of_bucket",
        "third_party",
    }
    assert injected <= kinds.keys()


def known(subject: dict[str, Any], cause: dict[str, Any]) -> tuple[str, ...] | None:
    """What both sides can say of a cause; nothing of what rounding left over."""
    if cause["kind"] == "OTHER":
        return None
    name = cause["name"]["zh"] if cause["name"] else ""
    days = (cause["firstDay"] or "", cause["lastDay"] or "")
    exact = str(amount(cause["amount"]).quantize(Decimal("0.001")))
    return (subject["code"].lower(), cause["kind"].lower(), name, cause["maskedNumber"] or "", exact, *days)


def known_to_the_sandbox(cause: dict[str, Any]) -> tuple[str, ...]:
    number, kind = cause["lineNumber"], cause["kind"]
    name = "" if kind == "late_fee" else cause["name"]["zh"]
    exact = str(Decimal(str(cause["amount"]["value"])).quantize(Decimal("0.001")))
    days = (cause.get("firstDay", ""), cause.get("lastDay", ""))
    return (cause["subject"], kind, name, mask_number(number) if number else "", exact, *days)


async def test_a_price_that_was_promised_for_longer_than_it_was_kept_is_found_on_the_bill(desk: Desk) -> None:
    introduced = next(persona for persona in await desk.personas() if persona["number"] == "13800138014")
    desk.promises.promises = [make_promise(monthly_price=Money(amount=Decimal(39), currency="CNY"))]
    (promise,) = (await desk.ask(introduced, PROMISES))["promises"]
    verdicts = [(check["periodStart"][:7], check["verdict"]) for check in promise["checks"]]
    assert verdicts[:2] == [("2026-10", "BROKEN"), ("2026-09", "KEPT")]
    newest = promise["checks"][0]
    assert (newest["charged"], newest["over"]) == ({"amount": "59.00"}, {"amount": "20.00"})
    bill = (await desk.ask(introduced, VIEWS, id=newest["billId"]))["bill"]
    lines = {line["id"]: line["amount"] for subject in bill["subjects"] for line in subject["ratedLines"]}
    assert lines[newest["ratedLineId"]] == {"amount": "59.00"}


async def test_roaming_is_told_with_its_places(desk: Desk) -> None:
    abroad = next(persona for persona in await desk.personas() if persona["number"] == "13800138013")
    newest = (await desk.ask(abroad, LIST))["bills"]["edges"][0]["node"]["id"]
    told = (await desk.ask(abroad, CAUSES, id=newest))["billDifference"]
    places = {place for each in told["subjects"] for cause in each["causes"] for place in cause["places"]}
    assert places == {"日本·东京"}
