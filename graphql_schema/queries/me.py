"""What can a caller ask about the own line?"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import strawberry

from graphql_schema.context import Context, Facts
from graphql_schema.ports import BssFault
from graphql_schema.problems import BadArgument, Problem
from graphql_schema.queries.attention import KnownFacts, decide_attention
from graphql_schema.queries.bills import FIRST_USUAL, paginate_bills, select_bills
from graphql_schema.queries.cursor import Cursor
from graphql_schema.queries.my_bills import MyBills
from graphql_schema.queries.my_money import MyMoney
from graphql_schema.queries.my_orders import MyOrders
from graphql_schema.queries.my_points import MyPoints
from graphql_schema.queries.my_recommendations import MyRecommendations
from graphql_schema.queries.my_records import MyRecords
from graphql_schema.queries.my_security import MySecurity
from graphql_schema.queries.my_usage import MyUsage
from graphql_schema.queries.owed import UNDECIDED, disputed_of_third_parties, is_owed
from graphql_schema.queries.pace import decide_pace
from graphql_schema.types.account import Account, Balance
from graphql_schema.types.attention import Attention, AttentionCode
from graphql_schema.types.bill import Bill, BillCategory, BillConnection, CurrentCharges, ItemizedBill
from graphql_schema.types.bucket import Bucket, Pace
from graphql_schema.types.inbox import InboxMessage
from graphql_schema.types.line import Line
from graphql_schema.types.package import Package
from graphql_schema.types.ticket import Dispute

FIRST_MESSAGES = 20
MESSAGES_MOST = 100
DISPUTES_WITHIN_SECONDS = 1.5
"""A ticket desk that hangs must not hold up the first page: a bill in dispute is then warned of like any other."""

_OF_BILLS = frozenset({AttentionCode.BILL_OVERDUE, AttentionCode.BILL_DUE})


@strawberry.type
class Me(MyBills, MyUsage, MyRecords, MyOrders, MyRecommendations, MyMoney, MyPoints, MySecurity):
    """The caller's own line and everything known about it. A section whose system is down is null, with an error."""

    facts: strawberry.Private[Facts]

    @strawberry.field
    async def line(self) -> Line | None:
        """The line that the caller signed in with."""
        return await self.facts.line()

    @strawberry.field
    async def account(self) -> Account | None:
        """The account that pays for it."""
        return await self.facts.account()

    @strawberry.field
    async def balance(self) -> Balance | None:
        """Money at hand."""
        return await self.facts.balance()

    @strawberry.field
    async def buckets(self) -> list[Bucket] | None:
        """Allowances of the running cycle."""
        return list((await self.facts.usage()).buckets)

    @strawberry.field
    async def pace(self) -> Pace | None:
        """How fast general data is used, against the cycle."""
        return decide_pace(await self.facts.usage(), now=self.facts.ports.clock.now())

    @strawberry.field
    async def current_charges(self) -> CurrentCharges | None:
        """The running month so far."""
        return await self.facts.current_charges()

    @strawberry.field
    async def bills(
        self,
        first: int | None = FIRST_USUAL,
        after: Cursor | None = None,
        categories: list[BillCategory] | None = None,
    ) -> BillConnection | None:
        """Issued bills, newest first: ``first`` of them (1-24), from the one after the cursor ``after`` on; only those
        of ``categories``, if they are named."""
        usual = FIRST_USUAL if first is None else first
        reading = select_bills(await self.facts.bills(), categories)
        return paginate_bills(reading, first=usual, after=after)

    @strawberry.field
    async def bill(self, id: strawberry.ID) -> ItemizedBill | None:  # noqa: A002  the graph's word
        """One issued bill by subject."""
        return await self.facts.known_bill(id)

    @strawberry.field
    async def packages(self) -> list[Package] | None:
        """The plan, then the add-ons."""
        return await self.facts.packages()

    @strawberry.field
    async def inbox(self, first: int | None = FIRST_MESSAGES) -> list[InboxMessage] | None:
        """What the house told this line, newest first: ``first`` of it (1-100)."""
        usual = FIRST_MESSAGES if first is None else first
        if not 1 <= usual <= MESSAGES_MOST:
            raise BadArgument(name="first", least=1, most=MESSAGES_MOST)
        return list(await self.facts.inbox(usual))

    @strawberry.field
    async def attention(self) -> list[Attention]:
        """What to look at now, most urgent first. Facts that are not there are left out: their own section says so."""
        facts = self.facts
        asked = (facts.line(), facts.account(), facts.bills(), facts.balance(), facts.usage(), facts.packages())
        line, account, bills, balance, usage, packages = await asyncio.gather(*map(_unless_missing, asked))
        known = KnownFacts(
            line=line,
            account=account,
            bills=bills.bills if bills else None,
            balance=balance,
            buckets=usage.buckets if usage else None,
            packages=packages,
        )
        now = facts.ports.clock.now()
        found = decide_attention(known, now=now)
        if bills is None or not _OF_BILLS & {attention.code for attention in found}:
            return found
        return decide_attention(replace(known, disputed=await _disputed_of_owed(facts, bills.bills)), now=now)


@strawberry.type
class MyLine:
    """Questions about the own line."""

    @strawberry.field
    def me(self, info: strawberry.Info[Context, None]) -> Me | None:
        """The caller's own line. A visitor has none."""
        return Me(facts=info.context.facts)


async def _disputed_of_owed(facts: Facts, bills: Iterable[Bill]) -> dict[str, Decimal]:
    """How much of each owed bill is a third party's charge in dispute, if that can be learnt in a moment."""
    asked = asyncio.ensure_future(_unless_missing(facts.disputes()))
    await asyncio.wait([asked], timeout=DISPUTES_WITHIN_SECONDS)
    disputes: Sequence[Dispute] = (asked.result() or ()) if asked.done() else ()
    owed = {bill.id for bill in bills if is_owed(bill)}
    in_dispute = {each.bill_id for each in disputes if each.state in UNDECIDED} & owed
    found = await asyncio.gather(*(_unless_missing(facts.bill(bill_id)) for bill_id in in_dispute))
    return {bill.bill.id: disputed_of_third_parties(bill, disputes) for bill in found if bill}


async def _unless_missing(fact: Any) -> Any:  # noqa: ANN401  facts of every type pass through
    try:
        return await fact
    except (BssFault, Problem):
        return None
