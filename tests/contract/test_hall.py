"""Does the hall keep its promises on each database and over each way to the BSS?"""

import asyncio
import re
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from gateway.database import read
from notifications.tables import outbound_sms
from tests.contract.conftest import House

pytestmark = pytest.mark.anyio

ORDINARY, PREPAID, ALMOST_80 = "13800138001", "13800138002", "13800138010"
FAMILY_MAIN, FAMILY_SECONDARY, MEMBER = "13800138003", "13800138004", "13800138008"


async def use(house: House, number: str, usage_type: str, amount: int) -> dict[str, Any]:
    """A use happens at the BSS; the event that tells of it."""
    body = {"number": number, "usageType": usage_type, "amount": amount}
    usage = (await house.levers.post("/sandbox/usage", json=body)).raise_for_status().json()
    return {"eventId": "1", "eventType": "UsageCreateEvent", "eventTime": usage["usageDate"], "event": {"usage": usage}}


async def tell(house: House, event: dict[str, Any]) -> None:
    address = f"/bss/{(house.hall.settings.data_folder / 'keys' / 'hub').read_text()}/listener/usageCreateEvent"
    assert (await house.gateway.post(address, json=event)).status_code == 204


async def test_balance_and_allowances_are_the_bss_s_own(house: House) -> None:
    data = (await house.ask("Home", await house.sign_in(PREPAID)))["data"]["me"]
    pots = (
        await house.levers.get(
            "/tmf-api/prepayBalanceManagement/v4/bucket", params={"usageType": "monetary", "limit": "500"}
        )
    ).json()
    mine = [pot for pot in pots if pot["id"] in {pot["id"] for pot in data["balance"]["subBalances"]}]
    available = sum(Decimal(str(pot["remainingValue"]["amount"])) for pot in mine if pot["name"] != "frozen")
    assert Decimal(data["balance"]["available"]["amount"]) == available == Decimal("3.20")
    assert any(one["code"] == "BALANCE_LOW" for one in data["attention"])


async def test_a_text_says_what_the_api_says(house: House) -> None:
    data = (await house.ask("Home", await house.sign_in(ORDINARY)))["data"]["me"]
    reply = (await house.sms.answer(ORDINARY, "YE", message_id=1)).text
    assert f"{Decimal(data['balance']['available']['amount']):,.2f}" in reply
    assert "138****8001" in reply


async def test_the_subjects_of_a_bill_add_up_to_it(house: House) -> None:
    caller = await house.sign_in(ORDINARY)
    bills = (await house.ask("Bills", caller))["data"]["me"]["bills"]["edges"]
    assert len(bills) == 6
    for edge in bills:
        bill = (await house.ask("Bill", caller, id=edge["node"]["id"]))["data"]["me"]["bill"]
        subjects = sum(Decimal(subject["total"]["amount"]) for subject in bill["subjects"])
        assert subjects == Decimal(edge["node"]["total"]["amount"])


async def test_someone_else_s_bill_is_no_bill(house: House) -> None:
    others = (await house.ask("Bills", await house.sign_in(PREPAID)))["data"]["me"]["bills"]["edges"]
    others += (await house.ask("Bills", await house.sign_in("13800138007")))["data"]["me"]["bills"]["edges"]
    caller = await house.sign_in(ORDINARY)
    for edge in others:
        answer = await house.ask("Bill", caller, id=edge["node"]["id"])
        assert answer["data"]["me"]["bill"] is None
        assert answer["errors"][0]["extensions"]["code"] == "bill_not_found"


@pytest.mark.parametrize(("number", "payer"), [(FAMILY_SECONDARY, "FAMILY"), (MEMBER, "ORGANIZATION")])
async def test_a_line_that_somebody_else_pays_for_sees_no_money_and_no_bill(
    house: House, number: str, payer: str
) -> None:
    bills = (await house.ask("Bills", await house.sign_in(FAMILY_MAIN)))["data"]["me"]["bills"]["edges"]
    caller = await house.sign_in(number)
    home = await house.ask("Home", caller)
    me: dict[str, Any] = home["data"]["me"]
    assert (me["line"]["payer"], bool(me["buckets"])) == (payer, True)
    assert [name for name, value in me.items() if value is None] == ["account", "balance", "currentCharges"]
    assert {one["extensions"]["code"] for one in home["errors"]} == {"paid_by_other"}
    assert (await house.ask("Bills", caller))["data"]["me"] == {"bills": None, "currentCharges": None}
    for edge in bills:
        assert (await house.ask("Bill", caller, id=edge["node"]["id"]))["data"]["me"]["bill"] is None


async def test_a_use_of_a_shared_bucket_wakes_the_others_who_share_it(house: House) -> None:
    caller = await house.sign_in(FAMILY_SECONDARY)
    line_id = (await house.ask("Home", caller))["data"]["me"]["line"]["id"]
    told = house.hall.wake_ups.listen(line_id)
    await anext(told)  # from here on the channel is followed
    waked = asyncio.ensure_future(anext(told))
    await tell(house, await use(house, FAMILY_MAIN, "data", 1024**2))
    async with asyncio.timeout(3):  # the healing poll would take five
        await waked
    await told.aclose()


async def test_a_code_that_was_texted_opens_the_door_once(house: House) -> None:
    asked = await house.gateway.post("/api/sign-in/code", json={"number": ORDINARY})
    await house.hall.doorkeeper.settle()
    async with read(house.hall.engine) as connection:
        [text] = (await connection.execute(select(outbound_sms.c.text))).scalars().all()
    code = re.search(r"\d{6}", text)
    assert code is not None
    body = {"number": ORDINARY, "code": code.group(), "challenge": asked.json()["challenge"]}
    assert (await house.gateway.post("/api/sign-in", json=body)).is_success
    assert (await house.gateway.post("/api/sign-in", json=body)).status_code == 401


async def test_a_bss_that_goes_down_leaves_the_last_known_value_with_its_time(house: House) -> None:
    caller = await house.sign_in(ORDINARY)
    before = (await house.ask("Home", caller))["data"]["me"]["balance"]
    await house.levers.post("/sandbox/outage", json={"systems": ["balance"]})
    after = (await house.ask("Home", caller))["data"]["me"]["balance"]
    assert after["stale"]
    assert (after["available"], after["asOf"]) == (before["available"], before["asOf"])


async def test_a_crossing_that_the_bss_tells_becomes_one_text_and_one_message(house: House) -> None:
    caller = await house.sign_in(ALMOST_80)
    event = await use(house, ALMOST_80, "data", 500 * 1024 * 1024)
    for _ in range(2):
        await tell(house, event)
        for alert_id in await house.hall.counters.count():
            assert await house.hall.outbox.say(alert_id)
    inbox = (await house.ask("Inbox", caller))["data"]["me"]["inbox"]
    assert [message["percent"] for message in inbox] == [80]
    async with read(house.hall.engine) as connection:
        alerts = select(outbound_sms.c.text).where(outbound_sms.c.key.startswith("alert:"))  # a new device is told too
        texts = (await connection.execute(alerts)).scalars().all()
    assert len(texts) == 1
    assert "138****8010" in texts[0]


@pytest.mark.parametrize("path", ["/bss/guess/listener/usageCreateEvent", "/bss//listener/usageCreateEvent"])
async def test_who_does_not_know_the_token_is_not_the_bss(house: House, path: str) -> None:
    assert (await house.gateway.post(path, json={})).status_code in {404, 405}
