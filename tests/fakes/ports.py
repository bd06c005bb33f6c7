"""What do ports answer in tests? Facts of one made-up subscriber, with every call counted and any of them breakable."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from graphql_schema.ports import BillsReading, BssFault, Ports, UsageReading
from graphql_schema.types.account import Account, AccountKind, AccountState, Balance, MoneyKind, SubBalance
from graphql_schema.types.bill import (
    Bill,
    BillCategory,
    BillState,
    ChargeKind,
    CurrentCharges,
    ItemizedBill,
    Payment,
    RatedLine,
    Subject,
    SubjectCode,
)
from graphql_schema.types.bucket import Bucket, BucketOrigin, BucketScope, UsageType
from graphql_schema.types.inbox import InboxMessage, InboxTopic
from graphql_schema.types.line import FamilyRole, Line, LineKind, LineState, Payer, mask_number
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.money import Money
from graphql_schema.types.package import Package, PackageKind, PackageState
from graphql_schema.types.scalar import Long
from tests.fakes.deal_ports import FakeMoney, FakeOrders, FakeSwitches
from tests.fakes.identity import FakeIdentity
from tests.fakes.loyalty_desk import FakeLoyaltyDesk
from tests.fakes.loyalty_ports import FakeLoyalty
from tests.fakes.money_ports import FakeBrakes, FakeExports, FakePromises, FakeShares, FakeTickets, FakeUse

T = TypeVar("T")
LINE_ID, ACCOUNT_ID, NUMBER = "L1", "A1", "13800138001"
NOW = datetime(2026, 11, 16, 4, 0, tzinfo=UTC)
AS_OF = datetime(2026, 11, 16, 3, 59, 30, tzinfo=UTC)
CYCLE_START, CYCLE_END = datetime(2026, 10, 31, 16, tzinfo=UTC), datetime(2026, 11, 30, 16, tzinfo=UTC)
GIB = 1024**3
DATED: dict[str, Any] = {"as_of": AS_OF, "stale": False}


def yuan(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="CNY")


def make_line(**changes: Any) -> Line:
    facts: dict[str, Any] = {
        "id": LINE_ID,
        "number": NUMBER,
        "masked_number": mask_number(NUMBER),
        "kind": LineKind.MOBILE,
        "state": LineState.ACTIVE,
        "family_role": FamilyRole.NONE,
        "payer": Payer.SELF,
        "account_id": ACCOUNT_ID,
        "customer_id": "C1",
    }
    return Line(**(DATED | facts | changes))


def make_account(**changes: Any) -> Account:
    facts: dict[str, Any] = {
        "id": ACCOUNT_ID,
        "kind": AccountKind.POSTPAID,
        "state": AccountState.ACTIVE,
        "owed": yuan("86.50"),
        "due_on": date(2026, 11, 20),
        "credit_limit": None,
    }
    return Account(**(DATED | facts | changes))


def make_balance(available: str = "120.00") -> Balance:
    pot = SubBalance(
        id="P1", kind=MoneyKind.OWN, remaining=yuan(available), valid_until=None, usable_for=[], releases=[]
    )
    return Balance(**DATED, available=yuan(available), sub_balances=[pot])


def make_bucket(used: int = 4 * GIB, total: int | None = 10 * GIB, **changes: Any) -> Bucket:
    facts: dict[str, Any] = {
        "id": "K1",
        "name": LocalizedText(zh="国内流量", en="National data"),
        "usage_type": UsageType.DATA,
        "scope": BucketScope.GENERAL,
        "origin": BucketOrigin.PLAN,
        "shared": False,
        "total": total,
        "used": used,
        "used_by_line": used,
        "remaining": None if total is None else Long(max(total - used, 0)),
        "throttle_after": None,
        "throttled": False,
        "valid_until": CYCLE_END,
        "members": [],
    }
    return Bucket(**(DATED | facts | changes))


def make_usage(*buckets: Bucket) -> UsageReading:
    return UsageReading(buckets=buckets, cycle_start=CYCLE_START, cycle_end=CYCLE_END, as_of=AS_OF, stale=False)


def make_bill(month: int) -> Bill:
    return Bill(
        **DATED,
        id=f"B{month}",
        number=f"2026{month:02}0001",
        category=BillCategory.NORMAL,
        refers_to=None,
        period_start=date(2026, month, 1),
        period_end=date(2026, month + 1, 1),
        issued_on=date(2026, month + 1, 1),
        due_on=date(2026, month + 1, 20),
        state=BillState.SENT if month == 10 else BillState.SETTLED,
        total=yuan("86.50"),
        remaining=yuan("86.50" if month == 10 else "0.00"),
    )


def make_subject() -> Subject:
    name = LocalizedText(zh="月租费", en="Monthly fee")
    rated = [
        RatedLine(
            id="R1",
            name=name,
            amount=yuan("86.495"),
            number=NUMBER,
            line_kind=LineKind.MOBILE,
            kind=ChargeKind.RECURRING,
            product_id="H1",
            tariff=None,
            roaming=False,
        )
    ]
    return Subject(code=SubjectCode.MONTHLY_FEE, total=yuan("86.50"), rated_lines=rated)


def make_charges() -> CurrentCharges:
    return CurrentCharges(
        **DATED,
        total=yuan("43.10"),
        period_start=date(2026, 11, 1),
        period_end=date(2026, 12, 1),
        subjects=[make_subject()],
    )


def make_package(**changes: Any) -> Package:
    facts: dict[str, Any] = {
        "id": "H1",
        "offering_id": "plan-59",
        "name": LocalizedText(zh="畅享59", en="Enjoy 59"),
        "kind": PackageKind.PLAN,
        "state": PackageState.ACTIVE,
        "monthly_fee": yuan("59.00"),
        "since": date(2025, 1, 1),
        "until": None,
        "contract_until": None,
    }
    return Package(**(DATED | facts | changes))


def make_message(number: int, percent: int = 80) -> InboxMessage:
    return InboxMessage(
        id=str(number),
        topic=InboxTopic.USAGE_THRESHOLD,
        raised_at=AS_OF,
        usage_type=UsageType.DATA,
        percent=percent,
        used=Long(8 * GIB),
        total=Long(10 * GIB),
    )


@dataclass
class FakeBss:
    """Stands behind every port. ``broken`` names calls that fault, ``slow`` those that never answer."""

    line: Line | None = field(default_factory=make_line)
    account: Account = field(default_factory=make_account)
    balance: Balance = field(default_factory=make_balance)
    usage: UsageReading = field(default_factory=lambda: make_usage(make_bucket()))
    packages: list[Package] = field(default_factory=lambda: [make_package()])
    bills: tuple[Bill, ...] = tuple(make_bill(month) for month in range(10, 4, -1))
    charges: CurrentCharges = field(default_factory=make_charges)
    now_is: datetime = NOW
    broken: dict[str, Exception] = field(default_factory=dict)
    slow: set[str] = field(default_factory=set)
    calls: Counter[str] = field(default_factory=Counter)
    at_once: int = 0
    at_once_most: int = 0
    changed: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    messages: list[InboxMessage] = field(default_factory=lambda: [make_message(1)])
    identity: FakeIdentity = field(default_factory=FakeIdentity)
    use: FakeUse = field(default_factory=FakeUse)
    tickets: FakeTickets = field(default_factory=FakeTickets)
    brakes: FakeBrakes = field(default_factory=FakeBrakes)
    promises: FakePromises = field(default_factory=FakePromises)
    exports: FakeExports = field(default_factory=FakeExports)
    shares: FakeShares = field(default_factory=FakeShares)
    deals: FakeOrders = field(default_factory=FakeOrders)
    switches: FakeSwitches = field(default_factory=FakeSwitches)
    money: FakeMoney = field(default_factory=FakeMoney)
    loyalty: FakeLoyalty = field(default_factory=FakeLoyalty)
    loyalty_desk: FakeLoyaltyDesk = field(default_factory=FakeLoyaltyDesk)

    def ports(self) -> Ports:
        return Ports(
            lines=self,
            accounts=self,
            usage=self,
            bills=self,
            usage_history=self.use,
            call_records=self.use,
            tickets=self.tickets,
            brakes=self.brakes,
            promises=self.promises,
            exports=self.exports,
            shares=self.shares,
            catalogue=self.deals,
            qualifications=self.deals,
            line_services=self.deals,
            order_desk=self.deals,
            switches=self.switches,
            recharges=self.money,
            auto_recharges=self.money,
            transfers=self.money,
            points=self.loyalty,
            rewards=self.loyalty,
            promotions=self.loyalty,
            referrals=self.loyalty,
            loyalty_desk=self.loyalty_desk,
            clock=self,
            wake_ups=self,
            inbox=self,
            identity=self.identity.ports(),
            cursor_key=b"the cursors of these tests",
        )

    def break_system(self, *calls: str, code: str) -> None:
        self.broken |= dict.fromkeys(calls, BssFault(code, retryable=True))

    async def find_line(self, number: str) -> Line | None:
        return await self._answer("find_line", lambda: self.line if number == NUMBER else None)

    async def fetch_line(self, line_id: str) -> Line | None:
        return await self._answer("fetch_line", lambda: self.line if line_id == LINE_ID else None)

    async def fetch_lines_of_customer(self, customer_id: str) -> list[Line]:
        return await self._answer("fetch_lines_of_customer", lambda: [self.line] if self.line else [])

    async def fetch_lines_of_account(self, account_id: str) -> list[Line]:
        return await self._answer("fetch_lines_of_account", lambda: [self.line] if self.line else [])

    async def fetch_packages(self, line_id: str) -> list[Package]:
        return await self._answer("fetch_packages", lambda: list(self.packages))

    async def fetch_account(self, account_id: str) -> Account:
        return await self._answer("fetch_account", lambda: self.account)

    async def fetch_balance(self, account_id: str) -> Balance:
        return await self._answer("fetch_balance", lambda: self.balance)

    async def fetch_usage(self, line_id: str) -> UsageReading:
        return await self._answer("fetch_usage", lambda: self.usage)

    async def fetch_bills(self, account_id: str) -> BillsReading:
        return await self._answer("fetch_bills", lambda: BillsReading(bills=self.bills, as_of=AS_OF, stale=False))

    async def fetch_bill(self, account_id: str, bill_id: str) -> ItemizedBill | None:
        return await self._answer("fetch_bill", lambda: self._itemize(bill_id))

    async def fetch_current_charges(self, account_id: str) -> CurrentCharges:
        return await self._answer("fetch_current_charges", lambda: self.charges)

    async def fetch_messages(self, line_id: str, *, after: int, limit: int) -> Sequence[InboxMessage]:
        newest = [message for message in reversed(self.messages) if int(message.id) > after]
        return await self._answer("fetch_messages", lambda: newest[:limit])

    def now(self) -> datetime:
        return self.now_is

    async def announce(self, subscriber: str) -> None:
        await self.changed.put(subscriber)

    async def listen(self, subscriber: str) -> AsyncIterator[None]:
        while True:
            await self.changed.get()
            yield

    def _itemize(self, bill_id: str) -> ItemizedBill | None:
        bill = next((bill for bill in self.bills if bill.id == bill_id), None)
        payments = [Payment(id="Y1", amount=yuan("10.00"), paid_at=AS_OF)]
        return bill and ItemizedBill(**DATED, bill=bill, subjects=[make_subject()], payments=payments, credit_notes=[])

    async def _answer(self, call: str, fact: Callable[[], T]) -> T:
        self.calls[call] += 1
        self.at_once += 1
        self.at_once_most = max(self.at_once_most, self.at_once)
        try:
            await asyncio.sleep(3600 if call in self.slow else 0)
            if call in self.broken:
                raise self.broken[call]
            return fact()
        finally:
            self.at_once -= 1
