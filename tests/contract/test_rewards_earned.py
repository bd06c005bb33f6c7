"""Does a recharge or a paid bill earn what was told, once, does giving it back take it, and do all books agree?"""

import json
import math
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

import channels
from bss_adapters.payment.sandbox_signature import sign
from bss_adapters.tmf.hub import BILLS, TmfHub
from channels.ivr.speech import speak_count
from gateway.database import read
from gateway.keys import hub_token
from gateway.payment_notices import notice_path
from graphql_schema.client import Caller, Channel, Operation, Role, Staff
from graphql_schema.types.bill import BillCategory
from graphql_schema.types.bill_event import BillEvent
from graphql_schema.types.recharge import RechargeSource
from graphql_schema.types.reward import RewardKind
from loyalty.earning_tables import watched_bill
from loyalty.rewards.items import WantedItem
from sandbox.payments import PLAY_MERCHANT
from tests.contract.conftest import House, _settings
from tests.contract.reward_ways import (
    ORDINARY,
    PAYS_EARLY,
    differing_accounts,
    fill_mall,
    frozen_money,
    give_points,
    granted_yuan,
    grants_of,
    move_clock,
    pass_seconds,
    persona,
    points_gift,
    points_of,
    pots_of,
    redeem,
    run_campaign,
    until,
    work,
)
from tests.contract.test_recharge import Payer, on_sqlite, within_reach
from tests.contract.ways_in import calling, text, walk_in, words_of

pytestmark = pytest.mark.anyio
TREES = WantedItem("TREE", RewardKind.DONATION, 700, "种一棵树", "Plant a tree")
_REFUND = Operation.load(Path(channels.__file__).parent / "desk" / "refund_recharge.graphql")


@pytest.fixture
async def house(database_url: str, valkey: str, keys: Path) -> AsyncIterator[House]:
    async with within_reach(_settings(database_url, keys, valkey)) as house:
        yield house


@pytest.fixture
async def payer(house: House) -> Payer:
    return Payer(house, await house.sign_in(ORDINARY))


async def bring_in(payer: Payer, amount: str) -> dict[str, Any]:
    """A recharge that was paid at the provider and is credited."""
    started = await payer.start(amount)
    await payer.answer(started["pay"]["page"])
    return await payer.see_until(started["recharge"]["receipt"], "CREDITED")


async def give_back(payer: Payer, recharge: dict[str, Any], amount: str, *, in_all: str) -> None:
    """By a colleague, until the payer has it."""
    colleague = Caller(Channel.DESK, assurance=2, since=datetime.now(UTC), staff=Staff("0001", Role.OPERATIONS))
    wish = {"idempotencyKey": uuid4().hex, "rechargeId": recharge["id"], "amount": amount}
    outcome = await payer.house.hall.graph.run(_REFUND, {"input": wish}, colleague)
    assert outcome.data is not None, outcome
    assert outcome.data["refundRecharge"]["__typename"] == "RefundBegun", outcome

    async def is_back() -> bool:
        await payer.house.hall.deals.wake()
        seen = await payer.see(recharge["receipt"])
        return seen["state"] != "REFUNDING" and Decimal((seen["givenBack"] or {"amount": 0})["amount"]) == Decimal(
            in_all
        )

    await until(is_back)


async def tell_again(payer: Payer, recharge: dict[str, Any], amount: str) -> None:
    """The provider tells once more that it was paid."""
    said = {"id": uuid4().hex, "kind": "payment", "reference": recharge["id"], "amount": amount, "currency": "CNY"}
    body = json.dumps(said | {"state": "paid"}).encode()
    headers = sign(body, secret=PLAY_MERCHANT.secret, now=datetime.now(UTC))
    answer = await payer.house.gateway.post(notice_path(RechargeSource.SANDBOX), content=body, headers=headers)
    assert answer.is_success, answer.text


async def collected(payer: Payer) -> Decimal:
    """What the provider has: paid, less given back."""
    books = (await payer.house.levers.get("/sandbox/payments")).raise_for_status().json()["payments"]
    paid = [each for each in books if each["state"] == "paid"]
    return sum((Decimal(each["amount"]) - Decimal(each["refunded"]) for each in paid), Decimal(0))


async def test_a_recharge_earns_once_what_was_told_before_and_all_of_it_goes_back_with_the_money(payer: Payer) -> None:
    house, own = payer.house, await payer.available()
    await run_campaign(house, "autumn", frozen_money("120.00", 12), points_gift(500))
    told = await text(house, ORDINARY, "ZW", "HD#200")
    assert "120元话费（分12个月到账）（限指定费用）、500积分" in told
    forecast = (await house.ask("RewardForecast", payer.headers, amount="200"))["data"]["me"]["rewardForecast"]
    [expected] = forecast["rewards"]
    recharge = await bring_in(payer, "200")
    await work(house)

    [pot] = await pots_of(house, ORDINARY)
    assert [Decimal(str(each["amount"]["amount"])) for each in pot["release"]] == [10] * 12
    assert [each["date"][:10] for each in pot["release"]][::11] == ["2026-12-01", "2027-11-01"]
    assert pot["usableFor"] == ["monthly_fee"]
    won = await grants_of(house, payer.headers)
    assert {each["rechargeId"] for each in won} == {recharge["id"]}
    assert sorted(each["reward"]["key"] for each in won) == sorted(each["key"] for each in expected["rewards"])
    states = {each["reward"]["key"]: each["state"] for each in won}
    assert states == {"frozen": "RUNNING", "points": "GRANTED"}, "what is still to come is not called given"
    [frozen] = [each for each in won if each["reward"]["key"] == "frozen"]
    assert [Decimal(part["amount"]["amount"]) for part in frozen["parts"]] == [10] * 12
    _, page = await walk_in(house, ORDINARY, "/grants")
    assert "120.00元话费" in words_of(page)
    assert (await points_of(house, payer.headers))["available"] == 500

    for _ in range(2):
        await tell_again(payer, recharge, "200.00")
        await house.hall.deals.wake()
        await pass_seconds(house, 3600)
        await work(house)
    assert (await granted_yuan(house, ORDINARY), len(await pots_of(house, ORDINARY))) == (120, 1)
    assert len(await grants_of(house, payer.headers)) == 2
    assert (await points_of(house, payer.headers))["available"] == 500

    await give_back(payer, recharge, "200.00", in_all="200")
    await work(house)
    assert await granted_yuan(house, ORDINARY) == 0, "nothing of it was released yet: all of it is gone"
    after = {each["reward"]["key"]: each for each in await grants_of(house, payer.headers)}
    assert {each["state"] for each in after.values()} == {"TAKEN_BACK"}, after
    assert Decimal(after["frozen"]["takenBack"]["amount"]) == 120
    points = await points_of(house, payer.headers)
    assert (points["available"], points["owed"]) == (0, 0)
    assert (await collected(payer), await payer.available()) == (0, own)
    assert await payer.balances() == {"provider:sandbox": -20000, "refund:sandbox": 20000}
    assert await differing_accounts(house) == []


@on_sqlite
async def test_a_part_that_goes_back_takes_its_part_of_what_it_earned_the_last_months_first(payer: Payer) -> None:
    house = payer.house
    await run_campaign(house, "autumn", frozen_money("120.00", 12), points_gift(500))
    await give_points(house, ORDINARY, 40)
    recharge = await bring_in(payer, "200")
    await work(house)
    await give_back(payer, recharge, "80.00", in_all="80")
    await work(house)
    assert await granted_yuan(house, ORDINARY) == 72, "120 of 200 is kept, and so are three fifths of 120"
    [pot] = await pots_of(house, ORDINARY)
    left = [Decimal(str(each["amount"]["amount"])) for each in pot["release"]]
    assert (left[:7], sum(left)) == ([10] * 7, 72)
    assert (await points_of(house, payer.headers))["available"] == 40 + 300
    assert await collected(payer) == 120
    await give_back(payer, recharge, "120.00", in_all="200")
    await work(house)
    assert (await granted_yuan(house, ORDINARY), (await points_of(house, payer.headers))["available"]) == (0, 40)
    assert await collected(payer) == 0
    assert await payer.balances() == {"provider:sandbox": -20000, "refund:sandbox": 20000}
    assert await differing_accounts(house) == []


@on_sqlite
async def test_money_that_was_released_and_spent_is_not_taken_back_and_nothing_goes_below_nothing(payer: Payer) -> None:
    house = payer.house
    await run_campaign(house, "autumn", frozen_money("120.00", 12))
    recharge = await bring_in(payer, "200")
    await work(house)
    await move_clock(house, "2027-02-05T04:00:00+08:00")
    await work(house)
    left = await granted_yuan(house, ORDINARY)
    assert 0 < left < 120, "released money paid monthly fees meanwhile"
    await give_back(payer, recharge, "200.00", in_all="200")
    await work(house)
    assert await granted_yuan(house, ORDINARY) == 0
    [grant] = await grants_of(house, payer.headers)
    assert (grant["state"], Decimal(grant["takenBack"]["amount"])) == ("TAKEN_BACK", left), grant
    assert await collected(payer) == 0


@on_sqlite
async def test_points_that_were_spent_meanwhile_are_owed_and_paid_by_what_comes_next(payer: Payer) -> None:
    house = payer.house
    await run_campaign(house, "autumn", points_gift(1000))
    recharge = await bring_in(payer, "100")
    await work(house)
    await fill_mall(house, TREES)
    given = await redeem(house, payer.headers, "TREE", 700)
    assert given.get("state") == "DONE", given
    await give_back(payer, recharge, "100.00", in_all="100")
    await work(house)
    points = await points_of(house, payer.headers)
    assert (points["available"], points["owed"]) == (0, 700)
    assert "700" in await text(house, ORDINARY, "ZW", "JF")
    await give_points(house, ORDINARY, 1000)
    points = await points_of(house, payer.headers)
    assert (points["available"], points["owed"]) == (300, 0)
    assert await differing_accounts(house) == []


@pytest.fixture
async def hub_of_bills(house: House) -> AsyncIterator[None]:
    """The house listens at the BSS's hub for bills."""
    callback = f"{house.hall.settings.public_url}/bss/{hub_token(house.hall.settings)}"
    hub = TmfHub(house.hall.client, callback=callback, wanted=BILLS)
    registration = await hub.register()
    yield
    await hub.unregister(registration)


@pytest.mark.usefixtures("hub_of_bills")
async def test_a_bill_earns_when_it_is_paid_and_every_channel_tells_the_same(house: House) -> None:
    number = PAYS_EARLY
    headers, account = await house.sign_in(number), (await persona(house, number))["accountId"]
    await move_clock(house, "2026-12-01T04:00:00+08:00")

    async def is_watched() -> bool:
        async with read(house.hall.engine) as connection:
            return account in (await connection.execute(select(watched_bill.c.account_id))).scalars().all()

    await until(is_watched)
    await work(house)
    assert (await points_of(house, headers))["available"] == 0, "it is issued and not paid"
    await move_clock(house, "2026-12-20T04:00:00+08:00")
    await work(house)
    bill = (await house.ask("Bills", headers, first=1, categories=["NORMAL"]))["data"]["me"]["bills"]["edges"][0][
        "node"
    ]
    assert (bill["state"], Decimal(bill["remaining"]["amount"])) == ("SETTLED", 0)
    entries = (await house.ask("PointsMonth", headers, month="2026-12"))["data"]["me"]["pointsMonth"]["entries"]
    earned = [each["points"] for each in entries]
    points = await points_of(house, headers)
    factor = Decimal(str(points["factor"]))
    of_bill = [each["points"] for each in entries if each["kind"] == "EARNED"]
    assert of_bill == [math.ceil(Decimal(bill["total"]["amount"]) * factor)], (entries, points)
    assert points["available"] == sum(earned)

    await house.hall.take_new_bill(BillEvent(bill["id"], account, BillCategory.NORMAL))
    await work(house)
    points = await points_of(house, headers)
    assert points["available"] == sum(earned), "told again, it earns nothing"

    _, page = await walk_in(house, number, "/points")
    assert f"{points['available']:,}" in words_of(page)
    assert f"为{points['available']}分" in await text(house, number, "ZW", "JF")
    async with calling(house, number) as call:
        await call.press("77")
        assert call.heard.startswith(f"You have {speak_count(points['available'], 'point', 'en')}."), call.heard
    assert await differing_accounts(house) == []
