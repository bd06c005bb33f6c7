"""What does the money need from others?"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.client import Caller
from graphql_schema.payment_ports import AgreementProvider, MoneySystem, PaymentProvider
from graphql_schema.ports import Lines
from graphql_schema.types.recharge import RechargeSource
from ordering.crossing import Cross, pass_by
from ordering.needs import Teller, Transaction, View

Spell = Callable[[str], str | None]
"""A number as the operator's systems write it, from what was typed; None where it is none."""

Lookups = Callable[[Caller], Awaitable[None]]
"""Counts that a caller named a number to put money onto. Raises TooMany: an answer reveals whether it is a line's."""

Announce = Callable[[str], Awaitable[None]]
"""Says that something changed for a line (id)."""


class Seal(Protocol):
    """Closes what must be read again, and by nobody else."""

    def close(self, text: str) -> str:
        """The closed text, different each time."""
        ...

    def open(self, closed: str) -> str:
        """The text again."""
        ...


@dataclass(frozen=True, slots=True)
class CardTry:
    """A try that was counted: how many wrong ones are ``left`` if it is wrong, and in ``whose`` count it stands."""

    left: int
    whose: str


@dataclass(frozen=True, slots=True)
class Credited:
    """A recharge as whatever rewards it needs to know it: ``line_id`` None where the line changed hands meanwhile."""

    recharge_id: str
    line_id: str | None
    account_id: str
    amount_fen: int
    channel: str
    at: datetime


class VoucherTries(Protocol):
    """Counts wrong cards, by line and by whoever tries, in all channels together; each in the caller's transaction."""

    async def spend(self, connection: AsyncConnection, caller: Caller, line_id: str) -> CardTry:
        """Counts a try before it is made, so that a hundred at once are not a hundred guesses; whoever tries at the
        same time waits for this transaction. Raises Locked where none was left."""
        ...

    async def give_back(self, connection: AsyncConnection, whose: str, *, tried_at: datetime) -> None:
        """The card was right, or nobody could ask: that try does not count."""
        ...


class Rewards(Protocol):
    """Hears of money that came or went back, in the commit that says so. Never refuses."""

    async def note_recharge(self, connection: AsyncConnection, credited: Credited) -> None:
        """A recharge stands in the operator's books."""
        ...

    async def note_refund(self, connection: AsyncConnection, recharge_id: str, *, given_fen: int) -> None:
        """So much of it, in all, was given back to its payer."""
        ...


class NoRewards:
    """Nothing is won by money that comes."""

    async def note_recharge(self, connection: AsyncConnection, credited: Credited) -> None:
        """It came."""

    async def note_refund(self, connection: AsyncConnection, recharge_id: str, *, given_fen: int) -> None:
        """It went."""


@dataclass(frozen=True, slots=True)
class RechargeRules:
    """Bounds in yuan, and how long what may take.

    ``subject`` is what payers read at the provider. ``ask_after`` is the pause after the first question about a payment
    that waits, ``ask_at_most_after`` the longest, ``ask_held_after`` that about one of another amount;
    ``lease`` is longer than one step may take.
    """

    suggested: tuple[Decimal, ...] = tuple(Decimal(each) for each in (10, 20, 30, 50, 100, 200, 300, 500))
    least: Decimal = Decimal(1)
    most: Decimal = Decimal(1000)
    currency: str = "CNY"
    subject: str = "话费充值"
    payable_for: timedelta = timedelta(minutes=15)
    waiting_most: int = 10
    late_after: timedelta = timedelta(minutes=5)
    ask_after: timedelta = timedelta(seconds=5)
    ask_at_most_after: timedelta = timedelta(minutes=1)
    rest_at_most: timedelta = timedelta(minutes=10)
    ask_held_after: timedelta = timedelta(hours=1)
    lease: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Till:
    """Everything that a step of the money may touch.

    ``now`` is real time. ``secret`` makes receipts and digests of cards. ``pages`` is the hall's own address as payers
    reach it, ``notice_url`` says where a provider tells us of what happened.
    """

    transaction: Transaction
    reading: View
    lines: Lines
    money: MoneySystem
    providers: Mapping[RechargeSource, PaymentProvider]
    teller: Teller
    tries: VoucherTries
    seal: Seal
    spell: Spell
    lookups: Lookups
    now: Callable[[], datetime]
    pages: str
    notice_url: Callable[[RechargeSource], str]
    secret: bytes = field(repr=False)
    agreements: Mapping[RechargeSource, AgreementProvider] = field(default_factory=dict)
    announce: Announce | None = None
    rewards: Rewards = field(default_factory=NoRewards)
    rules: RechargeRules = field(default_factory=RechargeRules)
    cross: Cross = pass_by
