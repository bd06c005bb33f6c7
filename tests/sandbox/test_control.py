"""Can one see and move the sandbox from outside?"""

from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.anyio

API = "/tmf-api"
NOVEMBER_RUN = "2026-12-01T00:00:00+08:00"


async def consumption(bss: httpx.AsyncClient, line_id: str) -> dict[str, Any]:
    wish = {"searchCriteria": {"product": [{"id": line_id}]}}
    return (await bss.post(f"{API}/usageConsumption/v4/queryUsageConsumption", json=wish)).json()["usageConsumption"][0]


async def test_every_answer_says_the_business_time(bss: httpx.AsyncClient) -> None:
    moved = await bss.post("/sandbox/clock", json={"now": "2027-03-04T05:06:07+08:00"})
    assert moved.json()["now"].startswith("2027-03-03T21:06:0")
    for path in (f"{API}/productCatalogManagement/v4/category", f"{API}/nothing", "/sandbox/clock"):
        said = parsedate_to_datetime((await bss.get(path)).headers["date"])
        assert 0 <= (said - parsedate_to_datetime("Wed, 03 Mar 2027 21:06:07 GMT")).total_seconds() < 60
    assert (await consumption(bss, "L000000-1"))["lastUpdate"].startswith("2027-03-03T21:0")


@pytest.mark.parametrize(
    "body",
    [
        {"now": "yesterday"}, {"now": "2020-01-01T00:00Z"}, {"now": 5}, {"now": "9999-12-31T23:59"},
        {"now": "2100-01-02"},
        {"advanceSeconds": "1"}, {"advanceSeconds": 1e300}, {"advanceSeconds": True}, {"advanceSeconds": -(10**9)},
    ],
)  # fmt: skip
async def test_an_impossible_time_moves_nothing(bss: httpx.AsyncClient, body: dict[str, Any]) -> None:
    before = (await bss.get("/sandbox/clock")).json()["now"][:15]
    assert (await bss.post("/sandbox/clock", json=body)).status_code == 400
    assert (await bss.get("/sandbox/clock")).json()["now"][:15] == before


async def test_a_new_month_brings_a_bill_and_fresh_buckets(bss: httpx.AsyncClient) -> None:
    bills = f"{API}/customerBillManagement/v4/customerBill"
    demand = {"billingAccount": {"id": "A000008"}}
    asked = await bss.post(f"{API}/customerBillManagement/v4/customerBillOnDemand", json=demand)
    on_demand = (await bss.get(asked.json()["customerBill"]["href"])).json()
    await bss.post("/sandbox/clock", json={"now": NOVEMBER_RUN})
    issued = (await bss.get(bills, params={"billingAccount.id": "A000008"})).json()
    assert len(issued) == 7
    assert issued[0]["amountDue"] == on_demand["amountDue"]
    assert (issued[0]["state"], issued[0]["billDate"]) == ("sent", "2026-11-30T16:00:00.000Z")
    assert (await bss.get(asked.json()["customerBill"]["href"])).json() == on_demand
    fresh = await consumption(bss, "L000008-1")
    assert fresh["validPeriod"]["startDateTime"] == "2026-11-30T16:00:00.000Z"
    used = {b["remainingValueName"]: b["bucketCounter"][0]["value"]["amount"] for b in fresh["bucketRefOrValue"]}
    assert used["general:plan"] == used["general:rolledOver"] == 0


async def test_the_clock_moved_back_hides_what_has_not_happened_yet(bss: httpx.AsyncClient) -> None:
    usage = f"{API}/usageManagement/v4/usage"
    later = int((await bss.get(usage, params={"relatedParty.id": "L000000-1"})).headers["X-Total-Count"])
    await bss.post("/sandbox/clock", json={"now": "2026-11-02T12:00:00+08:00"})
    earlier = await bss.get(usage, params={"relatedParty.id": "L000000-1", "limit": 1000, "offset": 2000})
    assert later - 350 < int(earlier.headers["X-Total-Count"]) < later - 200
    assert all(use["usageDate"] <= "2026-11-02T04:00:05" for use in earlier.json())


async def test_a_use_is_rated_draws_its_bucket_and_is_on_record(bss: httpx.AsyncClient) -> None:
    use = {"number": "13800138010", "usageType": "data", "amount": 1_000_000}
    before = await consumption(bss, "L000008-1")
    made = (await bss.post("/sandbox/usage", json=use)).json()
    traits = {trait["name"]: trait["value"] for trait in made["usageCharacteristic"]}
    (taken,) = traits["consumption"]
    after = await consumption(bss, "L000008-1")

    def used(seen: dict[str, Any]) -> int:
        (bucket,) = [bucket for bucket in seen["bucketRefOrValue"] if bucket["id"] == taken["bucketId"]]
        return bucket["bucketCounter"][0]["value"]["amount"]

    assert (taken["amount"], traits["volumeBytes"]) == (1_000_000, 1_000_000)
    assert used(after) - used(before) == 1_000_000
    assert after["lastUpdate"] >= made["usageDate"]
    assert (await bss.get(made["href"])).json() == made


@pytest.mark.parametrize(
    ("asked", "traits", "tariff", "fee"),
    [
        ({"usageType": "valueAdded"}, {"service": "游戏道具", "eventCount": 2}, "tariff-game-item", 4),
        ({"usageType": "valueAdded", "service": "付费阅读"}, {"service": "付费阅读"}, "tariff-paid-chapter", 0.24),
        ({"usageType": "valueAdded", "service": "天气"}, {"service": "天气"}, "free", 0),
        ({"usageType": "data", "roaming": True}, {"place": "日本·东京", "roamingType": "international"},
         "tariff-roaming-data", 0.3),
        ({"usageType": "voice", "roaming": True, "place": "法国·巴黎"}, {"place": "法国·巴黎", "roaming": True},
         "tariff-roaming-call", 0.99),
        ({"usageType": "sms", "roaming": True, "place": "上海"}, {"place": "上海", "roamingType": "domestic"},
         "included", 0),
    ],
)  # fmt: skip
async def test_events_and_use_away_from_home_are_rated_and_billed(
    bss: httpx.AsyncClient, asked: dict[str, Any], traits: dict[str, Any], tariff: str, fee: float
) -> None:
    before = await billed_so_far(bss, "A000012")
    answer = await bss.post("/sandbox/usage", json={"number": "13800138014", "amount": 2} | asked)
    (rated,) = answer.json()["ratedProductUsage"]
    assert (rated["offerTariffType"], rated["taxIncludedRatingAmount"]["value"]) == (tariff, fee)
    said = {trait["name"]: trait["value"] for trait in answer.json()["usageCharacteristic"]}
    assert traits.items() <= said.items()
    assert said["tariffName"]
    assert said["tariffNameEn"]
    assert await billed_so_far(bss, "A000012") - before == pytest.approx(fee)


async def billed_so_far(bss: httpx.AsyncClient, account_id: str) -> float:
    bill = f"{API}/customerBillManagement/v4"
    demand = await bss.post(f"{bill}/customerBillOnDemand", json={"billingAccount": {"id": account_id}})
    return (await bss.get(f"{bill}/customerBill/{demand.json()['customerBill']['id']}")).json()["amountDue"]["value"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"number": "13800138001", "usageType": "fax", "amount": 1}, 400),
        ({"number": "13800138001", "usageType": "data", "amount": 0}, 400),
        ({"number": "13800138001", "usageType": "data", "amount": -5}, 400),
        ({"number": "13800138001", "usageType": "data", "amount": True}, 400),
        ({"number": "13800138001", "usageType": "data", "amount": 10**13}, 400),
        ({"number": "13800138001", "usageType": "data", "amount": 1.5}, 400),
        ({"number": "13800138001", "usageType": "data", "amount": 1, "roaming": "yes"}, 400),
        ({"number": "13800138001", "usageType": "data", "amount": 1, "roaming": True, "place": 7}, 400),
        ({"number": "13800138001", "usageType": "valueAdded", "amount": 1, "service": ""}, 400),
        ({"number": "10086", "usageType": "data", "amount": 1}, 404),
    ],
)
async def test_a_bad_use_is_refused(bss: httpx.AsyncClient, body: dict[str, Any], status: int) -> None:
    assert (await bss.post("/sandbox/usage", json=body)).status_code == status


async def test_an_outage_takes_down_one_system_until_it_is_healed(bss: httpx.AsyncClient) -> None:
    bill, line = f"{API}/customerBillManagement/v4/customerBill", f"{API}/productInventory/v4/product"
    await bss.post("/sandbox/outage", json={"systems": ["bill"]})
    down = await bss.get(bill)
    assert (down.status_code, down.json()["code"]) == (503, "outOfService")
    assert (await bss.get(line)).status_code == 206
    assert (await bss.get("/sandbox/outage")).json() == {"systems": ["bill"]}
    assert (await bss.post("/sandbox/outage", json={"systems": ["gas"]})).status_code == 400
    await bss.post("/sandbox/outage", json={"systems": []})
    assert (await bss.get(bill)).status_code == 206
