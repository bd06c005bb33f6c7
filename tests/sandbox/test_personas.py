"""Do the personas' stories hold whenever the world is made?"""

from datetime import datetime
from typing import Any

import httpx
import pytest

from sandbox.app import create_app
from sandbox.bss.month import CHINA
from sandbox.bss.world import World

pytestmark = pytest.mark.anyio

API = "/tmf-api"
DAYS = [
    "2026-11-22T10:00", "2026-12-01T00:00", "2026-12-01T00:00:07", "2027-02-28T23:57", "2028-02-29T12:00",
    "2026-10-31T08:30",
]  # fmt: skip


@pytest.fixture(params=DAYS)
async def on_a_day(request: pytest.FixtureRequest) -> Any:
    born = datetime.fromisoformat(request.param).replace(tzinfo=CHINA)
    world = World.open(now_ms=int(born.timestamp() * 1000))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(world)), base_url="http://s") as client:
        yield client
    world.store.close()


async def line_of(bss: httpx.AsyncClient, number: str) -> dict[str, Any]:
    (line,) = (await bss.get(f"{API}/productInventory/v4/product", params={"productSerialNumber": number})).json()
    return line


async def account_of(bss: httpx.AsyncClient, number: str) -> dict[str, Any]:
    line = await line_of(bss, number)
    return (await bss.get(line["billingAccount"]["href"])).json()


async def allowances_of(bss: httpx.AsyncClient, number: str) -> list[dict[str, Any]]:
    line = await line_of(bss, number)
    wish = {"searchCriteria": {"product": [{"id": line["id"]}]}}
    answer = await bss.post(f"{API}/usageConsumption/v4/queryUsageConsumption", json=wish)
    assert answer.status_code == 201
    (consumption,) = answer.json()["usageConsumption"]
    assert consumption["state"] == "done"
    return consumption["bucketRefOrValue"]


async def bills_of(bss: httpx.AsyncClient, number: str) -> list[dict[str, Any]]:
    line = await line_of(bss, number)
    query = {"billingAccount.id": line["billingAccount"]["id"], "limit": 24}
    return (await bss.get(f"{API}/customerBillManagement/v4/customerBill", params=query)).json()


def counter(bucket: dict[str, Any], name: str, level: str = "global", user: str | None = None) -> int | None:
    found = [
        counter["value"]["amount"]
        for counter in bucket["bucketCounter"]
        if counter["valueName"] == name
        and counter["level"] == level
        and user in {None, counter.get("user", {}).get("id")}
    ]
    return found[0] if found else None


async def test_each_persona_is_told_with_password_line_and_account(on_a_day: httpx.AsyncClient) -> None:
    told = (await on_a_day.get("/sandbox/personas")).json()
    assert [persona["number"] for persona in told] == [f"138001380{n:02}" for n in range(1, 16)]
    for persona in told:
        line = await line_of(on_a_day, persona["number"])
        assert persona["servicePassword"] == "2580" + persona["number"][-2:]
        assert (persona["lineId"], persona["accountId"]) == (line["id"], line["billingAccount"]["id"])
        assert persona["story"]["zh"]
        assert persona["story"]["en"]


async def test_the_ordinary_one_has_a_month_full_of_records_and_a_bill_that_is_not_yet_due(
    on_a_day: httpx.AsyncClient,
) -> None:
    last, *earlier = await bills_of(on_a_day, "13800138001")
    now = (await on_a_day.get("/sandbox/clock")).json()["now"]
    assert len(earlier) == 5
    assert last["state"] == "sent"
    assert last["paymentDueDate"] > now
    assert {bill["state"] for bill in earlier} == {"settled"}
    account = await account_of(on_a_day, "13800138001")
    assert account["paymentStatus"] == "current"
    assert account["accountBalance"][0]["amount"] == last["amountDue"]
    line = await line_of(on_a_day, "13800138001")
    query = {"relatedParty.id": line["id"], "limit": 1000}
    uses = []
    while page := (await on_a_day.get(f"{API}/usageManagement/v4/usage", params=query | {"offset": len(uses)})).json():
        uses += page
    period = last["billingPeriod"]
    assert sum(period["startDateTime"] <= use["usageDate"] < period["endDateTime"] for use in uses) >= 300
    scopes = {bucket["remainingValueName"] for bucket in await allowances_of(on_a_day, "13800138001")}
    assert scopes >= {"general:plan", "general:addOn", "general:rolledOver", "dedicated:addOn"}


async def test_the_prepaid_one_is_nearly_empty(on_a_day: httpx.AsyncClient) -> None:
    account = await account_of(on_a_day, "13800138002")
    query = {"partyAccount.id": account["id"], "usageType": "monetary"}
    (own,) = (await on_a_day.get(f"{API}/prepayBalanceManagement/v4/bucket", params=query)).json()
    assert account["accountType"] == "prepaid"
    assert (own["name"], own["remainingValue"]) == ("own", {"amount": 3.2, "units": "CNY"})


async def test_granted_money_ends_some_day_and_the_customers_own_does_not(on_a_day: httpx.AsyncClient) -> None:
    account = await account_of(on_a_day, "13800138001")
    query = {"partyAccount.id": account["id"], "usageType": "monetary"}
    pots = (await on_a_day.get(f"{API}/prepayBalanceManagement/v4/bucket", params=query)).json()
    ends = {pot["name"]: pot.get("validFor", {}).get("endDateTime") for pot in pots}
    assert ends.pop("own") is None
    assert ends.keys() == {"granted", "frozen"}
    assert all(ends.values())


async def test_the_family_shares_the_main_lines_buckets(on_a_day: httpx.AsyncClient) -> None:
    main, second = await line_of(on_a_day, "13800138003"), await line_of(on_a_day, "13800138004")
    assert main["productRelationship"][0]["relationshipType"] == "sharesTo"
    assert main["productRelationship"][0]["product"]["id"] == second["id"]
    assert second["productRelationship"][0]["relationshipType"] == "sharesFrom"
    seen = [await allowances_of(on_a_day, number) for number in ("13800138003", "13800138004")]
    first, other = ([bucket for bucket in buckets if bucket["isShared"]] for buckets in seen)
    assert [bucket["id"] for bucket in first] == [bucket["id"] for bucket in other]
    for bucket in first:
        parts = [counter(bucket, "used", "user", line["id"]) for line in (main, second)]
        assert counter(bucket, "used") == sum(part or 0 for part in parts)


async def test_the_throttled_one_has_no_total(on_a_day: httpx.AsyncClient) -> None:
    (data,) = [bucket for bucket in await allowances_of(on_a_day, "13800138005") if bucket["usageType"] == "data"]
    assert data["status"] == "suspended"
    assert "remainingValue" not in data
    assert counter(data, "total") is None
    assert (counter(data, "used") or 0) > (counter(data, "throttleAfter") or 0) > 0


async def test_the_contract_has_eight_months_to_go(on_a_day: httpx.AsyncClient) -> None:
    line = await line_of(on_a_day, "13800138006")
    query = {"productRelationship.product.id": line["id"], "productSpecification.id": "plan"}
    (plan,) = (await on_a_day.get(f"{API}/productInventory/v4/product", params=query)).json()
    (term,) = plan["productTerm"]
    now = datetime.fromisoformat((await on_a_day.get("/sandbox/clock")).json()["now"])
    days = (datetime.fromisoformat(term["validFor"]["endDateTime"]) - now).days
    assert term["name"] == "contract"
    assert 238 <= days <= 245


async def test_the_one_in_arrears_owes_two_bills_and_cannot_call(on_a_day: httpx.AsyncClient) -> None:
    account, line = await account_of(on_a_day, "13800138007"), await line_of(on_a_day, "13800138007")
    bills = await bills_of(on_a_day, "13800138007")
    is_due_today = bills[1]["paymentDueDate"][:13] == (await on_a_day.get("/sandbox/clock")).json()["now"][:13]
    unpaid = 3 if is_due_today else 2  # one of them is late, on the first of a month as well
    assert [bill["state"] for bill in bills] == ["sent"] * unpaid + ["settled"] * (6 - unpaid)
    assert account["paymentStatus"] == "pastDue"
    owed = sum(bill["remainingAmount"]["value"] for bill in bills)
    assert account["accountBalance"][0]["amount"]["value"] == pytest.approx(owed)
    assert {"barring": "outgoing"}.items() <= {t["name"]: t["value"] for t in line["productCharacteristic"]}.items()
    refused = await on_a_day.post("/sandbox/usage", json={"number": "13800138007", "usageType": "sms", "amount": 1})
    assert (refused.status_code, refused.json()["code"]) == (409, "outgoingBarred")


async def test_the_company_pays_for_its_member(on_a_day: httpx.AsyncClient) -> None:
    line = await line_of(on_a_day, "13800138008")
    customer = (await on_a_day.get(line["relatedParty"][0]["href"])).json()
    company = (await on_a_day.get(customer["engagedParty"]["href"])).json()
    assert company["name"].endswith("有限公司")
    payer = next(party for party in line["relatedParty"] if party["role"] == "payer")
    assert (payer["@referredType"], (await on_a_day.get(payer["href"])).json()) == ("Organization", company)
    assert line["relatedParty"][1]["role"] == "user"
    assert (await on_a_day.get(line["relatedParty"][1]["href"])).json()["fullName"]


async def test_nobody_but_a_company_is_named_as_payer(on_a_day: httpx.AsyncClient) -> None:
    for number in ("13800138001", "13800138003", "13800138004", "13800138009"):
        assert "payer" not in [party["role"] for party in (await line_of(on_a_day, number))["relatedParty"]]


async def test_the_household_has_four_lines_on_one_bill(on_a_day: httpx.AsyncClient) -> None:
    numbers = ["13800138009", "02088880009", "gz00880009", "gziptv0009"]
    accounts = {(await line_of(on_a_day, number))["billingAccount"]["id"] for number in numbers}
    assert len(accounts) == 1
    bill = (await bills_of(on_a_day, "13800138009"))[0]
    rates = f"{API}/customerBillManagement/v4/appliedCustomerBillingRate"
    lines = (await on_a_day.get(rates, params={"bill.id": bill["id"], "limit": 500})).json()
    billed = {trait["value"] for line in lines for trait in line["characteristic"] if trait["name"] == "number"}
    assert billed == set(numbers)
    assert any(line["taxIncludedAmount"]["value"] < 0 for line in lines)


async def test_the_last_one_crosses_eighty_percent_with_one_use(on_a_day: httpx.AsyncClient) -> None:
    async def share() -> float:
        (data,) = [bucket for bucket in await allowances_of(on_a_day, "13800138010") if bucket["usageType"] == "data"]
        return (counter(data, "used") or 0) / (counter(data, "total") or 1)

    assert 0.79 < await share() < 0.8
    use = {"number": "13800138010", "usageType": "data", "amount": 200 * 1024**2}
    assert (await on_a_day.post("/sandbox/usage", json=use)).status_code == 201
    assert await share() > 0.8


async def test_one_was_given_data_for_nothing(on_a_day: httpx.AsyncClient) -> None:
    (gift,) = [b for b in await allowances_of(on_a_day, "13800138012") if b["remainingValueName"] == "general:gift"]
    assert (gift["usageType"], counter(gift, "total")) == ("data", 10 * 1024**3)
    assert gift["product"][0]["name"] == "感恩回馈赠送10GB流量"


async def test_the_heavy_user_makes_more_than_twenty_thousand_records_a_month(on_a_day: httpx.AsyncClient) -> None:
    line = await line_of(on_a_day, "13800138011")
    for bill in (await bills_of(on_a_day, "13800138011"))[:1]:
        period = bill["billingPeriod"]
        query = {"usageDate.gte": period["startDateTime"], "usageDate.lt": period["endDateTime"]}
        wanted = query | {"relatedParty.id": line["id"], "limit": 1}
        answer = await on_a_day.get(f"{API}/usageManagement/v4/usage", params=wanted)
        assert int(answer.headers["X-Total-Count"]) > 20_000
