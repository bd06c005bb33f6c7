"""Do texts, calls and the monthly notice tell of a BSS's money what the graph tells, and stop what they say stops?"""

import asyncio
import re
from collections.abc import AsyncIterator
from decimal import Decimal
from functools import partial
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from bss_adapters.tmf.catalogue import TmfCatalogue
from bss_adapters.tmf.hub import BILLS, TmfHub
from bss_adapters.tmf.line import TmfLines
from channels.ivr.routes import ivr_routes
from channels.ivr.speech import speak_money
from channels.sms.segments import count_parts
from gateway.call_texts import make_call_texts
from gateway.database import read, write
from gateway.hub import WakeWorker, hub_routes
from gateway.keys import hub_token
from graphql_schema.types.bill import BillCategory
from graphql_schema.types.bill_event import BillEvent
from notifications.alert_tables import alert, inbox_message
from notifications.bill_notices import BillNotices
from notifications.tables import outbound_sms
from sandbox.handset.voicexml import Call
from tests.conformance.serving import served
from tests.contract.conftest import House

pytestmark = pytest.mark.anyio

ORDINARY, OTHER, BARRED, MEMBER = "13800138001", "13800138002", "13800138007", "13800138008"
STORIES = ["13800138012", "13800138013", "13800138014", "13800138015"]
"""Their last bill differs for known reasons."""
TOKEN = "a-gateway-of-the-operator"
_messages = count(1)


async def text(house: House, number: str, *words: str) -> str:
    """The answer to the last of these texts."""
    said = ""
    for each in words:
        said = (await house.sms.answer(number, each, message_id=next(_messages))).text
    return said


def password(number: str) -> str:
    return f"2580{number[-2:]}"


async def last_difference(house: House, number: str) -> dict[str, Any]:
    """Why the last month's own bill differs, as an app asks it."""
    headers = await house.sign_in(number)
    bills = await house.ask("Bills", headers, first=1, categories=["NORMAL", "LAST"])
    bill_id = bills["data"]["me"]["bills"]["edges"][0]["node"]["id"]
    answer = await house.ask("BillDifference", headers, id=bill_id)
    found: dict[str, Any] = answer["data"]["me"]["billDifference"]
    return found


async def test_a_text_explains_a_bill_with_figures_that_add_up_to_what_an_app_is_told(house: House) -> None:
    asked = [(number, words) for number in STORIES for words in (("ZW", "ZD", "2"), ("EN", "ZDYY"))]
    differences = {number: await last_difference(house, number) for number in STORIES}
    for number, words in asked:
        said = await text(house, number, *words, password(number))
        signed = [
            Decimal(part.replace("¥", "").replace(",", "")) for part in re.findall(r"[+-]¥?[0-9,]+\.[0-9]{2}", said)
        ]
        assert signed, said
        assert sum(signed) == Decimal(differences[number]["difference"]["amount"]), said
        assert count_parts(said) <= 2


async def test_charges_stop_after_a_yes_and_go_on_after_a_proof(house: House) -> None:
    headers = await house.sign_in(ORDINARY)

    async def paused() -> set[str]:
        return set((await house.ask("ChargeBrake", headers))["data"]["me"]["chargeBrake"]["paused"])

    assert "确认后" in await text(house, ORDINARY, "ZW", "TYKF")
    assert await paused() == set()
    assert "立即生效" in await text(house, ORDINARY, "是")
    assert await paused() == {"OUT_OF_BUCKET", "THIRD_PARTY", "ROAMING"}
    assert "已暂停扣费" in await text(house, ORDINARY, "TYKF")
    assert "核实身份" in await text(house, ORDINARY, "HFKF")
    assert "已恢复" in await text(house, ORDINARY, password(ORDINARY))
    assert await paused() == set()


async def test_every_question_about_money_has_an_answer_in_words(house: House) -> None:
    assert re.search(r"charges since .* are ¥.* likely by month's end", await text(house, ORDINARY, "EN", "HF"))
    assert "Outgoing calls are barred" in await text(house, BARRED, "EN", "YE")
    assert "Outgoing calls are barred" in await text(house, BARRED, "ZD")
    assert "/records?last=5" in await text(house, ORDINARY, "XD")
    assert re.search(r"/bills/[^ ]+ and choose it", await text(house, ORDINARY, "ZY"))
    assert "Your organization pays" in await text(house, MEMBER, "EN", "FP")
    assert "not answering" not in await text(house, ORDINARY, "CXLL")


@pytest.fixture
async def call_address(house: House) -> AsyncIterator[str]:
    """Where calls of this house are answered, whose texts go into its queue."""
    hall = house.hall
    graph, doorkeeper, conversations = hall.graph, hall.doorkeeper, hall.conversations
    texts = make_call_texts(hall)
    routes = ivr_routes(graph, doorkeeper, conversations, trusted_token=TOKEN, public_url="", texts=texts)
    async with served(Starlette(routes=routes)) as address:
        yield f"{address}/ivr?token={TOKEN}"


async def rows_of(house: House, table: Any) -> list[Any]:
    async with read(house.hall.engine) as connection:
        return list((await connection.execute(select(table))).all())


async def test_a_call_explains_the_bill_pauses_charges_and_texts_what_it_told(house: House, call_address: str) -> None:
    number = STORIES[1]
    async with Call(call_address, number, call_id="c-1") as call:
        await call.dial()
        await call.press("24")
        assert "Your bill for October twenty twenty-six is" in call.heard
        await call.press("3")
        await call.press(password(number) + "#")
        assert re.search(r"(more|less) than the one before", call.heard)
        assert "Roaming" in call.heard
        await call.press("2")
        assert call.heard.startswith("A text is on its way.")
        await call.press("*76")
        assert "While charges are paused" in call.heard
        await call.press("1")
        assert "are paused, as of now" in call.heard
        await call.press("#")
        assert "To get what you heard by text, press one." in call.heard
        await call.press("1")
        assert "Goodbye" in call.heard
    assert (call.state, call.error) == ("ended", None)
    sent = [row for row in await rows_of(house, outbound_sms) if row.key.startswith("call:")]
    assert {row.recipient for row in sent} == {number}
    difference, bill = (row.text for row in sent)
    assert "the one before" in difference
    assert "roaming" in difference
    assert "Oct 2026 bill ¥" in bill
    assert "Reply ZDMX: detail" in bill


# --- orders and vouchers ----------------------------------------------------------------------------------------

TAKE = {"action": "ADD", "offeringId": "pack-data-10"}


async def vouchers(house: House) -> dict[str, list[dict[str, Any]]]:
    """The sandbox's cards, by what they are good for."""
    cards: dict[str, list[dict[str, Any]]] = {}
    for card in (await house.levers.get("/sandbox/vouchers")).raise_for_status().json():
        cards.setdefault(card["state"], []).append(card)
    return cards


async def test_a_text_orders_what_an_app_is_shown_and_the_app_sees_the_order(house: House) -> None:
    headers = await house.sign_in(ORDINARY)
    shown = (await house.ask("ChangePreview", headers, wanted=TAKE))["data"]["me"]["changePreview"]
    asked = await text(house, ORDINARY, "EN", "KT#pack-data-10")
    for money in (shown["price"], shown["monthlyBefore"], shown["monthlyAfter"]):
        assert f"¥{Decimal(money['amount']):.2f}" in asked
    assert "at once" in asked
    assert (await house.ask("Orders", headers))["data"]["me"]["orders"] == []
    assert "we need to know it is you" in await text(house, ORDINARY, "Y")
    said = await text(house, ORDINARY, password(ORDINARY))
    [order] = (await house.ask("Orders", headers))["data"]["me"]["orders"]
    assert order["id"][-8:] in said
    assert (order["action"], order["channel"]) == ("ADD", "SMS")
    assert "10 GB pack" in await text(house, ORDINARY, "DD")
    assert "Nothing waits for your answer" in await text(house, ORDINARY, "Y")


async def test_what_was_begun_in_an_app_is_shown_and_confirmed_by_text(house: House) -> None:
    headers = await house.sign_in(ORDINARY)
    held = (await house.ask("Subscribed", headers))["data"]["me"]["subscribed"]
    item = next(each for each in held if each["droppable"])
    wanted = {"action": "DROP", "packageId": item["packageId"]}
    begun = await house.ask("PrepareChange", headers, input={"idempotencyKey": "drop-it-1", "wanted": wanted})
    prepared = begun["data"]["prepareChange"]
    asked = await text(house, ORDINARY, "ZW", "是")
    assert f"退订“{item['name']['zh']}”" in asked
    assert "已受理" in await text(house, ORDINARY, "是")
    [order] = (await house.ask("Orders", headers))["data"]["me"]["orders"]
    assert (order["id"], order["action"]) == (prepared["id"], "DROP")


async def test_0000_numbers_what_an_app_numbers_and_a_no_drops_nothing(house: House) -> None:
    headers = await house.sign_in(ORDINARY)
    held = (await house.ask("Subscribed", headers))["data"]["me"]["subscribed"]
    listed = await text(house, ORDINARY, "ZW", "0000")
    assert all(f"{each['position']} {each['name']['zh'][:6]}" in listed for each in held)
    item = next(each for each in held if each["droppable"])
    assert item["name"]["zh"] in await text(house, ORDINARY, str(item["position"]))
    await text(house, ORDINARY, "否")
    assert (await house.ask("PreparedChanges", headers))["data"]["me"]["preparedChanges"] == []
    assert (await house.ask("Orders", headers))["data"]["me"]["orders"] == []


async def test_a_voucher_is_credited_once_by_text_and_every_other_card_is_refused_in_words(house: House) -> None:
    cards, headers = await vouchers(house), await house.sign_in(ORDINARY)
    card = cards["unused"][0]
    said = await text(house, ORDINARY, "EN", f"CZ#{card['card']}")
    assert f"¥{Decimal(card['amount']):.2f} from your voucher card is on 138****8001" in said
    assert await text(house, ORDINARY, f"CZ#{card['card']}") == said, "who texts it again is told what became of it"
    assert "used already" in await text(house, OTHER, "EN", f"CZ#{card['card']}")
    assert "has expired" in await text(house, ORDINARY, f"CZ#{cards['expired'][0]['card']}")
    [recharge] = (await house.ask("Recharges", headers))["data"]["me"]["recharges"]
    assert (recharge["state"], Decimal(recharge["amount"]["amount"])) == ("CREDITED", Decimal(card["amount"]))
    texts = [row.text for row in await rows_of(house, outbound_sms)]
    assert not [kept for kept in texts if card["card"] in kept]


@pytest.mark.parametrize("house", ["sandbox over a socket"], indirect=True)
async def test_a_call_recharges_by_voucher_drops_a_package_and_tells_the_order(house: House, call_address: str) -> None:
    card, headers = (await vouchers(house))["unused"][1], await house.sign_in(ORDINARY)
    held = (await house.ask("Subscribed", headers))["data"]["me"]["subscribed"]
    item = next(each for each in held if each["droppable"] and each["monthlyFee"])
    wanted = {"action": "DROP", "packageId": item["packageId"]}
    shown = (await house.ask("ChangePreview", headers, wanted=wanted))["data"]["me"]["changePreview"]
    assert shown["monthlyBefore"] != shown["monthlyAfter"]
    async with Call(call_address, ORDINARY, call_id="c-7") as call:
        await call.dial()
        await call.press("271")
        await call.press(card["card"] + "#")
        assert call.heard.startswith("Recharged: ")
        await call.press(f"22{item['position']}#")
        assert call.heard.startswith(f"You want to drop {item['name']['en']}")
        for money in (shown["monthlyBefore"], shown["monthlyAfter"]):
            assert speak_money(money, "en") in call.heard, "a call says the figures that the graph previews"
        await call.press("1")
        assert ": accepted, from " in call.heard
        await call.press("3")
        assert "Order to drop " in call.heard
    assert call.error is None
    [order] = (await house.ask("Orders", headers))["data"]["me"]["orders"]
    assert (order["action"], order["channel"]) == ("DROP", "IVR")


async def alert_of(house: House, line_id: str) -> Any:
    """The line's only alert, once the hub has brought what raises it."""
    async with asyncio.timeout(30):
        while True:
            rows = [row for row in await rows_of(house, alert) if row.line_id == line_id]
            if rows:
                [row] = rows
                return row
            await asyncio.sleep(0.1)


@pytest.fixture
async def told_of_bills(house: House) -> AsyncIterator[BillNotices]:
    """The house, listening at the BSS's hub for bills."""
    hall = house.hall
    notices = BillNotices(partial(write, hall.engine), TmfLines(hall.client, TmfCatalogue(hall.client)))

    async def issued(event: BillEvent) -> None:
        await notices.raise_issued(event, at=hall.client.clock.now())

    async def changed(_: str) -> None:
        return

    routes = hub_routes(hall, WakeWorker(lambda *_, **__: None), changed, issued)
    async with served(Starlette(routes=routes)) as address:
        hub = TmfHub(hall.client, callback=f"{address}/bss/{hub_token(hall.settings)}", wanted=BILLS)
        registration = await hub.register()
        yield notices
        await hub.unregister(registration)


@pytest.mark.parametrize("house", ["sandbox over a socket"], indirect=True)
async def test_a_bill_run_is_told_once_to_whoever_pays_with_the_bill_s_own_figures(
    house: House, told_of_bills: BillNotices
) -> None:
    personas = {one["number"]: one for one in (await house.levers.get("/sandbox/personas")).json()}
    mine = personas[ORDINARY]["lineId"]
    (await house.levers.post("/sandbox/clock", json={"now": "2026-12-01T04:00:00+08:00"})).raise_for_status()
    row = await alert_of(house, mine)
    assert row.name == "bill_issued"
    await told_of_bills.raise_issued(
        BillEvent(row.facts["billId"], personas[ORDINARY]["accountId"], BillCategory.NORMAL),
        at=house.hall.client.clock.now(),
    )
    assert await house.hall.outbox.say(row.id)
    assert not await house.hall.outbox.say(row.id)
    bills = await house.ask("Bills", await house.sign_in(ORDINARY), first=1, categories=["NORMAL"])
    bill = bills["data"]["me"]["bills"]["edges"][0]["node"]
    assert bill["id"] == row.facts["billId"]
    [said] = [each.text for each in await rows_of(house, outbound_sms) if each.key == f"alert:{row.id}"]
    assert f"2026年11月账单已出，合计{bill['total']['amount']}元" in said
    [message] = [each for each in await rows_of(house, inbox_message) if each.line_id == mine]
    assert (message.facts["amount"], message.facts["dueOn"]) == (bill["total"]["amount"], bill["dueOn"])
    assert personas[MEMBER]["lineId"] not in {each.line_id for each in await rows_of(house, alert)}
