"""Does a card's money arrive once, and can nobody guess cards?"""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from gateway.database import read
from graphql_schema.client import Caller
from graphql_schema.identity_ports import Deed
from graphql_schema.ports import BssFault
from graphql_schema.problems import Locked, NotRechargeable, VoucherRefused
from graphql_schema.types.recharge import Recharge, RechargeSource, RechargeState
from ordering.money_tables import recharge
from tests.ordering.money.till import CARD, NOW, NUMBER, OWNER, USED_CARD, VISITOR, Shop, yuan

pytestmark = pytest.mark.anyio


async def redeem(
    shop: Shop, deed: str = "V1", card: str = CARD, *, number: str | None = None, caller: Caller = OWNER
) -> Recharge:
    return await shop.recharges.redeem_voucher(Deed(deed, caller), number, card)


async def fetch_rows(shop: Shop) -> list[Any]:
    async with read(shop.engine) as connection:
        return list((await connection.execute(recharge.select())).all())


async def test_a_card_is_credited_at_once_with_a_receipt_by_sms(shop: Shop) -> None:
    credited = await redeem(shop)
    assert (credited.state, credited.amount, credited.source) == (
        RechargeState.CREDITED,
        yuan(50),
        RechargeSource.VOUCHER,
    )
    assert (shop.bss.own["A1"], await shop.balances()) == (50, {"voucher": -5000, "bss": 5000})
    assert (shop.notices.of(NUMBER), shop.tries.spent["L1"]) == (["recharge_credited"], 0)
    assert credited.receipt is not None
    assert (await shop.recharges.fetch_by_receipt(credited.receipt)).id == "V1"


@pytest.mark.parametrize(("card", "reason"), [("0" * 18, "unknown"), (USED_CARD, "used")])
async def test_a_wrong_card_is_refused_and_counts(shop: Shop, card: str, reason: str) -> None:
    with pytest.raises(VoucherRefused) as refused:
        await redeem(shop, card=card)
    assert refused.value.parameters == {"reason": reason, "tries_left": 4}
    assert (shop.bss.booked(), await shop.balances()) == (0, {})
    assert await shop.recharges.fetch_of_line("L1", limit=10) == []


async def test_the_sixth_guess_of_a_day_is_not_asked(shop: Shop) -> None:
    for each in range(5):
        with pytest.raises(VoucherRefused):
            await redeem(shop, f"V{each}", card=f"{each}" * 18)
    with pytest.raises(Locked) as locked:
        await redeem(shop, "V5", card=CARD)
    assert locked.value.parameters == {"until": NOW + timedelta(hours=12)}
    assert (shop.bss.day.asked["redeem_voucher"], len(await fetch_rows(shop))) == (5, 5)


async def test_a_hundred_guesses_at_once_are_five(shop: Shop) -> None:
    guesses = (redeem(shop, f"V{each}", card=f"{each:018}") for each in range(100))
    outcomes = await asyncio.gather(*guesses, return_exceptions=True)
    assert sum(isinstance(each, VoucherRefused) for each in outcomes) == 5
    assert sum(isinstance(each, Locked) for each in outcomes) == 95
    assert shop.bss.day.asked["redeem_voucher"] == 5


async def test_one_card_in_a_hundred_hands_at_once_is_credited_once(shop: Shop) -> None:
    shop.tries.limit = 1000
    outcomes = await asyncio.gather(*(redeem(shop, f"V{each}") for each in range(100)), return_exceptions=True)
    assert sum(isinstance(each, Recharge) for each in outcomes) == 1
    assert (shop.bss.own["A1"], await shop.balances()) == (50, {"voucher": -5000, "bss": 5000})


async def test_a_deed_that_is_done_a_hundred_times_at_once_counts_and_credits_once(shop: Shop) -> None:
    outcomes = await asyncio.gather(*(redeem(shop) for _ in range(100)))
    assert {each.id for each in outcomes} == {"V1"}
    assert (shop.bss.own["A1"], shop.bss.day.asked["redeem_voucher"], shop.tries.spent["L1"]) == (50, 1, 0)


@pytest.mark.parametrize("bad", ["lost", "dropped"])
async def test_a_card_of_unknown_outcome_is_checked_and_resolves_itself(shop: Shop, bad: str) -> None:
    shop.bss.day.comes("redeem_voucher", bad)
    assert (await redeem(shop)).state is RechargeState.CHECKING
    assert (await redeem(shop)).state is RechargeState.CHECKING
    assert CARD not in str([tuple(row) for row in await fetch_rows(shop)])
    shop.advance(seconds=2)
    await shop.work.work_on_payments()
    assert ((await shop.see("V1")).state, shop.bss.effects["V1"]) == (RechargeState.CREDITED, 1)
    [row] = await fetch_rows(shop)
    assert (row.card, len(row.card_digest)) == ("", 64)


async def test_a_card_of_unknown_outcome_that_turns_out_wrong_stays_counted(shop: Shop) -> None:
    shop.bss.day.comes("redeem_voucher", "dropped")
    await redeem(shop, card=USED_CARD)
    await shop.settle(rounds=2)
    assert ((await shop.see("V1")).state, shop.tries.spent["L1"]) == (RechargeState.REFUSED, 1)
    with pytest.raises(VoucherRefused):
        await redeem(shop, card=USED_CARD)
    assert shop.bss.day.asked["redeem_voucher"] == 1


async def test_a_bss_that_can_not_be_asked_costs_no_try_and_leaves_nothing_open(shop: Shop) -> None:
    shop.bss.day.comes("redeem_voucher", "down")
    with pytest.raises(BssFault):
        await redeem(shop)
    assert shop.tries.spent["L1"] == 0
    [row] = await fetch_rows(shop)
    assert (row.state, row.card, row.free_at_us) == ("refused", "", None)
    assert (await redeem(shop, "V2")).state is RechargeState.CREDITED


async def test_a_card_goes_onto_another_s_number_too(shop: Shop) -> None:
    assert (await redeem(shop, number=NUMBER, caller=VISITOR)).masked_number == "138****8001"
    with pytest.raises(NotRechargeable):
        await redeem(shop, "V2", number="13800138009", caller=VISITOR)
