"""Does a card's money arrive once, and can nobody guess cards?"""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import read
from gateway.identity.tables import attempt_budget
from gateway.money_budgets import MoneyBudgets
from graphql_schema.client import Caller
from graphql_schema.identity_ports import Deed
from graphql_schema.ports import BssFault
from graphql_schema.problems import Locked, NotRechargeable, Problem, VoucherRefused
from graphql_schema.types.recharge import Recharge, RechargeSource, RechargeState
from ordering.money.needs import CardTry
from ordering.money.recharges import SqlRecharges
from ordering.money_tables import recharge
from tests.ordering.money.till import (
    CARD,
    NOW,
    NUMBER,
    OTHER,
    OWNER,
    USED_CARD,
    VISITOR,
    FiveTries,
    Shop,
    gather_in_turns,
    yuan,
)

pytestmark = pytest.mark.anyio


async def redeem(
    shop: Shop, deed: str = "V1", card: str = CARD, *, number: str | None = None, caller: Caller = OWNER
) -> Recharge:
    return await shop.recharges.redeem_voucher(Deed(deed, caller), number, card)


async def return_refusal(deed: Awaitable[Recharge]) -> Recharge | Problem:
    try:
        return await deed
    except Problem as refused:
        return refused


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


async def catch(deed: Awaitable[Recharge]) -> Recharge | Exception:
    """What came of it."""
    try:
        return await deed
    except Exception as fault:  # noqa: BLE001  the test looks at what it was
        return fault


async def test_a_hundred_guesses_at_once_are_five(shop: Shop) -> None:
    guesses = (redeem(shop, f"V{each}", card=f"{each:018}") for each in range(100))
    outcomes = await gather_in_turns(catch(guess) for guess in guesses)
    assert sum(isinstance(each, VoucherRefused) for each in outcomes) == 5
    assert sum(isinstance(each, Locked) for each in outcomes) == 95
    assert shop.bss.day.asked["redeem_voucher"] == 5


async def test_one_card_in_a_hundred_hands_at_once_is_credited_once(shop: Shop) -> None:
    callers = [replace(OWNER, subscriber=f"S{each}") for each in range(100)]
    shop.tries.limit = 1000
    tries = (redeem(shop, f"V{each}", number=NUMBER, caller=caller) for each, caller in enumerate(callers))
    outcomes = await gather_in_turns(catch(attempt) for attempt in tries)
    assert sum(isinstance(each, Recharge) for each in outcomes) == 1
    assert (shop.bss.own["A1"], await shop.balances()) == (50, {"voucher": -5000, "bss": 5000})


async def test_one_card_in_a_hundred_deeds_of_a_line_at_once_is_one_deed(shop: Shop) -> None:
    recharges = SqlRecharges(shop.make_till(tries=MoneyBudgets(shop.engine, now=shop.now)), shop.fetch_reconciliations)
    deeds = (recharges.redeem_voucher(Deed(f"V{each}", OWNER), None, CARD) for each in range(100))
    outcomes = await gather_in_turns(deeds)
    assert len({each.id for each in outcomes}) == 1
    assert (shop.bss.day.asked["redeem_voucher"], len(await fetch_rows(shop))) == (1, 1)
    async with read(shop.engine) as connection:
        assert (await connection.execute(select(attempt_budget.c.spent))).scalars().all() == [0]


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
    assert shop.tries.spent["L1"] == 0
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


@pytest.mark.parametrize("later", [{"seconds": 0}, {"seconds": 2}])
@pytest.mark.parametrize("caller", [OWNER, VISITOR])
async def test_a_card_whose_answer_was_lost_is_the_same_one_in_a_new_form(
    shop: Shop, caller: Caller, later: dict[str, float]
) -> None:
    shop.bss.day.comes("redeem_voucher", "dropped")
    first = await redeem(shop, number=NUMBER, caller=caller)
    shop.advance(**later)
    await shop.work.work_on_payments()
    again = await redeem(shop, "V2", number=NUMBER, caller=caller)
    assert (again.id, again.receipt) == ("V1", first.receipt)
    assert again.state is (RechargeState.CREDITED if later["seconds"] else RechargeState.CHECKING)
    await shop.settle(rounds=2)
    assert (shop.bss.day.asked["redeem_voucher"], shop.tries.spent["L1"], shop.bss.own["A1"]) == (1, 0, 50)


async def test_the_card_that_took_the_last_try_is_known_again(shop: Shop) -> None:
    shop.tries.spent["L1"] = 4
    shop.bss.day.comes("redeem_voucher", "dropped")
    await redeem(shop)
    assert (await redeem(shop, "V2")).id == "V1"
    with pytest.raises(Locked):
        await redeem(shop, "V3", card="0" * 18)


async def test_a_used_card_is_another_s_or_another_day_s_try(shop: Shop) -> None:
    await redeem(shop)
    for deed, number, caller in (("V2", NUMBER, VISITOR), ("V3", OTHER, OWNER)):
        with pytest.raises(VoucherRefused):
            await redeem(shop, deed, number=number, caller=caller)
    shop.advance(days=1, seconds=1)
    with pytest.raises(VoucherRefused):
        await redeem(shop, "V4")
    assert (shop.tries.spent["L1"], shop.tries.spent["L2"]) == (2, 1)


async def test_guesses_that_are_broken_off_are_counted_all_the_same(shop: Shop) -> None:
    def break_off(boundary: str) -> None:
        if boundary == "voucher.intended":
            raise asyncio.CancelledError

    recharges = SqlRecharges(shop.make_till(cross=break_off), shop.fetch_reconciliations)
    for each in range(20):
        with pytest.raises((asyncio.CancelledError, Locked)):
            await recharges.redeem_voucher(Deed(f"V{each}", OWNER), None, f"{each:018}")
    assert (len(await fetch_rows(shop)), shop.tries.spent["L1"]) == (5, 5)
    await shop.settle(rounds=2)
    assert (shop.bss.day.asked["redeem_voucher"], shop.tries.spent["L1"]) == (5, 5)


async def test_a_try_that_can_not_be_counted_leaves_no_card_for_a_worker(shop: Shop) -> None:
    class Busy(FiveTries):
        async def spend(self, connection: AsyncConnection, caller: Caller, line_id: str) -> CardTry:
            raise TimeoutError

    recharges = SqlRecharges(shop.make_till(tries=Busy()), shop.fetch_reconciliations)
    with pytest.raises(TimeoutError):
        await recharges.redeem_voucher(Deed("V1", OWNER), None, CARD)
    assert await fetch_rows(shop) == []


async def test_an_account_that_takes_no_money_costs_no_try(shop: Shop) -> None:
    shop.bss.cards[CARD] = (Decimal(0), "closed")
    with pytest.raises(NotRechargeable) as refused:
        await redeem(shop)
    assert (refused.value.parameters, shop.tries.spent["L1"]) == ({"reason": "closed"}, 0)
    with pytest.raises(NotRechargeable):
        await redeem(shop)


async def test_a_word_that_nobody_knows_is_a_wrong_card(shop: Shop) -> None:
    shop.bss.cards[CARD] = (Decimal(0), "failed")
    with pytest.raises(VoucherRefused) as refused:
        await redeem(shop)
    assert (refused.value.parameters["reason"], shop.tries.spent["L1"]) == ("unknown", 1)


async def test_tries_are_counted_in_the_commit_of_their_cards(engine: AsyncEngine) -> None:
    shop = Shop(engine)
    recharges = SqlRecharges(shop.make_till(tries=MoneyBudgets(engine, now=shop.now)), shop.fetch_reconciliations)

    async def guess(each: int) -> Recharge:
        return await recharges.redeem_voucher(Deed(f"V{each}", OWNER), None, f"{each:018}")

    outcomes = await gather_in_turns((return_refusal(guess(each)) for each in range(30)), at_once=8)
    assert sorted(each.parameters["tries_left"] for each in outcomes if isinstance(each, VoucherRefused)) == [*range(5)]
    assert (sum(isinstance(each, Locked) for each in outcomes), len(await fetch_rows(shop))) == (25, 5)
    assert shop.bss.day.asked["redeem_voucher"] == 5
