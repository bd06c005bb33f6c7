"""Are the events that the sandbox sends to a hub those of the specification?"""

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.conformance.exchange import Exchange, parse_json
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
    """What a listener of an API's hub was sent after these levers of the sandbox were pulled."""
    listener = Hall(events)
    async with (
        served(listener.recorder) as hall,
        served(sandbox) as bss,
        httpx.AsyncClient(base_url=bss) as client,
    ):
        hub = await client.post(f"/tmf-api/{api}/v4/hub", json={"callback": f"{hall}/hall"})
        assert hub.status_code == 201, hub.text
        for lever, body in levers:
            assert (await client.post(f"/sandbox/{lever}", json=body)).status_code == 201
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
