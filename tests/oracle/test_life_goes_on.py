"""Does everything still agree after new uses, top-ups and months gone by?"""

from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from typing import Any

import httpx
import pytest

from sandbox.app import create_app
from sandbox.bss.world import World
from tests.oracle.account import fetch_account
from tests.oracle.catalogue import Catalogue
from tests.oracle.comparison import compare_account
from tests.oracle.conftest import BORN_MS
from tests.oracle.wire import fetch_all, fetch_one, fetch_posted

pytestmark = pytest.mark.anyio

DAY_SECONDS = 86_400
GIGABYTE = 1024**3
MOBILE = tuple(f"138001380{place:02}" for place in (1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 13, 15))
IN_ARREARS = "13800138007"
USES: tuple[dict[str, Any], ...] = (
    {"usageType": "data", "amount": 2 * GIGABYTE},
    {"usageType": "voice", "amount": 61},
    {"usageType": "sms", "amount": 2},
    {"usageType": "data", "amount": 700 * 1024},
    {"usageType": "voice", "amount": 4_000},
    {"usageType": "valueAdded", "amount": 1},
    {"usageType": "valueAdded", "amount": 2, "service": "付费阅读"},
    {"usageType": "valueAdded", "amount": 1, "service": "天气"},  # of no published price: free
    {"usageType": "voice", "amount": 61, "roaming": True},
    {"usageType": "data", "amount": 3_000_000, "roaming": True, "place": "泰国·曼谷"},
    {"usageType": "voice", "amount": 61, "roaming": True, "place": "北京"},  # in China: as at home
)


@pytest.fixture
async def young() -> AsyncIterator[httpx.AsyncClient]:
    """A client of the root of a world of its own, whose clock and usage a test may change."""
    world = World.open(subscribers=12, now_ms=BORN_MS)
    transport = httpx.ASGITransport(create_app(world), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://bss.example") as client:
        yield client
    world.store.close()


async def account_of(client: httpx.AsyncClient, number: str) -> str:
    [line] = await fetch_all(client, "/tmf-api/productInventory/v4/product", productSerialNumber=number)
    found: str = line["billingAccount"]["id"]
    return found


def tmf(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """The same BSS, from its base address."""
    return httpx.AsyncClient(transport=client._transport, base_url="http://bss.example/tmf-api")


async def use_everything(client: httpx.AsyncClient, numbers: Sequence[str]) -> None:
    for number in numbers:
        for use in USES:
            answer = await client.post("/sandbox/usage", json={"number": number, **use})
            assert answer.status_code in {201, 409}, answer.text  # 409: a prepaid line without money


async def disagreements(client: httpx.AsyncClient, catalogue: Catalogue, numbers: Sequence[str]) -> list[object]:
    bss = tmf(client)
    ids = dict.fromkeys([await account_of(client, number) for number in numbers])
    compared = [compare_account(await fetch_account(bss, account_id), catalogue) for account_id in ids]
    return [mismatch for mismatches in compared for mismatch in mismatches[:3]]


async def test_new_uses_are_rated_and_counted_like_the_old(young: httpx.AsyncClient, catalogue: Catalogue) -> None:
    await use_everything(young, MOBILE)
    assert await disagreements(young, catalogue, MOBILE) == []


async def test_the_months_to_come_are_billed_by_the_same_rules(young: httpx.AsyncClient, catalogue: Catalogue) -> None:
    numbers = ("13800138001", "13800138002", "13800138004")  # with roll-over, prepaid, sharing
    await use_everything(young, numbers)
    for days in (20, 31, 45):
        await young.post("/sandbox/clock", json={"advanceSeconds": days * DAY_SECONDS})
        await use_everything(young, numbers)
    assert await disagreements(young, catalogue, (*numbers, IN_ARREARS)) == []


async def own_money(client: httpx.AsyncClient, account_id: str) -> Decimal:
    pots = await fetch_all(
        client, "/tmf-api/prepayBalanceManagement/v4/bucket", partyAccount__id=account_id, usageType="monetary"
    )
    [own] = [pot for pot in pots if pot["name"] == "own"]
    return Decimal(own["remainingValue"]["amount"])


async def charged_so_far(client: httpx.AsyncClient, account_id: str) -> Decimal:
    billing = "/tmf-api/customerBillManagement/v4"
    asked = {"billingAccount": {"id": account_id}}
    demand = await fetch_posted(client, f"{billing}/customerBillOnDemand", asked)
    bill = await fetch_one(client, f"{billing}/customerBill/{demand['customerBill']['id']}")
    return Decimal(bill["amountDue"]["value"])


async def test_a_prepaid_line_pays_as_it_goes(young: httpx.AsyncClient) -> None:
    account_id = await account_of(young, "13800138002")
    assert await own_money(young, account_id) == Decimal("3.20")
    money, charged = await own_money(young, account_id), await charged_so_far(young, account_id)
    used = await young.post("/sandbox/usage", json={"number": "13800138002", "usageType": "sms", "amount": 3})
    assert used.status_code == 201
    paid = await charged_so_far(young, account_id) - charged
    assert paid == Decimal("0.30")
    assert await own_money(young, account_id) == money - paid


async def test_a_top_up_is_credited_to_the_fen_and_pays_what_is_past_due(
    young: httpx.AsyncClient, catalogue: Catalogue
) -> None:
    account_id = await account_of(young, IN_ARREARS)
    owed = sum(
        Decimal(bill["remainingAmount"]["value"]) for bill in (await fetch_account(tmf(young), account_id)).bills
    )
    assert owed > 0
    await fetch_posted(
        young,
        "/tmf-api/prepayBalanceManagement/v4/topupBalance",
        {
            "amount": {"amount": float(owed), "units": "CNY"},
            "usageType": "monetary",
            "bucket": {"id": f"M{account_id[1:]}-own"},
            "partyAccount": {"id": account_id},
        },
    )
    after = await fetch_account(tmf(young), account_id)
    due_now = [bill for bill in after.bills if bill["paymentDueDate"] <= after.running["billDate"]]
    assert [bill["state"] for bill in due_now] == ["settled"] * len(due_now)
    assert after.account["paymentStatus"] == "current"
    left_open = sum(Decimal(bill["remainingAmount"]["value"]) for bill in after.bills)
    assert await own_money(young, account_id) == left_open
    assert compare_account(after, catalogue) == []
