"""Is a deed that the operator lets rest turned down in every channel, with the reason, and is nothing done?"""

from decimal import Decimal
from typing import Any

import pytest

from tests.contract.conftest import House
from tests.contract.ways_in import calling, let_go_on, let_rest, password, text, walk_in, words_of

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.parametrize(("database_url", "house"), [("sqlite", "sandbox in process")], indirect=True),
]
NUMBER = "13800138001"
ZH, EN = "计费系统升级", "the billing system is being renewed"
PACK = {"action": "ADD", "offeringId": "pack-data-10"}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def do(house: House, headers: dict[str, str], document: str, **wanted: Any) -> dict[str, Any]:
    """What the app's deed of this name answers."""
    wish = {"idempotencyKey": f"from-an-app-{document}-{len(str(wanted))}"} | wanted
    answers = (await house.ask(document, headers, input=wish))["data"]
    [answer] = answers.values()
    found: dict[str, Any] = answer
    return found


def says_that_it_rests(answer: dict[str, Any]) -> bool:
    return (answer["__typename"], answer.get("offReason")) == ("DeedOff", {"zh": ZH, "en": EN})


async def own(house: House, headers: dict[str, str], document: str, field: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await house.ask(document, headers))["data"]["me"][field]
    return found


async def unused_card(house: House) -> dict[str, Any]:
    cards = (await house.levers.get("/sandbox/vouchers")).raise_for_status().json()
    found: dict[str, Any] = next(card for card in cards if card["state"] == "unused" and "number" not in card)
    return found


async def test_where_preparing_rests_no_channel_asks_for_a_yes(house: House) -> None:
    headers = await house.sign_in(NUMBER)
    walker, _ = await walk_in(house, NUMBER, "/packages")
    notice = await let_rest(house, "prepareChange", zh=ZH, en=EN)
    page = await walker.send(await walker.open("/change?action=ADD&offering=pack-data-10"), deed="prepare")
    assert page.status_code == 503
    assert ZH in words_of(page)
    assert says_that_it_rests(await do(house, headers, "PrepareChange", wanted=PACK))
    assert f"这项业务暂停办理：{ZH}" in await text(house, NUMBER, "ZW", "KT#pack-data-10")
    async with calling(house, NUMBER) as call:
        assert EN in call.heard, "said before the menu: what a call itself can change does not rest"
    assert await own(house, headers, "PreparedChanges", "preparedChanges") == []
    await let_go_on(house, notice)
    assert "10GB流量加油包" in await text(house, NUMBER, "KT#pack-data-10")


async def test_where_confirming_rests_a_yes_orders_nothing_in_any_channel(house: House) -> None:
    headers = await house.sign_in(NUMBER)
    walker, _ = await walk_in(house, NUMBER, "/packages")
    question = await walker.send(await walker.open("/change?action=ADD&offering=pack-data-10"), deed="prepare")
    prepared = await do(house, headers, "PrepareChange", wanted={"action": "ADD", "offeringId": "pack-voice-100"})
    assert "确认" in await text(house, NUMBER, "ZW", "KT#pack-sms-100")
    notice = await let_rest(house, "confirmChange", zh=ZH, en=EN)
    refused = await walker.send(question, deed="confirm")
    assert refused.status_code == 503
    assert ZH in words_of(refused)
    assert says_that_it_rests(await do(house, headers, "ConfirmChange", preparedId=prepared["id"]))
    assert f"这项业务暂停办理：{ZH}。没有办理" in await text(house, NUMBER, "是")
    async with calling(house, NUMBER) as call:
        assert EN in call.heard
    assert await own(house, headers, "Orders", "orders") == []
    await let_go_on(house, notice)
    ordered = await walker.send(question, deed="confirm")
    assert ordered.url.path.startswith("/orders/"), words_of(ordered)
    assert len(await own(house, headers, "Orders", "orders")) == 1


async def test_while_all_rests_a_lost_phone_is_reported_and_what_costs_money_is_dropped(house: House) -> None:
    headers = await house.sign_in(NUMBER)
    walker, _ = await walk_in(house, NUMBER, "/packages")
    await let_rest(house, "*", zh=ZH, en=EN)
    seen = await walker.follow(await walker.open("/packages"), "/change?action=DROP")
    dropped = await walker.send(await walker.send(seen, deed="prepare"), deed="confirm")
    assert dropped.url.path.startswith("/orders/")
    async with calling(house, NUMBER) as call:
        assert EN in call.heard
        await call.press("74")
        assert call.heard.startswith("You want to report your phone or card lost")
        await call.press("1")
        await call.press(password(NUMBER) + "#")
        assert EN not in call.heard
    assert {order["action"] for order in await own(house, headers, "Orders", "orders")} == {"DROP", "REPORT_LOSS"}


async def test_where_vouchers_rest_a_card_stays_good_in_every_channel(house: House) -> None:
    headers, card = await house.sign_in(NUMBER), await unused_card(house)
    walker, _ = await walk_in(house, NUMBER, "/packages")
    notice = await let_rest(house, "redeemVoucher", zh=ZH, en=EN)
    page = await walker.open("/recharge/voucher")
    assert page.status_code == 200
    told = await walker.send(page, card=card["card"], deed="send")
    assert told.status_code == 503
    assert ZH in words_of(told)
    assert says_that_it_rests(await do(house, headers, "RedeemVoucher", card=card["card"]))
    assert f"这项业务暂停办理：{ZH}" in await text(house, NUMBER, "ZW", f"CZ#{card['card']}")
    async with calling(house, NUMBER) as call:
        await call.press("71")
        await call.press(card["card"] + "#")
        assert EN in call.heard
    assert await own(house, headers, "Recharges", "recharges") == []
    await let_go_on(house, notice)
    assert "已" in await text(house, NUMBER, f"CZ#{card['card']}")
    [credited] = await own(house, headers, "Recharges", "recharges")
    assert (credited["state"], Decimal(credited["amount"]["amount"])) == ("CREDITED", Decimal(card["amount"]))
