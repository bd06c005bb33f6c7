"""What does the money need from others?"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.client import Caller
from graphql_schema.payment_ports import AgreementProvider, MoneySystem, PaymentProvider
from graphql_schema.ports import Lines
from graphql_schema.types.recharge import RechargeSource
from ordering.crossing import Cross, pass_by

Transaction = Callable[[], AbstractAsyncContextManager[AsyncConnection]]
"""Begins a short write transaction that is committed at the end of its block (reading: opens a connection)."""

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


class Teller(Protocol):
    """Tells the owner of a number by SMS."""

    async def send(self, connection: AsyncConnection, *, number: str, notice: str, key: str, **facts: object) -> None:
        """Queues the message in the caller's transaction, once by its key."""
        ...


class VoucherTries(Protocol):
    """Counts wrong cards, by line and by whoever tries, in all channels together."""

    async def spend(self, caller: Caller, line_id: str) -> int:
        """Counts a try before it is made, so that a hundred at once are not a hundred guesses; how many wrong ones are
        left if this one is wrong. Raises Locked where none was left."""
        ...

    async def give_back(self, caller: Caller, line_id: str) -> None:
        """The card was right, or nobody could ask: that try does not count."""
        ...


@dataclass(frozen=True, slots=True)
class RechargeRules:
    """Bounds in yuan, and how long what may take. ``ask_after`` is the pause after the first question about a payment
    that waits, ``ask_at_most_after`` the longest; ``lease`` is longer than one step may take."""

    suggested: tuple[Decimal, ...] = tuple(Decimal(each) for each in (10, 20, 30, 50, 100, 200, 300, 500))
    least: Decimal = Decimal(1)
    most: Decimal = Decimal(1000)
    currency: str = "CNY"
    payable_for: timedelta = timedelta(minutes=15)
    waiting_most: int = 10
    late_after: timedelta = timedelta(minutes=5)
    ask_after: timedelta = timedelta(seconds=5)
    ask_at_most_after: timedelta = timedelta(minutes=1)
    rest_at_most: timedelta = timedelta(minutes=10)
    lease: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Till:
    """Everything that a step of the money may touch. ``now`` is real time; ``secret`` makes receipts and digests of
    cards; ``pages`` is the hall's own address as payers reach it, ``notices`` as providers do."""

    transaction: Transaction
    reading: Transaction
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
    notices: str
    secret: bytes = field(repr=False)
    agreements: Mapping[RechargeSource, AgreementProvider] = field(default_factory=dict)
    announce: Announce | None = None
    rules: RechargeRules = field(default_factory=RechargeRules)
    cross: Cross = pass_by


async def insert_new(connection: AsyncConnection, table: Table, row: Mapping[str, object]) -> bool:
    """Inserts the row; False where a unique key says that it is there."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    done: CursorResult[object] = await connection.execute(insert(table).values(dict(row)).on_conflict_do_nothing())
    return done.rowcount == 1
