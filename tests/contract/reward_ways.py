"""What do rewards need of a whole hall: things in the mall, points on a line, a campaign that runs, days that pass?"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from itertools import count
from typing import Any
from uuid import uuid4

from bss_adapters.tmf.call import read_call
from gateway.database import read, write
from gateway.identity.proof import sure
from graphql_schema.assurance import Factor
from graphql_schema.client import Caller, Channel
from graphql_schema.types.reward import RewardKind
from loyalty.campaigns.document import parse_campaign
from loyalty.points.answers import Kind
from loyalty.points.audit import Difference, audit
from loyalty.points.earning import Earning, earn
from loyalty.points.policies import MONTHS_36, LotPolicy
from loyalty.rewards.items import WantedItem
from loyalty.rules.campaign import Campaign
from tests.contract.conftest import House

ORDINARY, PREPAID, FAMILY, SECONDARY = "13800138001", "13800138002", "13800138003", "13800138004"
BARRED, PAYS_EARLY, UNCHECKED = "13800138007", "13800138005", "13800138014"
THIS_MONTH = LotPolicy("this-month", date(2000, 1, 1), months=0)
TEN_YUAN = WantedItem(
    "HF10", RewardKind.BALANCE, 1000, "10元话费", "Ten yuan of credit", amount_fen=1000, valid_days=30
)
DATA = WantedItem("LL5", RewardKind.DATA, 500, "5GB流量", "Five gigabytes", offering_id="pack-data-5")
CUP = WantedItem("CUP", RewardKind.GOODS, 800, "保温杯", "A vacuum cup", goods="goods-cup", stock=1)
MALL = (TEN_YUAN, DATA, CUP)
_BALANCE = "/tmf-api/prepayBalanceManagement/v4"
_gifts = count(1)


async def persona(house: House, number: str) -> dict[str, Any]:
    """One of the sandbox's people."""
    people = (await house.levers.get("/sandbox/personas")).raise_for_status().json()
    found: dict[str, Any] = next(each for each in people if each["number"] == number)
    return found


async def line_of(house: House, number: str) -> str:
    return str((await persona(house, number))["lineId"])


async def fill_mall(house: House, *items: WantedItem) -> None:
    await house.hall.rewards.shelf.load_items(items or MALL)


async def give_points(house: House, number: str, points: int, policy: LotPolicy = MONTHS_36) -> str:
    """Points that came from nowhere; the line that has them."""
    line_id, event = await line_of(house, number), f"gift:{next(_gifts)}-{uuid4().hex}"
    async with write(house.hall.engine) as connection:
        earning = Earning(event, line_id, points, Kind.REWARD, event)
        await earn(connection, earning, (policy,), now=house.hall.client.clock.now())
    return line_id


async def run_campaign(house: House, name: str, *actions: dict[str, Any], **pattern: Any) -> None:
    """Puts in what a colleague would, and switches it on: from 100 yuan all of the actions, for recharges."""
    written = {"action": list(actions), "tier": [{"from": "100.00", "reward": [each["id"] for each in actions]}]}
    document = {
        "@type": "Campaign",
        "@baseType": "Promotion",
        "id": name,
        "name": f"活动{name}",
        "nameEn": f"Campaign {name}",
        "validFor": {"startDateTime": "2026-01-01T00:00:00+08:00", "endDateTime": "2027-12-31T00:00:00+08:00"},
        "happening": pattern.pop("happening", ["recharge"]),
        "clawbackMonths": pattern.pop("clawback", 0),
        "pattern": [written | pattern],
    }
    text = json.dumps(document, ensure_ascii=False, indent=1)
    checked = parse_campaign(text)
    assert isinstance(checked, Campaign), checked
    desk = house.hall.rewards.campaigns
    await desk.put_campaign(checked, text, by="staff:1001")
    await desk.switch(name, on=True, by="staff:1002")


def frozen_money(amount: str, months: int) -> dict[str, Any]:
    release = {"months": months, "leastSpend": "0.00"}
    money = {"actionType": "currency", "actionValue": amount, "release": release, "usableFor": ["monthly_fee"]}
    return {"id": "frozen", "name": f"{amount}元话费", "nameEn": f"{amount} yuan"} | money


def points_gift(points: int) -> dict[str, Any]:
    gift = {"actionType": "bonus point", "actionValue": str(points), "cost": "3.00"}
    return {"id": "points", "name": f"{points}积分", "nameEn": f"{points} points"} | gift


async def move_clock(house: House, now: str) -> None:
    """It is so late at the operator's, and the next answer lets us know."""
    (await house.levers.post("/sandbox/clock", json={"now": now})).raise_for_status()
    await notice_time(house)


async def pass_seconds(house: House, seconds: float) -> None:
    (await house.levers.post("/sandbox/clock", json={"advanceSeconds": seconds})).raise_for_status()
    await notice_time(house)


async def notice_time(house: House) -> None:
    """The ``Date`` of any answer says it."""
    await house.hall.client.fetch(read_call("line", "/productInventory/v4/product", {"limit": "1"}))


async def work(house: House) -> None:
    """A beat comes: everything that is due is done, also what one work leaves to another."""
    await pass_seconds(house, 2)  # a ``Date`` says whole seconds: our clock may be a part of one behind
    for _ in range(2):
        for each in house.hall.rewards.works:
            await each._work()  # behind nobody: what goes wrong is seen


async def until(look: Callable[[], Awaitable[Any]], *, seconds: float = 20) -> Any:
    """What it sees once it sees anything."""
    async with asyncio.timeout(seconds):
        while not (found := await look()):  # noqa: ASYNC110  another process's, in all but name
            await asyncio.sleep(0.05)
    return found


async def strong(house: House, number: str, line_id: str | None = None) -> dict[str, str]:
    """The header of a session in the app in which code and password were proved just now."""
    now = datetime.now(UTC)
    caller = Caller(Channel.APP, line_id or await line_of(house, number), number)
    proved = sure(caller, {Factor.PASSWORD: now, Factor.CODE: now}, now)
    async with write(house.hall.engine) as connection:
        admitted = await house.hall.doorkeeper.sessions.begin(connection, proved, now=now)
    return {"authorization": f"Bearer {admitted.token}"}


async def points_of(house: House, headers: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = (await house.ask("Points", headers))["data"]["me"]["points"]
    return found


async def grants_of(house: House, headers: dict[str, str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await house.ask("Grants", headers))["data"]["me"]["grants"]
    return found


async def redemptions_of(house: House, headers: dict[str, str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await house.ask("Redemptions", headers))["data"]["me"]["redemptions"]
    return found


async def redeem(house: House, headers: dict[str, str], code: str, points: int, **more: Any) -> dict[str, Any]:
    wish = {"idempotencyKey": uuid4().hex, "code": code, "points": points, **more}
    found: dict[str, Any] = (await house.ask("RedeemReward", headers, input=wish))["data"]["redeemReward"]
    return found


async def pots_of(house: House, number: str) -> list[dict[str, Any]]:
    """Money that we had the operator grant: each reference of ours is a pot (``…-r<serial>``)."""
    query = {"partyAccount.id": (await persona(house, number))["accountId"], "limit": "100"}
    found = (await house.levers.get(f"{_BALANCE}/bucket", params=query)).raise_for_status().json()
    return [each for each in found if re.search(r"-r[0-9]", each["id"])]


async def granted_yuan(house: House, number: str) -> Decimal:
    """What is there of all that."""
    return sum((Decimal(str(each["remainingValue"]["amount"])) for each in await pots_of(house, number)), Decimal(0))


async def packs_of(house: House, line_id: str, offering_id: str) -> list[dict[str, Any]]:
    """What the line holds of an offering."""
    query = {"productRelationship.product.id": line_id, "limit": "100"}
    held = (await house.levers.get("/tmf-api/productInventory/v4/product", params=query)).raise_for_status().json()
    return [each for each in held if each.get("productOffering", {}).get("id") == offering_id]


async def differing_accounts(house: House) -> list[Difference]:
    """Accounts of points that are not the sum of their postings."""
    return [each async for each in audit(partial(read, house.hall.engine))]
