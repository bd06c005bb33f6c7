"""Are gifts that are chosen sent, packs as long as promised, codes shown, and is it said when a system is silent?"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from graphql_schema.types.reward import RewardKind
from loyalty.rewards.codes import put_codes
from loyalty.rewards.items import WantedItem
from tests.contract.conftest import House, _settings
from tests.contract.reward_ways import (
    ORDINARY,
    TEN_YUAN,
    differing_accounts,
    fill_mall,
    give_points,
    grants_of,
    packs_of,
    pass_seconds,
    points_gift,
    points_of,
    redeem,
    redemptions_of,
    run_campaign,
    strong,
    work,
)
from tests.contract.test_recharge import Payer, within_reach
from tests.contract.test_rewards_earned import bring_in
from tests.contract.ways_in import calling, text, walk_in, words_of

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
DAY_SECONDS = 86_400
HOME = {"person": "陈晓彤", "phone": "13800138001", "address": "广东省广州市天河区体育西路1号"}
CUP = {
    "id": "cup",
    "name": "保温杯",
    "nameEn": "A vacuum cup",
    "actionType": "physical gift",
    "actionEntityRef": {"id": "goods-cup"},
    "cost": "40.00",
    "stock": 1,
}
PACK = {
    "id": "pack",
    "name": "5GB流量两个月",
    "nameEn": "Two months of data",
    "actionType": "an existing offering",
    "actionEntityRef": {"id": "pack-data-5"},
    "months": 2,
    "cost": "10.00",
}


@pytest.fixture
async def house(database_url: str, valkey: str, keys: Path) -> AsyncIterator[House]:
    async with within_reach(_settings(database_url, keys, valkey)) as house:
        yield house


@pytest.fixture
async def payer(house: House) -> Payer:
    return Payer(house, await house.sign_in(ORDINARY))


async def test_a_gift_that_is_chosen_by_page_is_sent_once_where_it_was_said(payer: Payer) -> None:
    house = payer.house
    tier = [{"from": "100.00", "reward": ["cup", "points"], "choice": True}]
    await run_campaign(house, "choice", CUP, points_gift(500), tier=tier)
    recharge = await bring_in(payer, "100")
    await work(house)
    walker, listed = await walk_in(house, ORDINARY, "/grants")
    form = await walker.follow(listed, "/grants/")
    check = await walker.send(form, gift="cup", **HOME, deed="check")
    assert HOME["address"] in words_of(check)
    chosen, again = await walker.send(check, deed="send"), await walker.send(check, deed="send")
    assert chosen.url.path == again.url.path
    assert chosen.is_success
    await work(house)
    await pass_seconds(house, 1.1 * DAY_SECONDS)
    await work(house)
    await pass_seconds(house, 2.1 * DAY_SECONDS)
    await work(house)
    [grant] = await grants_of(house, payer.headers)
    assert (grant["state"], grant["reward"]["key"], grant["rechargeId"]) == ("GRANTED", "cup", recharge["id"]), grant
    query = {"externalId": grant["id"]}
    orders = (await house.levers.get("/tmf-api/productOrderingManagement/v4/productOrder", params=query)).json()
    assert [each["state"] for each in orders] == ["completed"]
    assert (await points_of(house, payer.headers))["available"] == 0, "one of them, not both"


async def test_a_pack_that_was_won_ends_after_as_many_months_as_were_promised(payer: Payer) -> None:
    house = payer.house
    await run_campaign(house, "packs", PACK)
    line_id = str((await house.ask("Home", payer.headers))["data"]["me"]["line"]["id"])
    before = {each["id"] for each in await packs_of(house, line_id, "pack-data-5")}
    await bring_in(payer, "100")
    await work(house)
    await pass_seconds(house, 120)
    await work(house)
    [grant] = await grants_of(house, payer.headers)
    assert grant["state"] == "GRANTED", grant
    [pack] = [each for each in await packs_of(house, line_id, "pack-data-5") if each["id"] not in before]
    assert pack["terminationDate"].startswith("2026-12-31T16:00"), pack


async def test_a_voucher_s_code_is_shown_to_its_owner_and_handed_out_once(house: House) -> None:
    coffee = WantedItem("KF", RewardKind.VOUCHER, 100, "咖啡券", "A coffee", batch="coffee")
    await fill_mall(house, coffee)
    await put_codes(house.hall.rewards.shelf._mall, "coffee", ["AAAA-1111", "BBBB-2222"])
    await give_points(house, ORDINARY, 1000)
    headers = await house.sign_in(ORDINARY)
    got = [await redeem(house, headers, "KF", 100) for _ in range(3)]
    assert [each.get("voucherCode") for each in got] == ["AAAA-1111", "BBBB-2222", None]
    assert [each["code"] for each in got[2]["obstacles"]] == ["OUT_OF_STOCK"]
    walker, listed = await walk_in(house, ORDINARY, "/redemptions")
    assert "AAAA-1111" in (await walker.open(f"/redemptions/{got[0]['id']}")).text
    assert listed.is_success
    assert (await points_of(house, headers))["available"] == 800
    assert await differing_accounts(house) == []


@pytest.mark.parametrize("system", ["line", "customer", "account", "bill"])
async def test_a_silent_system_is_named_and_nothing_is_redeemed(house: House, system: str) -> None:
    await fill_mall(house, TEN_YUAN)
    await give_points(house, ORDINARY, 1000)
    headers = await house.sign_in(ORDINARY)
    walker, _ = await walk_in(house, ORDINARY, "/rewards")
    (await house.levers.post("/sandbox/outage", json={"systems": [system]})).raise_for_status()
    answer = await house.ask(
        "RedeemReward", headers, input={"idempotencyKey": f"while-{system}-rests", "code": "HF10", "points": 1000}
    )
    assert "Redemption" not in str(answer.get("data")), answer
    for address in ("/points", "/rewards", "/rewards/HF10", "/redemptions", "/grants", "/promotions", "/invite"):
        page = await walker.open(address)
        assert page.status_code in {200, 503}, (address, page.status_code)
        assert words_of(page).strip()
    for words in ("JF", "DH", "DH#HF10", "HD", "HD#100", "YQ"):
        assert await text(house, ORDINARY, words)
    async with calling(house, ORDINARY) as call:
        await call.press("773")
        assert call.heard
    (await house.levers.post("/sandbox/outage", json={"systems": []})).raise_for_status()
    assert ((await points_of(house, headers))["available"], await redemptions_of(house, headers)) == (1000, [])


async def test_whoever_gets_the_number_next_sees_and_has_nothing_of_it(payer: Payer) -> None:
    house, number = payer.house, ORDINARY
    await fill_mall(house, TEN_YUAN)
    await run_campaign(house, "points", points_gift(500))
    await bring_in(payer, "100")
    await work(house)
    await give_points(house, number, 1000)
    assert (await redeem(house, payer.headers, "HF10", 1000))["state"] == "DONE"
    code = (await house.ask("Referral", payer.headers))["data"]["me"]["referral"]["code"]
    heir = (await house.levers.post("/sandbox/recycle", json={"number": number})).raise_for_status().json()
    await house.hall.take_line_change(heir["formerLineId"])
    await work(house)
    heirs = await strong(house, number, heir["lineId"])
    seen: list[Any] = [await redemptions_of(house, heirs), await grants_of(house, heirs)]
    seen.append(await house.hall.rewards.mall.fetch_redemptions(heir["formerLineId"], limit=9))
    seen.append(await house.hall.rewards.promotions.fetch_grants(heir["formerLineId"], limit=9))
    assert seen == [[]] * 4
    assert (await points_of(house, heirs))["available"] == 0
    assert (await house.ask("Referral", heirs))["data"]["me"]["referral"]["code"] != code
    assert "0分" in await text(house, number, "ZW", "JF")
    assert await differing_accounts(house) == []
