"""What does the graph need from others?"""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from graphql_schema.identity_ports import IdentityPorts
from graphql_schema.loyalty_ports import LoyaltyDesk, PointsBook, Promotions, Referrals, RewardsMall
from graphql_schema.money_ports import (
    BillShares,
    CallRecords,
    ChargeBrakes,
    Promises,
    RecordExports,
    Tickets,
    UsageHistory,
)
from graphql_schema.order_ports import Catalogue, DeedSwitches, LineServices, OrderDesk, Qualifications
from graphql_schema.payment_ports import AutoRecharges, BalanceTransfers, Recharges
from graphql_schema.types.account import Account, Balance
from graphql_schema.types.bill import Bill, CurrentCharges, ItemizedBill
from graphql_schema.types.bucket import Bucket
from graphql_schema.types.inbox import InboxMessage
from graphql_schema.types.line import Line
from graphql_schema.types.package import Package

DEADLINE: ContextVar[float | None] = ContextVar("deadline", default=None)
"""The moment (``time.monotonic()``) by which the request at hand must be answered; every call below inherits it. It is
set by ``answering_by`` alone."""


@contextmanager
def answering_by(moment: float) -> Iterator[None]:
    """Whatever is asked meanwhile must be answered by that moment (``time.monotonic()``)."""
    token = DEADLINE.set(moment)
    try:
        yield
    finally:
        DEADLINE.reset(token)


class BssFault(Exception):  # noqa: N818  a fault, as the architecture page names it
    """A system behind us did not give a usable answer and no last known value stands in.

    ``code`` is stable: ``<system>_unavailable`` (refused, reset, breaker open, 5xx), ``<system>_timeout`` (the deadline
    passed), ``<system>_overloaded`` (our bulkhead is full, or it said 429), ``<system>_refused`` (another 4xx),
    ``<system>_garbled`` (not JSON, truncated, a missing fact, an unknown code, a wrong currency), where system is one
    of account, balance, bill, catalogue, customer, line, order, payment, qualification, ticket, usage. ``retryable``
    says whether asking again can help; ``outcome_unknown`` that a write may have happened nevertheless.
    """

    def __init__(self, code: str, *, retryable: bool, outcome_unknown: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.retryable, self.outcome_unknown = retryable, outcome_unknown


@dataclass(frozen=True, slots=True)
class UsageReading:
    """A line's allowances as one reading of the BSS, with the cycle that they belong to (aware UTC)."""

    buckets: tuple[Bucket, ...]
    cycle_start: datetime
    cycle_end: datetime
    as_of: datetime
    stale: bool


@dataclass(frozen=True, slots=True)
class BillsReading:
    """The bills kept online, newest first."""

    bills: tuple[Bill, ...]
    as_of: datetime
    stale: bool


class Lines(Protocol):
    """Lines and what they hold, from the product inventory (TMF637). Raises BssFault."""

    async def find_line(self, number: str) -> Line | None:
        """The line that has this number now, or None."""
        ...

    async def fetch_line(self, line_id: str) -> Line | None:
        """The line with this id, or None."""
        ...

    async def fetch_lines_of_customer(self, customer_id: str) -> list[Line]:
        """The living lines of one real-name customer, by number; at most 200."""
        ...

    async def fetch_lines_of_account(self, account_id: str) -> list[Line]:
        """The living lines that one account pays for, by number; at most 200."""
        ...

    async def fetch_packages(self, line_id: str) -> list[Package]:
        """The plan first, then the add-ons by start; ended ones are left out."""
        ...


class People(Protocol):
    """Who a customer is in real life (TMF629, TMF632). Raises BssFault."""

    async def matches_identity(self, line_id: str, identity_number: str) -> bool:
        """Whether this is the number of the ID document of the line's customer. Nothing of it is kept anywhere."""
        ...


class SimCards(Protocol):
    """The card that a line's texts go to (TMF637). Raises BssFault: then nobody may rely on it."""

    async def fetch_changed_at(self, line_id: str) -> datetime | None:
        """When the card was last changed (aware UTC); None: never, or a line without one."""
        ...


class Accounts(Protocol):
    """Who pays, and the money at hand (TMF666, TMF654). Raises BssFault."""

    async def fetch_account(self, account_id: str) -> Account:
        """The account and what its issued bills still ask for."""
        ...

    async def fetch_balance(self, account_id: str) -> Balance:
        """The account's pots of money."""
        ...


class Usage(Protocol):
    """Allowances and their counters (TMF677). Raises BssFault."""

    async def fetch_usage(self, line_id: str) -> UsageReading:
        """All buckets that the line can draw from in the running cycle."""
        ...


class Bills(Protocol):
    """Issued bills and the running month (TMF678). Raises BssFault."""

    async def fetch_bills(self, account_id: str) -> BillsReading:
        """The account's bills kept online."""
        ...

    async def fetch_bill(self, account_id: str, bill_id: str) -> ItemizedBill | None:
        """One bill by subject; None when there is none, or when it belongs to another account."""
        ...

    async def fetch_current_charges(self, account_id: str) -> CurrentCharges:
        """The running month so far."""
        ...


class Clock(Protocol):
    """Business time. It is the BSS's, not this machine's."""

    def now(self) -> datetime:
        """Aware UTC."""
        ...


class WakeUps(Protocol):
    """Says that something changed for a subscriber. It carries ids only, and may lose one: readers also poll."""

    async def announce(self, subscriber: str) -> None:
        """Tells whoever listens that this subscriber's facts changed."""
        ...

    def listen(self, subscriber: str) -> AsyncIterator[None]:
        """Yields once per change, and at least every 5 s (the healing poll)."""
        ...


class Inbox(Protocol):
    """What the house told a line of its own accord."""

    async def fetch_messages(self, line_id: str, *, after: int, limit: int) -> Sequence[InboxMessage]:
        """The newest messages whose id is above ``after``, newest first."""
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything that a resolver may ask; assembled by gateway.wiring."""

    lines: Lines
    accounts: Accounts
    usage: Usage
    bills: Bills
    usage_history: UsageHistory
    call_records: CallRecords
    tickets: Tickets
    brakes: ChargeBrakes
    promises: Promises
    exports: RecordExports
    shares: BillShares
    catalogue: Catalogue
    qualifications: Qualifications
    line_services: LineServices
    order_desk: OrderDesk
    switches: DeedSwitches
    recharges: Recharges
    auto_recharges: AutoRecharges
    transfers: BalanceTransfers
    points: PointsBook
    rewards: RewardsMall
    promotions: Promotions
    referrals: Referrals
    loyalty_desk: LoyaltyDesk
    clock: Clock
    wake_ups: WakeUps
    inbox: Inbox
    identity: IdentityPorts
    cursor_key: bytes = field(repr=False)
    """Seals cursors of call records: every process of a house has the same."""
    brake_factor: Decimal = Decimal(3)
    brake_least: Decimal = Decimal(20)
