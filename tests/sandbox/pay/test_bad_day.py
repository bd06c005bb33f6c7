"""Does each bad day of the payment provider go wrong as it says, and no further?"""

import json
from typing import Any

import pytest

from tests.sandbox.pay.conftest import Shop

pytestmark = pytest.mark.anyio


async def told(shop: Shop) -> list[dict[str, Any]]:
    return [json.loads(notice["body"]) | notice for notice in (await shop.books())["notices"]]


async def test_a_bank_that_refuses_refuses_so_many_times(shop: Shop) -> None:
    await shop.bad_day("refuse", times=2)
    for reference in ("r1", "r2", "r3"):
        await shop.pay(await shop.open(reference))
    assert [each["state"] for each in (await shop.books())["payments"]] == ["refused", "refused", "paid"]
    assert [each["state"] for each in await told(shop)] == ["refused", "refused", "paid"]


async def test_a_delayed_payment_is_open_until_it_is_settled_and_can_be_closed_no_more(shop: Shop) -> None:
    await shop.bad_day("delay", seconds=3600)
    made = await shop.open("r1")
    await shop.pay(made)
    assert (await shop.fetch("r1"))["state"] == "open"
    assert await told(shop) == []
    assert 'http-equiv="refresh"' in (await shop.client.get(made["page"])).text
    assert (await shop.ask("POST", "/payments/r1/close")).json()["state"] == "paid"
    assert len(await told(shop)) == 1


async def test_a_delayed_payment_is_paid_in_the_end(shop: Shop) -> None:
    await shop.bad_day("delay", seconds=0.01)
    await shop.pay(await shop.open("r1"))
    await shop.bad_day("normal")
    while (await shop.fetch("r1"))["state"] == "open":
        pass
    assert len(await told(shop)) == 1


async def test_a_delayed_refund_is_at_work_first(shop: Shop) -> None:
    await shop.pay(await shop.open("r1"))
    await shop.bad_day("delay", seconds=0.05)
    made = (await shop.ask("POST", "/refunds", reference="r1", refundReference="b1", amount="5.00")).json()
    assert made["state"] == "working"
    while (await shop.ask("GET", "/refunds/b1")).json()["state"] == "working":
        pass
    assert [each["kind"] for each in await told(shop)] == ["payment", "refund"]


async def test_a_silent_payment_is_paid_and_nobody_hears_of_it(shop: Shop) -> None:
    await shop.bad_day("silent")
    await shop.pay(await shop.open("r1"))
    assert (await shop.fetch("r1"))["state"] == "paid"
    assert await told(shop) == []


@pytest.mark.parametrize(
    ("mode", "name", "lie"), [("wrongAmount", "amount", "0.01"), ("wrongCurrency", "currency", "USD")]
)
async def test_a_lie_is_told_where_it_was_asked_for(shop: Shop, mode: str, name: str, lie: str) -> None:
    truth = {"amount": "50.00", "currency": "CNY"}[name]
    for place in ("notice", "payment", "statement"):
        await shop.bad_day(mode, **{"in": place})
        await shop.pay(await shop.open(place))
    assert [each[name] for each in await told(shop)] == [lie, lie, truth]
    assert [(await shop.fetch(place))[name] for place in ("notice", "payment", "statement")] == [truth, lie, truth]
    rows = (await shop.ask("GET", "/statements/2026-11-22")).text.splitlines()
    at = rows[0].split(",").index(name)
    said = [row.split(",")[at] for row in rows[1:]]
    assert said == [truth, lie, {"amount": "50.01", "currency": "USD"}[name]]


async def test_a_forged_notice_says_paid_of_what_is_not(shop: Shop) -> None:
    await shop.bad_day("forge")
    await shop.open("r1")
    [notice] = await told(shop)
    assert (notice["state"], notice["forged"]) == ("paid", True)
    assert (await shop.fetch("r1"))["state"] == "open"


async def test_trouble_is_over_when_it_is_taken_back(shop: Shop) -> None:
    await shop.bad_day("refuse", times=5)
    await shop.bad_day("silent", times=5)
    assert [each["mode"] for each in (await shop.books())["modes"]] == ["refuse", "silent"]
    await shop.bad_day("refuse", times=0)
    assert [each["mode"] for each in (await shop.books())["modes"]] == ["silent"]
    await shop.bad_day("normal")
    assert (await shop.books())["modes"] == []


@pytest.mark.parametrize(
    "wrong", [{"mode": "luck"}, {"mode": "refuse", "times": -1}, {"mode": "delay", "seconds": "x"}, {},
              {"mode": "wrongAmount", "in": "bank"}, {"mode": "refuse", "often": 1}],
)  # fmt: skip
async def test_trouble_that_nobody_knows_is_refused(shop: Shop, wrong: dict[str, Any]) -> None:
    assert (await shop.client.post("/sandbox/payments", json=wrong)).status_code == 400
