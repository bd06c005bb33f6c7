"""Is money conserved, whatever provider, operator, workers and customers do, in any order?"""

import asyncio
import shutil
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule
from sqlalchemy import Table

from gateway.database import open_database, read
from graphql_schema.client import Caller, Channel
from graphql_schema.identity_ports import Deed
from graphql_schema.payment_ports import PaymentFault
from graphql_schema.ports import Accounts, BssFault
from graphql_schema.problems import Problem
from graphql_schema.types.recharge import RechargeState
from ordering.money.transfers import SqlTransfers
from ordering.money_tables import recharge
from ordering.transfer_tables import balance_transfer
from tests.ordering.money.till import COLLEAGUE, NUMBER, OTHER, OWNER, Shop, yuan

BAD = st.sampled_from(["lost", "dropped", "down"])
MAYBE_BAD = st.sampled_from([None, "dropped", "lost", "down"])
ASKED = st.sampled_from(["fetch", "fetch_refund", "find_top_up", "find_take_back", "find_transfer"])
ACCOUNTS = {"A1": (OWNER, OTHER), "A2": (Caller(Channel.WEB, "L2", OTHER, 3), NUMBER)}
"""Whose money it is, and to which number it can be given."""
CARDS = [f"{each:018}" for each in range(1, 4)]


class Money(RuleBasedStateMachine):
    """Everything that can happen to money, and what must hold at every moment and at the end."""

    recharges = Bundle("recharges")
    arrived = Bundle("arrived")
    template: Path

    @initialize()
    def open_the_shop(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp(prefix="onehall-money-"))
        shutil.copy(self.template, self.folder / "onehall.db")
        self.engine = open_database(f"sqlite:///{self.folder / 'onehall.db'}")
        self.shop = Shop(self.engine)
        self.shop.bss.cards |= dict.fromkeys(CARDS, (Decimal(30), None))
        self.transfers = SqlTransfers(self.shop.till, cast(Accounts, None))
        self.deeds, self.receipts = 0, dict[str, str]()

    def do(self, deed: Any) -> Any:
        """A refusal and a fault are answers too."""
        try:
            return self.loop.run_until_complete(deed)
        except (Problem, BssFault, PaymentFault) as refused:
            return refused

    def next_deed(self) -> str:
        self.deeds += 1
        return f"D{self.deeds}"

    @rule(target=recharges, yuan_=st.integers(1, 20), paid=st.booleans(), bad=MAYBE_BAD, times=st.integers(1, 2))
    def somebody_starts_one(self, yuan_: int, paid: bool, bad: str | None, times: int) -> Any:
        deed = self.next_deed()
        self.shop.provider.day.comes("open", *filter(None, [bad]))
        for _ in range(times):
            started = self.do(self.shop.start(deed, yuan_))
            if isinstance(started, Problem):
                return multiple()
            self.receipts[deed] = started.recharge.receipt
        if paid and deed in self.shop.provider.payments:
            self.shop.provider.pay(deed)
        return deed

    @rule(target=arrived, yuan_=st.integers(5, 20), bad=MAYBE_BAD)
    def somebody_s_money_arrives(self, yuan_: int, bad: str | None) -> Any:
        deed = self.next_deed()
        started = self.do(self.shop.start(deed, yuan_))
        if isinstance(started, Problem):
            return multiple()
        self.receipts[deed] = started.recharge.receipt
        self.somebody_pays(deed)
        self.shop.bss.day.comes("top_up", *filter(None, [bad]))
        self.the_provider_tells(deed, 1)
        self.workers_work(1, 1)
        return deed

    @rule(reference=recharges | arrived)
    def somebody_pays(self, reference: str) -> None:
        if reference in self.shop.provider.payments:
            self.shop.provider.pay(reference)

    @rule()
    def everybody_pays(self) -> None:
        for reference in self.shop.provider.payments:
            self.shop.provider.pay(reference)

    @rule(reference=recharges)
    def a_bank_refuses(self, reference: str) -> None:
        if reference in self.shop.provider.payments:
            self.shop.provider.refuse(reference)

    @rule(reference=recharges | arrived, times=st.integers(1, 3))
    def the_provider_tells(self, reference: str, times: int) -> None:
        amount = self.do(self.shop.see(reference)).amount.amount
        for _ in range(times):
            self.do(self.shop.notify(reference, amount=str(amount)))

    @rule(reference=recharges, fen=st.integers(1, 100_000))
    def the_provider_lies(self, reference: str, fen: int) -> None:
        self.shop.provider.lies[reference] = yuan(str(Decimal(fen) / 100))

    @rule()
    def the_provider_comes_to_its_senses(self) -> None:
        self.shop.provider.lies.clear()

    @rule(reference=recharges, paid=st.booleans(), bad=MAYBE_BAD)
    def somebody_cancels(self, reference: str, paid: bool, bad: str | None) -> None:
        if paid:
            self.somebody_pays(reference)
        self.shop.provider.day.comes("close", *filter(None, [bad]))
        self.do(self.shop.recharges.cancel(Deed(self.next_deed(), OWNER), self.receipts[reference]))

    @rule(reference=arrived, yuan_=st.integers(1, 12), bad=MAYBE_BAD, system=st.booleans(), refuses=st.booleans())
    def a_colleague_gives_back(self, reference: str, yuan_: int, bad: str | None, system: bool, refuses: bool) -> None:
        deed = self.next_deed()
        (self.shop.bss if system else self.shop.provider).day.comes(
            "take_back" if system else "refund", *filter(None, [bad])
        )
        self.shop.provider.refuses_refunds = refuses
        for _ in range(2):
            self.do(self.shop.recharges.refund(Deed(deed, COLLEAGUE), reference, yuan(yuan_)))

    @rule(card=st.sampled_from(CARDS), times=st.integers(1, 2), bad=MAYBE_BAD)
    def somebody_redeems(self, card: str, times: int, bad: str | None) -> None:
        deed = self.next_deed()
        self.shop.bss.day.comes("redeem_voucher", *filter(None, [bad]))
        for _ in range(times):
            self.do(self.shop.recharges.redeem_voucher(Deed(deed, OWNER), None, card))

    @rule(giver=st.sampled_from(sorted(ACCOUNTS)), yuan_=st.integers(1, 12), times=st.integers(1, 2), bad=MAYBE_BAD)
    def somebody_gives(self, giver: str, yuan_: int, times: int, bad: str | None) -> None:
        deed, (owner, number) = self.next_deed(), ACCOUNTS[giver]
        self.shop.bss.day.comes("transfer", *filter(None, [bad]))
        for _ in range(times):
            self.do(self.transfers.transfer(Deed(deed, owner), number, yuan(yuan_)))

    @rule(what=BAD, operation=ASKED)
    def a_question_goes_unanswered(self, what: str, operation: str) -> None:
        (self.shop.provider if "fetch" in operation else self.shop.bss).day.comes(operation, what)

    @rule(closed=st.booleans())
    def the_account_closes_or_opens(self, closed: bool) -> None:
        (self.shop.bss.closed.add if closed else self.shop.bss.closed.discard)("A1")

    @rule(seconds=st.sampled_from([1, 10, 120, 1000]), workers=st.integers(1, 2))
    def workers_work(self, seconds: int, workers: int) -> None:
        async def work() -> None:
            await asyncio.gather(*(self.shop.work.work_on_payments() for _ in range(workers)))
            await asyncio.gather(*(self.transfers.work() for _ in range(workers)))

        self.shop.advance(seconds=seconds)
        self.do(work())

    @invariant()
    def nothing_is_credited_twice_or_for_nothing(self) -> None:
        if hasattr(self, "shop"):
            assert all(times == 1 for times in self.shop.bss.effects.values())
            balances = self.do(self.shop.balances())
            assert sum(balances.values()) == 0
            assert balances.get("due:customer", 0) >= 0
            assert all(own >= 0 for own in self.shop.bss.own.values())

    def teardown(self) -> None:
        if not hasattr(self, "shop"):
            return
        self.shop.provider.lies.clear()
        self.shop.provider.refuses_refunds = False
        self.shop.provider.day.coming.clear()
        self.shop.bss.day.coming.clear()
        self.loop.run_until_complete(self.shop.settle(rounds=10))
        self.shop.advance(hours=1)  # what is held is asked about once an hour
        self.loop.run_until_complete(self.shop.settle(rounds=10))
        self.loop.run_until_complete(self.transfers.work())
        self._judge()
        self.loop.run_until_complete(self.engine.dispose())
        self.loop.close()
        shutil.rmtree(self.folder)

    def _judge(self) -> None:
        """Everything is at its end; ledger, provider and BSS say the same, and each row what happened to it."""
        shop, balances = self.shop, self.do(self.shop.balances())
        collected = -balances.get("provider:sandbox", 0) - balances.get("refund:sandbox", 0)
        assert Decimal(collected) / 100 == shop.provider.collected()
        assert Decimal(balances.get("bss", 0)) / 100 == shop.bss.booked()
        assert balances.get("due:customer", 0) == 0
        given = self.loop.run_until_complete(self._fetch_rows(balance_transfer))
        rows = self.loop.run_until_complete(self._fetch_rows(recharge))
        assert {row.state for row in given} <= {"done", "refused"}
        assert all(shop.bss.effects[row.id] == (row.state == "done") for row in given)
        assert {account: shop.bss.own[account] for account in ACCOUNTS} == _reckon(rows, given)
        for row in rows:
            assert row.state in {"credited", "refused", "closed", "refunded"}, row.state
            assert row.free_at_us is None
            shown = self.do(shop.see(row.id))
            paid = row.id in shop.provider.payments and shop.provider.payments[row.id].state.value == "paid"
            arrived = shop.bss.effects[row.id] == 1
            assert arrived == (shown.state is RechargeState.CREDITED or (row.given_fen > 0 and row.failure is None))
            assert paid == (row.source == "sandbox" and shown.state.value in {"credited", "refunded"})

    async def _fetch_rows(self, table: Table) -> list[Any]:
        async with read(self.engine) as connection:
            return list((await connection.execute(table.select())).all())


def _reckon(recharges: list[Any], given: list[Any]) -> dict[str, Decimal]:
    """What each account has by our rows: what came in and stayed, less what was given to the other."""
    own = dict.fromkeys(ACCOUNTS, Decimal(0))
    for row in recharges:
        if row.credited_at_us is not None:
            own[row.account_id] += Decimal(row.amount_fen - row.given_fen) / 100
    for row in given:
        if row.state == "done":
            own[row.account_id] -= Decimal(row.amount_fen) / 100
            own[row.to_account_id] += Decimal(row.amount_fen) / 100
    return own


def test_money_is_conserved_whatever_happens(sqlite_with_tables: Path) -> None:
    class Here(Money):
        template = sqlite_with_tables

    Here.TestCase.settings = settings(
        max_examples=25,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    case = Here.TestCase()
    case.runTest()


pytestmark = pytest.mark.timeout(150)
