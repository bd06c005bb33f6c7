"""Is a deed with money that breaks off anywhere done once, when whoever asked for it asks again by the same key?"""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import pytest
from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read
from gateway.graph import HallGraph
from gateway.idempotency import SqlDeeds, idempotent_deed
from gateway.identity.audit.entry import audit_record
from graphql_schema.client import Caller, Channel, Operation, Outcome
from graphql_schema.payment_ports import Credit, CreditState
from graphql_schema.types.account import Balance
from graphql_schema.types.money import Money
from ordering.money.recharges import SqlRecharges
from ordering.money.transfers import SqlTransfers
from ordering.money.work import PaymentWork
from ordering.money_tables import recharge
from ordering.transfer_tables import balance_transfer
from tests.fakes.ports import FakeBss as FakeHall
from tests.fakes.ports import make_balance
from tests.ordering.money.till import NUMBER, OTHER, SECRET, FakeBss, Shop, yuan

pytestmark = pytest.mark.anyio
AMOUNT: Final = Decimal(50)
DEEDS: Final = {
    "startRecharge": """mutation($key: String!) {
      startRecharge(input: {idempotencyKey: $key, amount: "50", source: SANDBOX}) {
        __typename ... on RechargeStarted { recharge { id } } } }""",
    "redeemVoucher": """mutation($key: String!, $card: String!) {
      redeemVoucher(input: {idempotencyKey: $key, card: $card}) { __typename ... on Recharge { id } } }""",
    "transferBalance": f"""mutation($key: String!) {{
      transferBalance(input: {{idempotencyKey: $key, number: "{OTHER}", amount: "50"}}) {{
        __typename ... on BalanceTransfer {{ id }} }} }}""",
}
BROKEN_OFF: Final = ("cancelled", "failed")


class GivingBss(FakeBss):
    """One that also moves money, once for a reference."""

    def __init__(self, now: Any) -> None:
        super().__init__(now)
        self.moved: Counter[str] = Counter()

    async def transfer(self, reference: str, account_id: str, to_account_id: str, *, amount: Money) -> Credit:
        assert (account_id, to_account_id, amount) == ("A1", "A2", yuan("50.00"))
        self.moved[reference] += reference not in self.moved
        return Credit(reference, CreditState.DONE, amount)

    async def find_transfer(self, account_id: str, reference: str) -> Credit:
        known = reference in self.moved
        return Credit(reference, CreditState.DONE if known else CreditState.UNKNOWN, yuan(50) if known else None)


class Pots:
    async def fetch_balance(self, account_id: str) -> Balance:
        return make_balance()

    async def fetch_account(self, account_id: str) -> Any:
        raise NotImplementedError


class BrokenOffError(Exception):
    """What nobody expected."""


class House:
    """A graph over the rooms of money and the deeds of the house itself, which breaks off where it is told to."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine, self.shop = engine, Shop(engine)
        self.bss = GivingBss(self.shop.now)
        self.crossed: list[str] = []
        self.breaks: tuple[str, str] | None = None
        shop, fakes = self.shop, FakeHall().ports()
        shop.till = shop.make_till(money=self.bss, cross=self.cross)
        shop.work = PaymentWork(shop.till)
        deeds = SqlDeeds(engine, secret=SECRET, now=shop.now)
        ports = replace(
            fakes,
            recharges=SqlRecharges(shop.till, shop.fetch_reconciliations),
            transfers=SqlTransfers(shop.till, Pots()),
            identity=replace(fakes.identity, deeds=deeds),
        )
        self.graph = HallGraph(ports, (), deadline_seconds=60, open_documents=True)

    def cross(self, boundary: str) -> None:
        self.crossed.append(boundary)
        if self.breaks is None or self.breaks[1] != boundary:
            return
        how, self.breaks = self.breaks[0], None
        if how == "failed":
            raise BrokenOffError
        task = asyncio.current_task()
        assert task is not None
        task.cancel()

    async def ask(self, deed: str, key: str) -> Outcome:
        """By the owner, who has just proved both factors; each key has a card of its own."""
        caller = Caller(Channel.APP, subscriber="L1", number=NUMBER, assurance=3, since=datetime.now(UTC))
        card = f"{int(key[-3:]):018}"
        self.bss.cards.setdefault(card, (AMOUNT, None))
        typed = {"key": key} | ({"card": card} if deed == "redeemVoucher" else {})
        return await self.graph.run(Operation(name="", text=DEEDS[deed]), typed, caller)

    async def ask_and_break_off(self, deed: str, key: str, how: str, boundary: str) -> None:
        self.breaks = (how, boundary)
        [outcome] = await asyncio.gather(asyncio.create_task(self.ask(deed, key)), return_exceptions=True)
        assert self.breaks is None, f"{deed} does not come to {boundary}"
        if how == "cancelled":
            assert isinstance(outcome, asyncio.CancelledError)
        else:
            assert isinstance(outcome, Outcome)
            assert [error.code for error in outcome.errors] == ["internal_error"]

    async def ask_again(self, deed: str, key: str) -> str:
        """The id of what was done. Whoever broke off while the answer was noted is waited for: half a minute."""
        said = answer(await self.ask(deed, key))
        if said["__typename"] == "StillUnderWay":
            self.shop.advance(seconds=31)
            said = answer(await self.ask(deed, key))
        assert said["__typename"] in {"RechargeStarted", "Recharge", "BalanceTransfer"}, said
        return str(said.get("id") or said["recharge"]["id"])

    async def rows(self, table: Table) -> set[str]:
        async with read(self.engine) as connection:
            return set((await connection.execute(select(table.c.id))).scalars())

    async def trail(self, deed: str) -> list[str]:
        async with read(self.engine) as connection:
            asked = select(audit_record.c.outcome).where(audit_record.c.deed == deed)
            return list((await connection.execute(asked)).scalars())


def answer(outcome: Outcome) -> Any:
    assert outcome.errors == ()
    assert outcome.data is not None
    return next(iter(outcome.data.values()))


@pytest.fixture
def house(engine: AsyncEngine) -> House:
    return House(engine)


@pytest.mark.parametrize("how", BROKEN_OFF)
@pytest.mark.parametrize("deed", DEEDS)
async def test_a_deed_that_breaks_off_at_any_boundary_is_done_once_by_its_key(
    house: House, deed: str, how: str
) -> None:
    done = [await house.ask_again(deed, "undisturbed-000")]
    boundaries = list(dict.fromkeys(house.crossed))
    assert len(boundaries) > 1, "a deed with money passes from one effect to the next"
    for place, boundary in enumerate(boundaries, start=1):
        key = f"broken-off-{place:03}"
        await house.ask_and_break_off(deed, key, how, boundary)
        done.append(await house.ask_again(deed, key))
        assert await house.ask_again(deed, key) == done[-1], boundary
    assert len(set(done)) == len(done)
    table = balance_transfer if deed == "transferBalance" else recharge
    assert await house.rows(table) == await house.rows(idempotent_deed) == set(done)
    assert await house.trail(deed) == ["done"] * len(done)
    await house.shop.settle(rounds=1)  # what was written and not begun, the workers begin
    for reference in house.shop.provider.payments:
        house.shop.provider.pay(reference)
    await house.shop.settle(rounds=3)
    effects = house.bss.moved if deed == "transferBalance" else house.bss.effects
    assert effects == dict.fromkeys(done, 1)
    assert house.bss.own["A1"] == (0 if deed == "transferBalance" else AMOUNT * len(done))
