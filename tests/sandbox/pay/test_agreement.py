"""Is a payer's standing word kept to: signed first, within its month's most, and over when it is ended?"""

from typing import Any

import pytest

from tests.sandbox.pay.conftest import Shop

pytestmark = pytest.mark.anyio


async def agree(shop: Shop, reference: str = "a1") -> Any:
    wish = {"reference": reference, "mostAMonth": "100.00", "returnUrl": "http://127.0.0.1:9/back"}
    return (await shop.ask("POST", "/agreements", **wish)).json()


async def charge(shop: Shop, agreement: Any, reference: str, amount: str = "60.00") -> Any:
    wish = {
        "agreement": agreement["id"],
        "reference": reference,
        "amount": amount,
        "currency": "CNY",
        "subject": "自动充值",
    }
    return (await shop.ask("POST", "/charges", **wish)).json()


async def test_an_agreement_is_signed_on_its_page_and_then_collects(shop: Shop) -> None:
    made = await agree(shop)
    assert await agree(shop) == made
    assert (made["state"], made["signed"], made["ended"]) == ("signing", False, False)
    assert (await charge(shop, made, "c0"))["reason"] == "notSigned"
    answer = await shop.client.post(made["signPage"], data={"answer": "sign"})
    assert (answer.status_code, answer.headers["location"]) == (303, "http://127.0.0.1:9/back")
    assert (await shop.ask("GET", f"/agreements/{made['id']}")).json()["signed"] is True
    done = await charge(shop, made, "c1")
    assert (done["state"], done["amount"]) == ("paid", "60.00")
    assert await charge(shop, made, "c1") == done


async def test_a_month_has_its_most_and_the_next_one_again(shop: Shop) -> None:
    made = await agree(shop)
    await shop.client.post(made["signPage"], data={"answer": "sign"})
    assert (await charge(shop, made, "c1"))["state"] == "paid"
    over = await charge(shop, made, "c2", "40.01")
    assert (over["state"], over["reason"]) == ("refused", "mostAMonth")
    assert (await charge(shop, made, "c3", "40.00"))["state"] == "paid"
    await shop.client.post("/sandbox/clock", json={"now": "2026-12-01T00:00:00+08:00"})
    assert (await charge(shop, made, "c4", "100.00"))["state"] == "paid"


async def test_an_ended_or_declined_agreement_collects_nothing(shop: Shop) -> None:
    signed, declined = await agree(shop, "a1"), await agree(shop, "a2")
    await shop.client.post(signed["signPage"], data={"answer": "sign"})
    await shop.client.post(declined["signPage"], data={"answer": "refuse"})
    ended = (await shop.ask("POST", f"/agreements/{signed['id']}/end")).json()
    assert (ended["signed"], ended["ended"]) == (False, True)
    await shop.client.post(signed["signPage"], data={"answer": "sign"})
    for order, agreement in enumerate((signed, declined)):
        refused = await charge(shop, agreement, f"c{order}")
        assert (refused["state"], refused["reason"]) == ("refused", "ended")


async def test_a_payer_may_refuse_a_charge(shop: Shop) -> None:
    made = await agree(shop)
    await shop.client.post(made["signPage"], data={"answer": "sign"})
    await shop.bad_day("refuse")
    assert (await charge(shop, made, "c1"))["reason"] == "payerRefused"


async def test_an_agreement_that_nobody_made_is_unknown(shop: Shop) -> None:
    for method, path in (("GET", "/agreements/x"), ("POST", "/agreements/x/end")):
        assert (await shop.ask(method, path)).status_code == 404
    assert (await charge(shop, {"id": "x"}, "c1"))["code"] == "unknownAgreement"
