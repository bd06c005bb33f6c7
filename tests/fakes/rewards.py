"""Who gives what points buy in these tests? An operator written by hand, whose days can be bad."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from graphql_schema.loyalty_ports import (
    Delivery,
    Fulfilled,
    FulfilmentState,
    GrantedMoney,
    LoyaltyCustomer,
)
from graphql_schema.ports import BssFault
from graphql_schema.types.money import Money


def make_customer(line_id: str = "L1", **changes: Any) -> LoyaltyCustomer:
    facts: dict[str, Any] = {
        "line_id": line_id,
        "account_id": f"A-{line_id}",
        "customer_id": "C1",
        "since": date(2020, 1, 1),
        "package": "plan-59",
        "region": "guangdong",
        "birthday": None,
        "suspended": False,
        "owes": False,
        "real_name": True,
        "arrears_free_months": 24,
    }
    return LoyaltyCustomer(**(facts | changes))


class FakeCustomers:
    """Knows every line whose id begins with L; ``changes`` by line, ``down`` while it does not answer."""

    def __init__(self) -> None:
        self.changes: dict[str, dict[str, Any]] = {}
        self.down = False

    async def fetch_customer(self, line_id: str) -> LoyaltyCustomer | None:
        if self.down:
            raise BssFault("customer_unavailable", retryable=True)
        return make_customer(line_id, **self.changes.get(line_id, {})) if line_id.startswith("L") else None

    async def fetch_paid(self, account_id: str, month: date) -> Money:
        raise NotImplementedError


@dataclass
class FakeOperator:
    """Gives rewards, once for a reference. ``coming`` is what goes wrong next, by operation: ``lost`` (never arrived,
    nobody knows), ``dropped`` (done, and the answer was cut off), ``down`` (never arrived, and that is known),
    ``turned_down`` (for certain, and nothing is kept of it), ``refused``, ``working`` (taken, and done by ``finish``),
    ``slow`` (waits for ``go_on``).

    ``effects`` counts what reached a customer by reference; what ``forgets`` has is UNKNOWN to whoever asks."""

    now: Any
    coming: dict[str, list[str]] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    given: dict[str, Fulfilled] = field(default_factory=dict)
    what: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    effects: Counter[str] = field(default_factory=Counter)
    forgets: set[str] = field(default_factory=set)
    waits: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    def comes(self, operation: str, *what: str) -> None:
        self.coming.setdefault(operation, []).extend(what)

    def finish(self, reference: str, **changes: Any) -> None:
        """What it works on is there."""
        self.given[reference] = replace(self.given[reference], state=FulfilmentState.DONE, at=self.now(), **changes)
        self.effects[reference] += 1

    def refuse(self, reference: str) -> None:
        """What it works on can't be had after all."""
        self.given[reference] = replace(self.given[reference], state=FulfilmentState.REFUSED, reason="lost_on_the_way")

    def given_no(self, reference: str) -> bool:
        """Whether it said that it will not."""
        return reference in self.given and self.given[reference].state is FulfilmentState.REFUSED

    async def grant_money(self, reference: str, account_id: str, wanted: GrantedMoney) -> Fulfilled:
        return await self._give("give", reference, ("money", account_id, wanted))

    async def add_pack(self, reference: str, line_id: str, *, offering_id: str) -> Fulfilled:
        return await self._give("give", reference, ("pack", line_id, offering_id))

    async def send_goods(self, reference: str, line_id: str, *, item: str, to: Delivery) -> Fulfilled:
        return await self._give("give", reference, ("goods", line_id, item, to))

    async def find(self, account_id: str, reference: str) -> Fulfilled:
        what = self._take("find")
        if what in {"lost", "dropped", "down"}:
            raise BssFault("order_timeout", retryable=True)
        unknown = Fulfilled(reference, FulfilmentState.UNKNOWN)
        return unknown if reference in self.forgets else self.given.get(reference, unknown)

    async def take_back(self, reference: str, account_id: str, *, granted: str, most: Money | None) -> Fulfilled:
        raise NotImplementedError

    async def _give(self, operation: str, reference: str, what: tuple[Any, ...]) -> Fulfilled:
        comes = self._take(operation)
        if comes == "slow":
            self.waits.set()
            await self.go_on.wait()
        if comes == "lost":
            raise BssFault("order_timeout", retryable=True, outcome_unknown=True)
        if comes == "down":
            raise BssFault("order_unavailable", retryable=True)
        if comes == "turned_down":
            raise BssFault("order_refused", retryable=False)
        if reference not in self.given:
            self._keep(reference, what, comes)
        assert self.what[reference] == what, "asked again, it is the same that is asked for"
        if comes == "dropped":
            raise BssFault("order_timeout", retryable=True, outcome_unknown=True)
        return self.given[reference]

    def _keep(self, reference: str, what: tuple[Any, ...], comes: str | None) -> None:
        self.what[reference] = what
        states = {"refused": FulfilmentState.REFUSED, "working": FulfilmentState.WORKING}
        state = states.get(comes or "", FulfilmentState.DONE)
        at: datetime | None = self.now() if state is FulfilmentState.DONE else None
        self.given[reference] = Fulfilled(reference, state, at, reason="not_here" if comes == "refused" else "")
        if state is FulfilmentState.DONE:
            self.effects[reference] += 1

    def _take(self, operation: str) -> str | None:
        self.asked[operation] += 1
        coming = self.coming.get(operation)
        return coming.pop(0) if coming else None
