"""What does the graph, and the room of deeds, need from others to move money?

Faults of the BSS are ``ports.BssFault`` (system ``balance`` and ``payment``); refusals are raised as ``Problem``.
Amounts are whole fen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from graphql_schema.client import Caller
from graphql_schema.identity_ports import Deed
from graphql_schema.types.money import Money
from graphql_schema.types.recharge import (
    AutoRecharge,
    AutoRechargeRule,
    BalanceTransfer,
    PayWay,
    Recharge,
    RechargeOptions,
    RechargeSource,
    RechargeStarted,
    Reconciliation,
    TransferTerms,
)


class PaymentFault(Exception):  # noqa: N818  a fault, as BssFault is one
    """A payment provider gave no usable answer. ``code`` is stable: unavailable, timeout, garbled, refused.

    ``outcome_unknown``: what was asked may have happened, so it is asked about before it is asked for again.
    """

    def __init__(self, code: str, *, outcome_unknown: bool) -> None:
        super().__init__(code)
        self.code, self.outcome_unknown = code, outcome_unknown


class NoticeRefused(Exception):  # noqa: N818  an answer to whoever posted it
    """A callback that is not believed: ``bad_signature``, ``too_old``, ``garbled``. Nothing of it is used."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class PaymentWish:
    """What a provider is asked to collect. ``reference`` (at most 32 letters and digits) is ours and collects once."""

    reference: str
    amount: Money
    subject: str
    way: PayWay
    expires_at: datetime
    notify_url: str
    return_url: str
    payer_address: str = field(default="127.0.0.1", repr=False)


@dataclass(frozen=True, slots=True)
class Opening:
    """How the payer gets there: a page, the text of a code, or parameters for the provider's app."""

    page: str | None = None
    qr: str | None = None
    app: Mapping[str, str] = field(default_factory=dict)


class PaidState(StrEnum):
    """What the provider says of a payment. UNKNOWN: it never heard of it."""

    OPEN = "open"
    PAID = "paid"
    REFUSED = "refused"
    CLOSED = "closed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ProviderPayment:
    """A payment as the provider knows it: the truth about whether it was paid, and how much."""

    reference: str
    state: PaidState
    amount: Money | None = None
    provider_id: str = ""
    paid_at: datetime | None = None


class RefundState(StrEnum):
    """What the provider says of a refund."""

    WORKING = "working"
    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ProviderRefund:
    """A refund as the provider knows it."""

    reference: str
    state: RefundState
    amount: Money | None = None
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PaymentNotice:
    """A callback whose signature over the raw body and whose time were right. It is a hint: the provider is asked."""

    id: str
    reference: str
    kind: str
    amount: Money | None
    at: datetime


@dataclass(frozen=True, slots=True)
class NoticeAnswer:
    """What the provider wants to hear, so that it stops (or goes on) telling."""

    status: int
    body: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One row of a provider's daily statement: a payment, or a refund (``refund_reference``) of it."""

    reference: str
    provider_id: str
    amount: Money
    at: datetime
    refund_reference: str | None = None


class PaymentProvider(Protocol):
    """One payment provider. Raises PaymentFault. Doing anything twice with one reference is doing it once."""

    source: RechargeSource
    ways: tuple[PayWay, ...]

    async def open(self, wish: PaymentWish) -> Opening:
        """Makes the payment, or answers how to get to the one of that reference."""
        ...

    async def fetch(self, reference: str) -> ProviderPayment:
        """What became of it."""
        ...

    async def close(self, reference: str) -> ProviderPayment:
        """Nobody can pay it any more, and what it then is: PAID, if somebody was faster."""
        ...

    async def refund(
        self, reference: str, refund_reference: str, *, amount: Money, total: Money, notify_url: str
    ) -> ProviderRefund:
        """Gives so much of ``total`` back to the payer."""
        ...

    async def fetch_refund(self, reference: str, refund_reference: str) -> ProviderRefund:
        """What became of it."""
        ...

    def read_notice(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> PaymentNotice:
        """Verifies a callback. Raises NoticeRefused."""
        ...

    def answer_notice(self, *, taken: bool) -> NoticeAnswer:
        """The answer to a callback."""
        ...

    async def fetch_statement(self, day: date) -> Sequence[StatementRow]:
        """Everything that it collected and gave back on a business day, from its daily statement."""
        ...


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a payer agreed to with a provider: payments without a person. ``signed`` False: not yet, or ended."""

    id: str
    sign_page: str | None
    signed: bool
    ended: bool = False


class AgreementProvider(Protocol):
    """A provider that takes standing orders. Raises PaymentFault."""

    async def begin_agreement(self, reference: str, *, most_a_month: Money, return_url: str) -> Agreement:
        """The agreement of that reference, to be signed by the payer on its page."""
        ...

    async def fetch_agreement(self, agreement_id: str) -> Agreement:
        """What became of it."""
        ...

    async def charge(self, agreement_id: str, wish: PaymentWish) -> ProviderPayment:
        """Collects by the agreement, once for a reference."""
        ...

    async def end_agreement(self, agreement_id: str) -> None:
        """Nothing can be collected by it any more."""
        ...


class CreditState(StrEnum):
    """What the BSS says of money that we gave it. UNKNOWN: it never heard of it."""

    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Credit:
    """Money as the BSS booked it; ``arrears_settled`` of it went to bills that were past due; ``reason`` why
    refused."""

    reference: str
    state: CreditState
    amount: Money | None = None
    arrears_settled: Money | None = None
    at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BookedMoney:
    """One row of what the BSS booked from us on a day (TMF676)."""

    reference: str
    amount: Money
    at: datetime


class MoneySystem(Protocol):
    """The BSS's side of money (TMF654, TMF676). Every write carries our reference and happens once. Raises BssFault."""

    async def top_up(self, reference: str, account_id: str, *, amount: Money) -> Credit:
        """Puts money in."""
        ...

    async def redeem_voucher(self, reference: str, account_id: str, *, card: str) -> Credit:
        """Puts a card's money in. REFUSED with ``reason`` unknown, used, expired, of_other."""
        ...

    async def find_top_up(self, account_id: str, reference: str) -> Credit:
        """What became of either."""
        ...

    async def take_back(self, reference: str, account_id: str, *, amount: Money) -> Credit:
        """Takes own money out again, for a refund. REFUSED ``insufficient`` where it is spent."""
        ...

    async def find_take_back(self, account_id: str, reference: str) -> Credit:
        """What became of it."""
        ...

    async def transfer(self, reference: str, account_id: str, to_account_id: str, *, amount: Money) -> Credit:
        """Moves own money. REFUSED with ``reason`` insufficient, not_allowed."""
        ...

    async def find_transfer(self, account_id: str, reference: str) -> Credit:
        """What became of it."""
        ...

    async def fetch_booked(self, day: date) -> Sequence[BookedMoney]:
        """What it booked from us on a business day, take-backs negative."""
        ...


@dataclass(frozen=True, slots=True)
class WantedAutoRecharge:
    """A standing order as it is asked for."""

    rule: AutoRechargeRule
    threshold: Money | None
    day: int | None
    amount: Money
    monthly_cap: Money
    source: RechargeSource


class Recharges(Protocol):
    """Money in, implemented by ordering. ``number`` None is the caller's own line."""

    def options(self) -> RechargeOptions:
        """Amounts, bounds, providers."""
        ...

    async def start(
        self, deed: Deed, number: str | None, amount: Money, source: RechargeSource, way: PayWay
    ) -> RechargeStarted:
        """Raises AmountRefused, NotRechargeable, ProviderRefused, TooMany, BssFault. The same deed starts one."""
        ...

    async def redeem_voucher(self, deed: Deed, number: str | None, card: str) -> Recharge:
        """Raises BadArgument, VoucherRefused, Locked, NotRechargeable, BssFault. Not a word of the card is kept in
        clear."""
        ...

    async def cancel(self, deed: Deed, receipt: str) -> Recharge:
        """Closes one that waits; paid in the meantime, it is answered as paid. Raises NotFound."""
        ...

    async def fetch_by_receipt(self, receipt: str) -> Recharge:
        """Raises NotFound."""
        ...

    async def fetch_pay_offer(self, receipt: str) -> RechargeStarted:
        """The same, and how to pay it while it waits. Raises NotFound."""
        ...

    async def fetch_of_line(self, line_id: str, *, limit: int) -> Sequence[Recharge]:
        """Those of a line or begun by it, newest first."""
        ...

    async def fetch_mine(self, line_id: str, recharge_id: str) -> Recharge:
        """One of those, however old. Raises NotFound."""
        ...

    async def refund(self, deed: Deed, recharge_id: str, amount: Money) -> Recharge:
        """Begins to give (a part of) one back: first out of the BSS, then to the payer. Raises NotFound, AmountRefused,
        ProviderRefused (insufficient: it is spent)."""
        ...

    async def fetch_reconciliations(self, day: date) -> Sequence[Reconciliation]:
        """Each provider's, for a business day; empty before it was done."""
        ...


class AutoRecharges(Protocol):
    """Standing orders, implemented by ordering."""

    async def fetch(self, caller: Caller) -> AutoRecharge | None:
        """The living one of the caller's line."""
        ...

    async def set_up(self, deed: Deed, wanted: WantedAutoRecharge) -> AutoRecharge:
        """Replaces the one that is there. Raises AmountRefused, BadArgument, ProviderRefused, PaidByOther."""
        ...

    async def end(self, deed: Deed) -> None:
        """Raises NotFound."""
        ...


class BalanceTransfers(Protocol):
    """Own money to another line, implemented by ordering."""

    async def fetch_terms(self, caller: Caller) -> TransferTerms:
        """Raises PaidByOther, BssFault."""
        ...

    async def fetch_transfers(self, caller: Caller) -> Sequence[BalanceTransfer]:
        """Newest first, at most 50."""
        ...

    async def transfer(self, deed: Deed, number: str, amount: Money) -> BalanceTransfer:
        """Raises AmountRefused, NotRechargeable, TransferRefused, PaidByOther, BssFault."""
        ...
