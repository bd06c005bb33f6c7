"""Does money that is recharged pay what is owed first, say so on the receipt, and bring the barred line back?"""

import asyncio
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from tests.contract.conftest import House

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.parametrize(("database_url", "house"), [("sqlite", "sandbox in process")], indirect=True),
]
BARRED = "13800138007"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def recharge(house: House, headers: dict[str, str], amount: Decimal) -> dict[str, Any]:
    """Paid on the provider's page; as its receipt shows it in the end."""
    wish = {"idempotencyKey": uuid4().hex, "amount": f"{amount:.2f}", "source": "SANDBOX"}
    started = (await house.ask("StartRecharge", headers, input=wish))["data"]["startRecharge"]
    assert started["__typename"] == "RechargeStarted", started
    assert (await house.levers.post(started["pay"]["page"], data={"answer": "pay"})).status_code == 303
    receipt = started["recharge"]["receipt"]
    async with asyncio.timeout(20):
        while True:
            found: dict[str, Any] = (await house.ask("Recharge", {}, receipt=receipt))["data"]["recharge"]
            if found["state"] == "CREDITED":
                return found
            await house.hall.deals.wake()
            await asyncio.sleep(0.4)


async def home(house: House, headers: dict[str, str]) -> dict[str, Any]:
    me: dict[str, Any] = (await house.ask("Home", headers))["data"]["me"]
    return me


async def overdue(house: House, headers: dict[str, str]) -> Decimal:
    """What is open of bills whose day is over."""
    edges = (await house.ask("Bills", headers, first=20))["data"]["me"]["bills"]["edges"]
    bills = [edge["node"] for edge in edges if edge["node"]["dueOn"] and edge["node"]["dueOn"] < "2026-11-22"]
    return sum((Decimal(bill["remaining"]["amount"]) for bill in bills), Decimal(0))


async def test_a_barred_line_comes_back_when_its_arrears_are_paid_and_the_receipt_says_so(house: House) -> None:
    headers = await house.sign_in(BARRED)
    before, arrears = await home(house, headers), await overdue(house, headers)
    assert (arrears > 20, before["line"]["state"]) == (True, "OUTGOING_BARRED")
    part = await recharge(house, headers, Decimal(20))
    assert Decimal(part["arrearsSettled"]["amount"]) == 20
    assert await overdue(house, headers) == arrears - 20
    assert (await home(house, headers))["line"]["state"] == "OUTGOING_BARRED", "what is still owed bars it"
    cleared = await recharge(house, headers, arrears)
    assert Decimal(cleared["arrearsSettled"]["amount"]) == arrears - 20
    assert await overdue(house, headers) == 0
    after = await home(house, headers)
    assert after["line"]["state"] == "ACTIVE"
    owed = [Decimal(each["account"]["owed"]["amount"]) for each in (before, after)]
    assert owed[0] - owed[1] == arrears
    gained = [Decimal(each["balance"]["available"]["amount"]) for each in (before, after)]
    assert gained[1] - gained[0] == 20, "what was not owed is one's own"
