"""How is a line reported lost, closed, kept open, and another one opened; and which services does it have?"""

import asyncio

import httpx
import pytest

from tests.sandbox import changes as ask
from tests.sandbox.changes import fetch_line, fetch_order, place, preview

pytestmark = pytest.mark.anyio

NEAR_NUMBER = "13800138010"


async def use(bss: httpx.AsyncClient, number: str, **more: object) -> httpx.Response:
    return await bss.post("/sandbox/usage", json={"number": number, "usageType": "voice", "amount": 60, **more})


async def free_numbers(bss: httpx.AsyncClient, ending: str, **more: str) -> list[str]:
    params = {"productSpecification.id": "free-number", "status": "created", "productSerialNumberEnding": ending}
    answer = await bss.get(ask.INVENTORY, params={**params, "limit": "50", **more})
    assert answer.status_code in (200, 206), answer.text
    return [item["productSerialNumber"] for item in answer.json()]


async def test_a_lost_line_is_stopped_at_once_and_goes_on_when_it_is_found(bss: httpx.AsyncClient) -> None:
    report = ask.lost(ask.NEAR, is_lost=True)
    assert (await preview(bss, ask.NEAR, report))["charges"] == []
    assert (await place(bss, ask.NEAR, report))["state"] == "completed"
    line = await fetch_line(bss, ask.NEAR)
    assert (line["status"], line["traits"]["lostSince"][:16]) == ("suspended", "2026-11-22T02:00")
    assert (await use(bss, NEAR_NUMBER)).json()["code"] == "lineSuspended"
    assert (await preview(bss, ask.NEAR, report))["codes"] == ["suspended"]
    found = ask.lost(ask.NEAR, is_lost=False)
    await place(bss, ask.NEAR, found, "r-2")
    line = await fetch_line(bss, ask.NEAR)
    assert (line["status"], "lostSince" in line["traits"]) == ("active", False)
    assert (await use(bss, NEAR_NUMBER)).status_code == 201
    assert (await preview(bss, ask.NEAR, found))["codes"] == ["notHeld"]
    await place(bss, ask.NEAR, report, "r-3")  # a second loss is another one
    assert (await fetch_line(bss, ask.NEAR))["status"] == "suspended"


async def test_a_free_service_is_switched_within_a_minute(bss: httpx.AsyncClient) -> None:
    async def roaming() -> dict[str, object]:
        switches = (await fetch_line(bss, ask.NEAR))["traits"]["serviceSwitches"]
        return next(each for each in switches if each["id"] == "roaming")  # type: ignore[no-any-return]

    assert (await roaming())["on"] is False
    placed = await place(bss, ask.NEAR, ask.switch(ask.NEAR, "roaming", on=True))
    assert (placed["action"], placed["repeats"], "price" in placed) == ("switchOn", False, False)
    assert await roaming() == {
        "id": "roaming", "name": "国际漫游", "nameEn": "International roaming", "on": False, "changingTo": True
    }  # fmt: skip
    await ask.pass_time(bss, 61)
    assert ((await roaming())["on"], "changingTo" in await roaming()) == (True, False)
    abroad = {"roaming": True, "place": "日本·东京"}
    assert (await use(bss, NEAR_NUMBER, **abroad)).status_code == 201
    assert (await preview(bss, ask.NEAR, ask.switch(ask.NEAR, "roaming", on=True)))["codes"] == ["alreadyHeld"]
    await place(bss, ask.NEAR, ask.switch(ask.NEAR, "roaming", on=False), "r-2")
    await ask.pass_time(bss, 61)
    assert (await use(bss, NEAR_NUMBER, **abroad)).json()["code"] == "roamingOff"
    assert (await preview(bss, ask.NEAR, ask.switch(ask.NEAR, "roaming", on=False)))["codes"] == ["notHeld"]


async def test_a_charged_service_tells_its_fee_and_is_among_what_is_held(bss: httpx.AsyncClient) -> None:
    said = await preview(bss, ask.NEAR, ask.switch(ask.NEAR, "caller-id", on=True))
    assert (said["name"], said["price"]["value"], said["repeats"]) == ("来电显示", 6.0, True)
    await place(bss, ask.NEAR, ask.switch(ask.NEAR, "caller-id", on=True))
    await ask.pass_time(bss, 61)
    switches = (await fetch_line(bss, ask.NEAR))["traits"]["serviceSwitches"]
    [caller_id] = [each for each in switches if each["id"] == "caller-id"]
    assert (caller_id["on"], caller_id["monthlyFee"]["value"]) == (True, 6.0)
    assert (await ask.fetch_packages(bss, ask.NEAR))["svc-caller-id"] == "active"


async def test_the_card_tells_its_puk_to_who_asks_for_the_card_and_to_nobody_else(bss: httpx.AsyncClient) -> None:
    params = {"productRelationship.product.id": ask.NEAR, "productSpecification.id": "sim-card"}

    async def puk() -> str:
        [card] = (await bss.get(ask.INVENTORY, params=params)).json()
        traits = {item["name"]: item["value"] for item in card["productCharacteristic"]}
        assert traits["pukTries"] == 10
        found: str = traits["puk"]
        return found

    first = await puk()
    assert (len(first), first.isdigit(), await puk()) == (8, True, first)
    for asked in ({"productRelationship.product.id": ask.NEAR}, {"billingAccount.id": "A000008"}, {"id": "S000008-1"}):
        assert first not in (await bss.get(ask.INVENTORY, params=asked)).text
    assert (await bss.get(ask.INVENTORY, params={"productSpecification.id": "sim-card"})).json() == []
    await bss.post("/sandbox/sim", json={"number": NEAR_NUMBER})
    assert await puk() != first


async def test_numbers_can_be_looked_for_by_their_ending(bss: httpx.AsyncClient) -> None:
    found = await free_numbers(bss, "8001")
    assert (len(found), {number[-4:] for number in found}) == (20, {"8001"})
    assert len(await free_numbers(bss, "", limit="7")) == 7
    for bad in ("12345", "8a"):
        params = {"productSpecification.id": "free-number", "productSerialNumberEnding": bad}
        assert (await bss.get(ask.INVENTORY, params=params)).status_code == 400
    unscoped = await bss.get(ask.INVENTORY, params={"productSerialNumberEnding": "8001"})
    assert unscoped.status_code == 400


async def test_a_new_line_waits_for_its_documents_and_then_lives(bss: httpx.AsyncClient) -> None:
    number = (await free_numbers(bss, "8001"))[0]
    item = ask.open_line(ask.ORDINARY, "plan-light-19", number)
    said = await preview(bss, ask.ORDINARY, item)
    assert (said["codes"], said["monthlyBefore"]["value"], said["monthlyAfter"]["value"]) == ([], 0, 19.0)
    placed = await place(bss, ask.ORDINARY, item)
    assert (placed["state"], placed["failure"]["code"]) == ("held", "documentsWanted")
    assert ("documents", "active") in [(step["system"], step["state"]) for step in placed["milestone"]]
    assert number not in await free_numbers(bss, "8001")
    other = await preview(bss, ask.NEAR, ask.open_line(ask.NEAR, "plan-59", number))
    assert other["codes"] == ["numberTaken"]
    await ask.pass_time(bss, 86_400)
    assert (await fetch_order(bss, placed["id"]))["state"] == "held"
    await bss.post("/sandbox/order", json={"id": placed["id"], "deed": "release"})
    await ask.pass_time(bss, 61)
    assert (await fetch_order(bss, placed["id"]))["state"] == "completed"
    [line] = (await bss.get(ask.INVENTORY, params={"productSerialNumber": number})).json()
    assert (line["status"], line["billingAccount"]["id"]) == ("active", "A000000")
    assert await ask.fetch_packages(bss, line["id"]) == {"plan-light-19": "active"}
    assert (await use(bss, number)).json()["ratedProductUsage"][0]["taxIncludedRatingAmount"]["value"] == 0
    await place(bss, line["id"], ask.add(line["id"], "pack-sms-100"), "r-2")
    await ask.pass_time(bss, 61)
    assert (await ask.fetch_packages(bss, line["id"]))["pack-sms-100"] == "active"
    await ask.set_clock(bss, "2026-12-01T00:00:10+08:00")
    billing = "/tmf-api/customerBillManagement/v4/appliedCustomerBillingRate"
    rates = (await bss.get(billing, params={"bill.id": "B000000-202611", "limit": "500"})).json()
    fees = [rate["taxIncludedAmount"]["value"] for rate in rates if {"name": "number", "valueType": "string",
            "value": number} in rate["characteristic"]]  # fmt: skip
    assert sorted(fees) == [5.0, 19.0]


async def test_documents_that_are_not_accepted_free_the_number_again(bss: httpx.AsyncClient) -> None:
    number = (await free_numbers(bss, "6"))[0]
    placed = await place(bss, ask.ORDINARY, ask.open_line(ask.ORDINARY, "plan-59", number))
    done = {"id": placed["id"], "deed": "fail", "reason": "documentsRejected"}
    failed = (await bss.post("/sandbox/order", json=done)).json()
    assert (failed["state"], failed["failure"]["nextStep"]) == ("failed", "visit")
    assert number in await free_numbers(bss, number[-4:])
    assert (await bss.get(ask.INVENTORY, params={"productSerialNumber": number})).json() == []


async def test_one_number_goes_to_one_of_many_who_want_it_at_once(bss: httpx.AsyncClient) -> None:
    number = (await free_numbers(bss, "8888"))[0]
    lines = (ask.ORDINARY, ask.NEAR, ask.CONTRACT, ask.REARRANGED, "L000011-1")
    asked = [
        bss.post(f"{ask.ORDERING}/productOrder", json=ask.order(line, ask.open_line(line, "plan-59", number), line))
        for line in lines
    ]
    assert sorted(answer.status_code for answer in await asyncio.gather(*asked)) == [201, 409, 409, 409, 409]


async def test_a_closing_holds_the_line_for_seven_days_and_then_ends_it(bss: httpx.AsyncClient) -> None:
    item = ask.close(ask.NEAR)
    said = await preview(bss, ask.NEAR, item)
    assert (said["startsOn"], said["monthlyAfter"]["value"]) == ("2026-11-29", 0)
    assert {"number"} <= {loss["kind"] for loss in said["losses"]}
    placed = await place(bss, ask.NEAR, item)
    assert (placed["state"], placed["cancellable"]) == ("pending", True)
    line = await fetch_line(bss, ask.NEAR)
    assert (line["status"], line["traits"]["closesOn"]) == ("suspended", "2026-11-29")
    assert (await use(bss, NEAR_NUMBER)).json()["code"] == "lineSuspended"
    assert (await preview(bss, ask.NEAR, ask.add(ask.NEAR, "pack-data-10")))["codes"] == ["underWay", "suspended"]
    await ask.set_clock(bss, "2026-11-28T23:59:59+08:00")
    assert (await fetch_line(bss, ask.NEAR))["status"] == "suspended"
    await ask.set_clock(bss, "2026-11-29T00:00:00+08:00")
    line = await fetch_line(bss, ask.NEAR)
    assert (line["status"], line["terminationDate"]) == ("terminated", "2026-11-28T16:00:00.000Z")
    assert set((await ask.fetch_packages(bss, ask.NEAR)).values()) == {"terminated"}
    assert (await fetch_order(bss, placed["id"]))["state"] == "completed"
    assert (await preview(bss, ask.NEAR, ask.keep_open(ask.NEAR)))["codes"] == ["lineClosed"]


@pytest.mark.parametrize("how", ["keepOpen", "cancel"])
async def test_a_closing_is_called_off_and_everything_goes_on(bss: httpx.AsyncClient, how: str) -> None:
    before = await ask.fetch_packages(bss, ask.NEAR)
    closing = await place(bss, ask.NEAR, ask.close(ask.NEAR))
    await ask.pass_time(bss, 3 * 86_400)
    if how == "keepOpen":
        kept = await place(bss, ask.NEAR, ask.keep_open(ask.NEAR), "r-2")
        assert (kept["state"], kept["action"]) == ("completed", "keepOpen")
    else:
        assert (await ask.cancel(bss, closing["id"])).status_code == 201
    assert (await fetch_order(bss, closing["id"]))["state"] == "cancelled"
    line = await fetch_line(bss, ask.NEAR)
    assert (line["status"], "closesOn" in line["traits"], "terminationDate" in line) == ("active", False, False)
    await ask.pass_time(bss, 30 * 86_400)
    assert (await fetch_line(bss, ask.NEAR))["status"] == "active"
    assert await ask.fetch_packages(bss, ask.NEAR) == before
    assert (await use(bss, NEAR_NUMBER)).status_code == 201


async def test_a_line_is_not_closed_while_another_one_is_opened_on_it(bss: httpx.AsyncClient) -> None:
    number = (await free_numbers(bss, "77"))[0]
    await place(bss, ask.NEAR, ask.open_line(ask.NEAR, "plan-59", number))
    assert (await preview(bss, ask.NEAR, ask.close(ask.NEAR)))["codes"] == ["underWay"]


async def test_a_line_that_another_one_needs_is_not_closed(bss: httpx.AsyncClient) -> None:
    said = await preview(bss, ask.BROADBAND, ask.close(ask.BROADBAND))
    assert said["codes"] == ["required"]
    assert said["reasonDetail"][0]["offering"]["id"] == "iptv-20"
