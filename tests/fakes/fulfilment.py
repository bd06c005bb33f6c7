"""What does an operator do who is asked for rewards? It gives each once for a reference, and has bad days."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from graphql_schema.loyalty_ports import Delivery, Fulfilled, FulfilmentState, GrantedMoney
from graphql_schema.ports import BssFault
from graphql_schema.types.money import Money

OPERATIONS = ("grant_money", "add_pack", "send_goods", "find", "take_back")


@dataclass
class Pot:
    """Money that was granted under a reference, in fen."""

    account_id: str
    wanted: GrantedMoney
    amount_fen: int
    spent_fen: int = 0
    taken_fen: int = 0

    @property
    def left_fen(self) -> int:
        return self.amount_fen - self.spent_fen - self.taken_fen


@dataclass
class FakeFulfilment:
    """Gives and takes, once for a reference.

    ``coming`` is what goes wrong next, by operation: ``lost`` (never arrived, nobody knows), ``dropped`` (done, and the
    answer was cut off), ``down`` (never arrived, and that is known), ``turned_down`` (for certain, nothing is kept of
    it), ``refused`` (and that is kept), ``working`` (taken, and done by ``finish``).
    """

    now: Callable[[], datetime]
    coming: dict[str, list[str]] = field(default_factory=dict)
    pots: dict[str, Pot] = field(default_factory=dict)
    known: dict[str, Fulfilled] = field(default_factory=dict)
    effects: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    packs: list[tuple[str, str]] = field(default_factory=list)
    sent: list[tuple[str, Delivery]] = field(default_factory=list)

    def comes(self, operation: str, *what: str) -> None:
        self.coming.setdefault(operation, []).extend(what)

    def finish(self) -> None:
        """What it is at is done."""
        for reference, answer in self.known.items():
            if answer.state is FulfilmentState.WORKING:
                self.known[reference] = Fulfilled(reference, FulfilmentState.DONE, self.now())

    def spend(self, fen: int) -> int:
        """The customer spends so much of what can be spent; how much that was."""
        spent = 0
        for pot in self.pots.values():
            free = sum(_fen(part) for day, part in pot.wanted.releases if day <= self._today())
            some = max(0, min(fen - spent, free - pot.spent_fen, pot.left_fen))
            pot.spent_fen += some
            spent += some
        return spent

    def count_given_fen(self) -> int:
        """What it gave, less what it took back."""
        return sum(pot.amount_fen - pot.taken_fen for pot in self.pots.values())

    async def grant_money(self, reference: str, account_id: str, wanted: GrantedMoney) -> Fulfilled:
        def give() -> Fulfilled:
            assert sum((part.amount for _, part in wanted.releases), Decimal(0)) == wanted.amount.amount
            self.pots[reference] = Pot(account_id, wanted, _fen(wanted.amount))
            return Fulfilled(reference, FulfilmentState.DONE, self.now())

        if reference in self.pots:
            assert self.pots[reference].wanted == wanted, "asked again, it is the same that is asked for"
        return self._do("grant_money", reference, give)

    async def add_pack(self, reference: str, line_id: str, *, offering_id: str, months: int | None = None) -> Fulfilled:
        def give() -> Fulfilled:
            self.packs.append((line_id, offering_id))
            return Fulfilled(reference, FulfilmentState.DONE, self.now())

        return self._do("add_pack", reference, give)

    async def send_goods(self, reference: str, line_id: str, *, item: str, to: Delivery) -> Fulfilled:
        def give() -> Fulfilled:
            self.sent.append((item, to))
            return Fulfilled(reference, FulfilmentState.DONE, self.now(), tracking="SF1")

        return self._do("send_goods", reference, give)

    async def find(self, account_id: str, reference: str) -> Fulfilled:
        self._meet("find")
        return self.known.get(reference, Fulfilled(reference, FulfilmentState.UNKNOWN))

    async def take_back(self, reference: str, account_id: str, *, granted: str, most: Money | None) -> Fulfilled:
        def take() -> Fulfilled:
            pot = self.pots[granted]
            taken = min(pot.left_fen, pot.left_fen if most is None else _fen(most))
            pot.taken_fen += taken
            back = Money(amount=Decimal(taken) / 100, currency="CNY")
            return Fulfilled(reference, FulfilmentState.DONE, self.now(), taken_back=back)

        assert self.pots[granted].account_id == account_id
        return self._do("take_back", reference, take)

    def _do(self, operation: str, reference: str, deed: Callable[[], Fulfilled]) -> Fulfilled:
        what = self._meet(operation)
        if reference not in self.known:
            if what in {"refused", "working"}:
                self.known[reference] = Fulfilled(reference, FulfilmentState(what), self.now(), reason="accountClosed")
                self.effects[reference] += what == "working"
            else:
                self.known[reference] = deed()
                self.effects[reference] += 1
        if what == "dropped":
            raise BssFault("balance_timeout", retryable=True, outcome_unknown=True)
        return self.known[reference]

    def _meet(self, operation: str) -> str | None:
        self.asked[operation] += 1
        coming = self.coming.get(operation)
        what = coming.pop(0) if coming else None
        if what in {"lost", "down", "turned_down"}:
            unknown = what == "lost"
            raise BssFault("balance_unavailable", retryable=what != "turned_down", outcome_unknown=unknown)
        return what

    def _today(self) -> date:
        return self.now().date()


def _fen(money: Money) -> int:
    return int(money.amount * 100)
