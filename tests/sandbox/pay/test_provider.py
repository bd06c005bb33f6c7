"""Does the payment provider collect once, give back no more than was paid, and say what became of it?"""

import pytest

from tests.sandbox.pay.conftest import Shop

pytestmark = pytest.mark.anyio


async def test_a_payment_is_open_until_it_is_paid_on_its_page_and_leads_back_to_the_merchant(shop: Shop) -> None:
    made = await shop.open("r1")
    assert (made["state"], made["amount"], made["qr"], made["app"]) == (
        "open", "50.00", made["page"], {"payUrl": made["page"]},
    )  # fmt: skip
    answer = await shop.pay(made)
    assert (answer.status_code, answer.headers["location"]) == (303, "http://127.0.0.1:9/back")
    paid = await shop.fetch("r1")
    assert (paid["state"], paid["amount"], paid["refunded"]) == ("paid", "50.00", "0.00")
    [notice] = (await shop.books())["notices"]
    assert '"state": "paid"' in notice["body"]


async def test_a_reference_is_one_payment_and_no_other_amount(shop: Shop) -> None:
    first = await shop.open("r1")
    assert await shop.open("r1") == first
    other = await shop.ask(
        "POST", "/payments", reference="r1", amount="50.01", currency="CNY", subject="话费充值",
        notifyUrl="http://127.0.0.1:9/notice", returnUrl="http://127.0.0.1:9/back",
    )  # fmt: skip
    assert (other.status_code, other.json()["code"]) == (409, "referenceReused")
    assert len((await shop.books())["payments"]) == 1


async def test_what_is_closed_is_not_paid_and_what_is_paid_is_not_closed(shop: Shop) -> None:
    made = await shop.open("r1")
    assert (await shop.ask("POST", "/payments/r1/close")).json()["state"] == "closed"
    await shop.pay(made)
    assert (await shop.fetch("r1"))["state"] == "closed"
    await shop.pay(await shop.open("r2"))
    assert (await shop.ask("POST", "/payments/r2/close")).json()["state"] == "paid"
