"""Does a customer hear of what matters, most urgent first, and of nothing else?"""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from graphql_schema.queries.attention import KnownFacts, decide_attention
from graphql_schema.types.account import AccountKind, AccountState
from graphql_schema.types.attention import Attention, AttentionCode
from graphql_schema.types.bill import Bill
from graphql_schema.types.bucket import BucketScope, UsageType
from graphql_schema.types.line import LineState
from tests.fakes.ports import (
    GIB,
    NOW,
    make_account,
    make_balance,
    make_bill,
    make_bucket,
    make_line,
    make_package,
    yuan,
)

PREPAID: dict[str, Any] = {"kind": AccountKind.PREPAID, "owed": yuan("0"), "due_on": None}
VOICE: dict[str, Any] = {"usage_type": UsageType.VOICE}


def open_bill(due_on: date | None, remaining: str = "86.50") -> Bill:
    return replace(make_bill(10), id=f"due {due_on}", due_on=due_on, remaining=yuan(remaining))


def codes(facts: KnownFacts, now: datetime = NOW) -> list[AttentionCode]:
    return [attention.code for attention in decide_attention(facts, now=now)]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (KnownFacts(), []),
        (KnownFacts(line=make_line()), []),
        (KnownFacts(line=make_line(state=LineState.SUSPENDED)), [AttentionCode.LINE_SUSPENDED]),
        (KnownFacts(line=make_line(state=LineState.OUTGOING_BARRED)), [AttentionCode.LINE_OUTGOING_BARRED]),
        (KnownFacts(account=make_account(due_on=date(2026, 11, 23))), [AttentionCode.BILL_DUE]),
        (KnownFacts(account=make_account(due_on=date(2026, 11, 24))), []),
        (KnownFacts(account=make_account(owed=yuan("0.00"))), []),
        (KnownFacts(account=make_account(due_on=None)), []),
        (KnownFacts(account=make_account(state=AccountState.PAST_DUE)), [AttentionCode.BILL_OVERDUE]),
        (KnownFacts(account=make_account(), bills=()), []),
        (KnownFacts(bills=[make_bill(8), make_bill(9)]), []),
        (KnownFacts(bills=[make_bill(10)]), [AttentionCode.BILL_DUE]),
        (KnownFacts(bills=[open_bill(date(2026, 11, 23))]), [AttentionCode.BILL_DUE]),
        (KnownFacts(bills=[open_bill(date(2026, 11, 24))]), []),
        (KnownFacts(bills=[open_bill(date(2026, 11, 16))]), [AttentionCode.BILL_DUE]),  # the day itself is in time
        (KnownFacts(bills=[open_bill(date(2026, 11, 15))]), [AttentionCode.BILL_OVERDUE]),
        (KnownFacts(bills=[open_bill(None)]), []),
        (KnownFacts(account=make_account(**PREPAID), balance=make_balance("9.99")), [AttentionCode.BALANCE_LOW]),
        (KnownFacts(account=make_account(**PREPAID), balance=make_balance("10.00")), []),
        (KnownFacts(account=make_account(owed=yuan("0")), balance=make_balance("3.20")), []),
        (KnownFacts(balance=make_balance("3.20")), []),  # prepaid or not: unknown, so it is not claimed
        (KnownFacts(buckets=[make_bucket(799, 1000)]), []),
        (KnownFacts(buckets=[make_bucket(800, 1000)]), [AttentionCode.ALLOWANCE_LOW]),
        (KnownFacts(buckets=[make_bucket(1000, 1000)]), [AttentionCode.ALLOWANCE_GONE]),
        (KnownFacts(buckets=[make_bucket(1000, 1000), make_bucket(0, 1000)]), []),
        (KnownFacts(buckets=[make_bucket(1000, 1000, scope=BucketScope.DEDICATED)]), []),
        (KnownFacts(buckets=[make_bucket(30 * GIB, None, throttled=True)]), [AttentionCode.THROTTLED]),
        (KnownFacts(buckets=[make_bucket(1000, 1000), make_bucket(5, None)]), []),
        (KnownFacts(buckets=[make_bucket(0, 0)]), []),
        (KnownFacts(packages=[make_package(contract_until=date(2026, 12, 16))]), [AttentionCode.CONTRACT_ENDING]),
        (KnownFacts(packages=[make_package(contract_until=date(2026, 12, 17))]), []),
        (KnownFacts(packages=[make_package(contract_until=date(2026, 11, 15))]), []),
    ],
)
def test_each_rule_by_itself(facts: KnownFacts, expected: list[AttentionCode]) -> None:
    assert codes(facts) == expected


def test_everything_at_once_comes_most_urgent_first() -> None:
    facts = KnownFacts(
        line=make_line(state=LineState.OUTGOING_BARRED),
        account=make_account(state=AccountState.PAST_DUE, kind=AccountKind.PREPAID),
        bills=[open_bill(date(2026, 11, 1), "113.37")],
        balance=make_balance("0.00"),
        buckets=[
            make_bucket(800, 1000, usage_type=UsageType.SMS),
            make_bucket(30 * GIB, None, throttled=True),
            make_bucket(600, 600, **VOICE),
        ],
        packages=[make_package(contract_until=date(2026, 11, 30))],
    )
    assert decide_attention(facts, now=NOW) == [
        Attention(code=AttentionCode.LINE_OUTGOING_BARRED),
        Attention(code=AttentionCode.BILL_OVERDUE, amount=yuan("113.37"), on=date(2026, 11, 1)),
        Attention(code=AttentionCode.BALANCE_LOW, amount=yuan("0.00")),
        Attention(code=AttentionCode.ALLOWANCE_GONE, usage_type=UsageType.VOICE, share_used=Decimal("1.0000")),
        Attention(code=AttentionCode.THROTTLED, usage_type=UsageType.DATA),
        Attention(code=AttentionCode.ALLOWANCE_LOW, usage_type=UsageType.SMS, share_used=Decimal("0.8000")),
        Attention(code=AttentionCode.CONTRACT_ENDING, on=date(2026, 11, 30)),
    ]


def test_only_what_is_overdue_is_called_overdue_and_the_rest_is_due_on_its_own_day() -> None:
    account = make_account(state=AccountState.PAST_DUE, owed=yuan("361.04"))
    bills = [
        open_bill(date(2026, 12, 1), "161.04"),
        open_bill(date(2026, 11, 20), "86.50"),
        open_bill(date(2026, 11, 1), "73.50"),
        open_bill(date(2026, 10, 1), "40.00"),
        open_bill(date(2026, 9, 1), "0.00"),
    ]
    assert decide_attention(KnownFacts(account=account, bills=bills), now=NOW) == [
        Attention(code=AttentionCode.BILL_OVERDUE, amount=yuan("113.50"), on=date(2026, 10, 1)),
        Attention(code=AttentionCode.BILL_DUE, amount=yuan("86.50"), on=date(2026, 11, 20)),
    ]


def test_without_the_bills_no_amount_is_called_overdue() -> None:
    known = KnownFacts(account=make_account(state=AccountState.PAST_DUE))
    assert decide_attention(known, now=NOW) == [Attention(code=AttentionCode.BILL_OVERDUE, on=date(2026, 11, 20))]


def test_a_day_begins_in_shanghai() -> None:
    facts = KnownFacts(account=make_account(due_on=date(2026, 11, 24)))
    assert codes(facts, datetime(2026, 11, 16, 15, 59, tzinfo=UTC)) == []
    assert codes(facts, datetime(2026, 11, 16, 16, 0, tzinfo=UTC)) == [AttentionCode.BILL_DUE]
