"""Does the payment provider collect once, give back no more than was paid, and say what became of it?"""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.bss.world import World
from sandbox.pay.amount import parse_fen, render_fen
from sandbox.pay.notice_book import NoticeBook
from tests.sandbox.pay.conftest import Shop

pytestmark = pytest.mark.anyio


async def paid(shop: Shop, reference: str = "r1", amount: str = "50.00") -> None:
    await shop.pay(await shop.open(reference, amount))


async def test_a_payment_is_open_until_it_is_paid_on_its_page_and_leads_back_to_the_merchant(shop: Shop) -> None:
    made = await shop.open("r1")
    assert (made["state"], made["amount"], made["qr"], made["app"]) == (
        "open", "50.00", made["page"], {"payUrl": made["page"]},
    )  # fmt: skip
    answer = await shop.pay(made)
    assert (answer.status_code, answer.headers["location"]) == (303, "http://127.0.0.1:9/back")
    now = await shop.fetch("r1")
    assert (now["state"], now["amount"], now["refunded"], now["id"]) == ("paid", "50.00", "0.00", made["id"])
    [notice] = (await shop.books())["notices"]
    told = json.loads(notice["body"])
    assert {name: told[name] for name in ("kind", "reference", "state", "amount", "currency")} == {
        "kind": "payment", "reference": "r1", "state": "paid", "amount": "50.00", "currency": "CNY",
    }  # fmt: skip


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
    await paid(shop, "r2")
    assert (await shop.ask("POST", "/payments/r2/close")).json()["state"] == "paid"


async def test_who_pays_twice_pays_once(shop: Shop) -> None:
    made = await shop.open("r1")
    await asyncio.gather(*(shop.pay(made) for _ in range(5)))
    books = await shop.books()
    assert len(books["notices"]) == 1
    assert books["payments"][0]["state"] == "paid"


async def test_a_payer_who_refuses_leaves_nothing_to_pay(shop: Shop) -> None:
    made = await shop.open("r1")
    await shop.pay(made, "refuse")
    await shop.pay(made)
    now = await shop.fetch("r1")
    assert (now["state"], now["reason"]) == ("refused", "payerRefused")


async def test_a_payment_expires_when_both_clocks_say_so(shop: Shop, world: World) -> None:
    now = datetime.now(UTC)
    await shop.open("late", expiresAt=(now - timedelta(seconds=1)).isoformat())
    assert (await shop.fetch("late"))["state"] == "open"  # the business day is another
    world.move_clock(round(now.timestamp() * 1000) + 60_000)
    assert (await shop.fetch("late"))["state"] == "closed"
    soon = await shop.open("soon", expiresAt=(now + timedelta(minutes=15)).isoformat())
    world.move_clock(round(now.timestamp() * 1000) + 3_600_000)
    await shop.pay(soon)
    assert (await shop.fetch("soon"))["state"] == "paid"


async def test_what_is_given_back_in_parts_is_never_more_than_was_paid(shop: Shop) -> None:
    await paid(shop)
    for part, amount in enumerate(("20.00", "29.99")):
        done = await shop.ask("POST", "/refunds", reference="r1", refundReference=f"b{part}", amount=amount)
        assert (done.status_code, done.json()["state"]) == (201, "done")
    assert (await shop.fetch("r1"))["refunded"] == "49.99"
    over = await shop.ask("POST", "/refunds", reference="r1", refundReference="b9", amount="0.02")
    assert (over.status_code, over.json()["code"]) == (409, "refundTooMuch")
    assert (await shop.ask("GET", "/refunds/b9")).status_code == 404
    again = await shop.ask("POST", "/refunds", reference="r1", refundReference="b0", amount="20.00")
    assert again.status_code == 200
    reused = await shop.ask("POST", "/refunds", reference="r1", refundReference="b0", amount="20.01")
    assert (reused.status_code, reused.json()["code"]) == (409, "referenceReused")
    assert (await shop.fetch("r1"))["refunded"] == "49.99"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.integers(1, 4000), max_size=6), serial=st.integers(0, 10**9))
async def test_whatever_is_asked_back_the_sum_stays_within_what_was_paid(
    shop: Shop, parts: list[int], serial: int
) -> None:
    reference = f"p{serial}-{len(parts)}-{sum(parts)}"
    await paid(shop, reference)
    given_back = 0
    for order, fen in enumerate(parts):
        asked = {"reference": reference, "refundReference": f"{reference}-{order}", "amount": render_fen(fen)}
        answer = await shop.ask("POST", "/refunds", **asked)
        assert (answer.status_code < 300) == (given_back + fen <= 5000)
        given_back += fen if answer.status_code == 201 else 0
    assert (await shop.fetch(reference))["refunded"] == render_fen(given_back)


async def test_what_was_not_paid_is_not_given_back(shop: Shop) -> None:
    await shop.open("r1")
    answer = await shop.ask("POST", "/refunds", reference="r1", refundReference="b1", amount="1.00")
    assert (answer.status_code, answer.json()["code"]) == (409, "notPaid")
    unknown = await shop.ask("POST", "/refunds", reference="r0", refundReference="b1", amount="1.00")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknownPayment")


async def test_the_statement_of_a_day_holds_what_was_paid_and_given_back_on_it(shop: Shop) -> None:
    await paid(shop, "r1", "50.00")
    await shop.open("never")
    await shop.ask("POST", "/refunds", reference="r1", refundReference="b1", amount="12.34")
    await shop.client.post("/sandbox/clock", json={"advanceSeconds": 86_400})
    await paid(shop, "r2", "10.00")
    days = [(await shop.ask("GET", f"/statements/2026-11-{day}")).text.splitlines() for day in (21, 22, 23)]
    heading = "kind,id,reference,refundReference,amount,currency,at"
    assert [day[0] for day in days] == [heading] * 3
    told = [[tuple(row.split(",")[at] for at in (0, 2, 3, 4, 5)) for row in day[1:]] for day in days]
    assert told == [
        [],
        [("payment", "r1", "", "50.00", "CNY"), ("refund", "r1", "b1", "12.34", "CNY")],
        [("payment", "r2", "", "10.00", "CNY")],
    ]
    assert (await shop.ask("GET", "/statements/yesterday")).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "0.00"}, {"amount": "-1.00"}, {"amount": "13.333"}, {"amount": "1000000000.00"}, {"amount": 50},
        {"amount": "50"}, {"amount": "٥.٠٠"}, {"amount": None}, {"currency": "USD"}, {"reference": "a b"},
        {"reference": ""}, {"reference": "x" * 65}, {"subject": ""}, {"notifyUrl": "ftp://x"}, {"notifyUrl": 7},
        {"returnUrl": "javascript:alert(1)"}, {"expiresAt": "soon"}, {"expiresAt": 7},
    ],
)  # fmt: skip
async def test_a_wish_that_makes_no_sense_is_refused(shop: Shop, wrong: dict[str, object]) -> None:
    wish = {
        "reference": "r1", "amount": "50.00", "currency": "CNY", "subject": "话费充值",
        "notifyUrl": "http://127.0.0.1:9/notice", "returnUrl": "http://127.0.0.1:9/back",
    }  # fmt: skip
    answer = await shop.ask("POST", "/payments", **{**wish, **wrong})
    assert answer.status_code == 400
    assert (await shop.books())["payments"] == []


@given(st.integers(1, 10**9 - 1))
def test_an_amount_is_read_as_it_was_written(fen: int) -> None:
    assert parse_fen(render_fen(fen)) == fen


async def test_what_is_paid_and_that_it_is_told_stand_together_or_not_at_all(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("the disk is full")

    made = await shop.open("r1")
    with monkeypatch.context() as broken:
        broken.setattr(NoticeBook, "add", fail)
        with pytest.raises(OSError, match="full"):
            await shop.pay(made)
    assert (await shop.fetch("r1"))["state"] == "paid"  # what the payer did is settled as soon as it can be told
    assert len((await shop.books())["notices"]) == 1
