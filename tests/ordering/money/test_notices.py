"""Does a callback ever move money that nobody paid? Forged, mutated, replayed and shuffled ones do not."""

import asyncio
import json
import random
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from gateway.database import read
from graphql_schema.types.recharge import RechargeSource, RechargeState
from ordering.money_tables import money_movement, payment_notice, recharge
from tests.ordering.money.till import Shop, yuan

pytestmark = pytest.mark.anyio
Post = tuple[Mapping[str, str], bytes]


async def photograph(shop: Shop) -> list[Any]:
    """Every row that a notice could touch."""
    async with read(shop.engine) as connection:
        return [
            (await connection.execute(table.select())).all() for table in (recharge, payment_notice, money_movement)
        ]


async def post(shop: Shop, headers: Mapping[str, str], body: bytes) -> int:
    return (await shop.callbacks.take(RechargeSource.SANDBOX, headers, body)).status


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": "5000.00"},
        {"amount": "0.01"},
        {"currency": "USD"},
        {"reference": "D9"},
        {"reference": ""},
        {"reference": "D" * 33},
        {"id": ""},
        {"id": "N" * 129},
    ],
)
async def test_a_rightly_signed_notice_of_something_else_changes_nothing(shop: Shop, changes: dict[str, str]) -> None:
    await shop.started_and_paid()
    before = await photograph(shop)
    assert await shop.notify(**changes) == 503
    assert await photograph(shop) == before
    assert shop.provider.day.asked["fetch"] == 0


@pytest.mark.parametrize("minutes", [-6, 6])
async def test_a_notice_outside_its_window_changes_nothing(shop: Shop, minutes: int) -> None:
    await shop.started_and_paid()
    before = await photograph(shop)
    assert await shop.notify(at=shop.moment + timedelta(minutes=minutes)) == 503
    assert await photograph(shop) == before


async def test_a_notice_too_large_to_be_one_is_not_even_read(shop: Shop) -> None:
    await shop.started_and_paid()
    headers, body = shop.sign(json.dumps({"id": "N1", "filler": "x" * 70_000}).encode())
    assert await post(shop, headers, body) == 503


async def test_a_notice_for_another_provider_s_payment_changes_nothing(shop: Shop) -> None:
    await shop.started_and_paid()
    async with shop.till.transaction() as connection:
        await connection.execute(recharge.update().values(source="alipay"))
    assert await shop.notify() == 503
    with pytest.raises(LookupError):
        await shop.callbacks.take(RechargeSource.ALIPAY, {}, b"{}")


async def test_a_notice_is_a_hint_and_the_provider_is_asked(shop: Shop) -> None:
    await shop.start()
    assert await shop.notify() == 200
    assert ((await shop.see()).state, await shop.balances()) == (RechargeState.WAITING, {})
    assert shop.provider.day.asked["fetch"] == 1


async def test_a_notice_that_comes_a_hundred_times_is_noted_and_asked_about_once(shop: Shop) -> None:
    await shop.started_and_paid()
    assert set(await asyncio.gather(*(shop.notify() for _ in range(100)))) == {200}
    assert (await shop.count(payment_notice), shop.provider.day.asked["fetch"]) == (1, 1)
    await shop.settle(rounds=1)
    assert ((await shop.see()).state, shop.bss.own["A1"]) == (RechargeState.CREDITED, 50)


async def test_a_notice_is_followed_although_the_provider_does_not_answer_at_first(shop: Shop) -> None:
    await shop.started_and_paid()
    shop.provider.day.comes("fetch", "lost")
    assert await shop.notify() == 200
    await shop.work.work_on_payments()
    assert (await shop.see()).state is RechargeState.CREDITED


async def test_notices_in_any_order_end_alike(shop: Shop) -> None:
    for each in range(5):
        await shop.start(f"D{each}")
    posts = [shop.notify(f"D{each}", id=f"N{each}-{again}") for each in range(5) for again in range(3)]
    for each in range(5):
        shop.provider.pay(f"D{each}")
    random.Random(5).shuffle(posts)
    assert set(await asyncio.gather(*posts)) == {200}
    await shop.settle(rounds=1)
    assert (shop.bss.own["A1"], await shop.balances()) == (250, {"provider:sandbox": -25000, "bss": 25000})


async def test_a_notice_of_a_refund_wakes_it(shop: Shop) -> None:
    await shop.started_and_paid()
    await shop.settle(rounds=1)
    shop.bss.closed.add("A1")
    await shop.start("D2")
    shop.provider.pay("D2")
    shop.provider.day.comes("refund", "dropped")
    await shop.notify("D2")
    await shop.work.work_on_payments()
    assert (await shop.see("D2")).state is RechargeState.REFUNDING
    assert await shop.notify("D2", kind="refund", id="N-refund") == 200
    await shop.work.work_on_payments()
    assert ((await shop.see("D2")).state, (await shop.see("D2")).given_back) == (RechargeState.REFUNDED, yuan(50))


async def test_two_thousand_callbacks_of_whoever_can_not_sign_credit_nothing(shop: Shop) -> None:
    """Mutations of true ones, forgeries, and true ones over and over, in any order, while nobody pays but one."""
    chance = random.Random(20261122)
    for each in range(10):
        await shop.start(f"D{each}")
    shop.provider.pay("D0")
    true = [shop.sign(_said(shop, f"D{each}", f"N{each}")) for each in range(10)]
    posts = [chance.choice(_ATTACKS)(chance, *chance.choice(true)) for _ in range(2000)]
    before = await photograph(shop)
    for headers, body in posts:
        if (headers, body) not in true:
            assert await post(shop, headers, body) == 503
    assert await photograph(shop) == before
    for headers, body in chance.choices(true, k=300):
        assert await post(shop, headers, body) == 200
    await shop.settle(rounds=2)
    assert (shop.bss.own["A1"], await shop.balances()) == (50, {"provider:sandbox": -5000, "bss": 5000})
    assert dict(shop.bss.effects) == {"D0": 1}


def _said(shop: Shop, reference: str, notice_id: str) -> dict[str, str]:
    at = shop.moment.isoformat()
    paid = {"id": notice_id, "kind": "payment", "reference": reference, "state": "paid"}
    return paid | {"amount": "50.00", "currency": "CNY", "at": at}


def _flip(chance: random.Random, headers: Mapping[str, str], body: bytes) -> Post:
    place = chance.randrange(len(body))
    return headers, body[:place] + bytes([body[place] ^ (1 << chance.randrange(8))]) + body[place + 1 :]


def _cut(chance: random.Random, headers: Mapping[str, str], body: bytes) -> Post:
    return headers, body[: chance.randrange(len(body))]


def _redate(chance: random.Random, headers: Mapping[str, str], body: bytes) -> Post:
    return {**headers, "pay-timestamp": str(int(headers["pay-timestamp"]) + chance.randrange(1, 9999))}, body


def _resign(chance: random.Random, headers: Mapping[str, str], body: bytes) -> Post:
    return {**headers, "pay-signature": chance.randbytes(32).hex()}, body


def _redirect(chance: random.Random, headers: Mapping[str, str], body: bytes) -> Post:
    said = json.loads(body) | {"reference": f"D{chance.randrange(10)}", "amount": f"{chance.randrange(1, 9999)}.00"}
    return headers, json.dumps(said).encode()


def _undress(chance: random.Random, headers: Mapping[str, str], body: bytes) -> Post:
    gone = chance.choice(sorted(headers))
    return {name: value for name, value in headers.items() if name != gone}, body


def _renonce(chance: random.Random, headers: Mapping[str, str], body: bytes) -> Post:
    return {**headers, "pay-nonce": chance.randbytes(8).hex()}, body


def _replay(_chance: random.Random, headers: Mapping[str, str], body: bytes) -> Post:
    return headers, body


_ATTACKS: tuple[Callable[[random.Random, Mapping[str, str], bytes], Post], ...] = (
    _flip,
    _cut,
    _redate,
    _resign,
    _redirect,
    _undress,
    _renonce,
    _replay,
)
