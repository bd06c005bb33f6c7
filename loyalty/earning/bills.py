"""When was a bill paid, and what does that earn?

A bill that was issued is looked at once a day until nothing of it is open, or for half a year. Its points go to the
account's main line: of those that pay for themselves the family's, then the one whose id comes first. A bill that an
organization pays earns nothing.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import func, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.loyalty_ports import LoyaltyCustomers
from graphql_schema.ports import Bills, Lines
from graphql_schema.types.bill import BillCategory, ItemizedBill
from graphql_schema.types.bill_event import BillEvent
from graphql_schema.types.line import FamilyRole, Line, LineState, Payer
from graphql_schema.types.month import BUSINESS_ZONE, Month
from loyalty.claiming import Turns
from loyalty.earning_tables import watched_bill
from loyalty.needs import Cross, Transaction, View, insert_new, pass_by
from loyalty.points.answers import Kind
from loyalty.points.earning import Earning, earn_many
from loyalty.points.policies import (
    Deserved,
    EarningPolicy,
    LotPolicy,
    TierPolicy,
    decide_deserved,
    decide_policy,
    find_business_day,
)
from loyalty.points.tiers import MONTHS_OF_A_RATING, fetch_tier, rate
from loyalty.tables import to_us

EARNING: Final = frozenset({BillCategory.NORMAL, BillCategory.LAST})
LOOKED_AT_EVERY: Final = timedelta(days=1)
GIVEN_UP_AFTER: Final = timedelta(days=183)
FEN_OF_A_YUAN: Final = 100


@dataclass(frozen=True, slots=True)
class PaidBill:
    """A bill that was paid: by whom, of which month, how much, in time or not."""

    id: str
    line_id: str
    account_id: str
    month: Month
    paid_fen: int
    in_time: bool
    at: datetime


Told = Callable[[AsyncConnection, PaidBill], Awaitable[None]]
"""Hears of a paid bill in the commit that says so."""


@dataclass(frozen=True, slots=True)
class Books:
    """Everything that a step of earning may touch. ``now`` is business time; ``told`` hear of each paid bill; no
    ``lots``: points live elsewhere, and a bill is noted, rated and told of, and earns none here."""

    transaction: Transaction
    reading: View
    lines: Lines
    bills: Bills
    customers: LoyaltyCustomers
    lots: Sequence[LotPolicy] | None
    earnings: Sequence[EarningPolicy]
    tiers: Sequence[TierPolicy]
    now: Callable[[], datetime]
    told: Sequence[Told] = ()
    cross: Cross = pass_by


class BillEarnings:
    """Watches bills until they are paid. Any number of workers may, at once: a bill earns once."""

    def __init__(self, books: Books) -> None:
        self._books, self._cross = books, books.cross
        self._turns = Turns(watched_bill, books.transaction, books.reading, books.now)

    async def watch(self, event: BillEvent) -> None:
        """A bill was issued, however often that is told."""
        if event.category not in EARNING:
            return
        now_us = to_us(self._books.now())
        row = {"id": event.id, "account_id": event.account_id, "paid_fen": 0, "state": "open", "attempts": 0}
        async with self._books.transaction() as connection:
            await insert_new(connection, watched_bill, row | {"seen_at_us": now_us, "free_at_us": now_us})

    async def work(self) -> int:
        """Works until nothing is due; how many steps it took."""
        return await self._turns.work(self._look)

    async def _look(self, row: Row[Any]) -> None:
        bill = await self._books.bills.fetch_bill(row.account_id, row.id)
        if bill is not None and not bill.stale and bill.bill.remaining.amount <= 0:
            line = _find_main(await self._books.lines.fetch_lines_of_account(row.account_id))
            paid = None if line is None else _read(bill, line, now=self._books.now())
            self._cross("bill.looked_at")
            await (self._turn_down(row) if paid is None else self._earn(row, paid))
        elif to_us(self._books.now() - GIVEN_UP_AFTER) >= row.seen_at_us:
            await self._turn_down(row)
        else:
            await self._turns.free(row, after=LOOKED_AT_EVERY, attempts=0)

    async def _turn_down(self, row: Row[Any]) -> None:
        await self._turns.free(row, after=None, state="nothing")

    async def _earn(self, row: Row[Any], paid: PaidBill) -> None:
        customer = await self._books.customers.fetch_customer(paid.line_id)
        if customer is None:  # the line is gone, and so is whoever the points were for
            await self._turn_down(row)
            return
        tenure = Month.of(self._books.now()).since(Month(customer.since.year, customer.since.month))
        async with self._books.transaction() as connection:
            if await self._note(connection, row, paid, customer.customer_id):
                await self._post(connection, paid, tenure_months=tenure)
                for tell in self._books.told:
                    await tell(connection, paid)
        self._cross("bill.earned")

    async def _note(self, connection: AsyncConnection, row: Row[Any], paid: PaidBill, customer_id: str) -> bool:
        """False where another was faster."""
        kept = {"line_id": paid.line_id, "month": paid.month.text, "paid_fen": paid.paid_fen, "in_time": paid.in_time}
        kept |= {"customer_id": customer_id, "state": "earned", "free_at_us": None}
        mine = update(watched_bill).where(*self._turns.unchanged(row)).values(kept)
        return (await connection.execute(mine)).rowcount == 1

    async def _post(self, connection: AsyncConnection, paid: PaidBill, *, tenure_months: int) -> None:
        books, now = self._books, self._books.now()
        stars = await self._rate(connection, paid.line_id, now)
        if books.lots is None:
            return
        policy = decide_policy(books.earnings, find_business_day(now))
        deserved = decide_deserved(
            policy, paid_fen=paid.paid_fen, stars=stars, in_time=paid.in_time, tenure_months=tenure_months
        )
        await earn_many(connection, _write(paid, deserved), books.lots, now=now)

    async def _rate(self, connection: AsyncConnection, line_id: str, now: datetime) -> int:
        """The stars that this bill is multiplied by: those of before it, and then what twelve months with it make."""
        before = await fetch_tier(connection, line_id)
        first = Month.of(now).plus(-MONTHS_OF_A_RATING).text
        mine = (watched_bill.c.line_id == line_id, watched_bill.c.month >= first)
        paid_fen = int((await connection.execute(select(func.sum(watched_bill.c.paid_fen)).where(*mine))).scalar() or 0)
        after = await rate(connection, line_id, paid_fen=paid_fen, policies=self._books.tiers, now=now)
        return after.stars if before is None else before.stars


def _read(bill: ItemizedBill, line: Line, *, now: datetime) -> PaidBill | None:
    """None where nothing was paid: an empty bill, or one that credit notes took back."""
    paid = sum((payment.amount.amount for payment in bill.payments), Decimal())
    if paid <= 0:
        return None
    due = bill.bill.due_on
    late = [
        payment
        for payment in bill.payments
        if due is not None and payment.paid_at is not None and payment.paid_at.astimezone(BUSINESS_ZONE).date() > due
    ]
    start = bill.bill.period_start
    month, paid_fen = Month(start.year, start.month), int(min(paid, bill.bill.total.amount) * FEN_OF_A_YUAN)
    return PaidBill(bill.bill.id, line.id, line.account_id, month, paid_fen, not late, now)


def _find_main(lines: Sequence[Line]) -> Line | None:
    """None where somebody else pays, or every line is closed."""
    own = [line for line in lines if line.payer is Payer.SELF and line.state is not LineState.CLOSED]
    return min(own, key=lambda line: (line.family_role is not FamilyRole.MAIN, line.id), default=None)


def _write(paid: PaidBill, deserved: Deserved) -> list[Earning]:
    parts = ((Kind.BILL, deserved.bill), (Kind.ON_TIME, deserved.on_time), (Kind.TENURE, deserved.tenure))
    return [
        Earning(f"earn:{kind.value}:{paid.id}", paid.line_id, points, kind, f"bill:{paid.id}")
        for kind, points in parts
        if points > 0
    ]
