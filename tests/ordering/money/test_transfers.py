"""Is own money given once, never beyond a day's most, and does what is unknown resolve itself?"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, cast

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read, write
from gateway.identity.number import parse_number
from gateway.identity.seal import Seal
from graphql_schema.client import Caller, Channel
from graphql_schema.identity_ports import Deed
from graphql_schema.payment_ports import BookedMoney, Credit, CreditState, MoneySystem
from graphql_schema.ports import Accounts, BssFault
from graphql_schema.problems import AmountRefused, NotRechargeable, PaidByOther, TransferRefused
from graphql_schema.types.account import Balance, MoneyKind, SubBalance
from graphql_schema.types.line import LineState, Payer
from graphql_schema.types.money import Money
from graphql_schema.types.recharge import BalanceTransfer, RechargeSource, TransferState
from ordering.money.needs import Till
from ordering.money.transfers import SqlTransfers, TransferRules
from ordering.tables import metadata
from ordering.transfer_tables import balance_transfer
from tests.fakes.operator import FakeNotices, FakeOperator, line_of
from tests.fakes.ports import DATED, yuan

pytestmark = pytest.mark.anyio
GIVER, OTHER = "13800138001", "13800138002"
OWNER = Caller(Channel.WEB, "L1", GIVER, 3)
SECRET = b"a secret of these tests, 32 bytes"


@dataclass
class Books:
    """A BSS that moves money once for a reference. ``mode``: it may drop its answer, be down, or say no."""

    mode: str = "works"
    moved: dict[str, Decimal] = field(default_factory=dict)
    asked: int = 0

    async def transfer(self, reference: str, account_id: str, to_account_id: str, *, amount: Money) -> Credit:
        assert (account_id, to_account_id) == ("A1", "A2")
        self.asked += 1
        if self.mode == "down":
            raise BssFault("balance_unavailable", retryable=True)
        if self.mode == "refuses":
            return Credit(reference, CreditState.REFUSED, reason="insufficient")
        self.moved[reference] = amount.amount
        if self.mode == "drops":
            raise BssFault("balance_timeout", retryable=True, outcome_unknown=True)
        return Credit(reference, CreditState.DONE, amount)

    async def find_transfer(self, account_id: str, reference: str) -> Credit:
        assert account_id == "A1"
        if self.mode == "down":
            raise BssFault("balance_unavailable", retryable=True)
        if reference not in self.moved:
            return Credit(reference, CreditState.UNKNOWN)
        return Credit(reference, CreditState.DONE, yuan(str(self.moved[reference])))

    async def fetch_booked(self, day: date) -> list[BookedMoney]:
        return []


class Pots:
    """One account with money of its own and granted money."""

    async def fetch_balance(self, account_id: str) -> Balance:
        assert account_id == "A1"
        pots = [
            SubBalance(id=kind.value, kind=kind, remaining=yuan(much), valid_until=None, usable_for=[], releases=[])
            for kind, much in ((MoneyKind.GRANTED, "30"), (MoneyKind.OWN, "120"))
        ]
        return Balance(**DATED, available=yuan("150"), sub_balances=pots)


class Purse:
    """A giver, a receiver, and what became of the money."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine, self.operator, self.notices, self.books = engine, FakeOperator(), FakeNotices(), Books()
        self.moment = datetime(2026, 11, 22, 4, tzinfo=UTC)
        self.crossed: list[str] = []
        self.operator.put(line_of(GIVER, "L1"), line_of(OTHER, "L2", account_id="A2"))
        till = Till(
            transaction=partial(write, engine),
            reading=partial(read, engine),
            lines=self.operator,
            money=cast(MoneySystem, self.books),
            providers={},
            teller=self.notices,
            tries=cast(Any, None),
            seal=Seal(secret=SECRET, purpose="transfer"),
            spell=parse_number,
            lookups=self._look_up,
            now=lambda: self.moment,
            pages="http://localhost:8000",
            notice_url=lambda source: cast(RechargeSource, source).value,
            secret=SECRET,
            cross=self.crossed.append,
        )
        self.transfers = SqlTransfers(till, cast(Accounts, Pots()), rules=TransferRules())

    async def _look_up(self, caller: Caller) -> None:
        assert caller.subscriber

    async def give(self, deed: str = "D1", amount: str = "50", number: str = OTHER) -> BalanceTransfer:
        return await self.transfers.transfer(Deed(deed, OWNER), number, yuan(amount))

    async def states(self) -> list[str]:
        async with read(self.engine) as connection:
            return sorted((await connection.execute(select(balance_transfer.c.state))).scalars())

    async def later(self, **time: float) -> None:
        self.moment += timedelta(**time)
        await self.transfers.work()


@pytest.fixture
async def purse(engine: AsyncEngine) -> Purse:
    async with write(engine) as connection:
        await connection.run_sync(metadata.create_all)
    return Purse(engine)


async def test_money_is_given_and_both_are_told(purse: Purse) -> None:
    given = await purse.give()
    assert (given.state, given.masked_number, given.amount) == (TransferState.DONE, "138****8002", yuan("50"))
    assert purse.books.moved == {"D1": Decimal("50.00")}
    assert (purse.notices.of(GIVER), purse.notices.of(OTHER)) == (["transfer_done"], ["transfer_received"])
    assert await purse.transfers.fetch_transfers(OWNER) == [given]


async def test_one_deed_gives_once_however_often_it_is_tried(purse: Purse) -> None:
    outcomes = await asyncio.gather(*(purse.give() for _ in range(20)), return_exceptions=True)
    assert not [each for each in outcomes if isinstance(each, BaseException)]
    assert purse.books.moved == {"D1": Decimal("50.00")}
    assert len(purse.notices.told) == 2
    terms = await purse.transfers.fetch_terms(OWNER)
    assert (terms.left_today, terms.available) == (yuan("450"), yuan("120"))


async def test_a_day_gives_no_more_than_its_most_however_many_ask_at_once(purse: Purse) -> None:
    outcomes = await asyncio.gather(*(purse.give(f"D{n}", "100") for n in range(12)), return_exceptions=True)
    refused = [each.parameters["reason"] for each in outcomes if isinstance(each, TransferRefused)]
    assert refused == ["daily_most"] * 7
    assert sum(purse.books.moved.values()) == Decimal(500)
    assert (await purse.transfers.fetch_terms(OWNER)).left_today == yuan("0")
    purse.moment += timedelta(days=1)
    assert (await purse.give("next day")).state is TransferState.DONE


@pytest.mark.parametrize("mode", ["drops", "down"])
async def test_what_is_unknown_is_pending_and_resolves_itself(purse: Purse, mode: str) -> None:
    purse.books.mode = mode
    assert (await purse.give()).state is TransferState.PENDING
    purse.books.mode = "works"
    await purse.later(minutes=5)
    assert await purse.states() == ["done"]
    assert purse.books.moved == {"D1": Decimal("50.00")}
    assert purse.books.asked == (1 if mode == "drops" else 2)
    assert (await purse.give()).state is TransferState.DONE


async def test_a_refusal_is_said_each_time_and_counts_for_nothing(purse: Purse) -> None:
    purse.books.mode = "refuses"
    for _ in range(2):
        with pytest.raises(TransferRefused) as refused:
            await purse.give()
        assert refused.value.parameters == {"reason": "insufficient"}
    assert purse.books.asked == 1
    assert purse.notices.told == {}
    assert (await purse.transfers.fetch_terms(OWNER)).left_today == yuan("500")


@pytest.mark.parametrize("amount", ["0.99", "200.01", "0"])
async def test_an_amount_out_of_bounds_is_refused_with_them(purse: Purse, amount: str) -> None:
    with pytest.raises(AmountRefused) as refused:
        await purse.give(amount=amount)
    assert refused.value.parameters == {"least": yuan("1"), "most": yuan("200")}
    assert await purse.states() == []


def suspend(purse: Purse) -> None:
    purse.operator.put(line_of(OTHER, "L2", account_id="A2", state=LineState.CLOSED))


def pay_by_firm(purse: Purse) -> None:
    purse.operator.put(line_of(OTHER, "L2", account_id="A2", payer=Payer.ORGANIZATION))


def share_account(purse: Purse) -> None:
    purse.operator.put(line_of(OTHER, "L2"))


@pytest.mark.parametrize(
    ("prepare", "refusal", "reason"),
    [
        (suspend, NotRechargeable, "closed"),
        (pay_by_firm, NotRechargeable, "paid_by_organization"),
        (share_account, TransferRefused, "own_line"),
    ],
)
async def test_a_line_that_can_not_get_it_is_said(
    purse: Purse, prepare: Callable[[Purse], None], refusal: type[Exception], reason: str
) -> None:
    prepare(purse)
    with pytest.raises(refusal) as refused:
        await purse.give()
    assert cast(Any, refused.value).parameters == {"reason": reason}
    assert await purse.states() == []


async def test_a_last_known_holder_of_a_number_gets_nothing(purse: Purse) -> None:
    purse.operator.put(line_of(OTHER, "L2", account_id="A2", stale=True))
    with pytest.raises(BssFault):
        await purse.give()
    assert await purse.states() == []


@pytest.mark.parametrize("number", ["13900139009", "not a number", "10086"])
async def test_a_number_of_nobody_is_refused(purse: Purse, number: str) -> None:
    with pytest.raises(NotRechargeable):
        await purse.give(number=number)


async def test_money_of_whoever_else_pays_is_not_given(purse: Purse) -> None:
    purse.operator.put(line_of(GIVER, "L1", payer=Payer.FAMILY))
    with pytest.raises(PaidByOther):
        await purse.give()


async def test_counted_days_are_forgotten_when_they_are_over(purse: Purse) -> None:
    await purse.give(amount="200")
    purse.moment += timedelta(days=5)
    await purse.transfers.forget_days()
    assert (await purse.transfers.fetch_terms(OWNER)).left_today == yuan("500")
    assert len(await purse.transfers.fetch_transfers(OWNER)) == 1


async def test_each_boundary_between_two_effects_is_named(purse: Purse) -> None:
    await purse.give()
    assert purse.crossed == ["transfer.intended", "transfer.asked", "transfer.concluded"]
