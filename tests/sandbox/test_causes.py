"""Does each story's last bill differ from the one before by what was put into it, and by nothing else?"""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from sandbox.app import create_app
from sandbox.bss.month import CHINA
from sandbox.bss.world import World

pytestmark = pytest.mark.anyio

API = "/tmf-api"
BILLS = f"{API}/customerBillManagement/v4/customerBill"
DAYS = ["2026-11-22T10:00", "2026-12-01T00:00:07", "2027-03-31T23:57", "2028-03-01T12:00"]


class Told:
    """What a sandbox tells about the last bill of a persona."""

    def __init__(self, client: httpx.AsyncClient, born: datetime) -> None:
        self._client = client
        self.month = (born.replace(day=1) - timedelta(days=1)).replace(day=1)
        """The first day of the last month that was billed."""

    async def causes(self, number: str, *, months: bool = False) -> list[dict[str, Any]]:
        found = (await self._client.get("/sandbox/causes", params={"accountId": await self._account(number)})).json()
        return found if months else [cause for cause in found if cause["month"] == f"{self.month:%Y-%m}"]

    async def totals(self, number: str) -> list[float]:
        query = {"billingAccount.id": await self._account(number), "limit": 24}
        return [bill["amountDue"]["value"] for bill in (await self._client.get(BILLS, params=query)).json()]

    async def uses(self, number: str, **wanted: str) -> list[dict[str, Any]]:
        line = await self._line(number)
        query = {"relatedParty.id": line["id"], "usageDate.gte": f"{self.month:%Y-%m-%d}", "limit": 1000, **wanted}
        return (await self._client.get(f"{API}/usageManagement/v4/usage", params=query)).json()

    async def _account(self, number: str) -> str:
        return (await self._line(number))["billingAccount"]["id"]

    async def _line(self, number: str) -> dict[str, Any]:
        query = {"productSerialNumber": number}
        return (await self._client.get(f"{API}/productInventory/v4/product", params=query)).json()[0]


@pytest.fixture(params=DAYS)
async def told(request: pytest.FixtureRequest) -> Any:
    born = datetime.fromisoformat(request.param).replace(tzinfo=CHINA)
    world = World.open(subscribers=20, now_ms=int(born.timestamp() * 1000))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(world)), base_url="http://s") as client:
        yield Told(client, born)
    world.store.close()


def short(causes: list[dict[str, Any]]) -> set[tuple[str, str, str, float]]:
    return {(c["kind"], c["subject"], c["name"]["zh"], c["amount"]["value"]) for c in causes}


async def test_items_that_came_and_went_and_a_discount_that_lapsed(told: Told) -> None:
    assert short(await told.causes("13800138012")) == {
        ("new_package", "monthly_fee", "30GB短视频定向流量包", 9.0),
        ("new_package", "value_added", "视频彩铃", 6.0),
        ("ended_package", "monthly_fee", "10GB音乐定向流量包", -6.0),
        ("third_party", "other_party", "掌上阅读包月(代收)", -8.0),
        ("lapsed_discount", "discount", "老客户月减10元", 10.0),
    }


async def test_five_days_abroad(told: Told) -> None:
    causes = await told.causes("13800138013")
    assert {cause["kind"] for cause in causes} == {"roaming"}
    assert {cause["subject"] for cause in causes} >= {"voice", "data"}
    first, last = (f"{told.month.replace(day=day):%Y-%m-%d}" for day in (9, 13))
    (data,) = [cause for cause in causes if cause["subject"] == "data"]
    assert (data["firstDay"], data["lastDay"], data["lineNumber"]) == (first, last, "13800138013")
    assert all(first <= cause["firstDay"] <= cause["lastDay"] <= last for cause in causes)
    abroad = await told.uses("13800138013", **{"usageCharacteristic.value": "international"})
    days = {f"{datetime.fromisoformat(use['usageDate']).astimezone(CHINA):%Y-%m-%d}" for use in abroad}
    assert days == {f"{told.month.replace(day=day):%Y-%m-%d}" for day in range(9, 14)}
    for use in abroad:
        traits = {trait["name"]: trait["value"] for trait in use["usageCharacteristic"]}
        assert (traits["place"], traits["roaming"], traits["consumption"]) == ("日本·东京", True, [])


async def test_a_first_years_price_that_ended(told: Told) -> None:
    assert short(await told.causes("13800138014")) == {
        ("price_changed", "monthly_fee", "5G畅享59元套餐", 20.0),
        ("changed_discount", "discount", "自动缴费95折", -1.0),
    }


async def test_data_that_ran_out_and_game_items(told: Told) -> None:
    causes = {cause["kind"]: cause for cause in await told.causes("13800138015")}
    assert causes.keys() == {"out_of_bucket", "third_party"}
    assert causes["third_party"]["amount"]["value"] == 9 * 2
    assert causes["out_of_bucket"]["subject"] == "data"
    assert causes["out_of_bucket"]["amount"]["value"] > 1
    outside = await told.uses("13800138015", **{"ratedProductUsage.offerTariffType": "tariff-data"})
    first = datetime.fromisoformat(min(use["usageDate"] for use in outside)).astimezone(CHINA)
    assert causes["out_of_bucket"]["firstDay"] == f"{first:%Y-%m-%d}"


@pytest.mark.parametrize("number", [f"138001380{place:02}" for place in (1, 3, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15)])
async def test_the_causes_of_a_month_are_all_that_a_bill_differs_by(told: Told, number: str) -> None:
    totals = (await told.totals(number))[:2]
    due = sum(cause["amount"]["value"] for cause in await told.causes(number))
    assert totals[0] - totals[1] == pytest.approx(due, abs=0.05)  # subjects are rounded to the fen one by one


async def test_nobodys_account_has_no_causes(told: Told) -> None:
    for account_id in ("A999999", "L000001-1", ""):
        answer = await told._client.get("/sandbox/causes", params={"accountId": account_id})
        assert (answer.status_code, answer.json()["code"]) == (404, "notFound")
