"""Does the whole house begin with rewards once, end them with a line, and show points that live elsewhere?"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from bss_adapters.tmf.call import read_call
from gateway.database import read
from gateway.health import find_faults
from gateway.migrations import upgrade_database
from gateway.rewards import TIERS
from gateway.seed import seed
from gateway.settings import Settings, load_settings
from gateway.wiring import ROOT, Hall, open_hall
from graphql_schema.client import Caller, Channel, load_operations
from graphql_schema.types.bill import BillCategory
from graphql_schema.types.bill_event import BillEvent
from graphql_schema.types.month import Month
from loyalty.campaigns.document import read_campaign
from loyalty.campaigns.happenings import Happening, note_happening
from loyalty.defaults import read_campaigns
from loyalty.earning_tables import watched_bill
from loyalty.points.audit import audit
from loyalty.points.tiers import rate
from loyalty.points_tables import points_posting
from loyalty.reward_tables import reward_item
from loyalty.rules.effects import ONE_BILLION
from loyalty.rules.facts import HappeningKind
from sandbox.app import create_app
from sandbox.bss.world import World

pytestmark = pytest.mark.anyio
APP = load_operations(ROOT / "channels" / "app")
BILLS = "/customerBillManagement/v4/customerBill"
_KEYS = count()


def make_settings(folder: Path, **changes: Any) -> Settings:
    return load_settings(data_folder=folder, open_documents=True, **changes)


@pytest.fixture
def world() -> Any:
    world = World.open(subscribers=12, now_ms=int(datetime.now(UTC).timestamp() * 1000))
    yield world
    world.store.close()


@pytest.fixture
async def sandbox(world: World) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(world))
    async with httpx.AsyncClient(transport=transport, base_url="http://bss") as levers:
        yield levers


async def ask(hall: Hall, name: str, line_id: str, **given: Any) -> Mapping[str, Any]:
    caller = Caller(Channel.APP, line_id, "13800138001", assurance=2)
    if given:
        given = {"input": {"idempotencyKey": f"key-{next(_KEYS):08}", **given}}
    outcome = await hall.graph.run(APP[name], given, caller)
    assert outcome.data is not None, outcome.errors
    return outcome.data


async def test_the_demo_begins_once_with_a_mall_campaigns_and_points_that_end_with_the_month(
    tmp_path: Path, world: World, sandbox: httpx.AsyncClient
) -> None:
    settings, transport = make_settings(tmp_path), httpx.ASGITransport(create_app(world))
    await asyncio.to_thread(upgrade_database, settings.database)
    personas = (await sandbox.get("/sandbox/personas")).json()
    async with open_hall(settings, bss_transport=transport) as hall:
        line_id = personas[0]["lineId"]
        for _ in range(2):
            await seed(hall.settings, personas)
            points = (await ask(hall, "points", line_id))["me"]["points"]
            assert points["available"] == 5800
            last_day = Month.of(hall.client.clock.now()).plus(1).first_day.toordinal() - 1
            assert [(each["points"], each["on"]) for each in points["expiring"]] == [
                (800, datetime.fromordinal(last_day).date().isoformat())
            ]
            standings = await hall.rewards.campaigns.fetch_standings()
            assert {each.campaign.id for each in standings if each.is_on} == {
                *("bigger-plan", "recharge-gift", "first-recharge", "invite-a-friend", "lucky-recharge")
            }
            await hall.rewards.campaigns.switch("lucky-recharge", on=True, by="test")
        async with read(hall.engine) as connection:
            assert len((await connection.execute(reward_item.select())).all()) == 7
        assert not [each async for each in audit(hall.rewards.mall_rows.reading)]


async def test_what_somebody_switched_off_stays_off_when_it_is_seeded_again(
    tmp_path: Path, sandbox: httpx.AsyncClient
) -> None:
    settings = make_settings(tmp_path)
    await asyncio.to_thread(upgrade_database, settings.database)
    personas = (await sandbox.get("/sandbox/personas")).json()
    await seed(settings, personas)
    async with open_hall(settings) as hall:
        await hall.rewards.campaigns.switch("lucky-recharge", on=False, by="test")
        await seed(settings, personas)
        off = [each.campaign.id for each in await hall.rewards.campaigns.fetch_standings() if not each.is_on]
    assert off == ["lucky-recharge"]


async def test_the_month_of_points_calls_a_prize_by_the_campaign_that_it_was_drawn_in(
    tmp_path: Path, world: World, sandbox: httpx.AsyncClient
) -> None:
    settings, transport = make_settings(tmp_path), httpx.ASGITransport(create_app(world))
    await asyncio.to_thread(upgrade_database, settings.database)
    line = (await sandbox.get("/sandbox/personas")).json()[0]
    async with open_hall(settings, bss_transport=transport) as hall:
        document = next(each for each in read_campaigns() if '"lucky-recharge"' in each)
        lucky = json.loads(document)
        draw, points = (each for each in lucky["pattern"][0]["action"] if each["id"] in {"draw", "points"})
        draw["prize"] = [{"reward": "points", "chances": ONE_BILLION}]
        lucky["pattern"][0]["action"] = [draw, points]
        document = json.dumps(lucky)
        await hall.rewards.campaigns.put_campaign(read_campaign(document), document, by="test")
        await hall.rewards.campaigns.switch("lucky-recharge", on=True, by="test")
        happened = Happening(
            "recharge:R1", HappeningKind.RECHARGE, line["lineId"], line["accountId"], hall.client.clock.now(), 5000
        )
        async with hall.rewards.mall_rows.transaction() as connection:
            await note_happening(connection, happened)
        await hall.rewards.wake()
        month: Any = {"entries": []}
        while not month["entries"]:
            await asyncio.sleep(0.01)
            month = (await ask(hall, "points_month", line["lineId"]))["me"]["pointsMonth"]
    assert [(each["points"], each["name"]["zh"]) for each in month["entries"]] == [(50, "充值抽奖")]


async def test_without_a_sandbox_nothing_is_begun(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    await asyncio.to_thread(upgrade_database, settings.database)
    await seed(settings, [])
    async with open_hall(settings) as hall:
        assert await hall.rewards.campaigns.fetch_standings() == []
        assert list(await hall.rewards.shelf.fetch_items()) == []


async def test_when_the_bss_says_that_a_number_passed_on_its_points_and_stars_end_once(
    tmp_path: Path, world: World, sandbox: httpx.AsyncClient
) -> None:
    settings, transport = make_settings(tmp_path), httpx.ASGITransport(create_app(world))
    await asyncio.to_thread(upgrade_database, settings.database)
    personas = (await sandbox.get("/sandbox/personas")).json()
    await seed(settings, personas)
    async with open_hall(settings, bss_transport=transport) as hall:
        line_id = personas[0]["lineId"]
        async with hall.rewards.mall_rows.transaction() as connection:
            await rate(connection, line_id, paid_fen=900_000, policies=TIERS, now=hall.client.clock.now())
        assert (await hall.rewards.points.fetch_points(line_id)).stars == 5
        passed = await sandbox.post("/sandbox/recycle", json={"number": personas[0]["number"]})
        assert passed.raise_for_status().json()["formerLineId"] == line_id
        for _ in range(2):
            await hall.identity.doorkeeper.recheck_line(line_id)
            points = await hall.rewards.points.fetch_points(line_id)
            assert (points.available, points.stars) == (0, 0)
        assert not [each async for each in audit(hall.rewards.mall_rows.reading)]


async def test_points_that_live_on_the_operator_s_platform_are_shown_and_redeemed_there(
    tmp_path: Path, world: World, sandbox: httpx.AsyncClient
) -> None:
    settings, transport = make_settings(tmp_path, points="platform"), httpx.ASGITransport(create_app(world))
    await asyncio.to_thread(upgrade_database, settings.database)
    personas = (await sandbox.get("/sandbox/personas")).json()
    await seed(settings, personas)
    async with open_hall(settings, bss_transport=transport) as hall:
        line_id = personas[0]["lineId"]
        points = (await ask(hall, "points", line_id))["me"]["points"]
        assert points["available"] > 0
        assert points["redeemable"] is False
        answer = (await ask(hall, "redeem_reward", line_id, code="B10", points=1000))["redeemReward"]
        assert answer["__typename"] == "RedemptionRefused"
        assert [each["code"] for each in answer["obstacles"]] == ["POINTS_ELSEWHERE"]
        assert "loyalty" not in await find_faults(hall)
        await sandbox.post("/sandbox/outage", json={"systems": ["loyalty"]})
        assert (await find_faults(hall))["loyalty"] == "loyalty_unavailable"
        other = Caller(Channel.APP, personas[2]["lineId"], personas[2]["number"], assurance=2)
        outcome = await hall.graph.run(APP["points"], {}, other)
        assert "loyalty_unavailable" in repr(outcome.errors)


async def test_a_paid_bill_earns_no_points_here_where_they_live_on_the_operator_s_platform(
    tmp_path: Path, world: World, sandbox: httpx.AsyncClient
) -> None:
    settings, transport = make_settings(tmp_path, points="platform"), httpx.ASGITransport(create_app(world))
    await asyncio.to_thread(upgrade_database, settings.database)
    account_id = (await sandbox.get("/sandbox/personas")).json()[0]["accountId"]
    async with open_hall(settings, bss_transport=transport) as hall:
        issued = await hall.client.fetch(read_call("bill", BILLS, {"billingAccount.id": account_id}))
        for bill in issued.json:
            await hall.rewards.watch_bill(BillEvent(bill["id"], account_id, BillCategory.NORMAL))
        await hall.rewards.earnings.work()
        async with read(hall.engine) as connection:
            states = set((await connection.execute(select(watched_bill.c.state))).scalars())
            postings = (await connection.execute(select(points_posting))).all()
    assert "earned" in states, "a bill is noted and rated all the same"
    assert postings == []
