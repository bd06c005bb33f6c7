"""What becomes of money that is paid, where the operator turns it down without saying that it will never take it?"""

from collections.abc import Callable

import pytest
from sqlalchemy import update

from graphql_schema.payment_ports import Credit
from graphql_schema.ports import BssFault
from graphql_schema.types.money import Money
from graphql_schema.types.recharge import RechargeState
from ordering.money.credits import Credits
from ordering.money.rows import fetch_row
from ordering.money_tables import recharge
from tests.ordering.money.till import NUMBER, Shop, yuan

pytestmark = pytest.mark.anyio
TURNED_DOWN = BssFault("balance_refused", retryable=False)
OPEN = BssFault("balance_garbled", retryable=False, outcome_unknown=True)
FOR_THE_MOMENT = BssFault("balance_overloaded", retryable=True)

Bar = Callable[[BssFault | None], None]


@pytest.fixture
def bar(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Bar:
    """Lets the operator answer every credit with a fault; None: with what it answers usually."""
    usual = shop.bss.top_up

    def close(fault: BssFault | None) -> None:
        async def top_up(reference: str, account_id: str, *, amount: Money) -> Credit:
            if fault is not None:
                raise fault
            return await usual(reference, account_id, amount=amount)

        monkeypatch.setattr(shop.bss, "top_up", top_up)

    return close


async def wait_hours(shop: Shop, hours: int) -> None:
    for _ in range(hours):
        await shop.work.work_on_payments()
        shop.advance(hours=1)
    await shop.work.work_on_payments()


async def test_what_is_turned_down_for_a_day_goes_back_and_the_payer_is_told(shop: Shop, bar: Bar) -> None:
    bar(TURNED_DOWN)
    await shop.started_and_paid()
    await wait_hours(shop, 23)
    shown = await shop.see()
    assert (shown.state, shown.late, shown.given_back) == (RechargeState.PAID, True, None)
    await wait_hours(shop, 2)
    shown = await shop.see()
    assert (shown.state, shown.late, shown.given_back) == (RechargeState.REFUNDED, False, yuan(50))
    assert await shop.balances() == {"provider:sandbox": -5000, "refund:sandbox": 5000}
    assert (shop.provider.collected(), shop.bss.booked()) == (0, 0)
    assert shop.notices.of(NUMBER) == ["recharge_refunded"]


async def test_what_is_turned_down_for_less_than_a_day_is_credited(shop: Shop, bar: Bar) -> None:
    bar(TURNED_DOWN)
    await shop.started_and_paid()
    await wait_hours(shop, 22)
    bar(None)
    await wait_hours(shop, 2)
    assert ((await shop.see()).state, shop.bss.effects["D1"]) == (RechargeState.CREDITED, 1)
    assert shop.provider.collected() == 50


@pytest.mark.parametrize("fault", [OPEN, FOR_THE_MOMENT])
async def test_what_may_have_been_done_or_may_be_done_soon_never_goes_back(
    shop: Shop, bar: Bar, fault: BssFault
) -> None:
    bar(fault)
    await shop.started_and_paid()
    await wait_hours(shop, 60)
    shown = await shop.see()
    assert (shown.state, shown.late) == (RechargeState.PAID, True)
    bar(None)
    await wait_hours(shop, 1)
    assert (shop.bss.own["A1"], shop.provider.collected()) == (50, 50)


async def test_what_the_operator_has_is_credited_however_long_it_turned_down(
    shop: Shop, bar: Bar, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It booked the money and cut the answer off, and then could not be asked for two days."""
    shop.bss.day.comes("top_up", "dropped")
    await shop.started_and_paid()
    await shop.notify()
    await shop.work.work_on_payments()
    assert shop.bss.effects["D1"] == 1
    bar(TURNED_DOWN)

    async def turn_down(account_id: str, reference: str) -> Credit:
        raise TURNED_DOWN

    with monkeypatch.context() as closed:
        closed.setattr(shop.bss, "find_top_up", turn_down)
        await wait_hours(shop, 48)
    assert (await shop.see()).state is RechargeState.PAID
    await wait_hours(shop, 1)
    assert ((await shop.see()).state, shop.bss.effects["D1"]) == (RechargeState.CREDITED, 1)
    assert shop.provider.collected() == 50


async def test_who_lost_the_row_meanwhile_gives_nothing_back(
    shop: Shop, bar: Bar, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker claimed it while this one was being turned down, and may be putting the money in."""
    bar(TURNED_DOWN)
    await shop.started_and_paid()
    await wait_hours(shop, 23)
    shop.advance(hours=2)

    async def be_overtaken(reference: str, account_id: str, *, amount: Money) -> Credit:
        async with shop.till.transaction() as connection:
            await connection.execute(update(recharge).values(attempts=recharge.c.attempts + 1))
        raise TURNED_DOWN

    monkeypatch.setattr(shop.bss, "top_up", be_overtaken)
    row = await fetch_row(shop.till, "D1")
    assert (await Credits(shop.till).credit(row)).state == "crediting"
    bar(TURNED_DOWN)
    row = await fetch_row(shop.till, "D1")
    assert (await Credits(shop.till).credit(row)).state == "refunding"
