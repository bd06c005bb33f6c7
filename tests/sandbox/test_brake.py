"""Are charges that a customer paused no longer made?"""

from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.app import create_app
from sandbox.bss.world import World

pytestmark = pytest.mark.anyio

PRODUCT = "/tmf-api/productInventory/v4/product"
NUMBER, LINE = "13800138010", "L000008-1"
MEGABYTE = 1024**2
SINCE = "2026-11-22T02:00:00.000Z"


def brake(*charges: str) -> dict[str, Any]:
    return {
        "productCharacteristic": [
            {"name": "chargeBrake", "value": list(charges)},
            {"name": "chargeBrakeSince", "value": SINCE},
        ]
    }


def traits(product: dict[str, Any]) -> dict[str, Any]:
    return {trait["name"]: trait["value"] for trait in product["productCharacteristic"]}


async def use(bss: httpx.AsyncClient, kind: str, amount: int, **more: Any) -> httpx.Response:
    return await bss.post("/sandbox/usage", json={"number": NUMBER, "usageType": kind, "amount": amount, **more})


async def test_a_brake_is_set_shown_changed_and_taken_off(bss: httpx.AsyncClient) -> None:
    assert "chargeBrake" not in traits((await bss.get(f"{PRODUCT}/{LINE}")).json())
    set_ = await bss.patch(f"{PRODUCT}/{LINE}", json=brake("roaming", "outOfBucket"))
    assert set_.status_code == 200
    assert set_.json() == (await bss.get(f"{PRODUCT}/{LINE}")).json()
    said = traits(set_.json())
    assert (said["chargeBrake"], said["chargeBrakeSince"]) == (["outOfBucket", "roaming"], SINCE)
    assert traits((await bss.patch(f"{PRODUCT}/{LINE}", json=brake("thirdParty"))).json())["chargeBrake"] == [
        "thirdParty"
    ]
    off = traits((await bss.patch(f"{PRODUCT}/{LINE}", json=brake())).json())
    assert not off.keys() & {"chargeBrake", "chargeBrakeSince"}


async def test_data_ends_where_the_plan_ends(bss: httpx.AsyncClient) -> None:
    await bss.patch(f"{PRODUCT}/{LINE}", json=brake("outOfBucket"))
    first = await use(bss, "data", 60 * 1024 * MEGABYTE)
    assert first.status_code == 201
    assert first.json()["ratedProductUsage"][0]["taxIncludedRatingAmount"]["value"] == 0
    took = {t["name"]: t["value"] for t in first.json()["usageCharacteristic"]}
    assert took["volumeBytes"] == sum(part["amount"] for part in took["consumption"]) < 60 * 1024 * MEGABYTE
    refused = await use(bss, "data", 1)
    assert (refused.status_code, refused.json()["code"]) == (409, "chargePaused")
    await bss.patch(f"{PRODUCT}/{LINE}", json=brake())
    assert (await use(bss, "data", 1)).json()["ratedProductUsage"][0]["taxIncludedRatingAmount"]["value"] == 0.005


@pytest.mark.parametrize(
    ("paused", "kind", "amount", "more"),
    [
        ("outOfBucket", "voice", 1_000_000, {}),
        ("outOfBucket", "sms", 100, {}),
        ("thirdParty", "valueAdded", 1, {}),
        ("roaming", "data", MEGABYTE, {"roaming": True}),
        ("roaming", "voice", 60, {"roaming": True, "place": "法国·巴黎"}),
    ],
)
async def test_a_paused_charge_is_refused_until_it_goes_on(
    bss: httpx.AsyncClient, paused: str, kind: str, amount: int, more: dict[str, Any]
) -> None:
    assert (await use(bss, kind, amount, **more)).status_code == 201
    await bss.patch(f"{PRODUCT}/{LINE}", json=brake(paused))
    refused = await use(bss, kind, amount, **more)
    assert (refused.status_code, refused.json()["code"]) == (409, "chargePaused")
    others = {"outOfBucket", "thirdParty", "roaming"} - {paused}
    await bss.patch(f"{PRODUCT}/{LINE}", json=brake(*others))
    assert (await use(bss, kind, amount, **more)).status_code == 201


@pytest.mark.parametrize(
    ("paused", "kind", "amount", "free"),
    [
        ("thirdParty", "valueAdded", 1, {"service": "来电提醒"}),
        ("roaming", "data", MEGABYTE, {"roaming": True, "place": "上海"}),
        ("outOfBucket", "sms", 1, {}),
        ("outOfBucket", "voice", 60, {"roaming": True}),
    ],
)
async def test_a_brake_stops_nothing_else(
    bss: httpx.AsyncClient, paused: str, kind: str, amount: int, free: dict[str, Any]
) -> None:
    await bss.patch(f"{PRODUCT}/{LINE}", json=brake(paused))
    assert (await use(bss, kind, amount, **free)).status_code == 201


async def test_a_braked_prepaid_line_uses_up_its_data_and_spends_nothing(bss: httpx.AsyncClient) -> None:
    prepaid = {"number": "13800138002", "usageType": "data", "amount": 20 * 1024 * MEGABYTE}
    unbraked = await bss.post("/sandbox/usage", json=prepaid)
    assert unbraked.json()["code"] == "balanceTooLow"
    await bss.patch(f"{PRODUCT}/L000001-1", json=brake("outOfBucket"))
    used = await bss.post("/sandbox/usage", json=prepaid)
    assert (used.status_code, used.json()["ratedProductUsage"][0]["taxIncludedRatingAmount"]["value"]) == (201, 0)
    assert (await bss.post("/sandbox/usage", json=prepaid)).json()["code"] == "chargePaused"


@pytest.mark.parametrize(
    "body",
    [
        {}, {"productCharacteristic": []}, {"productCharacteristic": "chargeBrake"}, {"status": "active"},
        {"productCharacteristic": [{"name": "city", "value": "北京"}]},
        {"productCharacteristic": [{"name": "chargeBrakeSince", "value": SINCE}]},
        {"productCharacteristic": [{"name": "chargeBrake", "value": "roaming"}]},
        {"productCharacteristic": [{"name": "chargeBrake", "value": ["all"]}]},
        {"productCharacteristic": [{"name": "chargeBrake", "value": [["roaming"]]}]},
        {"productCharacteristic": [{"name": "chargeBrake"}]},
        {"productCharacteristic": [{"name": "chargeBrake", "value": ["roaming"]},
                                   {"name": "chargeBrakeSince", "value": "once"}]},
    ],
)  # fmt: skip
async def test_a_bad_wish_changes_nothing(bss: httpx.AsyncClient, body: dict[str, Any]) -> None:
    before = (await bss.get(f"{PRODUCT}/{LINE}")).json()
    answer = await bss.patch(f"{PRODUCT}/{LINE}", json=body)
    assert (answer.status_code, answer.json()["status"]) == (400, "400")
    assert (await bss.get(f"{PRODUCT}/{LINE}")).json() == before


async def test_only_a_living_line_is_braked(bss: httpx.AsyncClient) -> None:
    for id_ in ("P000008-1-1", "L999999-1", "A000008"):
        assert (await bss.patch(f"{PRODUCT}/{id_}", json=brake("roaming"))).status_code == 404
    await bss.post("/sandbox/line", json={"number": NUMBER, "status": "terminated"})
    answer = await bss.patch(f"{PRODUCT}/{LINE}", json=brake("roaming"))
    assert (answer.status_code, answer.json()["code"]) == (409, "lineTerminated")


async def test_a_change_is_told_once_to_whoever_listens(bss: httpx.AsyncClient, world: World) -> None:
    hub = {"callback": "http://127.0.0.1:9/hook", "query": ""}
    (subscription,) = [(await bss.post("/tmf-api/productInventory/v4/hub", json=hub)).json()["id"]]
    for _ in range(2):
        await bss.patch(f"{PRODUCT}/{LINE}", json=brake("roaming"))
    (event,) = world.store.next_deliveries(subscription)
    assert event.listener == "productAttributeValueChangeEvent"
    assert '"chargeBrake"' in event.body
    assert LINE in event.body


async def test_a_brake_outlives_a_restart(tmp_path: Path, born_ms: int) -> None:
    for turn in range(2):
        world = World.open(tmp_path, now_ms=born_ms)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(world)), base_url="http://s") as client:
            if not turn:
                await client.patch(f"{PRODUCT}/{LINE}", json=brake("roaming"))
            assert traits((await client.get(f"{PRODUCT}/{LINE}")).json())["chargeBrake"] == ["roaming"]
        world.store.close()
