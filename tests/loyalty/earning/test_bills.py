"""Does a bill earn once, when it is paid, for the line that paid it?"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import read, write
from graphql_schema.loyalty_ports import LoyaltyCustomer
from graphql_schema.types.bill import BillCategory, BillState, ItemizedBill, Payment
from graphql_schema.types.bill_event import BillEvent
from graphql_schema.types.line import FamilyRole, Line, LineState, Payer
from graphql_schema.types.money import Money
from loyalty.earning.bills import BillEarnings, Books, PaidBill
from loyalty.points.policies import MONTHS_36, EarningPolicy, TierPolicy
from loyalty.points.tiers import fetch_tier
from loyalty.points_tables import points_account, points_posting
from loyalty.tables import metadata
from tests.fakes.operator import line_of
from tests.fakes.ports import make_bill

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
EARNINGS = (EarningPolicy(date(2020, 1, 1), on_time=20, tenure=((12, 5), (36, 15))),)
TIERS = (TierPolicy("t", date(2020, 1, 1), (20_000, 80_000, 150_000, 300_000, 600_000)),)


@dataclass
class Operator:
    """One account, its lines and its bill."""

    lines: list[Line] = field(default_factory=lambda: [line_of("13800138001", "L1", account_id="A1")])
    bill: ItemizedBill | None = None
    since: date = date(2024, 3, 9)
    looked: int = 0

    async def fetch_lines_of_account(self, account_id: str) -> list[Line]:
        return self.lines

    async def fetch_bill(self, account_id: str, bill_id: str) -> ItemizedBill | None:
        self.looked += 1
        return self.bill

    async def fetch_customer(self, line_id: str) -> LoyaltyCustomer | None:
        return LoyaltyCustomer(
            line_id=line_id,
            account_id="A1",
            customer_id="C1",
            since=self.since,
            package=None,
            region=None,
            birthday=None,
            suspended=False,
            owes=False,
            real_name=True,
            arrears_free_months=0,
        )


@dataclass
class House:
    engine: AsyncEngine
    operator: Operator = field(default_factory=Operator)
    now: datetime = NOW
    heard: list[PaidBill] = field(default_factory=list)
    is_here: bool = True

    def earnings(self) -> BillEarnings:
        async def hear(_: AsyncConnection, paid: PaidBill) -> None:
            self.heard.append(paid)

        return BillEarnings(
            Books(
                transaction=partial(write, self.engine),
                reading=partial(read, self.engine),
                lines=self.operator,  # type: ignore[arg-type]
                bills=self.operator,  # type: ignore[arg-type]
                customers=self.operator,  # type: ignore[arg-type]
                lots=(MONTHS_36,) if self.is_here else None,
                earnings=EARNINGS,
                tiers=TIERS,
                now=lambda: self.now,
                told=(hear,),
            )
        )

    async def balance(self, line_id: str = "L1") -> int:
        async with read(self.engine) as connection:
            mine = select(points_account.c.balance).where(points_account.c.line_id == line_id)
            return (await connection.execute(mine)).scalar() or 0


@pytest.fixture
async def house(engine: AsyncEngine) -> House:
    async with write(engine) as connection:
        await connection.run_sync(metadata.create_all)
    return House(engine)


def paid(*amounts: str, on: date = date(2026, 11, 20), total: str = "86.50") -> ItemizedBill:
    """A bill of October, due on the 25th, with these payments."""
    at = datetime(on.year, on.month, on.day, 3, tzinfo=UTC)
    left = Decimal(total) - sum(map(Decimal, amounts), Decimal())
    bill = replace(
        make_bill(10),
        id="B1",
        period_start=date(2026, 10, 1),
        due_on=date(2026, 11, 25),
        state=BillState.SENT,
        total=Money(amount=Decimal(total), currency="CNY"),
        remaining=Money(amount=left, currency="CNY"),
    )
    payments = [
        Payment(id=str(place), amount=Money(amount=Decimal(amount), currency="CNY"), paid_at=at)
        for place, amount in enumerate(amounts)
    ]
    return ItemizedBill(bill=bill, subjects=[], payments=payments, credit_notes=[], as_of=NOW, stale=False)


ISSUED = BillEvent(id="B1", account_id="A1", category=BillCategory.NORMAL)


async def test_a_bill_earns_when_it_is_paid_and_once(house: House) -> None:
    house.operator.bill = paid()
    earnings = house.earnings()
    await earnings.watch(ISSUED)
    await earnings.work()
    assert await house.balance() == 0
    house.operator.bill = paid("86.50")
    assert await earnings.work() == 0, "it is looked at once a day"
    house.now += timedelta(days=1)
    await earnings.work()
    assert await house.balance() == 87 + 20 + 5, "rounded up, in time, and for two years"
    for _ in range(3):
        house.now += timedelta(days=1)
        await earnings.watch(ISSUED)
        assert await earnings.work() == 0
    assert await house.balance() == 112
    assert [(each.id, each.paid_fen, each.in_time, each.month.text) for each in house.heard] == [
        ("B1", 8650, True, "2026-10")
    ]


@pytest.mark.parametrize(
    ("bill", "points"),
    [
        (paid("50", "36.50"), 87 + 20 + 5),
        (paid("86.50", on=date(2026, 11, 26)), 87 + 5),
        (paid("86.50", on=date(2026, 11, 25)), 87 + 20 + 5),
        (paid("100"), 87 + 20 + 5),
        (paid(total="0"), 0),
        (paid("0.01", total="0.01"), 1 + 20 + 5),
    ],
    ids=["in parts", "a day late", "on its last day", "more than asked for", "nothing to pay", "a fen"],
)
async def test_what_a_bill_earns(house: House, bill: ItemizedBill, points: int) -> None:
    house.operator.bill = bill
    earnings = house.earnings()
    await earnings.watch(ISSUED)
    await earnings.work()
    assert await house.balance() == points


def lines(*of: tuple[str, Payer, FamilyRole, LineState]) -> Sequence[Line]:
    return [
        replace(line_of(f"1380013800{place}", name, account_id="A1"), payer=payer, family_role=role, state=state)
        for place, (name, payer, role, state) in enumerate(of)
    ]


@pytest.mark.parametrize(
    ("owners", "winner"),
    [
        ([("L1", Payer.ORGANIZATION, FamilyRole.NONE, LineState.ACTIVE)], None),
        ([("L1", Payer.SELF, FamilyRole.NONE, LineState.CLOSED)], None),
        (
            [
                ("L1", Payer.FAMILY, FamilyRole.SECONDARY, LineState.ACTIVE),
                ("L2", Payer.SELF, FamilyRole.MAIN, LineState.ACTIVE),
            ],
            "L2",
        ),
        (
            [
                ("L1", Payer.SELF, FamilyRole.NONE, LineState.ACTIVE),
                ("L2", Payer.SELF, FamilyRole.MAIN, LineState.ACTIVE),
            ],
            "L2",
        ),
    ],
)
async def test_the_line_that_pays_earns(
    house: House, owners: Sequence[tuple[str, Payer, FamilyRole, LineState]], winner: str | None
) -> None:
    house.operator.lines, house.operator.bill = list(lines(*owners)), paid("86.50")
    earnings = house.earnings()
    await earnings.watch(ISSUED)
    await earnings.work()
    assert {name for name, *_ in owners if await house.balance(name)} == ({winner} if winner else set())
    house.now += timedelta(days=2)
    assert await earnings.work() == 0, "nobody looks at it again"


async def test_stars_multiply_the_bills_after_the_one_that_won_them(house: House) -> None:
    house.operator.bill = paid("250", total="250")
    earnings = house.earnings()
    await earnings.watch(ISSUED)
    await earnings.work()
    first = await house.balance()
    house.operator.bill = replace(paid("100", total="100"), bill=replace(paid("100", total="100").bill, id="B2"))
    await earnings.watch(replace(ISSUED, id="B2"))
    await earnings.work()
    assert (first, await house.balance() - first) == (375 + 25, 150 + 25), "its own rating counts where there was none"


async def test_a_bill_that_nobody_pays_is_given_up(house: House) -> None:
    house.operator.bill = paid("10")
    earnings = house.earnings()
    await earnings.watch(ISSUED)
    looks = 0
    for _ in range(200):
        looks += await earnings.work()
        house.now += timedelta(days=1)
    assert looks == 184
    assert await house.balance() == 0


@pytest.mark.parametrize("category", [BillCategory.INTERIM, BillCategory.DUPLICATE, BillCategory.CREDIT_NOTE])
async def test_what_is_no_month_s_bill_earns_nothing(house: House, category: BillCategory) -> None:
    house.operator.bill = paid("86.50")
    earnings = house.earnings()
    await earnings.watch(replace(ISSUED, category=category))
    assert await earnings.work() == 0


async def test_where_points_live_elsewhere_a_paid_bill_is_told_of_and_rated_and_earns_none_here(house: House) -> None:
    house.operator.bill, house.is_here = paid("250", total="250"), False
    earnings = house.earnings()
    await earnings.watch(ISSUED)
    await earnings.work()
    async with read(house.engine) as connection:
        tier = await fetch_tier(connection, "L1")
        postings = (await connection.execute(select(func.count()).select_from(points_posting))).scalar_one()
    assert (postings, tier and tier.stars, [each.paid_fen for each in house.heard]) == (0, 1, [25_000])


async def test_a_bill_with_the_longest_id_that_can_be_earns_too(house: House) -> None:
    long = "B" * 128
    house.operator.bill = replace(paid("86.50"), bill=replace(paid("86.50").bill, id=long))
    earnings = house.earnings()
    await earnings.watch(replace(ISSUED, id=long))
    await earnings.work()
    assert await house.balance() == 112


async def test_a_worker_that_dies_before_its_commit_earns_nothing_and_the_next_one_does(house: House) -> None:
    house.operator.bill = paid("86.50")

    class Killed(BaseException): ...

    def die(boundary: str) -> None:
        if boundary == "bill.looked_at":
            raise Killed

    earnings = house.earnings()
    doomed = BillEarnings(replace(earnings._books, cross=die))
    await earnings.watch(ISSUED)
    with pytest.raises(Killed):
        await doomed.work()
    assert await house.balance() == 0
    house.now += timedelta(minutes=1)
    await earnings.work()
    async with read(house.engine) as connection:
        postings = (await connection.execute(select(func.count()).select_from(points_posting))).scalar_one()
    assert (await house.balance(), postings) == (112, 3)
