"""Are the events that the sandbox sends to a hub those of the specification?"""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.conformance.conftest import open_sandbox
from tests.conformance.exchange import Exchange, parse_json
from tests.conformance.extension import Extensions, fetch_extensions
from tests.conformance.fault import render_faults
from tests.conformance.judge import Judge
from tests.conformance.recording import Recorder
from tests.conformance.serving import served
from tests.conformance.swagger import Specifications

pytestmark = [pytest.mark.anyio, pytest.mark.tmf]

USES = (("data", 5_000_000), ("voice", 61), ("sms", 1))
ARRIVAL_SECONDS = 10


class Hall:
    """A listener that takes what comes, and knows when ``expected`` events have come."""

    def __init__(self, expected: int) -> None:
        self.recorder = Recorder(Starlette(routes=[Route("/hall/{rest:path}", self._take, methods=["POST"])]), "/hall")
        self.complete = asyncio.Event()
        self._outstanding = expected

    async def _take(self, request: Request) -> Response:
        await request.body()
        self._outstanding -= 1
        if self._outstanding == 0:
            self.complete.set()
        return Response(status_code=201)


async def hear(
    sandbox: Starlette, api: str, levers: list[tuple[str, dict[str, Any]]], *, events: int
) -> list[Exchange]:
    """What a listener of an API's hub was sent after these levers of the sandbox were pulled (``usage``), or resources
    made (``/tmf-api/…``)."""
    listener = Hall(events)
    async with (
        served(listener.recorder) as hall,
        served(sandbox) as bss,
        httpx.AsyncClient(base_url=bss) as client,
    ):
        hub = await client.post(f"/tmf-api/{api}/v4/hub", json={"callback": f"{hall}/hall"})
        assert hub.status_code == 201, hub.text
        for lever, body in levers:
            address = lever if lever.startswith("/") else f"/sandbox/{lever}"
            answer = await client.post(address, json=body)
            assert answer.status_code in {200, 201}, f"{lever}: {answer.text}"
        await asyncio.wait_for(listener.complete.wait(), ARRIVAL_SECONDS)
    return listener.recorder.exchanges


@pytest.fixture
async def events(sandbox_app: Starlette) -> list[Exchange]:
    """One use of each kind."""
    uses = [("usage", {"number": "13800138001", "usageType": kind, "amount": amount}) for kind, amount in USES]
    return await hear(sandbox_app, "usageManagement", uses, events=len(uses))


async def test_a_use_comes_as_the_official_event(events: list[Exchange], specifications: Specifications) -> None:
    judge, base_path = Judge(specifications), specifications.by_api["TMF635"].base_path
    listened = [replace(event, path=base_path + event.path) for event in events]
    faults = [fault for event in listened for fault in judge.judge_request(event)]
    assert not faults, "\n" + render_faults(faults)
    assert [event.path for event in listened] == [f"{base_path}/listener/usageCreateEvent"] * len(USES)


async def test_the_event_tells_the_use_and_its_consumption(events: list[Exchange]) -> None:
    bodies = [parse_json(event.request_body) for event in events]
    uses = [body["event"]["usage"] for body in bodies]
    assert sorted(use["usageType"] for use in uses) == sorted(kind for kind, _ in USES)
    for use in uses:
        traits: dict[str, Any] = {item["name"]: item["value"] for item in use["usageCharacteristic"]}
        assert {"direction", "place", "roaming", "consumption"} <= traits.keys()
        assert all(item.keys() == {"bucketId", "amount"} for item in traits["consumption"])
    assert len({body["eventId"] for body in bodies}) == len(USES)


async def test_what_is_done_to_a_line_comes_as_the_official_events(
    sandbox_app: Starlette, specifications: Specifications
) -> None:
    number = {"number": "13800138002"}
    levers = [
        ("sim", number), ("line", number | {"status": "outgoingBarred"}), ("line", number | {"status": "suspended"}),
        ("recycle", number),
    ]  # fmt: skip
    heard = await hear(sandbox_app, "productInventory", levers, events=6)
    judge, base_path = Judge(specifications), specifications.by_api["TMF637"].base_path
    listened = [replace(event, path=base_path + event.path) for event in heard]
    faults = [fault for event in listened for fault in judge.judge_request(event)]
    assert not faults, "\n" + render_faults(faults)
    attribute, state = (f"{base_path}/listener/product{kind}ChangeEvent" for kind in ("AttributeValue", "State"))
    assert [event.path for event in listened] == [attribute, attribute, attribute, state, state, state]


def dispute(bill_id: str) -> dict[str, Any]:
    entity = {"id": bill_id, "role": "bill", "@referredType": "CustomerBill"}
    return {"ticketType": "billDispute", "severity": "minor", "description": "-", "relatedEntity": [entity]}


TICKET = "/tmf-api/troubleTicket/v4/troubleTicket"
LATE_BILL = "B000005-202609"


async def test_the_steps_of_a_ticket_come_as_the_official_events(
    sandbox_app: Starlette, specifications: Specifications
) -> None:
    levers: list[tuple[str, dict[str, Any]]] = [
        (TICKET, dispute(LATE_BILL)),
        ("ticket", {"id": "K000005-1", "status": "held"}),
        ("ticket", {"id": "K000005-1", "status": "resolved", "note": "已核查", "credit": 1}),
    ]
    heard = await hear(sandbox_app, "troubleTicket", levers, events=3)
    judge, base_path = Judge(specifications, await declared(sandbox_app, heard)), "/troubleTicket/v4"
    assert specifications.by_api["TMF621"].base_path == base_path
    listened = [replace(event, path=base_path + event.path) for event in heard]
    faults = [fault for event in listened for fault in judge.judge_request(event)]
    assert not faults, "\n" + render_faults(faults)
    created, changed = (f"{base_path}/listener/troubleTicket{kind}Event" for kind in ("Create", "StatusChange"))
    assert [event.path for event in listened] == [created, changed, changed]


async def test_the_steps_of_an_order_come_as_the_official_events(
    sandbox_app: Starlette, specifications: Specifications
) -> None:
    line = "L000008-1"
    order = {
        "externalId": "e-1",
        "relatedParty": [{"id": line, "role": "line", "@referredType": "Product"}],
        "productOrderItem": [
            {
                "id": "1",
                "action": "add",
                "productOffering": {"id": "pack-sms-100"},
                "product": {"productRelationship": [{"relationshipType": "reliesOn", "product": {"id": line}}]},
            }
        ],
    }
    levers: list[tuple[str, dict[str, Any]]] = [
        ("/tmf-api/productOrderingManagement/v4/productOrder", order),
        ("order", {"id": "e-1", "deed": "hold"}),
        ("order", {"id": "e-1", "deed": "fail"}),
    ]
    heard = await hear(sandbox_app, "productOrderingManagement", levers, events=3)
    base_path = specifications.by_api["TMF622"].base_path
    judge = Judge(specifications, await declared(sandbox_app, heard))
    listened = [replace(event, path=base_path + event.path) for event in heard]
    faults = [fault for event in listened for fault in judge.judge_request(event)]
    assert not faults, "\n" + render_faults(faults)
    created, changed = (f"{base_path}/listener/productOrder{kind}Event" for kind in ("Create", "StateChange"))
    assert [event.path for event in listened] == [created, changed, changed]
    states = [parse_json(event.request_body)["event"]["productOrder"]["state"] for event in listened]
    assert states == ["acknowledged", "held", "failed"]


@pytest.fixture
def young_app(bss_url: str | None) -> Iterator[Starlette]:
    """A sandbox in which nothing was done yet."""
    with open_sandbox(bss_url) as app:
        yield app


async def test_money_that_moves_comes_as_the_official_events(
    young_app: Starlette, specifications: Specifications
) -> None:
    address, own = "/tmf-api/prepayBalanceManagement/v4", [{"id": f"M00000{index}-own"} for index in (6, 1)]
    channel: dict[str, Any] = {"usageType": "monetary", "channel": {"id": "onehall"}, "bucket": own[0]}
    put = channel | {"amount": {"amount": 1, "units": "CNY"}, "partyAccount": {"id": "A000006"}}
    taken = channel | {"amount": {"amount": -0.5, "units": "CNY"}, "adjustType": "oneTime"}
    given = channel | {
        "amount": {"amount": 0.5, "units": "CNY"}, "receiverBucket": own[1], "receiverBucketUsageType": "monetary",
        "logicalResource": [{"id": "A000006"}], "receiverLogicalResource": {"id": "A000001"}, "reason": "transfer",
    }  # fmt: skip
    deeds = {"topupBalance": put, "adjustBalance": taken, "transferBalance": given}
    levers = [(f"{address}/{name}", body) for name, body in deeds.items()]
    heard = await hear(young_app, "prepayBalanceManagement", levers, events=3)
    base_path = specifications.by_api["TMF654"].base_path
    judge = Judge(specifications, await declared(young_app, heard))
    listened = [replace(event, path=base_path + event.path) for event in heard]
    faults = [fault for event in listened for fault in judge.judge_request(event)]
    assert not faults, "\n" + render_faults(faults)
    assert [event.path for event in listened] == [f"{base_path}/listener/{name}CreateEvent" for name in deeds]


async def test_a_bill_run_is_told_with_each_bill_as_it_can_be_read(
    young_app: Starlette, specifications: Specifications
) -> None:
    """TMF678 v4 has a hub and names no events: the bill in ours is judged as an answer would be."""
    month_over = [("clock", {"now": "2026-12-01T00:00:05+08:00"})]
    heard = await hear(young_app, "customerBillManagement", month_over, events=20)
    assert {event.path for event in heard} == {"/listener/customerBillCreateEvent"}
    bills = [parse_json(event.request_body)["event"]["customerBill"] for event in heard]
    assert len({bill["id"] for bill in bills}) == len(bills) == 20
    judge = Judge(specifications)
    for event, bill in zip(heard, bills, strict=True):
        body = json.dumps(bill, default=float).encode()
        path = f"/customerBillManagement/v4/customerBill/{bill['id']}"
        headers = {"content-type": "application/json"}
        answer = replace(event, method="GET", path=path, status=200, headers=headers, body=body, request_body=b"")
        faults = judge.judge_response(answer)
        assert not faults, "\n" + render_faults(faults)


async def declared(sandbox: Starlette, events: list[Exchange]) -> Extensions:
    """Every extension that the events point to."""
    known = Extensions()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(sandbox), base_url="http://127.0.0.1:8100") as reader:
        for event in events:
            known = await fetch_extensions(reader, parse_json(event.request_body), known)
    return known
