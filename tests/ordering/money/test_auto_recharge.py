"""Does a line recharge by itself exactly as its owner agreed to: once for each reason, and never beyond the cap?"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read, write
from graphql_schema.client import Caller, Channel, Role, Staff
from graphql_schema.identity_ports import Deed
from graphql_schema.order_ports import WantedSwitch
from graphql_schema.payment_ports import PaymentFault, WantedAutoRecharge
from graphql_schema.problems import NotFound, PaidByOther, ProviderRefused
from graphql_schema.types.account import Balance
from graphql_schema.types.deed_switch import ServiceNotice
from graphql_schema.types.line import LineState, Payer
from graphql_schema.types.recharge import AutoRecharge, AutoRechargeRule, AutoRechargeState, RechargeSource
from ordering.auto_tables import auto_charge, auto_recharge
from ordering.money.auto_recharge import SqlAutoRecharges, find_next_day
from ordering.money.auto_work import AutoRechargeWork
from ordering.switches import SqlDeedSwitches
from tests.fakes.operator import line_of
from tests.fakes.ports import DATED
from tests.ordering.money.till import NUMBER, OWNER, Shop, yuan

pytestmark = pytest.mark.anyio
OPERATIONS = Caller(Channel.DESK, staff=Staff("2001", Role.OPERATIONS), assurance=2)
WHEN_LOW = WantedAutoRecharge(AutoRechargeRule.THRESHOLD, yuan(20), None, yuan(50), yuan(100), RechargeSource.SANDBOX)
EACH_FIFTH = WantedAutoRecharge(AutoRechargeRule.DAY, None, 5, yuan(50), yuan(100), RechargeSource.SANDBOX)


class Accounts:
    """One balance, set at will; it grows by what the BSS books."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.spent, self.stale = shop, Decimal(0), False

    async def fetch_balance(self, account_id: str) -> Balance:
        left = self.shop.bss.own[account_id] - self.spent
        return Balance(**(DATED | {"stale": self.stale}), available=yuan(str(left)), sub_balances=[])

    async def fetch_account(self, account_id: str) -> Any:
        raise NotImplementedError


class House:
    """A line with a standing order, and whatever happens to it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.shop = Shop(engine)
        self.accounts = Accounts(self.shop)
        self.auto = SqlAutoRecharges(self.shop.till)
        self.switches = SqlDeedSwitches(self.shop.till.transaction, self.shop.till.reading, now=self.shop.till.now)
        self.work = AutoRechargeWork(self.shop.till, self.shop.recharges, self.accounts, rests=self.switches.rests)
        self.shop.bss.own["A1"] = 30  # of its own, from before

    async def agree(
        self, wanted: WantedAutoRecharge = WHEN_LOW, deed: str = "G1", caller: Caller = OWNER
    ) -> AutoRecharge:
        return await self.auto.set_up(Deed(deed, caller), wanted)

    async def agree_and_sign(self, wanted: WantedAutoRecharge = WHEN_LOW, deed: str = "G1") -> None:
        await self.agree(wanted, deed)
        self.shop.provider.signed.add(deed)
        await self.go_on(minutes=1)
        assert (await self.see()).state is AutoRechargeState.ACTIVE

    async def rest(self, *deeds: str) -> ServiceNotice:
        wanted = WantedSwitch(deeds, self.shop.till.now(), None, "支付系统维护", "Payments are being maintained")
        return await self.switches.switch_off(Deed("R1", OPERATIONS), wanted)

    async def go_on(self, *, rounds: int = 1, **time: float) -> None:
        """Time passes, and the workers work."""
        for _ in range(rounds):
            self.shop.advance(**(time or {"minutes": 11}))
            await self.work.work()
            await self.shop.work.work_on_payments()
            await self.work.work()

    async def see(self) -> AutoRecharge:
        found = await self.auto.fetch(OWNER)
        assert found is not None
        return found

    async def charges(self) -> list[str]:
        async with read(self.shop.engine) as connection:
            rows = await connection.execute(select(auto_charge.c.state).order_by(auto_charge.c.began_at_us))
            return list(rows.scalars())

    @property
    def booked(self) -> int:
        return int(self.shop.bss.own["A1"]) - 30

    @property
    def told(self) -> list[str]:
        return self.shop.notices.of(NUMBER)


@pytest.fixture
async def house(engine: AsyncEngine) -> AsyncIterator[House]:
    house = House(engine)
    yield house
    await house.work.behind.stop()


async def test_it_begins_when_the_payer_has_signed_and_not_before(house: House) -> None:
    agreed = await house.agree()
    assert (agreed.state, agreed.sign_page) == (AutoRechargeState.SIGNING, "http://pay.example/sign")
    house.accounts.spent = Decimal(25)
    await house.go_on(rounds=3, minutes=1)
    assert (await house.see()).state is AutoRechargeState.SIGNING
    assert house.booked == 0
    house.shop.provider.signed.add("G1")
    await house.go_on(rounds=2, minutes=1)
    seen = await house.see()
    assert (seen.state, seen.sign_page, seen.spent_this_month) == (AutoRechargeState.ACTIVE, None, yuan(50))
    assert house.booked == 50


async def test_a_page_that_nobody_signs_is_given_up(house: House) -> None:
    await house.agree()
    await house.go_on(rounds=2, minutes=61)
    assert await house.auto.fetch(OWNER) is None


async def test_a_provider_that_opens_no_agreement_is_given_up_too(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(reference: str, *, most_a_month: Any, return_url: str) -> Any:
        raise PaymentFault("refused", outcome_unknown=False)

    monkeypatch.setattr(house.shop.provider, "begin_agreement", refuse)
    assert (await house.agree()).sign_page is None
    await house.go_on(rounds=3, minutes=10)
    assert (await house.see()).state is AutoRechargeState.SIGNING
    await house.go_on(minutes=61)
    assert await house.auto.fetch(OWNER) is None


async def test_a_worker_that_read_the_former_order_ends_no_other(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.agree()
    asked = house.shop.provider.fetch_agreement

    async def agree_to_another_meanwhile(agreement_id: str) -> Any:
        await house.agree(EACH_FIFTH, "G2")
        return await asked(agreement_id)

    monkeypatch.setattr(house.shop.provider, "fetch_agreement", agree_to_another_meanwhile)
    house.shop.advance(minutes=61)
    await house.work.work()
    assert (await house.see()).id == "G2"


async def test_a_low_balance_recharges_once_and_again_only_after_it_was_above(house: House) -> None:
    await house.agree_and_sign()
    await house.go_on(rounds=3)
    assert house.booked == 0, "30 yuan are no less than 20"
    house.accounts.spent = Decimal(25)
    await house.go_on(rounds=5)
    assert (house.booked, await house.charges()) == (50, ["paid"])
    house.accounts.spent = Decimal(70)
    await house.go_on(rounds=5)
    assert (house.booked, await house.charges()) == (100, ["paid", "paid"])


async def test_a_balance_that_stays_low_is_recharged_again_after_a_day(house: House) -> None:
    await house.agree_and_sign()
    house.accounts.spent = Decimal(80)
    await house.go_on(rounds=5)
    assert house.booked == 50
    await house.go_on(hours=25)
    assert house.booked == 100


async def test_a_last_known_balance_recharges_nothing(house: House) -> None:
    await house.agree_and_sign()
    house.accounts.spent, house.accounts.stale = Decimal(25), True
    await house.go_on(rounds=3)
    assert house.booked == 0


async def test_the_cap_of_a_month_holds_and_is_said_once(house: House) -> None:
    await house.agree_and_sign()
    for spent in (25, 75, 125, 175):
        house.accounts.spent = Decimal(spent)
        await house.go_on(rounds=3)
    await house.go_on(rounds=2, hours=25)
    assert house.booked == 100
    assert house.told.count("auto_recharge_capped") == 1
    assert (await house.see()).spent_this_month == yuan(100)
    house.shop.moment = datetime(2026, 12, 2, tzinfo=UTC)
    await house.go_on(rounds=2)
    assert house.booked == 150


async def test_a_new_order_of_the_same_month_has_no_second_cap(house: House) -> None:
    await house.agree_and_sign()
    house.accounts.spent = Decimal(25)
    await house.go_on(rounds=2)
    await house.agree_and_sign(deed="G2")
    for spent in (75, 125):
        house.accounts.spent = Decimal(spent)
        await house.go_on(rounds=3)
    assert house.booked == 100


@pytest.mark.parametrize(
    ("day", "after", "expected"),
    [(5, date(2026, 11, 4), date(2026, 11, 5)), (5, date(2026, 11, 5), date(2026, 12, 5)),
     (28, date(2026, 12, 30), date(2027, 1, 28))],
)  # fmt: skip
def test_the_next_day_of_a_rule(day: int, after: date, expected: date) -> None:
    assert find_next_day(day, after=after) == expected


async def test_it_recharges_on_its_day_once_also_when_the_worker_was_away(house: House) -> None:
    await house.agree_and_sign(EACH_FIFTH)
    assert (await house.see()).next_on == date(2026, 12, 5)
    house.shop.moment = datetime(2026, 12, 4, 15, 30, tzinfo=UTC)
    await house.go_on(minutes=1)
    assert house.booked == 0
    house.shop.moment = datetime(2026, 12, 7, tzinfo=UTC)
    await house.go_on(rounds=5)
    assert (house.booked, (await house.see()).next_on) == (50, date(2027, 1, 5))


async def test_ten_workers_at_once_recharge_once(house: House) -> None:
    await house.agree_and_sign()
    house.accounts.spent = Decimal(25)
    house.shop.advance(minutes=11)
    await asyncio.gather(*(house.work.work() for _ in range(10)))
    await house.go_on(rounds=2)
    assert (house.booked, await house.charges()) == (50, ["paid"])


@pytest.mark.parametrize("what", ["dropped", "lost"])
async def test_a_charge_whose_answer_is_lost_is_asked_about_and_made_once(house: House, what: str) -> None:
    await house.agree_and_sign()
    house.accounts.spent = Decimal(25)
    house.shop.provider.day.comes("charge", what)
    await house.go_on(rounds=8)
    assert (house.booked, await house.charges()) == (50, ["paid"])


async def test_three_refusals_in_a_row_pause_it_count_for_nothing_and_are_told_once(house: House) -> None:
    await house.agree_and_sign()
    house.shop.provider.signed.clear()  # the payer's bank ended it
    house.accounts.spent = Decimal(25)
    for _ in range(4):
        await house.go_on(rounds=3, hours=25)
    seen = await house.see()
    assert (seen.state, seen.spent_this_month, house.booked) == (AutoRechargeState.PAUSED, yuan(0), 0)
    assert await house.charges() == ["refused"] * 3
    assert house.told.count("auto_recharge_paused") == 1


async def test_what_its_owner_ends_is_ended_at_the_provider_too(house: House) -> None:
    await house.agree_and_sign()
    await house.auto.end(Deed("E1", OWNER))
    await house.auto.end(Deed("E1", OWNER))
    house.accounts.spent = Decimal(25)
    await house.go_on(rounds=3)
    assert (house.booked, house.shop.provider.signed) == (0, set())
    assert await house.auto.fetch(OWNER) is None


async def test_nothing_to_end_is_said(house: House) -> None:
    with pytest.raises(NotFound):
        await house.auto.end(Deed("E1", OWNER))


@pytest.mark.parametrize("changes", [{"state": LineState.CLOSED}, {"payer": Payer.FAMILY}])
async def test_it_ends_with_the_line_and_with_its_payer(house: House, changes: dict[str, Any]) -> None:
    await house.agree_and_sign()
    house.shop.operator.put(line_of(NUMBER, "L1", **changes))
    house.accounts.spent = Decimal(25)
    await house.go_on(rounds=3)
    assert (house.booked, house.shop.provider.signed) == (0, set())


async def test_another_takes_the_place_of_the_one_before(house: House) -> None:
    await house.agree_and_sign()
    await house.agree_and_sign(EACH_FIFTH, "G2")
    assert (await house.see()).rule is AutoRechargeRule.DAY
    await house.go_on()
    assert house.shop.provider.signed == {"G2"}


async def test_the_same_deed_agrees_once(house: House) -> None:
    first, *others = await asyncio.gather(*(house.agree() for _ in range(5)))
    assert {each.id for each in others} == {first.id}
    async with read(house.shop.engine) as connection:
        assert len((await connection.execute(select(auto_recharge.c.id))).all()) == 1


async def test_a_provider_without_agreements_and_money_of_another_are_refused(house: House) -> None:
    with pytest.raises(ProviderRefused):
        await house.agree(WantedAutoRecharge(AutoRechargeRule.DAY, None, 5, yuan(50), yuan(100), RechargeSource.ALIPAY))
    house.shop.operator.put(line_of(NUMBER, "L1", payer=Payer.ORGANIZATION))
    with pytest.raises(PaidByOther):
        await house.agree()


@pytest.mark.parametrize("rested", ["startRecharge", "*"])
async def test_while_recharges_rest_none_begins_and_afterwards_one_does(house: House, rested: str) -> None:
    await house.agree_and_sign()
    notice = await house.rest(rested)
    house.accounts.spent = Decimal(25)
    await house.go_on(rounds=3, hours=9)
    assert (house.booked, await house.charges()) == (0, [])
    await house.switches.end(Deed("R2", OPERATIONS), notice.id)
    await house.go_on(rounds=3)
    assert (house.booked, await house.charges()) == (50, ["paid"])


async def test_a_day_that_falls_into_a_rest_is_made_up_for_once(house: House) -> None:
    await house.agree_and_sign(EACH_FIFTH)
    notice = await house.rest("startRecharge")
    house.shop.moment = datetime(2026, 12, 5, tzinfo=UTC)
    await house.go_on(rounds=3)
    assert (house.booked, (await house.see()).next_on) == (0, date(2026, 12, 5))
    await house.switches.end(Deed("R2", OPERATIONS), notice.id)
    await house.go_on(rounds=3)
    assert (house.booked, (await house.see()).next_on) == (50, date(2027, 1, 5))


async def test_a_charge_that_began_before_a_rest_is_brought_to_its_end(house: House) -> None:
    await house.agree_and_sign()
    house.accounts.spent = Decimal(25)
    house.shop.provider.day.comes("charge", "lost")
    await house.go_on()
    assert (house.booked, await house.charges()) == (0, ["begun"])
    await house.rest("*")
    await house.go_on(rounds=8)
    assert (house.booked, await house.charges()) == (50, ["paid"])


async def test_other_deeds_that_rest_hold_no_recharge(house: House) -> None:
    await house.agree_and_sign()
    await house.rest("confirmChange", "setAutoRecharge")
    house.accounts.spent = Decimal(25)
    await house.go_on(rounds=2)
    assert house.booked == 50


async def test_one_that_can_not_be_looked_at_keeps_no_other_waiting(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    await house.agree_and_sign()
    async with write(house.shop.engine) as connection:
        row = dict((await connection.execute(select(auto_recharge))).mappings().one())
        broken = {"id": "G0", "line_id": "L0", "living": "L0", "state": "signing", "source": "no such source"}
        await connection.execute(insert(auto_recharge).values(row | broken | {"free_at_us": 1}))
    house.accounts.spent = Decimal(25)
    await house.go_on(rounds=2)
    assert house.booked == 50
    assert "a standing order failed and waits: ValueError" in caplog.text
    assert "no such source" not in caplog.text


async def test_the_balance_is_looked_at_at_once_when_it_changed(house: House) -> None:
    await house.agree_and_sign()
    house.accounts.spent = Decimal(25)
    await house.work.note_low("L1")
    await house.work.work()
    await house.shop.work.work_on_payments()
    assert house.booked == 50
