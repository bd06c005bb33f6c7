"""Does an order earn a discount on the plan that ends by itself, and packs of voice and messages, as it was told?"""

from typing import Any

import pytest

from loyalty.campaigns.document import read_campaign
from loyalty.defaults import FOLDER
from tests.contract.conftest import House
from tests.contract.reward_ways import grants_of, move_clock, pass_seconds, points_gift, points_of, run_campaign, work
from tests.contract.test_change_and_bill import NEAR, Customer, customer, yuan
from tests.contract.ways_in import text, texts_to, walk_in, words_of

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.parametrize(("database_url", "house"), [("sqlite", "sandbox in process")], indirect=True),
]
DISCOUNT, PROMISED = "benefit-plan-10", "每月减10元,共3个月"
MONTHS = ("2026-11", "2026-12", "2027-01", "2027-02")
VOICE_AND_MESSAGES = [
    {
        "id": key,
        "name": name,
        "nameEn": name_en,
        "actionType": "an existing offering",
        "actionEntityRef": {"id": f"pack-{key}-100", "@referredType": "ProductOffering"},
        "months": 3,
        "cost": "10.00",
    }
    for key, name, name_en in (("voice", "3个月通话", "Three months of calls"), ("sms", "3个月短信", "Three of texts"))
]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def whoever(house: House) -> Customer:
    """Somebody with the plan of 79 yuan, in a house where the campaign that comes with it is on."""
    written = (FOLDER / "campaigns" / "bigger-plan.json").read_text(encoding="utf-8")
    desk = house.hall.rewards.campaigns
    await desk.put_campaign(read_campaign(written), written, by="staff:1001")
    await desk.switch("bigger-plan", on=True, by="staff:1002")
    return await customer(house, NEAR)


async def change_plan(whoever: Customer, plan: str, start: str) -> dict[str, Any]:
    """Ordered, after its preview was seen; the preview."""
    wanted = {"action": "CHANGE_PLAN", "offeringId": plan, "start": start}
    shown = await whoever.preview(wanted)
    await whoever.order(wanted)
    await let_work(whoever)
    return shown


async def let_work(whoever: Customer) -> None:
    """What was ordered takes effect, its operator says so, and what that earns is asked for, and comes."""
    changes = whoever.house.hall.deals.change_work
    for _ in range(2):
        await pass_seconds(whoever.house, 120)
        await changes.hasten(whoever.line_id)
        await changes.work_on_changes()
        await work(whoever.house)


async def month_begins(whoever: Customer, month: str) -> None:
    await move_clock(whoever.house, f"{month}-01T00:10:00+08:00")
    await let_work(whoever)


async def discounts_of(whoever: Customer, month: str) -> list[tuple[str, int]]:
    """What the month's bill takes off for the campaign, line by line."""
    lines = await whoever.lines_of_bill(month)
    [name] = {offering["name"] for offering in await offerings(whoever.house) if offering["id"] == DISCOUNT}
    return [(each["kind"], int(yuan(each["amount"]))) for each in lines if each["name"]["zh"] == name]


async def offerings(house: House) -> list[dict[str, Any]]:
    answer = await house.levers.get("/tmf-api/productCatalogManagement/v4/productOffering", params={"limit": "100"})
    found: list[dict[str, Any]] = answer.raise_for_status().json()
    return found


async def test_a_bigger_plan_takes_ten_yuan_off_three_bills_and_not_off_a_fourth(whoever: Customer) -> None:
    house, headers = whoever.house, await whoever.house.sign_in(NEAR)
    assert PROMISED in await text(house, NEAR, "ZW", "HD")
    _, promotions = await walk_in(house, NEAR, "/promotions")
    assert PROMISED in words_of(promotions)
    assert "退回" not in words_of(promotions), "no money was paid that could be given back"
    await change_plan(whoever, "plan-129", "AT_ONCE")

    [grant] = await grants_of(house, headers)
    assert (grant["state"], grant["reward"]["effect"], grant["reward"]["name"]) == (
        *("GRANTED", "PACK"),
        {"zh": PROMISED, "en": "3 months of 10 yuan off"},
    )
    _, page = await walk_in(house, NEAR, "/grants")
    assert PROMISED in words_of(page)
    [told] = [each for each in await texts_to(house, NEAR) if "活动奖励" in each]
    assert f"“{PROMISED}”" in told
    [held] = [each for each in (await whoever.ask("packages"))["me"]["packages"] if each["offeringId"] == DISCOUNT]
    assert held["until"] == "2027-02-01", "the first day without it"
    assert "高档套餐月减10元（2月1日到期）" in await text(house, NEAR, "0000")

    for begins in (*MONTHS[1:], "2027-03"):
        await month_begins(whoever, begins)
    off = [await discounts_of(whoever, month) for month in MONTHS]
    assert off == [[("DISCOUNT", -10)], [("DISCOUNT", -10)], [("DISCOUNT", -10)], []], off
    assert len(await grants_of(house, headers)) == 1


async def test_the_discount_stays_with_another_such_plan_and_goes_with_the_last_of_them(whoever: Customer) -> None:
    house, headers = whoever.house, await whoever.house.sign_in(NEAR)
    await change_plan(whoever, "plan-129", "AT_ONCE")
    await month_begins(whoever, "2026-12")
    kept = await change_plan(whoever, "plan-unlimited-199", "AT_ONCE")
    assert [loss for loss in kept["losses"] if loss["kind"] == "DISCOUNT"] == []
    await month_begins(whoever, "2027-01")
    lost = await change_plan(whoever, "plan-59", "AT_ONCE")
    assert [int(yuan(loss["amount"])) for loss in lost["losses"] if loss["kind"] == "DISCOUNT"] == [10]
    await month_begins(whoever, "2027-02")
    off = [len(await discounts_of(whoever, month)) for month in MONTHS[:3]]
    assert off == [1, 1, 0]
    assert [each["state"] for each in await grants_of(house, headers)] == ["GRANTED"], "once a customer, and not ours"


async def test_nobody_orders_the_discount_and_the_catalogue_says_how_long_it_lasts(whoever: Customer) -> None:
    [offering] = [each for each in await offerings(whoever.house) if each["id"] == DISCOUNT]
    assert offering["isSellable"] is False
    [term] = offering["productOfferingTerm"]
    assert (term["name"], term["duration"]) == ("benefit", {"amount": 3, "units": "month"})
    wanted = {"action": "ADD", "offeringId": DISCOUNT}
    shown = (await whoever.ask("change_preview", wanted=wanted))["me"]["changePreview"]
    assert (shown["allowed"], "NOT_OFFERED" in {each["code"] for each in shown["obstacles"]}) == (False, True)


async def test_calls_and_messages_that_were_won_are_there_to_use_and_stay_when_the_plan_is_left(house: House) -> None:
    criteria = {"criteriaParameter": "offering", "criteriaOperator": "=", "criteriaValue": "plan-129"}
    group = [{"groupName": "the plan", "criteriaLogicalRelationship": "AND", "criteria": [criteria]}]
    rewards = [*VOICE_AND_MESSAGES, points_gift(300)]
    tier = [{"from": "0.00", "reward": [each["id"] for each in rewards]}]
    more: dict[str, Any] = {"happening": ["order_done"], "tier": tier, "criteriaGroup": group}
    await run_campaign(house, "talk", *rewards, clawback=12, **more)
    whoever, headers = await customer(house, NEAR), await house.sign_in(NEAR)
    before = await allowances(whoever)
    await change_plan(whoever, "plan-129", "AT_ONCE")
    won = [100 * 60, 100]
    assert [after - had for had, after in zip(before, await allowances(whoever), strict=True)] == won
    assert (await points_of(house, headers))["available"] == 300
    _, page = await walk_in(house, NEAR, "/usage")
    assert [f"加油包 12月1日 00:00 0 / 100 {unit}" in words_of(page) for unit in ("分钟", "条")] == [True, True]

    await month_begins(whoever, "2026-12")
    await change_plan(whoever, "plan-59", "AT_ONCE")
    assert await allowances(whoever) == won, "packs that the operator gave stay"
    assert (await points_of(house, headers))["available"] == 0, "what was not spent goes back"
    states = {each["reward"]["key"]: each["state"] for each in await grants_of(house, headers)}
    assert states == {"voice": "GRANTED", "sms": "GRANTED", "points": "TAKEN_BACK"}
    await month_begins(whoever, "2027-02")
    assert await allowances(whoever) == [0, 0], "three months are over"


async def allowances(whoever: Customer) -> list[int]:
    """Of packs of calls (seconds) and of messages: how much there is this month in all."""
    buckets = (await whoever.ask("usage"))["me"]["buckets"]
    packs = [each for each in buckets if each["origin"] == "ADD_ON"]
    return [sum(each["total"] for each in packs if each["usageType"] == kind) for kind in ("VOICE", "SMS")]
