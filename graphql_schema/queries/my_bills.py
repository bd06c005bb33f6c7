"""What can a caller ask about a bill's difference, its disputes, invoices and links, and about promises?"""

import asyncio
from collections.abc import Sequence

import strawberry

from graphql_schema.context import Context, Facts
from graphql_schema.money_ports import KeptPromise, RatedMonth
from graphql_schema.ports import BssFault
from graphql_schema.problems import DeadlineExceeded, NothingToCompare, PaidByOther
from graphql_schema.queries.bill_difference import choose_basis, explain
from graphql_schema.queries.bill_use import hide_places, numbers_of_use
from graphql_schema.queries.promise_check import check_promise, falls_into
from graphql_schema.types.bill import ItemizedBill
from graphql_schema.types.bill_difference import BillBasis, BillDifference
from graphql_schema.types.bill_share import BillShare
from graphql_schema.types.month import Month
from graphql_schema.types.promise import Promise
from graphql_schema.types.ticket import Dispute, InvoiceRequest

NUMBERS_WITH_DAYS = 10
"""Of so many lines of one bill the days of use are looked up; an account may pay for hundreds."""

DAYS_WITHIN_SECONDS = 1.5
"""So long an explanation waits for the days of use: a month of a heavy user takes a while to read."""

Info = strawberry.Info[Context, None]


@strawberry.type
class MyBills:
    """What becomes of bills: why they differ, what was asked about them, who may see them, and what was promised."""

    facts: strawberry.Private[Facts]

    @strawberry.field
    async def bill_difference(
        self,
        id: strawberry.ID,  # noqa: A002  the graph's word
        basis: BillBasis = BillBasis.LAST_MONTH,
    ) -> BillDifference | None:
        """Why this bill is different: against the month before, or the mean of up to six months before. Where use can't
        be read, causes have no days."""
        this = await self.facts.known_bill(id)
        earlier = choose_basis(this.bill, (await self.facts.bills()).bills, basis)
        found = await asyncio.gather(*(self.facts.bill(bill.id) for bill in earlier))
        before = [bill for bill in found if bill is not None]
        if not before:
            raise NothingToCompare
        return explain(this, before, await _use_of(self.facts, this), basis=basis)

    @strawberry.field
    async def disputes(self) -> list[Dispute] | None:
        """Charges of the account that were disputed, newest first."""
        return list(await self.facts.disputes())

    @strawberry.field
    async def invoice_requests(self) -> list[InvoiceRequest] | None:
        """E-invoices that were asked for, newest first."""
        return list(await self.facts.invoices())

    @strawberry.field
    async def bill_shares(self, info: Info) -> list[BillShare] | None:
        """Living links that show a bill of this line, newest first; their addresses are not told again."""
        return list(await self.facts.ports.shares.fetch_shares(info.context.caller))

    @strawberry.field
    async def promises(self) -> list[Promise] | None:
        """What this line was promised, held against each bill; without bills where somebody else pays."""
        kept = await self.facts.promises()
        try:
            bills = await _bills_of_terms(self.facts, kept) if kept else []
        except PaidByOther:
            bills = []
        return [await _hold(self.facts, promise, bills) for promise in kept]


async def _use_of(facts: Facts, bill: ItemizedBill) -> dict[str, RatedMonth]:
    """The bill's month of use by number, as far as it can be read in a moment: the explanation stands without it, and
    a read that takes longer goes on for whoever asks next. Where it was is told of the caller's own line only, and to
    no helper or client: a scope opens bills, and never where somebody was."""
    numbers = numbers_of_use(bill)[:NUMBERS_WITH_DAYS]
    if not numbers:
        return {}
    month = Month(bill.bill.period_start.year, bill.bill.period_start.month)
    try:
        own = None if facts.asked_by_another else (await facts.line()).number
        ids = {line.number: line.id for line in await facts.lines_of_account()}
    except (BssFault, DeadlineExceeded):
        return {}
    asked = {
        number: asyncio.ensure_future(facts.rated_month(ids[number], month)) for number in numbers if number in ids
    }
    if asked:
        await asyncio.wait(asked.values(), timeout=DAYS_WITHIN_SECONDS)
    months = {number: read.result() for number, read in asked.items() if read.done() and not read.exception()}
    return {number: month if number == own else hide_places(month) for number, month in months.items()}


async def _bills_of_terms(facts: Facts, promises: Sequence[KeptPromise]) -> list[ItemizedBill]:
    """The bills kept online that fall into any promise's term, newest first."""
    bills = (await facts.bills()).bills
    asked = [bill.id for bill in bills if any(falls_into(promise, bill) for promise in promises)]
    return [bill for bill in await asyncio.gather(*map(facts.bill, asked)) if bill is not None]


async def _hold(facts: Facts, promise: KeptPromise, bills: Sequence[ItemizedBill]) -> Promise:
    line, packages = await asyncio.gather(facts.line(), facts.packages())
    product_ids = {package.id for package in packages if package.offering_id == promise.offering_id}
    within = [bill for bill in bills if falls_into(promise, bill.bill)]
    checks = (check_promise(promise, bill, number=line.number, product_ids=product_ids) for bill in within)
    return Promise(
        id=promise.id,
        offering_id=promise.offering_id,
        name=promise.name,
        monthly_price=promise.monthly_price,
        gift=promise.gift,
        starts_on=promise.starts_on,
        ends_on=promise.ends_on,
        source=promise.source,
        made_at=promise.made_at,
        note=promise.note,
        checks=[check for check in checks if check is not None],
        as_of=min((bill.as_of for bill in within), default=line.as_of),
        stale=any(bill.stale for bill in within) or line.stale,
    )
