"""Does the sandbox keep to the specifications, in process and over a socket?"""

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.fulfilment import TmfFulfilment
from bss_adapters.tmf.snapshot import MemorySnapshots
from graphql_schema.loyalty_ports import Delivery, GrantedMoney
from graphql_schema.types.bill import SubjectCode
from graphql_schema.types.money import Money
from tests.conformance.exercise import exercise
from tests.conformance.fault import render_faults
from tests.conformance.serving import served
from tests.conformance.swagger import Specifications

pytestmark = [pytest.mark.anyio, pytest.mark.tmf]


class Passing(httpx.AsyncBaseTransport):
    """Through the client that is judged with, whichever way it goes."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._client._transport.handle_async_request(request)


LATE_BILL = "B000005-202609"


def ticket(kind: str, bill_id: str) -> dict[str, Any]:
    entities = [
        {"id": bill_id, "role": "bill", "@referredType": "CustomerBill"},
        {"id": "-", "name": "张三", "role": "invoiceTitle", "@referredType": "Individual"},
    ]
    return {"ticketType": kind, "severity": "minor", "description": "-", "relatedEntity": entities}


@pytest.fixture(params=["in process", "over a socket"])
async def sandbox_bss(request: pytest.FixtureRequest, sandbox_app: object) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a sandbox's TMF APIs, through ASGI and through a real socket."""
    if request.param == "in process":
        transport = httpx.ASGITransport(sandbox_app, raise_app_exceptions=False)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://bss.example/tmf-api") as client:
            yield client
        return
    async with served(sandbox_app) as address, httpx.AsyncClient(base_url=f"{address}/tmf-api", timeout=30) as client:
        yield client


async def test_the_sandbox_has_no_faults(sandbox_bss: httpx.AsyncClient, specifications: Specifications) -> None:
    examination = await exercise(sandbox_bss, specifications)
    assert not examination.faults, "\n" + render_faults(examination.faults)


async def test_what_became_of_tickets_breaks_nothing(
    sandbox_bss: httpx.AsyncClient, specifications: Specifications
) -> None:
    """An issued e-invoice, a credit note and a rejected dispute are there to be judged."""
    address = str(sandbox_bss.base_url).removesuffix("/tmf-api/")
    asked = [ticket(kind, bill) for kind in ("invoiceRequest", "billDispute") for bill in ("B000000-202610", LATE_BILL)]
    opened = [await sandbox_bss.post(f"{address}/tmf-api/troubleTicket/v4/troubleTicket", json=body) for body in asked]
    invoice, _, _, late = [answer.json()["id"] for answer in opened]
    for decision in ({"id": invoice, "status": "resolved"}, {"id": late, "status": "resolved", "credit": 2.5}):
        decided = await sandbox_bss.post(f"{address}/sandbox/ticket", json=decision)
        assert decided.status_code in {201, 409}, decided.text  # 409: decided by the run before
    await sandbox_bss.post(f"{address}/sandbox/clock", json={"advanceSeconds": 400})
    examination = await exercise(sandbox_bss, specifications)
    assert not examination.faults, "\n" + render_faults(examination.faults)


@pytest.mark.parametrize("sandbox_bss", ["in process"], indirect=True)
async def test_rewards_break_nothing(sandbox_bss: httpx.AsyncClient, specifications: Specifications) -> None:
    """Granted money in parts of which some was taken back, a pack that costs nothing and a parcel on its way."""
    address = str(sandbox_bss.base_url).removesuffix("/tmf-api/")
    client = TmfClient(
        str(sandbox_bss.base_url).rstrip("/"), snapshots=MemorySnapshots(), transport=Passing(sandbox_bss)
    )
    gives, ten, five = TmfFulfilment(client), *(Money(amount=Decimal(n), currency="CNY") for n in (10, 5))
    wanted = GrantedMoney(ten, [(date(2026, 11, 1), five), (date(2027, 3, 1), five)], [SubjectCode.VOICE], None)
    await gives.grant_money("g-1", "A000000", wanted)
    await gives.take_back("t-1", "A000000", granted="g-1", most=Money(amount=Decimal(1), currency="CNY"))
    await gives.add_pack("p-1", "L000000-1", offering_id="pack-voice-100", months=2)
    await gives.send_goods("d-1", "L000000-1", item="goods-cup", to=Delivery("张三", "13912345678", "体育西路"))
    await sandbox_bss.post(f"{address}/sandbox/clock", json={"advanceSeconds": 90_000})
    examination = await exercise(sandbox_bss, specifications)
    assert not examination.faults, "\n" + render_faults(examination.faults)


async def test_what_was_done_to_lines_breaks_nothing(
    sandbox_bss: httpx.AsyncClient, specifications: Specifications
) -> None:
    address = str(sandbox_bss.base_url).removesuffix("/tmf-api/")
    for lever, body in (
        ("recycle", {"number": "13800138008"}), ("sim", {"number": "13800138008"}),
        ("line", {"number": "13800138003", "status": "terminated"}),
        ("line", {"number": "13800138001", "status": "outgoingBarred"}),
    ):  # fmt: skip
        done = await sandbox_bss.post(f"{address}/sandbox/{lever}", json=body)
        assert done.status_code in {201, 409}, done.text  # 409: ended by the run before
    paused = [{"name": "chargeBrake", "value": ["thirdParty", "roaming"]}]
    braked = await sandbox_bss.patch("/productInventory/v4/product/L000000-1", json={"productCharacteristic": paused})
    assert braked.status_code == 200, braked.text
    for kind, more in (("valueAdded", {"service": "来电提醒"}), ("data", {"roaming": True})):
        use = {"number": "13800138013", "usageType": kind, "amount": 1, **more}
        used = await sandbox_bss.post(f"{address}/sandbox/usage", json=use)
        assert used.status_code == 201, used.text
    examination = await exercise(sandbox_bss, specifications)
    assert not examination.faults, "\n" + render_faults(examination.faults)
