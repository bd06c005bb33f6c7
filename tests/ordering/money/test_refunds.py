"""Does money go back once, out of the books first, and never more than was paid?"""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from graphql_schema.identity_ports import Deed
from graphql_schema.payment_ports import PaidState
from graphql_schema.ports import BssFault
from graphql_schema.problems import AmountRefused, NotFound, ProviderRefused
from graphql_schema.types.money import Money
from graphql_schema.types.recharge import Recharge, RechargeState
from ordering.money.rows import fetch_row
from ordering.money_tables import recharge_refund
from tests.ordering.money.till import CARD, COLLEAGUE, NUMBER, OWNER, Shop, yuan

pytestmark = pytest.mark.anyio


@pytest.fixture
async def paid_shop(shop: Shop) -> Shop:
    """With a recharge of 50 yuan that was credited."""
    await shop.started_and_paid()
    await shop.settle(rounds=2)
    assert (await shop.see()).state is RechargeState.CREDITED
    return shop


async def give_back(shop: Shop, amount: str | int, deed: str = "F1") -> Recharge:
    return await shop.recharges.refund(Deed(deed, COLLEAGUE), "D1", yuan(amount))


async def test_all_of_it_goes_back_out_of_the_books_and_to_the_payer(paid_shop: Shop) -> None:
    refunded = await give_back(paid_shop, 50)
    assert (refunded.state, refunded.given_back) == (RechargeState.REFUNDED, yuan(50))
    assert (paid_shop.bss.booked(), paid_shop.provider.collected()) == (0, 0)
    assert await paid_shop.balances() == {"provider:sandbox": -5000, "refund:sandbox": 5000}
    assert paid_shop.notices.of(NUMBER) == ["recharge_credited", "recharge_refunded"]


async def test_parts_of_it_go_back_until_all_of_it_is_gone(paid_shop: Shop) -> None:
    first = await give_back(paid_shop, "20.01", "F1")
    assert (first.state, first.given_back) == (RechargeState.CREDITED, yuan("20.01"))
    with pytest.raises(AmountRefused) as refused:
        await give_back(paid_shop, 30, "F2")
    assert refused.value.parameters == {"least": yuan("0.01"), "most": yuan("29.99")}
    second = await give_back(paid_shop, "29.99", "F3")
    assert (second.state, second.given_back) == (RechargeState.REFUNDED, yuan(50))
    assert (paid_shop.bss.booked(), paid_shop.provider.collected()) == (0, 0)
    with pytest.raises(ProviderRefused):
        await give_back(paid_shop, "0.01", "F4")


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "50.01"])
async def test_an_amount_outside_what_is_left_is_refused(paid_shop: Shop, amount: str) -> None:
    with pytest.raises(AmountRefused):
        await give_back(paid_shop, amount)
    assert (await paid_shop.count(recharge_refund), (await paid_shop.see()).state) == (0, RechargeState.CREDITED)


async def test_money_that_is_spent_does_not_go_back(paid_shop: Shop) -> None:
    paid_shop.bss.own["A1"] = 10
    with pytest.raises(ProviderRefused) as refused:
        await give_back(paid_shop, 50)
    assert refused.value.parameters == {"reason": "insufficient"}
    shown = await paid_shop.see()
    assert (shown.state, shown.given_back) == (RechargeState.CREDITED, None)
    assert paid_shop.provider.refunds == {}
    with pytest.raises(ProviderRefused):  # the deed is done again
        await give_back(paid_shop, 50)
    assert (await give_back(paid_shop, 10, "F2")).given_back == yuan(10)


@pytest.mark.parametrize("bad", ["lost", "dropped"])
@pytest.mark.parametrize("system", ["bss", "provider"])
async def test_a_refund_of_unknown_outcome_is_shown_and_resolves_itself(paid_shop: Shop, bad: str, system: str) -> None:
    if system == "bss":
        paid_shop.bss.day.comes("take_back", bad)
    else:
        paid_shop.provider.day.comes("refund", bad)
    assert (await give_back(paid_shop, 50)).state is RechargeState.REFUNDING
    assert (await give_back(paid_shop, 50)).state is RechargeState.REFUNDING
    await paid_shop.settle(rounds=2)
    assert (await paid_shop.see()).state is RechargeState.REFUNDED
    assert (paid_shop.bss.booked(), paid_shop.provider.collected(), paid_shop.bss.effects["F1"]) == (0, 0, 1)


async def test_a_bss_that_can_not_be_asked_begins_no_refund(paid_shop: Shop) -> None:
    paid_shop.bss.day.comes("take_back", "down")
    with pytest.raises(BssFault):
        await give_back(paid_shop, 50)
    assert (await paid_shop.see()).state is RechargeState.CREDITED
    assert (await give_back(paid_shop, 50, "F2")).state is RechargeState.REFUNDED


@pytest.mark.parametrize("bad", [(), ("lost",), ("dropped",)])
async def test_what_the_provider_will_not_give_back_goes_into_the_books_again(
    paid_shop: Shop, bad: tuple[str, ...]
) -> None:
    paid_shop.provider.refuses_refunds = True
    paid_shop.bss.day.comes("top_up", *bad)
    if bad:
        assert (await give_back(paid_shop, 50)).state is RechargeState.REFUNDING
    else:
        with pytest.raises(ProviderRefused):
            await give_back(paid_shop, 50)
    await paid_shop.settle(rounds=2)
    shown = await paid_shop.see()
    assert (shown.state, shown.given_back, paid_shop.bss.booked()) == (RechargeState.CREDITED, None, 50)
    assert await paid_shop.balances() == {"provider:sandbox": -5000, "bss": 5000}


async def test_what_neither_wants_stays_owed_until_one_of_them_takes_it(paid_shop: Shop) -> None:
    paid_shop.provider.refuses_refunds = True
    paid_shop.provider.day.comes("refund", "lost")
    await give_back(paid_shop, 20)
    paid_shop.bss.closed.add("A1")
    await paid_shop.settle(rounds=4)
    shown = await paid_shop.see()
    assert (shown.state, shown.late, (await paid_shop.balances())["due:customer"]) == (
        RechargeState.REFUNDING,
        True,
        2000,
    )
    paid_shop.provider.refuses_refunds = False
    await paid_shop.settle(rounds=5)
    assert (await paid_shop.see()).given_back == yuan(20)
    assert (await paid_shop.balances()).get("due:customer", 0) == 0


async def test_refunds_that_race_never_give_back_more_than_was_paid(paid_shop: Shop) -> None:
    wishes = (give_back(paid_shop, 20, f"F{each}") for each in range(20))
    outcomes: list[Any] = await asyncio.gather(*wishes, return_exceptions=True)
    await paid_shop.settle(rounds=2)
    assert sum(isinstance(each, Recharge) for each in outcomes) == 2
    assert sum(isinstance(each, AmountRefused) for each in outcomes) == 18
    shown = await paid_shop.see()
    assert (shown.state, shown.given_back) == (RechargeState.CREDITED, yuan(40))
    assert (paid_shop.bss.booked(), paid_shop.provider.collected()) == (10, 10)


async def test_it_is_said_as_long_as_one_of_two_is_on_its_way(paid_shop: Shop) -> None:
    paid_shop.provider.day.comes("refund", "lost")
    assert (await give_back(paid_shop, 20, "F1")).state is RechargeState.REFUNDING
    second = await give_back(paid_shop, 30, "F2")
    assert (second.state, second.given_back) == (RechargeState.REFUNDING, yuan(30))
    await paid_shop.settle(rounds=1)
    assert (await paid_shop.see()).state is RechargeState.REFUNDED


async def test_one_deed_twenty_times_at_once_gives_back_once(paid_shop: Shop) -> None:
    await asyncio.gather(*(give_back(paid_shop, 20) for _ in range(20)))
    await paid_shop.settle(rounds=1)
    assert ((await paid_shop.see()).given_back, paid_shop.bss.booked()) == (yuan(20), 30)


async def test_a_card_a_waiting_one_and_an_unknown_one_are_not_given_back(shop: Shop) -> None:
    await shop.start()
    with pytest.raises(ProviderRefused):
        await give_back(shop, 50)
    await shop.recharges.redeem_voucher(Deed("V1", OWNER), None, CARD)
    with pytest.raises(ProviderRefused) as refused:
        await shop.recharges.refund(Deed("F1", COLLEAGUE), "V1", yuan(50))
    assert refused.value.parameters == {"reason": "not_offered"}
    with pytest.raises(NotFound):
        await shop.recharges.refund(Deed("F1", COLLEAGUE), "D9", yuan(50))


@pytest.fixture
async def held_shop(shop: Shop) -> Shop:
    """With a recharge of 50 yuan for which the provider collected 70.01."""
    await shop.start()
    known = shop.provider.payments["D1"]
    shop.provider.payments["D1"] = replace(known, state=PaidState.PAID, amount=yuan("70.01"), paid_at=shop.now())
    await shop.settle(rounds=1)
    assert (await fetch_row(shop.till, "D1")).state == "held"
    return shop


async def test_what_was_collected_of_another_amount_goes_back_in_full_and_is_never_credited(held_shop: Shop) -> None:
    refunded = await give_back(held_shop, "70.01")
    assert (refunded.state, refunded.given_back) == (RechargeState.REFUNDED, yuan("70.01"))
    assert (held_shop.provider.collected(), held_shop.bss.booked(), held_shop.bss.day.asked["take_back"]) == (0, 0, 0)
    assert await held_shop.balances() == {"provider:sandbox": -7001, "refund:sandbox": 7001}
    assert held_shop.notices.of(NUMBER) == ["recharge_refunded"]
    row = await fetch_row(held_shop.till, "D1")
    assert (row.failure, row.free_at_us, row.credited_at_us) == ("amount_differs", None, None)


@pytest.mark.parametrize("amount", ["50", "70.00", "70.02", "20.01"])
async def test_no_part_of_what_is_held_goes_back(held_shop: Shop, amount: str) -> None:
    with pytest.raises(AmountRefused) as refused:
        await give_back(held_shop, amount)
    assert refused.value.parameters == {"least": yuan("70.01"), "most": yuan("70.01")}
    assert (await held_shop.count(recharge_refund), await held_shop.balances()) == (0, {})


async def test_what_is_held_goes_back_once_whoever_asks_at_once(held_shop: Shop) -> None:
    asked = (give_back(held_shop, "70.01", f"F{each}") for each in range(10))
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(each, Recharge) for each in outcomes) >= 1
    assert (await held_shop.count(recharge_refund), held_shop.provider.collected()) == (1, 0)


@pytest.mark.parametrize("bad", ["lost", "dropped", "down"])
async def test_a_held_payment_s_refund_that_is_interrupted_resolves_itself(held_shop: Shop, bad: str) -> None:
    held_shop.provider.day.comes("refund", bad)
    assert (await give_back(held_shop, "70.01")).state is RechargeState.REFUNDING
    await held_shop.settle(rounds=3)
    assert ((await held_shop.see()).state, held_shop.provider.collected()) == (RechargeState.REFUNDED, 0)


async def test_a_provider_that_will_not_give_back_what_is_held_is_asked_again(held_shop: Shop) -> None:
    held_shop.provider.refuses_refunds = True
    assert (await give_back(held_shop, "70.01")).state is RechargeState.REFUNDING
    held_shop.provider.refuses_refunds = False
    await held_shop.settle(rounds=3)
    assert ((await held_shop.see()).state, held_shop.bss.booked()) == (RechargeState.REFUNDED, 0)


async def test_what_is_held_stays_where_it_is_while_the_provider_can_not_be_asked(held_shop: Shop) -> None:
    held_shop.provider.day.comes("fetch", "down")
    with pytest.raises(ProviderRefused):
        await give_back(held_shop, "70.01")
    held_shop.provider.lies["D1"] = Money(amount=yuan("70.01").amount, currency="USD")
    with pytest.raises(ProviderRefused):
        await give_back(held_shop, "70.01")
    assert ((await fetch_row(held_shop.till, "D1")).state, await held_shop.count(recharge_refund)) == ("held", 0)
