"""Does money that was put in arrive once, and is the truth said of it all the way?"""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.database import DatabaseFault, read
from graphql_schema.client import Caller, Channel
from graphql_schema.identity_ports import Deed
from graphql_schema.payment_ports import PaidState
from graphql_schema.ports import BssFault
from graphql_schema.problems import (
    AmountRefused,
    BadArgument,
    NotFound,
    NotRechargeable,
    ProviderRefused,
    TooMany,
    VoucherRefused,
)
from graphql_schema.types.money import Money
from graphql_schema.types.recharge import PayWay, RechargeSource, RechargeState
from ordering.money.payments import Payments
from ordering.money.rows import fetch_row
from ordering.money.units import to_us
from ordering.money_tables import money_movement, recharge
from tests.ordering.money.till import NUMBER, OTHER, OWNER, USED_CARD, VISITOR, Shop, gather_in_turns, yuan

pytestmark = pytest.mark.anyio


async def test_a_recharge_waits_is_paid_and_is_credited_with_a_receipt_by_sms(shop: Shop) -> None:
    started = await shop.start()
    assert (started.recharge.state, started.recharge.amount) == (RechargeState.WAITING, yuan(50))
    assert started.pay is not None
    assert started.pay.page == "http://pay.example/D1"
    shop.provider.pay("D1")
    assert await shop.notify() == 200
    assert (await shop.see()).state is RechargeState.PAID
    assert await shop.balances() == {"provider:sandbox": -5000, "due:customer": 5000}
    await shop.work.work_on_payments()
    credited = await shop.see()
    assert (credited.state, credited.late, credited.expires_at) == (
        RechargeState.CREDITED,
        False,
        started.recharge.expires_at,
    )
    assert await shop.balances() == {"provider:sandbox": -5000, "bss": 5000}
    assert shop.bss.own["A1"] == 50
    assert shop.notices.told["recharge_credited:D1"] == (NUMBER, "recharge_credited", {"amount": Decimal("50.00")})
    assert shop.announced == ["L1", "L1"]


async def test_the_operator_s_word_on_arrears_stands_on_the_receipt(shop: Shop) -> None:
    shop.bss.arrears["A1"] = Decimal("12.30")
    await shop.started_and_paid()
    await shop.settle()
    assert (await shop.see()).arrears_settled == yuan("12.30")


async def test_a_payment_that_nobody_tells_us_of_is_found_by_asking(shop: Shop) -> None:
    await shop.started_and_paid()
    await shop.work.work_on_payments()
    assert (await shop.see()).state is RechargeState.WAITING
    shop.advance(seconds=6)
    await shop.work.work_on_payments()
    assert (await shop.see()).state is RechargeState.CREDITED


async def test_a_thousand_identical_recharges_at_once_are_one(shop: Shop) -> None:
    async def start() -> str | None:
        with suppress(DatabaseFault):  # it has too much to do and says so: whoever hears it comes again
            return (await shop.start()).recharge.id
        return None

    started = await gather_in_turns((start() for _ in range(1000)), at_once=1000)
    started += await gather_in_turns(start() for _ in range(started.count(None)))
    assert {each for each in started if each} == {"D1"}
    assert (await shop.count(recharge), shop.provider.day.asked["open"], len(shop.provider.payments)) == (1, 1, 1)
    shop.provider.pay("D1")
    await asyncio.gather(
        *(shop.notify(id=f"N{each}") for each in range(50)), *(shop.work.work_on_payments() for _ in range(20))
    )
    await shop.settle(rounds=3)
    assert (shop.bss.own["A1"], shop.bss.effects["D1"], await shop.count(money_movement)) == (50, 1, 2)


@pytest.mark.parametrize("bad", ["lost", "dropped"])
async def test_an_opening_of_unknown_outcome_is_checked_and_can_be_paid_then(shop: Shop, bad: str) -> None:
    shop.provider.day.comes("open", bad)
    started = await shop.start()
    assert (started.recharge.state, started.pay) == (RechargeState.CHECKING, None)
    receipt = started.recharge.receipt
    assert receipt is not None
    shop.advance(seconds=2)
    await shop.work.work_on_payments()
    opened = await shop.recharges.fetch_pay_offer(receipt)
    assert (opened.recharge.state, opened.pay and opened.pay.page) == (RechargeState.WAITING, "http://pay.example/D1")
    assert len(shop.provider.payments) == 1


async def test_a_provider_that_can_not_be_asked_refuses_and_nothing_is_left_open(shop: Shop) -> None:
    shop.provider.day.comes("open", "down")
    with pytest.raises(ProviderRefused) as refused:
        await shop.start()
    assert refused.value.parameters == {"reason": "unavailable"}
    with pytest.raises(ProviderRefused):  # the deed is done again after a process died
        await shop.start()
    assert shop.provider.payments == {}


async def test_an_answer_that_arrives_after_the_credit_changes_nothing(shop: Shop) -> None:
    await shop.started_and_paid()
    early = await fetch_row(shop.till, "D1")
    await shop.settle(rounds=1)
    late = await Payments(shop.till).settle(early, shop.provider.payments["D1"])
    assert late.state == "credited"
    await shop.settle(rounds=1)
    assert (shop.bss.day.asked["top_up"], shop.notices.of(NUMBER)) == (1, ["recharge_credited"])


async def test_who_does_not_pay_finds_it_closed_at_the_provider_too(shop: Shop) -> None:
    await shop.start()
    shop.advance(minutes=15)
    await shop.work.work_on_payments()
    assert (await shop.see()).state is RechargeState.CLOSED
    shop.provider.pay("D1")
    assert shop.provider.collected() == 0


async def test_a_payment_at_the_last_moment_is_taken_and_not_closed(shop: Shop) -> None:
    await shop.started_and_paid()
    shop.advance(minutes=15)
    await shop.work.work_on_payments()
    assert (await shop.see()).state is RechargeState.CREDITED


async def test_money_that_comes_after_all_is_taken_although_it_was_closed(shop: Shop) -> None:
    await shop.start()
    shop.advance(minutes=15)
    await shop.work.work_on_payments()
    shop.provider.payments["D1"] = replace(
        shop.provider.payments["D1"], state=type(shop.provider.payments["D1"].state).PAID
    )
    assert await shop.notify() == 200
    await shop.work.work_on_payments()
    assert (await shop.see()).state is RechargeState.CREDITED


async def test_a_notice_about_one_that_is_closed_and_stays_so_ends_with_one_question(shop: Shop) -> None:
    started = await shop.start()
    assert started.recharge.receipt is not None
    await shop.recharges.cancel(Deed("D2", OWNER), started.recharge.receipt)
    asked = shop.provider.day.asked["fetch"]
    assert await shop.notify() == 200
    await shop.settle()
    assert (shop.provider.day.asked["fetch"], (await shop.see()).state) == (asked + 1, RechargeState.CLOSED)


async def test_a_refusal_at_the_bank_is_said(shop: Shop) -> None:
    await shop.start()
    shop.provider.refuse("D1")
    await shop.settle(rounds=2)
    assert (await shop.see()).state is RechargeState.REFUSED
    assert await shop.balances() == {}


async def test_who_cancels_can_not_be_charged_any_more(shop: Shop) -> None:
    receipt = (await shop.start()).recharge.receipt
    assert receipt is not None
    cancelled = await shop.recharges.cancel(Deed("D2", OWNER), receipt)
    assert cancelled.state is RechargeState.CLOSED
    shop.provider.pay("D1")
    assert shop.provider.collected() == 0
    assert (await shop.recharges.cancel(Deed("D3", OWNER), receipt)).state is RechargeState.CLOSED


async def test_who_cancels_what_was_paid_is_told_that_it_was_paid(shop: Shop) -> None:
    receipt = (await shop.start()).recharge.receipt
    assert receipt is not None
    shop.provider.pay("D1")
    assert (await shop.recharges.cancel(Deed("D2", OWNER), receipt)).state is RechargeState.PAID


async def test_a_cancellation_of_unknown_outcome_resolves_itself(shop: Shop) -> None:
    receipt = (await shop.start()).recharge.receipt
    assert receipt is not None
    shop.provider.day.comes("close", "dropped")
    assert (await shop.recharges.cancel(Deed("D2", OWNER), receipt)).state is RechargeState.CHECKING
    shop.advance(seconds=2)
    await shop.work.work_on_payments()
    assert (await shop.see()).state is RechargeState.CLOSED


@pytest.mark.parametrize("bad", ["lost", "dropped", "down"])
async def test_a_credit_of_unknown_outcome_is_asked_about_and_happens_once(shop: Shop, bad: str) -> None:
    shop.bss.day.comes("top_up", bad)
    await shop.started_and_paid()
    assert await shop.notify() == 200
    await shop.work.work_on_payments()
    shown = await shop.see()
    assert (shown.state, shown.late) == (RechargeState.PAID, False)
    shop.advance(minutes=6)
    assert (await shop.see()).late
    await shop.work.work_on_payments()
    assert (await shop.see()).state is RechargeState.CREDITED
    assert (shop.bss.own["A1"], shop.bss.effects["D1"]) == (50, 1)
    assert shop.bss.day.asked["find_top_up"] == 1


async def test_what_the_operator_will_not_take_goes_back_by_itself(shop: Shop) -> None:
    shop.bss.closed.add("A1")
    shop.provider.day.comes("refund", "dropped", "lost")
    await shop.started_and_paid()
    assert await shop.notify() == 200
    await shop.work.work_on_payments()
    shown = await shop.see()
    assert (shown.state, shown.given_back) == (RechargeState.REFUNDING, None)
    await shop.settle()
    shown = await shop.see()
    assert (shown.state, shown.given_back) == (RechargeState.REFUNDED, yuan(50))
    assert await shop.balances() == {"provider:sandbox": -5000, "refund:sandbox": 5000}
    assert (shop.provider.collected(), shop.bss.booked()) == (0, 0)
    assert shop.notices.of(NUMBER) == ["recharge_refunded"]


async def test_another_amount_than_ours_moves_nothing_until_the_right_one_is_said(shop: Shop) -> None:
    await shop.started_and_paid()
    shop.provider.lies["D1"] = yuan(5)
    await shop.settle(rounds=3)
    shown = await shop.see()
    assert (shown.state, shown.late, await shop.balances()) == (RechargeState.CHECKING, True, {})
    assert (await fetch_row(shop.till, "D1")).state == "held"
    del shop.provider.lies["D1"]
    shop.advance(hours=1)
    await shop.settle(rounds=2)
    assert ((await shop.see()).state, shop.bss.own["A1"]) == (RechargeState.CREDITED, 50)


async def test_a_notice_wakes_what_is_held(shop: Shop) -> None:
    await shop.started_and_paid()
    shop.provider.lies["D1"] = yuan(5)
    await shop.settle(rounds=3)
    del shop.provider.lies["D1"]
    assert await shop.notify() == 200
    assert (await shop.see()).state is RechargeState.PAID


@pytest.mark.parametrize("word", [PaidState.CLOSED, PaidState.REFUSED])
async def test_what_was_held_and_given_back_at_the_provider_s_own_desk_is_over(shop: Shop, word: PaidState) -> None:
    await shop.started_and_paid()
    shop.provider.lies["D1"] = yuan(5)
    await shop.settle(rounds=3)
    shop.provider.payments["D1"] = replace(shop.provider.payments["D1"], state=word)
    shop.advance(hours=1)
    await shop.settle(rounds=1)
    assert ((await shop.see()).state.value, await shop.balances()) == (word.value, {})


async def test_what_is_held_stays_held_whatever_else_is_said(shop: Shop) -> None:
    await shop.started_and_paid()
    shop.provider.lies["D1"] = yuan(5)
    await shop.settle(rounds=3)
    known = shop.provider.payments.pop("D1")
    for unclear in (None, replace(known, amount=None), replace(known, reference="D2")):
        shop.provider.payments |= {} if unclear is None else {"D1": unclear}
        shop.provider.lies.clear()
        shop.advance(hours=1)
        await shop.settle(rounds=1)
        row = await fetch_row(shop.till, "D1")
        assert (row.state, row.failure, row.free_at_us > to_us(shop.now())) == ("held", "amount_differs", True)


@pytest.mark.parametrize("far_off", ["10.00", "49.99", "50.01", "990.00"])
async def test_what_was_paid_long_after_it_was_closed_is_held_too(shop: Shop, far_off: str) -> None:
    await shop.start()
    shop.advance(minutes=16)
    await shop.settle(rounds=1)
    assert (await shop.see()).state is RechargeState.CLOSED
    paid = replace(shop.provider.payments["D1"], state=PaidState.PAID, amount=yuan(far_off), paid_at=shop.now())
    shop.provider.payments["D1"] = paid
    await shop.notify()
    row = await fetch_row(shop.till, "D1")
    assert (row.state, row.ended_at_us, await shop.balances()) == ("held", None, {})


async def test_a_bss_that_names_another_amount_is_not_believed(shop: Shop) -> None:
    await shop.started_and_paid()
    shop.bss.lies["D1"] = yuan(500)
    await shop.settle(rounds=3)
    shown = await shop.see()
    assert (shown.state, shown.late) == (RechargeState.PAID, True)
    del shop.bss.lies["D1"]
    await shop.settle()
    assert (await shop.see()).state is RechargeState.CREDITED


@pytest.mark.parametrize("amount", ["0", "-1", "13.333", "1000000000", "0.99", "1000.01"])
async def test_an_amount_outside_the_bounds_is_refused_and_nothing_happens(shop: Shop, amount: str) -> None:
    with pytest.raises(AmountRefused) as refused:
        await shop.start(amount=amount)
    assert refused.value.parameters == {"least": yuan(1), "most": yuan(1000)}
    assert (await shop.count(recharge), shop.provider.payments) == (0, {})


async def test_money_of_another_currency_is_refused(shop: Shop) -> None:
    dollars = Money(amount=Decimal(50), currency="USD")
    with pytest.raises(AmountRefused):
        await shop.recharges.start(Deed("D1", OWNER), None, dollars, RechargeSource.SANDBOX, PayWay.PAGE)


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("13800138009", "unknown"),
        ("not a number", "unknown"),
        ("13800138003", "closed"),
        ("13800138004", "paid_by_organization"),
        ("13800138005", "unknown"),
    ],
)
async def test_a_number_that_takes_no_money_says_why(shop: Shop, number: str, reason: str) -> None:
    with pytest.raises(NotRechargeable) as refused:
        await shop.start(number=number, caller=VISITOR)
    assert refused.value.parameters == {"reason": reason}


async def test_a_line_that_is_known_from_before_only_takes_no_money(shop: Shop) -> None:
    shop.operator.put(replace(shop.operator.lines[NUMBER], stale=True))
    with pytest.raises(BssFault):
        await shop.start()


async def test_whoever_names_numbers_is_counted_and_the_own_one_is_not(shop: Shop) -> None:
    await shop.start("D1")
    await shop.start("D2", number=NUMBER)
    assert shop.looked_up == []
    await shop.start("D3", number=OTHER)
    await shop.start("D4", number=NUMBER, caller=VISITOR)
    assert shop.looked_up == [OWNER, VISITOR]


async def test_a_visitor_names_the_number(shop: Shop) -> None:
    with pytest.raises(BadArgument):
        await shop.start(caller=VISITOR)


@pytest.mark.parametrize(
    ("source", "way"),
    [(RechargeSource.ALIPAY, PayWay.PAGE), (RechargeSource.VOUCHER, PayWay.PAGE), (RechargeSource.SANDBOX, PayWay.APP)],
)
async def test_a_way_that_this_hall_does_not_offer_is_refused(shop: Shop, source: RechargeSource, way: PayWay) -> None:
    with pytest.raises(ProviderRefused) as refused:
        await shop.start(source=source, way=way)
    assert refused.value.parameters == {"reason": "not_offered"}


async def test_who_has_ten_waiting_pays_or_cancels_one_first(shop: Shop) -> None:
    for each in range(10):
        await shop.start(f"D{each}")
    with pytest.raises(TooMany):
        await shop.start("D10")
    await shop.start("D11", number=NUMBER, caller=VISITOR)


async def test_a_receipt_opens_one_recharge_and_nobody_can_guess_it(shop: Shop) -> None:
    first, second = [(await shop.start(deed)).recharge.receipt for deed in ("D1", "D2")]
    assert first is not None
    assert second is not None
    assert first != second
    assert len(first) >= 43
    assert (await shop.recharges.fetch_by_receipt(first)).id == "D1"
    for wrong in (first[:-1], first + "A", "D1", "", "é"):
        with pytest.raises(NotFound):
            await shop.recharges.fetch_by_receipt(wrong)


async def test_a_line_sees_what_it_began_and_what_others_gave_it_without_their_receipts(shop: Shop) -> None:
    giver = Caller(Channel.APP, subscriber="L2", number=OTHER, assurance=2)
    await shop.start("D1")
    shop.advance(seconds=1)
    await shop.start("D2", number=NUMBER, caller=giver)
    shop.advance(seconds=1)
    await shop.start("D3", number=NUMBER, caller=VISITOR)
    mine = await shop.recharges.fetch_of_line("L1", limit=10)
    assert [(each.id, each.receipt is not None) for each in mine] == [("D3", False), ("D2", False), ("D1", True)]
    theirs = await shop.recharges.fetch_of_line("L2", limit=10)
    assert [(each.id, each.receipt is not None, each.masked_number) for each in theirs] == [("D2", True, "138****8001")]
    assert [each.id for each in await shop.recharges.fetch_of_line("L1", limit=1)] == ["D3"]


async def test_a_line_opens_any_of_its_own_by_its_id(shop: Shop) -> None:
    giver = Caller(Channel.APP, subscriber="L2", number=OTHER, assurance=2)
    await shop.start("D1", number=NUMBER, caller=giver)
    with pytest.raises(VoucherRefused):
        await shop.recharges.redeem_voucher(Deed("V1", OWNER), None, USED_CARD)
    for line, own in (("L1", False), ("L2", True)):
        assert ((await shop.recharges.fetch_mine(line, "D1")).receipt is not None) is own
    for line, wrong in (("L3", "D1"), ("L1", "D2"), ("", "D1"), ("L1", "V1")):
        with pytest.raises(NotFound):
            await shop.recharges.fetch_mine(line, wrong)


async def test_no_number_card_or_way_to_pay_stands_in_the_rows_in_the_clear(shop: Shop) -> None:
    started = await shop.start()
    async with read(shop.engine) as connection:
        rows = [str(dict(row)) for row in (await connection.execute(recharge.select())).mappings()]
    assert started.recharge.receipt is not None
    for secret in (NUMBER, "pay.example", started.recharge.receipt):
        assert not any(secret in row for row in rows)
    assert "a secret of these tests" not in repr(shop.till)


async def test_an_offer_ends_with_its_time(shop: Shop) -> None:
    started = await shop.start()
    assert started.recharge.receipt is not None
    assert started.recharge.expires_at == shop.moment + timedelta(minutes=15)
    shop.advance(minutes=15)
    assert (await shop.recharges.fetch_pay_offer(started.recharge.receipt)).pay is None


async def test_a_charge_by_agreement_is_collected_once_and_credited_as_any_other(shop: Shop) -> None:
    line, shop.provider.signed = shop.operator.lines[NUMBER], {"G1"}
    shop.provider.day.comes("charge", "dropped")
    begun = await shop.recharges.start_automatic("auto1", line, yuan(30), RechargeSource.SANDBOX, agreement="G1")
    assert (begun.state, begun.automatic) == (RechargeState.CHECKING, True)
    await shop.settle(rounds=2)
    await shop.recharges.start_automatic("auto1", line, yuan(30), RechargeSource.SANDBOX, agreement="G1")
    assert ((await shop.see("auto1")).state, shop.bss.own["A1"]) == (RechargeState.CREDITED, 30)


async def test_a_charge_by_an_ended_agreement_is_refused(shop: Shop) -> None:
    line = shop.operator.lines[NUMBER]
    begun = await shop.recharges.start_automatic("auto1", line, yuan(30), RechargeSource.SANDBOX, agreement="G1")
    assert (begun.state, await shop.balances()) == (RechargeState.REFUSED, {})


async def test_one_row_that_can_not_be_read_keeps_no_other_waiting(shop: Shop) -> None:
    await shop.started_and_paid("D1")
    await shop.started_and_paid("D2")
    async with shop.till.transaction() as connection:
        await connection.execute(recharge.update().where(recharge.c.id == "D1").values(number="broken"))
    await shop.settle(rounds=2)
    assert ((await shop.see("D2")).state, (await shop.see("D1")).state) == (RechargeState.CREDITED, RechargeState.PAID)


async def test_the_options_name_bounds_providers_and_their_ways(shop: Shop) -> None:
    options = shop.recharges.options()
    assert [str(each.amount) for each in options.suggested] == [
        f"{each}.00" for each in (10, 20, 30, 50, 100, 200, 300, 500)
    ]
    provider: Any = options.providers[0]
    assert (provider.source, provider.ways, provider.agreements) == (
        RechargeSource.SANDBOX,
        [PayWay.PAGE, PayWay.QR],
        True,
    )
