"""Are lines barred, closed and passed on, and SIM cards changed, as the whole BSS then tells it?"""

from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.app import create_app
from sandbox.bss.world import World
from tests.sandbox.test_hub import Listener, running

pytestmark = pytest.mark.anyio

API = "/tmf-api"
PRODUCT = f"{API}/productInventory/v4/product"
BILL = f"{API}/customerBillManagement/v4/customerBill"
LINE_HUB = f"{API}/productInventory/v4/hub"
ORDINARY, PREPAID, MAIN, SECONDARY, HOUSEHOLD = (
    "13800138001",
    "13800138002",
    "13800138003",
    "13800138004",
    "13800138009",
)


async def pull(bss: httpx.AsyncClient, lever: str, **body: str) -> dict[str, Any]:
    answer = await bss.post(f"/sandbox/{lever}", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def get(bss: httpx.AsyncClient, path: str, **query: Any) -> Any:
    answer = await bss.get(path, params=query)
    assert answer.status_code in {200, 206}, answer.text
    return answer.json()


async def lines_of(bss: httpx.AsyncClient, number: str) -> list[dict[str, Any]]:
    return await get(bss, PRODUCT, productSerialNumber=number)


def traits(line: dict[str, Any]) -> dict[str, Any]:
    return {trait["name"]: trait["value"] for trait in line["productCharacteristic"]}


async def use(bss: httpx.AsyncClient, number: str, usage_type: str = "sms") -> int:
    return (await bss.post("/sandbox/usage", json={"number": number, "usageType": usage_type, "amount": 1})).status_code


async def test_a_changed_sim_card_shows_its_instant_from_then_on(bss: httpx.AsyncClient) -> None:
    (before,) = await lines_of(bss, ORDINARY)
    assert "simChangedAt" not in traits(before)
    for _ in range(2):
        changed = await pull(bss, "sim", number=ORDINARY)
        (line,) = await lines_of(bss, ORDINARY)
        assert traits(line)["simChangedAt"] == changed["simChangedAt"]
    await bss.post("/sandbox/clock", json={"advanceSeconds": -3600})
    assert await lines_of(bss, ORDINARY) == [before]


@pytest.mark.parametrize(
    ("status", "wire", "barred", "refused"),
    [
        ("suspended", "suspended", False, {"sms", "data"}), ("outgoingBarred", "active", True, {"sms"}),
        ("terminated", "terminated", False, {"sms", "data"}), ("active", "active", False, set()),
    ],
)  # fmt: skip
async def test_a_line_stands_as_it_was_set(
    bss: httpx.AsyncClient, status: str, wire: str, barred: bool, refused: set[str]
) -> None:
    assert (await pull(bss, "line", number=ORDINARY, status=status))["status"] == status
    (line,) = await lines_of(bss, ORDINARY)
    assert (line["status"], "barring" in traits(line)) == (wire, barred)
    assert {kind for kind in ("sms", "data") if await use(bss, ORDINARY, kind) == 409} == refused


async def test_a_suspended_line_keeps_its_past(bss: httpx.AsyncClient) -> None:
    before = await get(bss, f"{API}/usageManagement/v4/usage", **{"relatedParty.id": "L000000-1"})
    await pull(bss, "line", number=ORDINARY, status="suspended")
    assert await get(bss, f"{API}/usageManagement/v4/usage", **{"relatedParty.id": "L000000-1"}) == before
    await pull(bss, "line", number=ORDINARY, status="active")
    assert await use(bss, ORDINARY) == 201


async def test_arrears_are_forgiven_by_setting_the_line_active(bss: httpx.AsyncClient) -> None:
    assert await use(bss, "13800138007") == 409
    await pull(bss, "line", number="13800138007", status="active")
    assert await use(bss, "13800138007") == 201


async def test_a_closed_line_costs_nothing_more(bss: httpx.AsyncClient) -> None:
    await pull(bss, "line", number=ORDINARY, status="terminated")
    packages = await get(bss, PRODUCT, **{"productRelationship.product.id": "L000000-1"})
    assert {package["status"] for package in packages} == {"terminated"}
    account = await get(bss, f"{API}/accountManagement/v4/billingAccount/A000000")
    customer = await get(bss, f"{API}/customerManagement/v4/customer/C000000")
    assert (account["state"], customer["status"]) == ("closed", "closed")
    await bss.post("/sandbox/clock", json={"now": "2027-02-10T12:00+08:00"})
    bills = await get(bss, BILL, **{"billingAccount.id": "A000000"})
    assert bills[0]["billDate"] == "2026-11-30T16:00:00.000Z", "the month in which it ended is the last to be billed"
    assert len(bills) == 7


async def test_the_other_lines_of_a_household_live_on(bss: httpx.AsyncClient) -> None:
    await pull(bss, "line", number="02088880009", status="terminated")
    lines = await get(
        bss, PRODUCT, **{"billingAccount.id": "A000007", "productSpecification.id": "fixed-line,mobile-line"}
    )
    assert {line["productSerialNumber"]: line["status"] for line in lines} == {
        HOUSEHOLD: "active", "02088880009": "terminated"
    }  # fmt: skip
    assert (await get(bss, f"{API}/accountManagement/v4/billingAccount/A000007"))["state"] == "active"


async def test_a_recycled_number_is_somebody_elses_who_has_nothing_of_the_old(bss: httpx.AsyncClient) -> None:
    (old,) = await lines_of(bss, ORDINARY)
    new = await pull(bss, "recycle", number=ORDINARY)
    former, heir = await lines_of(bss, ORDINARY)
    assert (former["id"], former["status"]) == (old["id"], "terminated") == (new["formerLineId"], "terminated")
    assert (heir["id"], heir["status"], heir["startDate"]) == (new["lineId"], "active", former["terminationDate"])
    assert heir["relatedParty"][0]["id"] == new["customerId"] != old["relatedParty"][0]["id"]
    assert heir["billingAccount"]["id"] == new["accountId"] != old["billingAccount"]["id"]
    customer = await get(bss, heir["relatedParty"][0]["href"])
    person = await get(bss, customer["engagedParty"]["href"])
    document = person["individualIdentification"][0]["identificationId"]
    assert document == new["identityNumber"]
    assert document.startswith("990101"), "a region that belongs to nobody"
    holder = await get(bss, (await get(bss, old["relatedParty"][0]["href"]))["engagedParty"]["href"])
    assert document != holder["individualIdentification"][0]["identificationId"]
    for path, query in (
        (BILL, {"billingAccount.id": new["accountId"]}),
        (f"{API}/usageManagement/v4/usage", {"relatedParty.id": new["lineId"]}),
        (f"{API}/prepayBalanceManagement/v4/topupBalance", {"partyAccount.id": new["accountId"]}),
    ):
        assert await get(bss, path, **query) == []
    account = await get(bss, f"{API}/accountManagement/v4/billingAccount/{new['accountId']}")
    assert account["accountBalance"][0]["amount"]["value"] == 0
    pots = await get(
        bss,
        f"{API}/prepayBalanceManagement/v4/bucket",
        **{"partyAccount.id": new["accountId"], "usageType": "monetary"},
    )
    assert [pot["remainingValue"]["amount"] for pot in pots] == [0]


async def test_the_new_holder_uses_and_pays_from_then_on(bss: httpx.AsyncClient) -> None:
    new = await pull(bss, "recycle", number=ORDINARY)
    assert await use(bss, ORDINARY) == 201
    (used,) = await get(bss, f"{API}/usageManagement/v4/usage", **{"relatedParty.id": new["lineId"]})
    assert used["relatedParty"][0]["name"] == ORDINARY
    wish = {"searchCriteria": {"product": [{"id": new["lineId"]}]}}
    asked = await bss.post(f"{API}/usageConsumption/v4/queryUsageConsumption", json=wish)
    buckets = asked.json()["usageConsumption"][0]["bucketRefOrValue"]
    assert sum(bucket["bucketCounter"][0]["value"]["amount"] for bucket in buckets) == 1
    await bss.post("/sandbox/clock", json={"now": "2026-12-02T12:00+08:00"})
    (bill,) = await get(bss, BILL, **{"billingAccount.id": new["accountId"]})
    assert bill["amountDue"]["value"] == 59
    every = await get(bss, BILL, limit=1000)
    assert int((await bss.get(BILL, params={"limit": 1})).headers["X-Total-Count"]) == len(every)


async def test_a_number_can_pass_on_again_and_stays_one_persons(bss: httpx.AsyncClient) -> None:
    heirs = [await pull(bss, "recycle", number=number) for number in (SECONDARY, ORDINARY, SECONDARY)]
    assert heirs[2]["formerLineId"] == heirs[0]["lineId"]
    assert len({heir["identityNumber"] for heir in heirs}) == 3
    assert [line["status"] for line in await lines_of(bss, SECONDARY)] == ["terminated", "terminated", "active"]
    (family,) = [one for one in await get(bss, "/sandbox/personas") if one["number"] == MAIN]
    assert "otherNumbers" not in family


async def test_a_closed_number_can_be_passed_on_later(bss: httpx.AsyncClient) -> None:
    await pull(bss, "line", number=ORDINARY, status="terminated")
    await bss.post("/sandbox/clock", json={"advanceSeconds": 90 * 86_400})
    new = await pull(bss, "recycle", number=ORDINARY)
    former, heir = await lines_of(bss, ORDINARY)
    assert former["terminationDate"] < heir["startDate"]
    assert (await pull(bss, "sim", number=ORDINARY))["lineId"] == new["lineId"]


async def test_before_it_was_passed_on_a_number_is_the_old_holders(bss: httpx.AsyncClient) -> None:
    await pull(bss, "recycle", number=ORDINARY)
    await bss.post("/sandbox/clock", json={"advanceSeconds": -86_400})
    assert [line["status"] for line in await lines_of(bss, ORDINARY)] == ["active", "pendingActive"]
    again = await bss.post("/sandbox/recycle", json={"number": ORDINARY})
    assert (again.status_code, again.json()["code"]) == (409, "passedOnLater")


@pytest.mark.parametrize(
    ("lever", "body", "status", "code"),
    [
        ("sim", {"number": "02088880009"}, 409, "noSimCard"), ("recycle", {"number": "gziptv0009"}, 409, "notANumber"),
        ("line", {"number": ORDINARY, "status": "lost"}, 400, "badStatus"),
        ("sim", {"number": "10086"}, 404, "notFound"), ("line", {"number": ORDINARY}, 400, "missingProperty"),
        ("recycle", {}, 400, "missingProperty"),
        ("recycle", {"number": 5}, 400, "badProperty"), ("sim", {"number": PREPAID}, 409, "lineTerminated"),
        ("line", {"number": PREPAID, "status": "active"}, 409, "lineTerminated"),
    ],
)  # fmt: skip
async def test_what_cannot_be_done_is_refused(
    bss: httpx.AsyncClient, lever: str, body: dict[str, Any], status: int, code: str
) -> None:
    await pull(bss, "line", number=PREPAID, status="terminated")
    refused = await bss.post(f"/sandbox/{lever}", json=body)
    assert (refused.status_code, refused.json()["code"]) == (status, code)


async def test_a_restart_forgets_none_of_it(tmp_path: Path, born_ms: int) -> None:
    seen = []
    for turn in range(2):
        world = World.open(tmp_path, subscribers=20, now_ms=born_ms)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(world)), base_url="http://s") as bss:
            if not turn:
                await pull(bss, "recycle", number=ORDINARY)
                await pull(bss, "sim", number=ORDINARY)
                await pull(bss, "line", number=MAIN, status="suspended")
                await pull(bss, "line", number=HOUSEHOLD, status="terminated")
                await use(bss, ORDINARY)
            products = await get(bss, PRODUCT, limit=1000)
            people = await get(bss, f"{API}/party/v4/individual", limit=1000)
            uses = await get(bss, f"{API}/usageManagement/v4/usage", **{"relatedParty.id": "L000020-1"})
            seen.append((products, people, uses, await get(bss, "/sandbox/personas")))
        world.store.close()
    assert seen[0] == seen[1]
    assert len(seen[0][2]) == 1


async def test_each_deed_is_told_to_who_listens_for_lines(world: World) -> None:
    listener = Listener()
    async with listener.listening(), running(world) as bss:
        await bss.post(LINE_HUB, json={"callback": listener.callback})
        await pull(bss, "sim", number=ORDINARY)
        for status in ("outgoingBarred", "outgoingBarred", "suspended", "active"):
            await pull(bss, "line", number=ORDINARY, status=status)
        new = await pull(bss, "recycle", number=ORDINARY)
        await pull(bss, "line", number=PREPAID, status="terminated")
        await pull(bss, "recycle", number=PREPAID)
        await listener.hears(9)
        last = (await lines_of(bss, ORDINARY))[-1]
    told = [
        (path.rpartition("/")[2], event["event"]["product"])
        for path, event in zip(listener.paths, listener.heard, strict=True)
    ]
    state, attribute = "productStateChangeEvent", "productAttributeValueChangeEvent"
    assert [(name, product["id"], product["status"]) for name, product in told] == [
        (attribute, "L000000-1", "active"),
        (attribute, "L000000-1", "active"),
        (attribute, "L000000-1", "suspended"),
        (state, "L000000-1", "suspended"),
        (state, "L000000-1", "active"),
        (state, "L000000-1", "terminated"),
        (state, new["lineId"], "active"),
        (state, "L000001-1", "terminated"),
        (state, "L000061-1", "active"),
    ]
    assert told[6][1] == last


async def test_personas_tell_the_id_document_and_the_other_lines_of_the_customer(bss: httpx.AsyncClient) -> None:
    personas = {one["number"]: one for one in await get(bss, "/sandbox/personas")}
    assert personas[HOUSEHOLD]["otherNumbers"] == ["02088880009", "gz00880009", "gziptv0009"]
    assert (personas[MAIN]["otherNumbers"], personas[SECONDARY]["otherNumbers"]) == ([SECONDARY], [MAIN])
    assert personas[MAIN]["identityNumber"] == personas[SECONDARY]["identityNumber"]
    assert "otherNumbers" not in personas[ORDINARY]
    company = personas["13800138008"]
    (line,) = await lines_of(bss, "13800138008")
    customer = await get(bss, line["relatedParty"][0]["href"])
    (agent,) = (await get(bss, customer["engagedParty"]["href"]))["relatedParty"]
    person = await get(bss, agent["href"])
    assert company["identityNumber"] == person["individualIdentification"][0]["identificationId"]


async def test_a_persona_whose_number_passed_on_is_the_new_holder(bss: httpx.AsyncClient) -> None:
    new = await pull(bss, "recycle", number=ORDINARY)
    persona = (await get(bss, "/sandbox/personas"))[0]
    assert {name: persona[name] for name in ("lineId", "accountId", "identityNumber")}.items() <= new.items()
    assert "新的机主" in persona["story"]["zh"]
