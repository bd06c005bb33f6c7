"""What should the customer look at now?"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from graphql_schema.queries.owed import is_owed
from graphql_schema.queries.pace import general_buckets, is_gone, share_of_total
from graphql_schema.types.account import Account, AccountKind, AccountState, Balance
from graphql_schema.types.attention import Attention, AttentionCode
from graphql_schema.types.bill import Bill
from graphql_schema.types.bucket import Bucket, UsageType
from graphql_schema.types.line import Line, LineState
from graphql_schema.types.money import Money
from graphql_schema.types.package import Package

BUSINESS_ZONE = ZoneInfo("Asia/Shanghai")
"""Where a business day begins and ends."""


@dataclass(frozen=True, slots=True)
class AttentionLimits:
    """From where on something needs attention (our choice, after the domain page §9)."""

    balance_low: Decimal = Decimal("10.00")  # the smallest recharge on offer
    allowance_low: Decimal = Decimal("0.80")  # the second usage alert
    bill_due_within: timedelta = timedelta(days=7)  # one payday week
    contract_ending_within: timedelta = timedelta(days=30)  # one cycle, so that a change can be made in time


@dataclass(frozen=True, slots=True)
class KnownFacts:
    """What could be learnt about a line; None is what could not: its own section says why.

    ``disputed`` is how much of a bill's open rest is a third party's charge in dispute, by the bill's id.
    """

    line: Line | None = None
    account: Account | None = None
    bills: Sequence[Bill] | None = None
    balance: Balance | None = None
    buckets: Sequence[Bucket] | None = None
    packages: Sequence[Package] | None = None
    disputed: Mapping[str, Decimal] = field(default_factory=dict)


def decide_attention(
    facts: KnownFacts, *, now: datetime, limits: AttentionLimits = AttentionLimits()
) -> list[Attention]:
    """Everything to look at, most urgent first (the order of AttentionCode). ``now`` is aware."""
    today = now.astimezone(BUSINESS_ZONE).date()
    found = [
        *_of_line(facts.line),
        *_of_money_owed(facts, today, limits),
        *_of_balance(facts.account, facts.balance, limits),
        *_of_buckets(facts.buckets or (), limits),
        *_of_packages(facts.packages or (), today, limits),
    ]
    urgency = list(AttentionCode)
    return sorted(found, key=lambda attention: urgency.index(attention.code))


def _of_line(line: Line | None) -> Iterator[Attention]:
    if line is not None and line.state is LineState.SUSPENDED:
        yield Attention(code=AttentionCode.LINE_SUSPENDED)
    if line is not None and line.state is LineState.OUTGOING_BARRED:
        yield Attention(code=AttentionCode.LINE_OUTGOING_BARRED)


def _of_money_owed(facts: KnownFacts, today: date, limits: AttentionLimits) -> Iterator[Attention]:
    if facts.bills is None:
        yield from _of_account(facts.account, today, limits)
        return
    open_bills = [bill for bill in facts.bills if is_owed(bill) and not _is_all_disputed(bill, facts.disputed)]
    overdue = [bill for bill in open_bills if _is_due(bill, date.min, today - timedelta(days=1))]
    due_soon = [bill for bill in open_bills if _is_due(bill, today, today + limits.bill_due_within)]
    for code, bills in ((AttentionCode.BILL_OVERDUE, overdue), (AttentionCode.BILL_DUE, due_soon)):
        if bills:
            amount = sum((bill.remaining.amount for bill in bills), Decimal(0))
            owed = Money(amount=amount, currency=bills[0].remaining.currency)
            yield Attention(code=code, amount=owed, on=min(bill.due_on for bill in bills if bill.due_on))


def _is_all_disputed(bill: Bill, disputed: Mapping[str, Decimal]) -> bool:
    """What third parties charged never leads to suspension while it is in dispute (domain page §4)."""
    return bill.remaining.amount <= disputed.get(bill.id, Decimal(0))


def _is_due(bill: Bill, first: date, last: date) -> bool:
    """Whether its last day to pay, which is still in time, is one of these days."""
    return bill.due_on is not None and first <= bill.due_on <= last


def _of_account(account: Account | None, today: date, limits: AttentionLimits) -> Iterator[Attention]:
    """Without the bills: the account knows what is owed in all, but not how much of that is overdue."""
    if account is None or account.owed.amount <= 0:
        return
    if account.state is AccountState.PAST_DUE:
        yield Attention(code=AttentionCode.BILL_OVERDUE, on=account.due_on)
    elif account.due_on is not None and account.due_on <= today + limits.bill_due_within:
        yield Attention(code=AttentionCode.BILL_DUE, amount=account.owed, on=account.due_on)


def _of_balance(account: Account | None, balance: Balance | None, limits: AttentionLimits) -> Iterator[Attention]:
    if account is None or balance is None or account.kind is not AccountKind.PREPAID:
        return
    if balance.available.amount < limits.balance_low:
        yield Attention(code=AttentionCode.BALANCE_LOW, amount=balance.available)


def _of_buckets(buckets: Iterable[Bucket], limits: AttentionLimits) -> Iterator[Attention]:
    held = list(buckets)
    for usage_type in UsageType:
        general = general_buckets(held, usage_type)
        share_used = share_of_total(general)
        if any(bucket.throttled for bucket in general):
            yield Attention(code=AttentionCode.THROTTLED, usage_type=usage_type, share_used=share_used)
        elif is_gone(general):
            yield Attention(code=AttentionCode.ALLOWANCE_GONE, usage_type=usage_type, share_used=share_used)
        elif share_used is not None and share_used >= limits.allowance_low and not _has_unlimited(general):
            yield Attention(code=AttentionCode.ALLOWANCE_LOW, usage_type=usage_type, share_used=share_used)


def _has_unlimited(buckets: Iterable[Bucket]) -> bool:
    return any(bucket.total is None for bucket in buckets)


def _of_packages(packages: Iterable[Package], today: date, limits: AttentionLimits) -> Iterator[Attention]:
    for package in packages:
        ends_on = package.contract_until
        if ends_on is not None and today <= ends_on <= today + limits.contract_ending_within:
            yield Attention(code=AttentionCode.CONTRACT_ENDING, on=ends_on)
