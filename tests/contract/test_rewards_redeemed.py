"""Does what is redeemed by page, text or call arrive once, or do the points come back to where they were?"""

import asyncio
from typing import Any

import pytest

from graphql_schema.types.reward import RewardKind
from loyalty.rewards.items import WantedItem
from tests.contract.conftest import House
from tests.contract.reward_ways import (
    BARRED,
    CUP,
    DATA,
    FAMILY,
    ORDINARY,
    TEN_YUAN,
    THIS_MONTH,
    UNCHECKED,
    differing_accounts,
    fill_mall,
    give_points,
    granted_yuan,
    packs_of,
    pass_seconds,
    points_of,
    pots_of,
    redeem,
    redemptions_of,
    until,
    work,
)
from tests.contract.ways_in import calling, password, text, walk_in, words_of

pytestmark = pytest.mark.anyio
over_a_socket = pytest.mark.parametrize(
    ("database_url", "house"), [("postgresql", "sandbox over a socket")], indirect=True
)
in_process = pytest.mark.parametrize(("database_url", "house"), [("sqlite", "sandbox in process")], indirect=True)
HOME = {"person": "陈晓彤", "number": "13800138001", "address": "广东省广州市天河区体育西路1号"}
ORDERS, TOPUPS = (
    "/tmf-api/productOrderingManagement/v4/productOrder",
    "/tmf-api/prepayBalanceManagement/v4/topupBalance",
)


async def fetch_asked(house: House, path: str, **query: str) -> list[dict[str, Any]]:
    """What stands at the operator."""
    found: list[dict[str, Any]] = (await house.levers.get(path, params=query)).raise_for_status().json()
    return found


async def buckets_of(house: House, headers: dict[str, str]) -> list[dict[str, Any]]:
    """What is included, as the app shows it."""
    found: list[dict[str, Any]] = (await house.ask("Usage", headers))["data"]["me"]["buckets"]
    return found


async def test_money_is_redeemed_by_page_a_pack_by_text_and_money_by_a_call(house: House) -> None:
    await fill_mall(house)
    line_id = await give_points(house, ORDINARY, 3000)
    headers = await house.sign_in(ORDINARY)
    held, buckets = len(await packs_of(house, line_id, "pack-data-5")), await buckets_of(house, headers)

    walker, item = await walk_in(house, ORDINARY, "/rewards/HF10")
    check = await walker.send(item, deed="check")
    assert "您现在有 3,000 分" in words_of(check)
    assert "兑换后剩余 2,000 分" in words_of(check)
    assert (await points_of(house, headers))["available"] == 3000, "only shown so far"
    receipt, again = await walker.send(check, deed="send"), await walker.send(check, deed="send")
    assert receipt.url.path == again.url.path, "pressed twice, redeemed once"
    assert "已完成" in words_of(receipt)
    assert (await granted_yuan(house, ORDINARY), (await points_of(house, headers))["available"]) == (10, 2000)
    [pot] = await pots_of(house, ORDINARY)
    assert pot["validFor"]["endDateTime"] > "2026-12-22T15", "the last day that was told is a whole day"

    asked = await text(house, ORDINARY, "ZW", "DH#LL5")
    assert "将用500积分兑换“5GB流量”，现有2000分，之后剩1500分" in asked
    assert "核实身份" in await text(house, ORDINARY, "是")
    said = await text(house, ORDINARY, password(ORDINARY))
    assert "兑换" in said
    assert (await points_of(house, headers))["available"] == 1500
    await pass_seconds(house, 120)
    await work(house)
    assert len(await packs_of(house, line_id, "pack-data-5")) == held + 1
    assert len(await buckets_of(house, headers)) == len(buckets) + 1

    async with calling(house, ORDINARY) as call:
        await call.press("773")
        assert call.heard.startswith("You can redeem one of these. Ten yuan of credit, one thousand points: press two.")
        await call.press("2")
        assert "Of one thousand five hundred points, you keep five hundred points." in call.heard
        await call.press("1")
        await call.press(password(ORDINARY) + "#")
        assert call.heard.startswith("Redeemed."), call.heard
    assert await granted_yuan(house, ORDINARY) == 20
    mine = await redemptions_of(house, headers)
    assert [(each["code"], each["state"]) for each in mine] == [("HF10", "DONE"), ("LL5", "DONE"), ("HF10", "DONE")]
    points = await points_of(house, headers)
    assert (points["available"], points["held"]) == (500, 0)
    month = (await house.ask("PointsMonth", headers, month="2026-11"))["data"]["me"]["pointsMonth"]
    assert (month["opening"] + sum(each["points"] for each in month["entries"]), month["closing"]) == (500, 500)
    assert await differing_accounts(house) == []


async def test_what_is_sent_is_followed_from_the_shelf_to_the_door(house: House) -> None:
    await fill_mall(house)
    await give_points(house, ORDINARY, 800)
    headers = await house.sign_in(ORDINARY)
    assert "/rewards/CUP" in await text(house, ORDINARY, "ZW", "DH#CUP"), "a text asks for no address"
    walker, item = await walk_in(house, ORDINARY, "/rewards/CUP")
    typed = {"person": HOME["person"], "phone": HOME["number"], "address": HOME["address"]}
    check = await walker.send(item, **typed, deed="check")
    assert HOME["address"] in words_of(check)
    receipt = await walker.send(check, deed="send")
    assert "办理中" in words_of(receipt)
    assert HOME["address"] not in receipt.text, "whoever sees the receipt does not see where somebody lives"
    await pass_seconds(house, 26 * 3600)
    await work(house)
    [sent] = await redemptions_of(house, headers)
    assert (sent["state"], bool(sent["tracking"])) == ("SENT", True), sent
    assert sent["tracking"] in words_of(await walker.open(receipt.url.path))
    assert (await points_of(house, headers))["held"] == 800
    await pass_seconds(house, 3 * 86400)
    await work(house)
    [done] = await redemptions_of(house, headers)
    assert (done["state"], done["tracking"]) == ("DONE", sent["tracking"])
    points = await points_of(house, headers)
    assert (points["available"], points["held"]) == (0, 0)
    assert len(await fetch_asked(house, ORDERS, externalId=done["id"])) == 1
    assert await differing_accounts(house) == []


async def test_the_last_one_is_had_by_one_of_two_who_want_it_at_once(house: House) -> None:
    await fill_mall(house, CUP)
    wanting = (ORDINARY, FAMILY)
    for number in wanting:
        await give_points(house, number, 1000)
    signed_in = [await house.sign_in(number) for number in wanting]
    answers = await asyncio.gather(
        *(redeem(house, headers, "CUP", 800, delivery=HOME) for headers in signed_in for _ in range(5))
    )
    got = [each for each in answers if each["__typename"] == "Redemption"]
    refused = [each for each in answers if each["__typename"] == "RedemptionRefused"]
    assert (len(got), len(refused)) == (1, 9), answers
    assert {each["code"] for one in refused for each in one["obstacles"]} <= {"OUT_OF_STOCK", "TOO_FEW_POINTS"}
    left = [(await points_of(house, headers))["available"] for headers in signed_in]
    assert sorted(left) == [200, 1000]
    assert await differing_accounts(house) == []


@over_a_socket
@pytest.mark.parametrize("trouble", ["dropAnswer", "dropRequest", "outage"])
async def test_whatever_becomes_of_the_answer_it_is_given_once(house: House, trouble: str) -> None:
    await fill_mall(house)
    await give_points(house, ORDINARY, 1000)
    headers = await house.sign_in(ORDINARY)
    if trouble == "outage":
        (await house.levers.post("/sandbox/outage", json={"systems": ["balance"]})).raise_for_status()
    else:
        fault = {"path": "/topupBalance", "mode": trouble, "times": 1}
        (await house.levers.post("/sandbox/fault", json=fault)).raise_for_status()
    begun = await redeem(house, headers, "HF10", 1000)
    assert (begun["__typename"], begun["state"]) == ("Redemption", "WORKING"), begun
    points = await points_of(house, headers)
    assert (points["available"], points["held"]) == (0, 1000)
    await pass_seconds(house, 60)
    await work(house)
    if trouble == "outage":
        assert (await redemptions_of(house, headers))[0]["state"] == "WORKING"
        (await house.levers.post("/sandbox/outage", json={"systems": []})).raise_for_status()

    async def is_over() -> bool:
        """Nobody is asked again at once who did not answer just now."""
        await pass_seconds(house, 900)
        await work(house)
        return bool((await redemptions_of(house, headers))[0]["state"] != "WORKING")

    await until(is_over)
    [done] = await redemptions_of(house, headers)
    assert done["state"] == "DONE", done
    assert len(await fetch_asked(house, TOPUPS, description=done["id"])) == 1
    assert await granted_yuan(house, ORDINARY) == 10
    assert (await points_of(house, headers))["held"] == 0
    assert await differing_accounts(house) == []


@over_a_socket
@pytest.mark.parametrize("what", ["not given", "fails later"])
async def test_what_the_operator_turns_down_puts_the_points_back_where_they_were(house: House, what: str) -> None:
    plan = WantedItem("PLAN", RewardKind.DATA, 600, "套餐", "A plan", offering_id="plan-59", stock=3)
    router = WantedItem("ROUT", RewardKind.GOODS, 600, "路由器", "A router", goods="goods-router", stock=3)
    await fill_mall(house, plan, router)
    await give_points(house, ORDINARY, 400, THIS_MONTH)
    await give_points(house, ORDINARY, 400)
    headers = await house.sign_in(ORDINARY)
    before = await points_of(house, headers)
    if what == "not given":
        ended = await redeem(house, headers, "PLAN", 600)
    else:
        await redeem(house, headers, "ROUT", 600, delivery=HOME)
        await pass_seconds(house, 2 * 3600)
        await work(house)
        [ended] = await redemptions_of(house, headers)
    assert ended["state"] == "RELEASED", ended
    assert ended["failure"]
    after = await points_of(house, headers)
    same = ("available", "held", "owed", "expiring")
    assert [after[each] for each in same] == [before[each] for each in same]
    left = {
        each["code"]: each["left"] for each in (await house.ask("RewardItems", headers))["data"]["me"]["rewardItems"]
    }
    assert left == {"PLAN": 3, "ROUT": 3}
    assert await differing_accounts(house) == []


@in_process
@pytest.mark.parametrize(
    ("number", "code", "by_page", "by_text", "by_call"),
    [
        (ORDINARY, "SUSPENDED", "号码停机", "号码已停机", "suspended"),
        (BARRED, "OWES", "有逾期账单", "请先缴清欠费", "owed"),
        (UNCHECKED, "NOT_REAL_NAME", "号码还没有实名", "还没有实名登记", "registered"),
    ],
)
async def test_who_may_not_redeem_is_told_why_in_every_channel(  # noqa: PLR0917  a row of the table
    house: House, number: str, code: str, by_page: str, by_text: str, by_call: str
) -> None:
    await fill_mall(house, TEN_YUAN, DATA)
    await give_points(house, number, 2000)
    headers = await house.sign_in(number)
    walker, _ = await walk_in(house, number, "/rewards")
    if code == "SUSPENDED":
        suspended = {"number": number, "status": "suspended"}
        (await house.levers.post("/sandbox/line", json=suspended)).raise_for_status()
    refused = await redeem(house, headers, "HF10", 1000)
    assert refused["__typename"] == "RedemptionRefused", refused
    assert code in {each["code"] for each in refused["obstacles"]}
    assert by_page in words_of(await walker.open("/rewards/HF10"))
    assert by_text in await text(house, number, "ZW", "DH")
    assert by_text in await text(house, number, "DH#HF10")
    async with calling(house, number) as call:
        await call.press("773")
        assert by_call in call.heard, call.heard
    assert ((await points_of(house, headers))["available"], await pots_of(house, number)) == (2000, [])
    assert await redemptions_of(house, headers) == []


@in_process
async def test_points_can_not_be_redeemed_for_another_price_than_was_shown(house: House) -> None:
    await fill_mall(house)
    await give_points(house, ORDINARY, 2000)
    headers = await house.sign_in(ORDINARY)
    refused = await redeem(house, headers, "HF10", 10)
    assert [each["code"] for each in refused["obstacles"]] == ["ITEM_CHANGED"]
    assert (await points_of(house, headers))["available"] == 2000
