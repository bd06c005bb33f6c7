"""Who stands around the till in these tests? A provider and a BSS written by hand, whose days can be bad."""

import asyncio
import hmac
import json
import secrets
from collections import Counter
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Table, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import read, write
from gateway.identity.number import parse_number
from gateway.identity.seal import Seal
from graphql_schema.client import Caller, Channel, Role, Staff
from graphql_schema.identity_ports import Deed
from graphql_schema.payment_ports import (
    Agreement,
    BookedMoney,
    Credit,
    CreditState,
    NoticeAnswer,
    NoticeRefused,
    Opening,
    PaidState,
    PaymentFault,
    PaymentNotice,
    PaymentWish,
    ProviderPayment,
    ProviderRefund,
    RefundState,
    StatementRow,
)
from graphql_schema.ports import BssFault
from graphql_schema.problems import Locked, TooMany
from graphql_schema.types.line import LineState, Payer
from graphql_schema.types.money import Money
from graphql_schema.types.recharge import PayWay, RechargeSource, RechargeStarted, Reconciliation
from ordering.money.ledger import fetch_balances
from ordering.money.needs import CardTry, RechargeRules, Till
from ordering.money.notices import PaymentNotices
from ordering.money.recharges import SqlRecharges
from ordering.money.work import PaymentWork
from tests.fakes.operator import FakeNotices, FakeOperator, line_of

T = TypeVar("T")
NUMBER, OTHER, NOW = "13800138001", "13800138002", datetime(2026, 11, 22, 4, tzinfo=UTC)
SECRET, PAY_SECRET = b"a secret of these tests, 32 bytes", b"what the provider signs with"
OWNER = Caller(Channel.WEB, subscriber="L1", number=NUMBER, assurance=2)
VISITOR = Caller(Channel.WEB)
COLLEAGUE = Caller(Channel.DESK, staff=Staff("1001", Role.OPERATIONS), assurance=2)
CARD, USED_CARD = "123456789012345678", "999999999999999999"


def yuan(amount: str | int) -> Money:
    return Money(amount=Decimal(amount), currency="CNY")


class BadDay:
    """What goes wrong next, by operation: ``lost`` (never arrived, nobody knows), ``dropped`` (done, and the answer was
    cut off), ``down`` (never arrived, and that is known)."""

    def __init__(self) -> None:
        self.coming: dict[str, list[str]] = {}
        self.asked: Counter[str] = Counter()

    def comes(self, operation: str, *what: str) -> None:
        self.coming.setdefault(operation, []).extend(what)

    def take(self, operation: str) -> str | None:
        self.asked[operation] += 1
        coming = self.coming.get(operation)
        return coming.pop(0) if coming else None


class FakeProvider:
    """Collects play money. ``lies`` are amounts that it names instead of the real ones."""

    source = RechargeSource.SANDBOX
    ways: tuple[PayWay, ...] = (PayWay.PAGE, PayWay.QR)

    def __init__(self, now: Any) -> None:
        self.now, self.day = now, BadDay()
        self.payments: dict[str, ProviderPayment] = {}
        self.refunds: dict[str, tuple[str, ProviderRefund]] = {}
        self.refuses_refunds = False
        self.signed: set[str] = set()
        self.lies: dict[str, Money] = {}

    def collected(self) -> Decimal:
        """What is with us: paid less given back."""
        paid = sum((each.amount.amount for each in self.payments.values() if _is_paid(each)), Decimal(0))
        back = sum((each.amount.amount for _, each in self.refunds.values() if _is_done(each)), Decimal(0))
        return paid - back

    def pay(self, reference: str) -> None:
        """Somebody pays, where it can be paid."""
        if self.payments[reference].state is PaidState.OPEN:
            self._change(reference, state=PaidState.PAID, paid_at=self.now())

    def refuse(self, reference: str) -> None:
        """The payer's bank will not."""
        if self.payments[reference].state is PaidState.OPEN:
            self._change(reference, state=PaidState.REFUSED)

    async def open(self, wish: PaymentWish) -> Opening:
        with self._on("open"):
            known = ProviderPayment(wish.reference, PaidState.OPEN, wish.amount, f"P{wish.reference}")
            self.payments.setdefault(wish.reference, known)
        return Opening(page=f"http://pay.example/{wish.reference}", qr=None, app={"payUrl": wish.notify_url})

    async def fetch(self, reference: str) -> ProviderPayment:
        with self._on("fetch"):
            return self._say(reference)

    async def close(self, reference: str) -> ProviderPayment:
        with self._on("close"):
            if reference in self.payments and self.payments[reference].state is PaidState.OPEN:
                self._change(reference, state=PaidState.CLOSED)
        return self._say(reference)

    async def refund(
        self, reference: str, refund_reference: str, *, amount: Money, total: Money, notify_url: str
    ) -> ProviderRefund:
        with self._on("refund"):
            if self.refuses_refunds:
                return ProviderRefund(refund_reference, RefundState.REFUSED)
            done = ProviderRefund(refund_reference, RefundState.DONE, amount, self.now())
            self.refunds.setdefault(refund_reference, (reference, done))
        return self.refunds[refund_reference][1]

    async def fetch_refund(self, reference: str, refund_reference: str) -> ProviderRefund:
        with self._on("fetch_refund"):
            unknown = ("", ProviderRefund(refund_reference, RefundState.UNKNOWN))
            return self.refunds.get(refund_reference, unknown)[1]

    def read_notice(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> PaymentNotice:
        signed = f"{headers.get('pay-timestamp', '')}\n{headers.get('pay-nonce', '')}\n".encode() + body
        right = hmac.new(PAY_SECRET, signed, "sha256").hexdigest()
        if not hmac.compare_digest(right.encode(), headers.get("pay-signature", "").encode()):
            raise NoticeRefused("bad_signature")
        said = json.loads(body)
        at = datetime.fromtimestamp(int(headers["pay-timestamp"]), UTC)
        amount = Money(amount=Decimal(said["amount"]), currency=said["currency"])
        return PaymentNotice(said["id"], said["reference"], said["kind"], amount, at)

    def answer_notice(self, *, taken: bool) -> NoticeAnswer:
        return NoticeAnswer(200 if taken else 503, b"{}", "application/json")

    async def fetch_statement(self, day: date) -> Sequence[StatementRow]:
        return []

    async def begin_agreement(self, reference: str, *, most_a_month: Money, return_url: str) -> Agreement:
        return Agreement(reference, "http://pay.example/sign", reference in self.signed)

    async def fetch_agreement(self, agreement_id: str) -> Agreement:
        return Agreement(agreement_id, None, agreement_id in self.signed)

    async def charge(self, agreement_id: str, wish: PaymentWish) -> ProviderPayment:
        with self._on("charge"):
            state = PaidState.PAID if agreement_id in self.signed else PaidState.REFUSED
            known = ProviderPayment(wish.reference, state, wish.amount, "P", self.now())
            self.payments.setdefault(wish.reference, known)
        return self._say(wish.reference)

    async def end_agreement(self, agreement_id: str) -> None:
        self.signed.discard(agreement_id)

    def _say(self, reference: str) -> ProviderPayment:
        known = self.payments.get(reference, ProviderPayment(reference, PaidState.UNKNOWN))
        return replace(known, amount=self.lies.get(reference, known.amount))

    def _change(self, reference: str, **changes: Any) -> None:
        self.payments[reference] = replace(self.payments[reference], **changes)

    def _on(self, operation: str) -> "_Attempt":
        return _Attempt(
            self.day.take(operation),
            partial(PaymentFault, "timeout"),
            PaymentFault("unavailable", outcome_unknown=False),
        )


@dataclass
class _Attempt:
    """Runs what is done in its block, and raises what the day has for it: before it, or after it."""

    what: str | None
    unknown: Any
    known: Exception

    def __enter__(self) -> None:
        if self.what == "lost":
            raise self.unknown(outcome_unknown=True)
        if self.what == "down":
            raise self.known

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if self.what == "dropped" and error is None:
            raise self.unknown(outcome_unknown=True)


class FakeBss:
    """Books money, once for a reference. ``own`` is what accounts have of their own."""

    def __init__(self, now: Any) -> None:
        self.now, self.day = now, BadDay()
        self.credits: dict[str, tuple[str, Credit]] = {}
        self.own: Counter[str] = Counter()
        self.closed: set[str] = set()
        self.arrears: dict[str, Decimal] = {}
        self.cards = {CARD: (Decimal(50), None), USED_CARD: (Decimal(0), "used")}
        self.lies: dict[str, Money] = {}
        self.effects: Counter[str] = Counter()

    def booked(self) -> Decimal:
        """What it got from us, less what it gave back."""
        return sum(self.own.values(), Decimal(0))

    async def top_up(self, reference: str, account_id: str, *, amount: Money) -> Credit:
        with self._on("top_up"):
            if reference not in self.credits and account_id not in self.closed:
                settled = min(self.arrears.get(account_id, Decimal(0)), amount.amount)
                self._book(reference, account_id, amount, settled)
            elif reference not in self.credits:
                self._refuse(reference, account_id, "accountClosed")
        return self._say(reference)

    async def redeem_voucher(self, reference: str, account_id: str, *, card: str) -> Credit:
        with self._on("redeem_voucher"):
            worth, reason = self.cards.get(card, (Decimal(0), "unknown"))
            if reference not in self.credits and reason is None:
                self.cards[card] = (Decimal(0), "used")
                self._book(reference, account_id, Money(amount=worth, currency="CNY"), Decimal(0))
            elif reference not in self.credits:
                self._refuse(reference, account_id, reason or "unknown")
        return self._say(reference)

    async def find_top_up(self, account_id: str, reference: str) -> Credit:
        with self._on("find_top_up"):
            return self._say(reference)

    async def take_back(self, reference: str, account_id: str, *, amount: Money) -> Credit:
        with self._on("take_back"):
            if reference not in self.credits and self.own[account_id] >= amount.amount:
                self._book(reference, account_id, Money(amount=-amount.amount, currency="CNY"), Decimal(0))
            elif reference not in self.credits:
                self._refuse(reference, account_id, "insufficient")
        return self._say(reference)

    async def find_take_back(self, account_id: str, reference: str) -> Credit:
        with self._on("find_take_back"):
            return self._say(reference)

    async def transfer(self, reference: str, account_id: str, to_account_id: str, *, amount: Money) -> Credit:
        with self._on("transfer"):
            if reference in self.credits:
                return self._say(reference)
            if {account_id, to_account_id} & self.closed:
                self._refuse(reference, account_id, "not_allowed")
            elif self.own[account_id] < amount.amount:
                self._refuse(reference, account_id, "insufficient")
            else:
                self._book(reference, to_account_id, amount, Decimal(0))
                self.own[account_id] -= amount.amount  # type: ignore[assignment]
        return self._say(reference)

    async def find_transfer(self, account_id: str, reference: str) -> Credit:
        with self._on("find_transfer"):
            return self._say(reference)

    async def fetch_booked(self, day: date) -> Sequence[BookedMoney]:
        return []

    def _book(self, reference: str, account_id: str, amount: Money, settled: Decimal) -> None:
        self.effects[reference] += 1
        self.own[account_id] += amount.amount  # type: ignore[assignment]
        arrears = Money(amount=settled, currency="CNY") if settled else None
        self.credits[reference] = (account_id, Credit(reference, CreditState.DONE, amount, arrears, self.now()))

    def _refuse(self, reference: str, account_id: str, reason: str) -> None:
        self.credits[reference] = (account_id, Credit(reference, CreditState.REFUSED, reason=reason))

    def _say(self, reference: str) -> Credit:
        if reference not in self.credits:
            return Credit(reference, CreditState.UNKNOWN)
        said = self.credits[reference][1]
        if reference in self.lies:
            return replace(said, amount=self.lies[reference])
        return said

    def _on(self, operation: str) -> _Attempt:
        known = BssFault("balance_unavailable", retryable=True)
        return _Attempt(self.day.take(operation), partial(BssFault, "balance_timeout", retryable=True), known)


@dataclass
class FiveTries:
    """Counts wrong cards in memory."""

    spent: Counter[str] = field(default_factory=Counter)
    limit: int = 5

    async def spend(self, connection: AsyncConnection, caller: Caller, line_id: str) -> CardTry:
        if self.spent[line_id] >= self.limit:
            raise Locked(until=NOW + timedelta(hours=12))
        self.spent[line_id] += 1
        return CardTry(self.limit - self.spent[line_id], line_id)

    async def give_back(self, connection: AsyncConnection, whose: str, *, tried_at: datetime) -> None:
        self.spent[whose] -= 1


class Shop:
    """A till over a database, with everybody around it, and a clock that stands still until it is moved."""

    def __init__(self, engine: AsyncEngine, **rules: Any) -> None:
        self.engine, self.moment = engine, NOW
        self.provider, self.bss = FakeProvider(self.now), FakeBss(self.now)
        self.operator, self.notices, self.tries = FakeOperator(), FakeNotices(), FiveTries()
        self.looked_up: list[Caller] = []
        self.crossed: list[str] = []
        self.announced: list[str] = []
        self.operator.put(
            line_of(NUMBER, "L1", account_id="A1"),
            line_of(OTHER, "L2", account_id="A2"),
            line_of("13800138003", "L3", state=LineState.CLOSED),
            line_of("13800138004", "L4", payer=Payer.ORGANIZATION),
            line_of("13800138005", "L5", state=LineState.PENDING),
        )
        self.till = self.make_till(rules=RechargeRules(**rules))
        self.recharges = SqlRecharges(self.till, self.fetch_reconciliations)
        self.callbacks = PaymentNotices(self.till)
        self.work = PaymentWork(self.till)

    def make_till(self, **changes: Any) -> Till:
        chosen: dict[str, Any] = {
            "transaction": partial(write, self.engine),
            "reading": partial(read, self.engine),
            "lines": self.operator,
            "money": self.bss,
            "providers": {RechargeSource.SANDBOX: self.provider},
            "agreements": {RechargeSource.SANDBOX: self.provider},
            "teller": self.notices,
            "tries": self.tries,
            "seal": Seal(secret=SECRET, purpose="recharge"),
            "spell": parse_number,
            "lookups": self.count_lookup,
            "now": self.now,
            "pages": "https://hall.example.com",
            "notice_url": lambda source: f"https://hall.example.com/payments/{source.value}/notice",
            "secret": SECRET,
            "announce": self.announce,
            "cross": self.crossed.append,
        }
        return Till(**(chosen | changes))

    def now(self) -> datetime:
        return self.moment

    def advance(self, **time: float) -> None:
        self.moment += timedelta(**time)

    async def count_lookup(self, caller: Caller) -> None:
        self.looked_up.append(caller)
        if len(self.looked_up) > 1000:
            raise TooMany(most=1000)

    async def announce(self, line_id: str) -> None:
        self.announced.append(line_id)

    async def fetch_reconciliations(self, day: date) -> Sequence[Reconciliation]:
        return []

    async def start(
        self,
        deed: str = "D1",
        amount: str | int = 50,
        *,
        number: str | None = None,
        caller: Caller = OWNER,
        **more: Any,
    ) -> RechargeStarted:
        source, way = more.pop("source", RechargeSource.SANDBOX), more.pop("way", PayWay.PAGE)
        return await self.recharges.start(Deed(deed, caller), number, yuan(amount), source, way)

    async def started_and_paid(self, deed: str = "D1", amount: str | int = 50, **more: Any) -> None:
        await self.start(deed, amount, **more)
        self.provider.pay(deed)

    async def see(self, recharge_id: str = "D1") -> Any:
        return await self.recharges.fetch_one(recharge_id)

    async def settle(self, *, rounds: int = 12) -> None:
        """Time passes, and the workers work."""
        for _ in range(rounds):
            await self.work.work_on_payments()
            self.advance(minutes=3)
        await self.work.work_on_payments()

    async def balances(self) -> dict[str, int]:
        async with read(self.engine) as connection:
            return {name: fen for name, fen in (await fetch_balances(connection)).items() if fen}

    async def count(self, table: Table) -> int:
        async with read(self.engine) as connection:
            return (await connection.execute(select(func.count()).select_from(table))).scalar_one()

    def sign(self, said: Mapping[str, Any] | bytes, *, at: datetime | None = None) -> tuple[dict[str, str], bytes]:
        """A notice as the provider posts it: headers and body."""
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        stamp, nonce = str(int((at or self.moment).timestamp())), secrets.token_hex(8)
        signature = hmac.new(PAY_SECRET, f"{stamp}\n{nonce}\n".encode() + body, "sha256").hexdigest()
        return {"pay-timestamp": stamp, "pay-nonce": nonce, "pay-signature": signature}, body

    async def notify(self, reference: str = "D1", *, at: datetime | None = None, **changes: Any) -> int:
        """Posts what the provider would say of a paid payment; the status that it hears."""
        said = {
            "id": f"N-{reference}",
            "kind": "payment",
            "reference": reference,
            "state": "paid",
            "amount": "50.00",
            "currency": "CNY",
            "at": self.moment.isoformat(),
        }
        headers, body = self.sign(said | changes, at=at)
        return (await self.callbacks.take(RechargeSource.SANDBOX, headers, body)).status


def _is_paid(payment: ProviderPayment) -> bool:
    return payment.state is PaidState.PAID and payment.amount is not None


def _is_done(refund: ProviderRefund) -> bool:
    return refund.state is RefundState.DONE and refund.amount is not None


async def gather_in_turns(deeds: Iterable[Awaitable[T]], *, at_once: int = 16) -> list[T]:
    """All of them at once, as many as a server lets in: the others wait at its door and not for a connection."""
    door = asyncio.Semaphore(at_once)

    async def enter(deed: Awaitable[T]) -> T:
        async with door:
            return await deed

    return await asyncio.gather(*(enter(deed) for deed in deeds))
