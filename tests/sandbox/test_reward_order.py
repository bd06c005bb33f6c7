"""Is a pack given free of charge, and a thing sent, once for a reference, and is it known how far it is?"""

from typing import Any

import httpx
import pytest

from tests.sandbox import changes as ask
from tests.sandbox.changes import ORDERING, Wire, fetch_order, fetch_packages, pass_time, preview, set_clock

pytestmark = pytest.mark.anyio

DAY_SECONDS = 86_400
FREE = [{"priceAlteration": [{"name": "reward", "priceType": "discount", "price": {"percentage": 100}}]}]
PLACE = {"role": "delivery", "name": "广州市天河区体育西路1号", "@type": "GeographicAddress"}
PERSON = {"id": "-", "name": "陈晓彤", "role": "recipient", "@referredType": "Individual"}
PRIVATE = ("体育西路", "陈晓彤", "13912345678")


def pack(offering: str, reference: str = "w-1", *, line: str = ask.ORDINARY, months: int | None = None) -> Wire:
    item = ask.add(line, offering) | {"itemPrice": FREE}
    if months is not None:
        item["itemTerm"] = [{"name": "reward", "duration": {"amount": months, "units": "month"}}]
    return reward(reference, item, line)


def goods(thing: str, reference: str = "w-1", *, line: str = ask.ORDINARY) -> Wire:
    item = ask.add(line, thing)
    item["product"] |= {"place": [PLACE], "relatedParty": [PERSON]}
    return reward(reference, item, line) | {"notificationContact": "13912345678"}


def reward(reference: str, item: Wire, line: str) -> Wire:
    party = {"id": line, "role": "line", "@referredType": "Product"}
    return {"externalId": reference, "category": "reward", "relatedParty": [party], "productOrderItem": [item]}


async def post(bss: httpx.AsyncClient, body: Wire) -> httpx.Response:
    return await bss.post(f"{ORDERING}/productOrder", json=body)


async def place(bss: httpx.AsyncClient, body: Wire) -> Wire:
    answer = await post(bss, body)
    assert answer.status_code == 201, answer.text
    placed: Wire = answer.json()
    return placed


async def bill(bss: httpx.AsyncClient, month: str) -> Any:
    rates = await bss.get(
        "/tmf-api/customerBillManagement/v4/appliedCustomerBillingRate", params={"bill.id": f"B000000-{month}"}
    )
    return [(rate["name"], rate["taxIncludedAmount"]["value"]) for rate in rates.json()]


async def test_a_given_pack_is_there_after_a_minute_and_costs_nothing(bss: httpx.AsyncClient) -> None:
    placed = await place(bss, pack("pack-music-10"))
    assert (placed["state"], placed["action"], placed["cancellable"]) == ("acknowledged", "add", False)
    assert "price" not in placed
    await pass_time(bss, 61)
    assert (await fetch_order(bss, placed["id"]))["state"] == "completed"
    assert (await fetch_packages(bss, ask.ORDINARY))["pack-music-10"] == "active"
    await set_clock(bss, "2026-12-02T00:00:00+08:00")
    assert not [fee for name, fee in await bill(bss, "202611") if name == "10GB音乐定向流量包"]


async def test_a_pack_that_is_given_for_months_ends_by_itself_and_is_never_charged(bss: httpx.AsyncClient) -> None:
    await place(bss, pack("pack-music-10", months=2))
    await set_clock(bss, "2026-12-31T23:59:00+08:00")
    assert (await fetch_packages(bss, ask.ORDINARY))["pack-music-10"] == "pendingTerminate"
    await set_clock(bss, "2027-02-02T00:00:00+08:00")
    assert (await fetch_packages(bss, ask.ORDINARY))["pack-music-10"] == "terminated"
    for month in ("202611", "202612", "202701"):
        assert not [fee for name, fee in await bill(bss, month) if name == "10GB音乐定向流量包"]


async def test_a_discount_ends_when_its_offering_says_or_sooner_or_later_where_the_order_does(
    bss: httpx.AsyncClient,
) -> None:
    await place(bss, pack("benefit-plan-10", line=ask.CONTRACT))
    await place(bss, pack("benefit-plan-10", "w-2", line=ask.CONTRACT, months=4))
    held = {}
    for now in ("2027-01-31T23:59:00+08:00", "2027-02-01T00:00:00+08:00", "2027-03-01T00:00:00+08:00"):
        await set_clock(bss, now)
        query = {"productRelationship.product.id": ask.CONTRACT, "productOffering.id": "benefit-plan-10"}
        products = (await bss.get("/tmf-api/productInventory/v4/product", params=query)).json()
        held[now[:7]] = sorted(each["status"] for each in products)
    assert held == {
        "2027-01": ["pendingTerminate", "pendingTerminate"],
        "2027-02": ["pendingTerminate", "terminated"],
        "2027-03": ["terminated", "terminated"],
    }


async def test_a_gift_comes_on_top_of_what_is_held_and_hinders_no_purchase(bss: httpx.AsyncClient) -> None:
    await place(bss, pack("pack-data-5"))
    await place(bss, pack("pack-voice-100", "w-2"))
    await pass_time(bss, 61)
    bought = await preview(bss, ask.ORDINARY, ask.add(ask.ORDINARY, "pack-voice-100"))
    assert bought["codes"] == []
    again = await preview(bss, ask.ORDINARY, ask.add(ask.ORDINARY, "pack-data-5"))
    assert again["codes"] == ["alreadyHeld"]


@pytest.mark.parametrize("body", [pack("benefit-loyal-10"), goods("goods-cup")])
async def test_a_reference_is_one_order(bss: httpx.AsyncClient, body: Wire) -> None:
    first, second = await place(bss, body), await place(bss, body)
    assert first["id"] == second["id"]
    found = (await bss.get(f"{ORDERING}/productOrder", params={"externalId": "w-1"})).json()
    assert [each["id"] for each in found] == [first["id"]]
    other = await post(bss, pack("pack-voice-100"))
    assert (other.status_code, other.json()["code"]) == (409, "referenceReused")


async def test_nobody_calls_a_gift_off(bss: httpx.AsyncClient) -> None:
    placed = await place(bss, pack("pack-music-10"))
    assert (await ask.cancel(bss, placed["id"])).status_code == 409


async def test_a_thing_is_packed_sent_and_delivered(bss: httpx.AsyncClient) -> None:
    placed = await place(bss, goods("goods-cup"))
    assert (placed["state"], [step["nameEn"] for step in placed["milestone"]]) == (
        "acknowledged",
        ["Accepted", "Packed", "Sent", "Delivered"],
    )
    await pass_time(bss, 3600)
    packed = await fetch_order(bss, placed["id"])
    assert packed["state"] == "inProgress"
    assert "productCharacteristic" not in packed["productOrderItem"][0]["product"]
    await pass_time(bss, DAY_SECONDS)
    [tracking] = (await fetch_order(bss, placed["id"]))["productOrderItem"][0]["product"]["productCharacteristic"]
    assert tracking["name"] == "tracking"
    assert tracking["value"].startswith("SF")
    await pass_time(bss, 2 * DAY_SECONDS)
    assert (await fetch_order(bss, placed["id"]))["state"] == "completed"


async def test_a_thing_that_is_gone_fails_soon_and_says_so(bss: httpx.AsyncClient) -> None:
    placed = await place(bss, goods("goods-router"))
    assert placed["state"] == "acknowledged"
    await pass_time(bss, 21)
    failed = await fetch_order(bss, placed["id"])
    assert (failed["state"], failed["failure"]["code"]) == ("failed", "outOfStock")


async def test_a_thing_that_can_not_be_delivered_fails_with_what_is_known_of_its_way(bss: httpx.AsyncClient) -> None:
    placed = await place(bss, goods("goods-cup"))
    await pass_time(bss, DAY_SECONDS + 60)
    await bss.post("/sandbox/order", json={"id": "w-1", "deed": "fail", "reason": "undeliverable"})
    failed = await fetch_order(bss, placed["id"])
    assert (failed["state"], failed["failure"]["code"]) == ("failed", "undeliverable")
    assert failed["productOrderItem"][0]["product"]["productCharacteristic"]


async def test_nobody_is_told_again_to_whom_a_thing_goes(bss: httpx.AsyncClient) -> None:
    told = (await post(bss, goods("goods-cup"))).text
    told += (await bss.get(f"{ORDERING}/productOrder", params={"relatedParty.id": ask.ORDINARY})).text
    assert not [word for word in PRIVATE if word in told]


async def test_a_parcel_under_way_hinders_no_closing(bss: httpx.AsyncClient) -> None:
    await place(bss, goods("goods-cup", line=ask.NEAR))
    assert (await preview(bss, ask.NEAR, ask.close(ask.NEAR)))["codes"] == []


@pytest.mark.parametrize(
    ("line", "offering", "codes"),
    [
        (ask.THROTTLED, "pack-data-10", "excluded"),
        (ask.ORDINARY, "gift-data-10", "required"),
        (ask.ORDINARY, "benefit-plan-10", "required"),
        (ask.ORDINARY, "plan-79", "notOffered,excluded"),
        (ask.BROADBAND, "pack-music-10", "notOffered"),
    ],
)
async def test_what_does_not_fit_is_not_given(bss: httpx.AsyncClient, line: str, offering: str, codes: str) -> None:
    answer = await post(bss, pack(offering, line=line))
    assert (answer.status_code, answer.json()["code"], answer.json()["message"]) == (409, "notQualified", codes)


async def test_a_suspended_and_a_closed_line_get_no_pack(bss: httpx.AsyncClient) -> None:
    for status, code in (("suspended", "suspended"), ("terminated", "lineClosed")):
        await bss.post("/sandbox/line", json={"number": "13800138010", "status": status})
        answer = await post(bss, pack("pack-music-10", line=ask.NEAR))
        assert (answer.status_code, answer.json()["message"]) == (409, code)


async def test_an_order_that_is_no_gift_or_no_delivery_is_refused(bss: httpx.AsyncClient) -> None:
    paid = pack("pack-music-10")
    del paid["productOrderItem"][0]["itemPrice"]
    nowhere, nobody = goods("goods-cup"), goods("goods-cup")
    del nowhere["productOrderItem"][0]["product"]["place"]
    del nobody["notificationContact"]
    bad = [paid, nowhere, nobody, pack("no-such-thing"), pack("pack-music-10", months=0), pack("p", line="L999999-1")]
    assert [(await post(bss, body)).status_code for body in bad] == [400] * len(bad)
    sold = goods("goods-cup") | {"category": "selfService"}
    assert (await post(bss, sold)).json()["code"] == "unknownOffering"
