"""What becomes of an order, and who is told?"""

import asyncio
from typing import Any

import httpx
import orjson
import pytest

from sandbox.bss.world import World
from tests.sandbox import changes as ask
from tests.sandbox.changes import Wire, fetch_order, place

pytestmark = pytest.mark.anyio

ORDERS = f"{ask.ORDERING}/productOrder"
SETS_OUT = "2026-11-22T10:00:00+08:00"


def steps(order: Wire) -> list[tuple[str, str]]:
    return [(step["system"], step["state"]) for step in order["milestone"]]


async def spoil(bss: httpx.AsyncClient, id_: str, deed: str, reason: str | None = None) -> httpx.Response:
    return await bss.post("/sandbox/order", json={"id": id_, "deed": deed} | ({"reason": reason} if reason else {}))


async def test_an_order_at_once_goes_from_system_to_system_in_a_minute(bss: httpx.AsyncClient) -> None:
    placed = await place(bss, ask.NEAR, ask.add(ask.NEAR, "pack-data-10"))
    assert (placed["state"], placed["externalId"], placed["action"]) == ("acknowledged", "r-1", "add")
    assert (placed["price"], placed["repeats"], placed["cancellable"]) == ({"unit": "CNY", "value": 25.0}, True, True)
    assert steps(placed) == [
        ("order", "done"), ("resource", "active"), ("activation", "planned"), ("billing", "planned")
    ]  # fmt: skip
    for seconds, state, active in ((21, "inProgress", "activation"), (20, "inProgress", "billing")):
        await ask.pass_time(bss, seconds)
        order = await fetch_order(bss, placed["id"])
        assert order["state"] == state
        assert [system for system, found in steps(order) if found == "active"] == [active]
        assert (await ask.fetch_packages(bss, ask.NEAR))["pack-data-10"] == "pendingActive"
    await ask.pass_time(bss, 20)
    order = await fetch_order(bss, placed["id"])
    assert (order["state"], order["cancellable"]) == ("completed", False)
    assert order["completionDate"] == placed["expectedCompletionDate"]
    assert (await ask.fetch_packages(bss, ask.NEAR))["pack-data-10"] == "active"


async def test_an_order_for_the_next_cycle_waits_for_its_first_instant(bss: httpx.AsyncClient) -> None:
    placed = await place(bss, ask.NEAR, ask.change_plan(ask.NEAR, "plan-129"))
    assert placed["expectedCompletionDate"] == "2026-11-30T16:00:00.000Z"
    await ask.pass_time(bss, 30)
    waiting = await fetch_order(bss, placed["id"])
    assert (waiting["state"], waiting["cancellable"]) == ("pending", True)
    await ask.set_clock(bss, "2026-11-30T23:59:58+08:00")
    assert (await ask.fetch_packages(bss, ask.NEAR))["plan-79"] == "pendingTerminate"
    await ask.set_clock(bss, "2026-12-01T00:00:00+08:00")
    assert (await fetch_order(bss, placed["id"]))["state"] == "completed"
    held = await ask.fetch_packages(bss, ask.NEAR)
    assert (held["plan-79"], held["plan-129"]) == ("terminated", "active")


async def test_one_reference_is_one_order_even_at_once(bss: httpx.AsyncClient) -> None:
    body = ask.order(ask.NEAR, ask.add(ask.NEAR, "pack-data-10"), "r-same")
    answers = await asyncio.gather(*(bss.post(ORDERS, json=body) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    await ask.pass_time(bss, 120)
    again = await bss.post(ORDERS, json=body)  # long done, and held by now: still the same order
    assert (again.status_code, again.json()["state"]) == (201, "completed")
    found = await bss.get(ORDERS, params={"externalId": "r-same"})
    assert (len(found.json()), found.headers["x-total-count"]) == (1, "1")
    listed = await bss.get(ask.INVENTORY, params={"productRelationship.product.id": ask.NEAR})
    offerings = [item.get("productOffering", {}).get("id") for item in listed.json()]
    assert offerings.count("pack-data-10") == 1


async def test_a_reference_that_stands_for_another_wish_is_refused(bss: httpx.AsyncClient) -> None:
    await place(bss, ask.NEAR, ask.add(ask.NEAR, "pack-data-10"))
    other = await bss.post(ORDERS, json=ask.order(ask.NEAR, ask.add(ask.NEAR, "pack-sms-100"), "r-1"))
    assert (other.status_code, other.json()["code"]) == (409, "referenceReused")


async def test_a_lines_orders_are_listed_the_newest_first(bss: httpx.AsyncClient) -> None:
    for place_, offering in enumerate(("pack-data-10", "pack-sms-100", "pack-voice-100")):
        await place(bss, ask.NEAR, ask.add(ask.NEAR, offering), f"r-{place_}")
    await place(bss, ask.CONTRACT, ask.add(ask.CONTRACT, "pack-sms-100"), "r-other")
    params = {"relatedParty.id": ask.NEAR, "sort": "-orderDate", "limit": "100"}
    assert [order["externalId"] for order in (await bss.get(ORDERS, params=params)).json()] == ["r-2", "r-1", "r-0"]
    first = await bss.get(ORDERS, params=params | {"sort": "orderDate", "limit": "1"})
    assert ([order["externalId"] for order in first.json()], first.headers["x-total-count"]) == (["r-0"], "3")


async def test_it_can_be_called_off_until_it_takes_effect_and_twice_is_once(bss: httpx.AsyncClient) -> None:
    placed = await place(bss, ask.NEAR, ask.change_plan(ask.NEAR, "plan-129"))
    for _ in range(2):
        answer = await ask.cancel(bss, placed["id"])
        assert (answer.status_code, answer.json()["state"]) == (201, "done")
    order = await fetch_order(bss, placed["id"])
    assert (order["state"], order["cancellationReason"]) == ("cancelled", "changed my mind")
    assert {state for _, state in steps(order)} <= {"done", "skipped"}
    assert (await ask.fetch_packages(bss, ask.NEAR)).get("plan-129") is None
    done = await place(bss, ask.NEAR, ask.add(ask.NEAR, "pack-data-10"), "r-2")
    await ask.pass_time(bss, 61)
    late = await ask.cancel(bss, done["id"])
    assert (late.status_code, late.json()["code"]) == (409, "notCancellable")
    nobody = await ask.cancel(bss, "O000000-99")
    assert (nobody.status_code, nobody.json()["code"]) == (400, "unknownOrder")


async def test_a_failure_says_where_and_what_to_do_and_changes_nothing(bss: httpx.AsyncClient) -> None:
    placed = await place(bss, ask.NEAR, ask.add(ask.NEAR, "pack-data-10"))
    await ask.pass_time(bss, 25)
    assert (await spoil(bss, "r-1", "fail", "activationTimeout")).status_code == 201
    await ask.pass_time(bss, 100)
    order = await fetch_order(bss, placed["id"])
    assert (order["state"], order["failure"]["nextStep"]) == ("failed", "retry")
    assert steps(order) == [("order", "done"), ("resource", "done"), ("activation", "failed"), ("billing", "skipped")]
    assert order["productOrderItem"][0]["failure"]["code"] == "activationTimeout"
    assert "pack-data-10" not in await ask.fetch_packages(bss, ask.NEAR)
    assert (await spoil(bss, "r-1", "fail")).status_code == 409
    await place(bss, ask.NEAR, ask.add(ask.NEAR, "pack-data-10"), "r-again")


async def test_a_part_that_fails_leaves_the_rest_done(bss: httpx.AsyncClient) -> None:
    placed = await place(bss, ask.BROADBAND, ask.add(ask.BROADBAND, "home-wifi"))
    assert [item["name"] for item in placed["productOrderItem"]] == ["全屋WiFi服务", "上门安装"]
    assert ("field", "planned") in steps(placed)
    assert (await spoil(bss, placed["id"], "partial", "notAtHome")).status_code == 201
    await ask.pass_time(bss, 90_000)
    order = await fetch_order(bss, placed["id"])
    assert (order["state"], order["failure"]["nextStep"]) == ("partial", "call")
    assert [item["state"] for item in order["productOrderItem"]] == ["completed", "failed"]
    assert (await ask.fetch_packages(bss, ask.BROADBAND))["home-wifi"] == "active"
    billing = "/tmf-api/customerBillManagement/v4"
    made = await bss.post(f"{billing}/customerBillOnDemand", json={"billingAccount": {"id": "A000007"}})
    params: dict[str, Any] = {"bill.id": made.json()["customerBill"]["id"], "limit": "500"}
    rates = (await bss.get(f"{billing}/appliedCustomerBillingRate", params=params)).json()
    assert not [rate for rate in rates if {"name": "chargeKind", "valueType": "string", "value": "oneTime"}
                in rate["characteristic"]]  # fmt: skip


async def test_a_benefit_that_could_not_be_ended_stays_with_its_discount(bss: httpx.AsyncClient) -> None:
    placed = await place(bss, ask.CONTRACT, ask.change_plan(ask.CONTRACT, "plan-129"))
    assert [item["action"] for item in placed["productOrderItem"]] == ["modify", "delete"]
    assert (await spoil(bss, placed["id"], "partial", "systemBusy")).status_code == 201
    await ask.set_clock(bss, "2026-12-01T00:00:01+08:00")
    assert (await fetch_order(bss, placed["id"]))["state"] == "partial"
    held = await ask.fetch_packages(bss, ask.CONTRACT)
    assert (held["plan-129"], held["plan-contract-99"], held["benefit-contract-20"]) == (
        "active", "terminated", "active"
    )  # fmt: skip


async def test_a_change_of_one_part_cannot_fail_in_part(bss: httpx.AsyncClient) -> None:
    placed = await place(bss, ask.NEAR, ask.add(ask.NEAR, "pack-data-10"))
    assert (await spoil(bss, placed["id"], "partial")).json()["code"] == "onePart"
    assert (await spoil(bss, placed["id"], "explode")).status_code == 400
    assert (await spoil(bss, "O-none", "fail")).status_code == 404


async def test_an_order_that_is_held_goes_on_when_it_is_released(bss: httpx.AsyncClient) -> None:
    placed = await place(bss, ask.NEAR, ask.add(ask.NEAR, "pack-data-10"))
    await ask.pass_time(bss, 25)
    held = (await spoil(bss, placed["id"], "hold", "systemBusy")).json()
    assert (held["state"], held["failure"]["nextStep"]) == ("held", "wait")
    assert "expectedCompletionDate" not in held
    await ask.pass_time(bss, 3600)
    assert (await fetch_order(bss, placed["id"]))["state"] == "held"
    assert "pack-data-10" not in await ask.fetch_packages(bss, ask.NEAR)
    assert (await spoil(bss, placed["id"], "release")).json()["state"] == "inProgress"
    await ask.pass_time(bss, 61)
    assert (await fetch_order(bss, placed["id"]))["state"] == "completed"
    assert (await ask.fetch_packages(bss, ask.NEAR))["pack-data-10"] == "active"


async def test_what_is_held_over_the_turn_of_the_month_waits_for_the_next_one(bss: httpx.AsyncClient) -> None:
    placed = await place(bss, ask.NEAR, ask.change_plan(ask.NEAR, "plan-129"))
    await spoil(bss, placed["id"], "hold")
    await ask.set_clock(bss, "2026-12-05T00:00:00+08:00")
    released = (await spoil(bss, placed["id"], "release")).json()
    assert (released["state"], released["expectedCompletionDate"]) == ("pending", "2026-12-31T16:00:00.000Z")
    assert (await ask.fetch_packages(bss, ask.NEAR))["plan-79"] == "pendingTerminate"


async def test_a_pack_that_begins_covers_what_comes_and_not_what_was(bss: httpx.AsyncClient) -> None:
    """Texts are charged, then a pack of them comes, then texts are covered."""

    async def text() -> float:
        answer = await bss.post("/sandbox/usage", json={"number": "13800138014", "usageType": "sms", "amount": 30})
        assert answer.status_code == 201
        fee: float = answer.json()["ratedProductUsage"][0]["taxIncludedRatingAmount"]["value"]
        return fee

    line = "L000012-1"
    fees = [await text() for _ in range(2)]
    assert fees[1] == 3.0
    await place(bss, line, ask.add(line, "pack-sms-100"))
    assert await text() == 3.0
    await ask.pass_time(bss, 61)
    assert await text() == 0


async def test_a_plan_that_is_changed_at_once_takes_its_allowances_with_it(bss: httpx.AsyncClient) -> None:
    consumption = "/tmf-api/usageConsumption/v4/queryUsageConsumption"

    async def data() -> dict[str, int]:
        asked = {"searchCriteria": {"product": [{"id": ask.NEAR}]}}
        [found] = (await bss.post(consumption, json=asked)).json()["usageConsumption"]
        return {
            bucket["remainingValueName"]: bucket["remainingValue"]["amount"]
            for bucket in found["bucketRefOrValue"]
            if bucket["usageType"] == "data"
        }

    item = ask.change_plan(ask.NEAR, "plan-129")
    said = await ask.preview(bss, ask.NEAR, item, start=SETS_OUT)
    before = await data()
    losses = {loss["kind"]: loss["left"] for loss in said["losses"] if loss["name"].endswith("通用流量")}
    assert losses["allowance"] == before["general:plan"]
    await place(bss, ask.NEAR, item, start=SETS_OUT)
    await ask.pass_time(bss, 61)
    assert await data() == {"general:plan": 40 * 1024**3}


def _told(world: World, subscription: str) -> list[tuple[str, str]]:
    bodies = [orjson.loads(delivery.body) for delivery in world.store.next_deliveries(subscription)]
    return [
        (body["eventType"], (body["event"].get("productOrder") or body["event"].get("product"))["id"])
        for body in bodies
    ]


async def test_each_state_is_told_once_and_the_line_as_it_changes(bss: httpx.AsyncClient, world: World) -> None:
    async def listen(api: str) -> str:
        made = await bss.post(f"/tmf-api/{api}/v4/hub", json={"callback": "http://127.0.0.1:9/x"})
        id_: str = made.json()["id"]
        return id_

    orders, lines = await listen("productOrderingManagement"), await listen("productInventory")
    placed = await place(bss, ask.NEAR, ask.add(ask.NEAR, "pack-data-10"))
    for _ in range(4):
        await ask.pass_time(bss, 30)
    change = ("ProductOrderStateChangeEvent", placed["id"])
    assert _told(world, orders) == [("ProductOrderCreateEvent", placed["id"]), change, change]
    assert _told(world, lines) == [("ProductAttributeValueChangeEvent", ask.NEAR)]


@pytest.mark.parametrize("lever", ["line", "recycle"])
async def test_a_line_that_ends_takes_its_orders_along(bss: httpx.AsyncClient, lever: str) -> None:
    placed = await place(bss, ask.NEAR, ask.change_plan(ask.NEAR, "plan-129"))
    body = {"number": "13800138010"} | ({"status": "terminated"} if lever == "line" else {})
    assert (await bss.post(f"/sandbox/{lever}", json=body)).status_code == 201
    await ask.set_clock(bss, "2026-12-02T00:00:00+08:00")
    assert (await fetch_order(bss, placed["id"]))["state"] == "cancelled"
    assert set((await ask.fetch_packages(bss, ask.NEAR)).values()) == {"terminated"}


async def test_a_loss_is_told_as_a_change_of_the_lines_state(bss: httpx.AsyncClient, world: World) -> None:
    made = await bss.post("/tmf-api/productInventory/v4/hub", json={"callback": "http://127.0.0.1:9/x"})
    await place(bss, ask.NEAR, ask.lost(ask.NEAR, is_lost=True))
    assert _told(world, made.json()["id"]) == [("ProductStateChangeEvent", ask.NEAR)]


@pytest.mark.parametrize(
    "spoilt",
    [
        {"productOrderItem": []},
        {"productOrderItem": [{"id": "1", "action": "add"}]},
        {"productOrderItem": [{"id": "1", "action": "noChange", "productOffering": {"id": "pack-data-10"}}]},
        {"relatedParty": [{"role": "line"}]},
        {"relatedParty": [{"id": ask.ORDINARY, "role": "line"}]},
        {"channel": [{"id": "carrierPigeon"}]},
        {"requestedStartDate": "soon"},
        {"billingAccount": {"id": "A000001"}},
        {"productOfferingQualification": [{"id": "Q999"}]},
        {"externalId": "x" * 101},
        {"noSuchProperty": 1},
    ],
)
async def test_nonsense_is_refused_and_orders_nothing(bss: httpx.AsyncClient, spoilt: Wire) -> None:
    body = ask.order(ask.NEAR, ask.add(ask.NEAR, "pack-data-10"), "r-1") | spoilt
    assert (await bss.post(ORDERS, json=body)).status_code == 400
    assert (await bss.get(ORDERS)).json() == []
