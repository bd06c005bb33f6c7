"""Is money that is put in by card, taken out or given to others moved once, and only where it may be?"""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.bss.money_book import MoneyBook
from sandbox.bss.world import World

pytestmark = pytest.mark.anyio

BALANCE = "/tmf-api/prepayBalanceManagement/v4"
PAYMENT = "/tmf-api/payment/v4"
ORDINARY, PREPAID, LATE, RICH = "A000000", "A000001", "A000005", "A000006"


def pot(account: str) -> dict[str, str]:
    return {"id": f"M{account[1:]}-own"}


async def own(bss: httpx.AsyncClient, account: str) -> float:
    return (await bss.get(f"{BALANCE}/bucket/{pot(account)['id']}")).json()["remainingValue"]["amount"]


async def act(bss: httpx.AsyncClient, name: str, body: dict[str, Any], key: str) -> httpx.Response:
    wish = {"usageType": "monetary", "channel": {"id": "onehall"}, "description": key}
    return await bss.post(f"{BALANCE}/{name}", json=wish | body, headers={"Idempotency-Key": key})


async def top_up(
    bss: httpx.AsyncClient, amount: float, key: str, account: str = PREPAID, **more: Any
) -> httpx.Response:
    wish = {"amount": {"amount": amount, "units": "CNY"}, "bucket": pot(account), "partyAccount": {"id": account}}
    return await act(bss, "topupBalance", wish | more, key)


async def take_back(bss: httpx.AsyncClient, amount: float, key: str, account: str = RICH) -> httpx.Response:
    wish = {"amount": {"amount": -amount, "units": "CNY"}, "bucket": pot(account), "adjustType": "oneTime"}
    return await act(bss, "adjustBalance", wish | {"partyAccount": {"id": account}}, key)


async def give(bss: httpx.AsyncClient, amount: float, key: str, giver: str = RICH, to: str = PREPAID) -> httpx.Response:
    wish = {
        "amount": {"amount": amount, "units": "CNY"}, "bucket": pot(giver), "receiverBucket": pot(to),
        "receiverBucketUsageType": "monetary", "logicalResource": [{"id": giver}],
        "receiverLogicalResource": {"id": to}, "reason": "transfer",
    }  # fmt: skip
    return await act(bss, "transferBalance", wish, key)


async def card(bss: httpx.AsyncClient, **wanted: Any) -> dict[str, Any]:
    """The first voucher of which this holds."""
    cards = (await bss.get("/sandbox/vouchers")).json()
    return next(each for each in cards if all(each.get(name) == value for name, value in wanted.items()))


async def end_line(bss: httpx.AsyncClient, number: str) -> None:
    assert (await bss.post("/sandbox/line", json={"number": number, "status": "terminated"})).status_code == 201


async def test_a_topup_is_found_by_what_it_was_asked_under_and_says_what_it_settled(bss: httpx.AsyncClient) -> None:
    made = (await top_up(bss, 300, "r1", LATE)).json()
    found = (await bss.get(f"{BALANCE}/topupBalance", params={"partyAccount.id": LATE, "description": "r1"})).json()
    assert found == [made]
    bills = (
        await bss.get("/tmf-api/customerBillManagement/v4/customerBill", params={"billingAccount.id": LATE})
    ).json()
    at = made["confirmationDate"]
    paid = [part for bill in bills for part in bill["appliedPayment"] if part["payment"]["name"] == at]
    settled = sum(part["appliedAmount"]["value"] for part in paid)
    assert made["arrearsSettled"] == {"unit": "CNY", "value": pytest.approx(settled)}
    assert 0 < settled < 300
    assert await own(bss, LATE) == pytest.approx(300 - settled)
    assert (await top_up(bss, 1, "r2", LATE)).json()["arrearsSettled"]["value"] == 0
    assert (await bss.get(f"{BALANCE}/topupBalance", params={"description": "never"})).json() == []


async def test_lines_that_come_back_are_told(world: World, bss: httpx.AsyncClient) -> None:
    listener = {"callback": "http://127.0.0.1:9"}
    assert (await bss.post("/tmf-api/productInventory/v4/hub", json=listener)).status_code == 201
    await top_up(bss, 1, "r1", LATE)
    [subscription] = world.store.subscriptions()
    assert not world.store.next_deliveries(subscription.id)
    await top_up(bss, 300, "r2", LATE)
    [told] = world.store.next_deliveries(subscription.id)
    assert told.listener == "productAttributeValueChangeEvent"
    assert "L000005-1" in told.body


async def test_a_closed_account_takes_no_money(bss: httpx.AsyncClient) -> None:
    await end_line(bss, "13800138002")
    for answer in (await top_up(bss, 10, "r1"), await top_up(bss, 0, "r2", voucher=(await card(bss))["card"])):
        assert (answer.status_code, answer.json()["code"]) == (409, "accountClosed")
    given = await give(bss, 10, "r3")
    assert (given.status_code, given.json()["code"]) == (409, "notAllowed")
    assert (await bss.get(f"{PAYMENT}/payment")).json() == []


async def test_a_card_is_worth_its_value_once_and_the_same_key_answers_the_same(bss: httpx.AsyncClient) -> None:
    voucher = await card(bss, amount="50.00", state="unused")
    first = await top_up(bss, 0, "r1", voucher=voucher["card"])
    assert (first.status_code, first.json()["amount"]["amount"]) == (201, 50)
    assert voucher["card"] not in first.text
    assert (await top_up(bss, 0, "r1", voucher=voucher["card"])).json() == first.json()
    assert await own(bss, PREPAID) == 53.2
    other = await top_up(bss, 0, "r2", RICH, voucher=voucher["card"])
    assert (other.status_code, other.json()["code"]) == (409, "voucherUsed")
    assert await own(bss, RICH) == 500
    assert (await card(bss, card=voucher["card"]))["state"] == "used"


async def test_many_who_try_a_card_at_once_are_one_who_gets_it(bss: httpx.AsyncClient) -> None:
    voucher = await card(bss, amount="500.00")
    tries = [
        top_up(bss, 0, f"{account}-{order}", account, voucher=voucher["card"])
        for order in range(15)
        for account in (PREPAID, RICH)
    ]
    answers = await asyncio.gather(*tries)
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 29
    assert await own(bss, PREPAID) + await own(bss, RICH) == 503.2 + 500


async def test_a_thousand_of_one_key_are_one_topup(bss: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(top_up(bss, 50, "r1") for _ in range(1000)))
    assert len({answer.text for answer in answers}) == 1
    assert await own(bss, PREPAID) == 53.2


@pytest.mark.parametrize(("state", "code"), [("used", "voucherUsed"), ("expired", "voucherExpired")])
async def test_a_card_that_is_over_is_refused(bss: httpx.AsyncClient, state: str, code: str) -> None:
    answer = await top_up(bss, 0, "r1", voucher=(await card(bss, state=state))["card"])
    assert (answer.status_code, answer.json()["code"]) == (409, code)


async def test_a_card_of_a_number_is_good_for_its_account_alone(bss: httpx.AsyncClient) -> None:
    voucher = await card(bss, number="13800138002")
    refused = await top_up(bss, 0, "r1", RICH, voucher=voucher["card"])
    assert (refused.status_code, refused.json()["code"]) == (409, "voucherOfOther")
    assert (await top_up(bss, 0, "r2", voucher=voucher["card"])).status_code == 201


@pytest.mark.parametrize("digits", ["100000000000000000", "1", "abc"])
async def test_a_card_that_nobody_sold_is_unknown(bss: httpx.AsyncClient, digits: str) -> None:
    answer = await top_up(bss, 0, "r1", voucher=digits)
    assert (answer.status_code, answer.json()["code"]) == (409, "voucherUnknown")


async def test_cards_have_18_digits_and_there_are_several_of_each_value(bss: httpx.AsyncClient) -> None:
    cards = (await bss.get("/sandbox/vouchers")).json()
    assert all(len(each["card"]) == 18 and each["card"].isdigit() for each in cards)
    assert len({each["card"] for each in cards}) == len(cards) == 52


async def test_a_card_has_its_own_amount(bss: httpx.AsyncClient) -> None:
    answer = await top_up(bss, 10, "r1", voucher=(await card(bss, state="unused"))["card"])
    assert answer.status_code == 400


async def test_what_is_taken_back_is_own_money_and_no_more_than_there_is(bss: httpx.AsyncClient) -> None:
    made = await take_back(bss, 499.99, "r1")
    assert (made.status_code, made.json()["amount"]["amount"]) == (201, -499.99)
    assert (await take_back(bss, 499.99, "r1")).json() == made.json()
    assert await own(bss, RICH) == 0.01
    refused = await take_back(bss, 0.02, "r2")
    assert (refused.status_code, refused.json()["code"]) == (409, "insufficient")
    assert (await bss.get(f"{BALANCE}/adjustBalance", params={"description": "r1"})).json() == [made.json()]
    assert (await take_back(bss, -5, "r3")).status_code == 400


async def test_what_is_given_leaves_one_account_and_comes_to_the_other(bss: httpx.AsyncClient) -> None:
    made = await give(bss, 20, "r1")
    assert made.status_code == 201, made.text
    assert (await give(bss, 20, "r1")).json() == made.json()
    assert (await own(bss, RICH), await own(bss, PREPAID)) == (480, 23.2)
    assert (await bss.get(f"{BALANCE}/transferBalance", params={"description": "r1"})).json() == [made.json()]
    assert made.json()["logicalResource"] == [{"id": RICH}]


async def test_what_is_given_pays_what_is_past_due_there_first(bss: httpx.AsyncClient) -> None:
    await give(bss, 300, "r1", to=LATE)
    account = (await bss.get(f"/tmf-api/accountManagement/v4/billingAccount/{LATE}")).json()
    assert account["paymentStatus"] == "current"
    assert 0 < await own(bss, LATE) < 300


@pytest.mark.parametrize(
    ("giver", "to", "amount", "code"),
    [(RICH, RICH, 1, "notAllowed"), (RICH, PREPAID, 500.01, "insufficient"), (LATE, PREPAID, 0.01, "insufficient")],
)
async def test_what_cannot_be_given_moves_nothing(
    bss: httpx.AsyncClient, giver: str, to: str, amount: float, code: str
) -> None:
    before = await own(bss, giver), await own(bss, to)
    answer = await give(bss, amount, "r1", giver, to)
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert (await own(bss, giver), await own(bss, to)) == before


async def test_granted_money_is_nobodys_to_give(bss: httpx.AsyncClient) -> None:
    """The ordinary account has 12.50 of its own and 30 granted."""
    assert (await give(bss, 12.51, "r1", ORDINARY)).json()["code"] == "insufficient"
    assert (await give(bss, 12.5, "r2", ORDINARY)).status_code == 201


async def test_a_key_is_one_deed_whatever_it_is(bss: httpx.AsyncClient) -> None:
    assert (await top_up(bss, 10, "r1")).status_code == 201
    other = await take_back(bss, 1, "r1")
    assert (other.status_code, other.json()["code"]) == (409, "keyReused")


async def test_what_was_booked_on_a_day_can_be_read_by_channel(bss: httpx.AsyncClient) -> None:
    await top_up(bss, 10, "r1")
    await top_up(bss, 10, "r0", channel={"id": "counter"})
    await top_up(bss, 0, "r2", voucher=(await card(bss, amount="100.00"))["card"])
    await take_back(bss, 5, "r3")
    await give(bss, 5, "r4")
    await bss.post("/sandbox/clock", json={"advanceSeconds": 86_400})
    await top_up(bss, 11, "r5")
    ours = {"channel.id": "onehall"}
    days = [
        {"paymentDate.gte": f"2026-11-{day}T00:00:00+08:00", "paymentDate.lt": f"2026-11-{day + 1}T00:00:00+08:00"}
        for day in (22, 23)
    ]
    booked = [(await bss.get(f"{PAYMENT}/payment", params=day | ours)).json() for day in days]
    assert [
        [(each["correlatorId"], each["totalAmount"]["value"], each["status"]) for each in day] for day in booked
    ] == [
        [("r1", 10, "done"), ("r2", 100, "done")],
        [("r5", 11, "done")],
    ]
    [refund] = (await bss.get(f"{PAYMENT}/refund", params=ours)).json()
    assert (refund["correlatorId"], refund["totalAmount"]["value"]) == ("r3", 5)


def test_top_ups_of_an_older_sandbox_are_kept(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "bss.sqlite3", isolation_level=None)
    database.executescript(
        "CREATE TABLE topup (id INTEGER PRIMARY KEY, account_id TEXT NOT NULL, at_ms INTEGER NOT NULL,"
        " amount_li INTEGER NOT NULL, key TEXT UNIQUE, request TEXT NOT NULL) STRICT;"
        "INSERT INTO topup VALUES (7, 'A000001', 5, 20000, 'k', '{}')"
    )
    for book in (MoneyBook(database), MoneyBook(database)):
        assert book.moves("A000001") == [(5, 20000)]
    database.close()
