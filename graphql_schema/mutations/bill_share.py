"""How does a customer let somebody else see a bill?"""

from typing import Annotated

import strawberry

from graphql_schema.context import Context
from graphql_schema.mutations.answers import Always
from graphql_schema.mutations.once import under_way
from graphql_schema.problems import BadArgument
from graphql_schema.types.bill_share import BillShare
from graphql_schema.types.refusal import BillNotFound, NotFound, PaidByOther, TooMany
from graphql_schema.types.word import word

SHARE_DAYS = range(1, 31)

Info = strawberry.Info[Context, None]


@word
class BillShareEnded:
    """The link shows nothing any more."""

    id: strawberry.ID


@strawberry.input
class ShareBillInput:
    """Which bill, and for how many days (1-30)."""

    idempotency_key: str
    bill_id: strawberry.ID
    days: int = 7


@strawberry.input
class EndBillShareInput:
    """Which link to end."""

    idempotency_key: str
    share_id: strawberry.ID


ShareBillResult = Annotated[
    BillShare | BillNotFound | PaidByOther | TooMany | Always, strawberry.union("ShareBillResult")
]
EndBillShareResult = Annotated[BillShareEnded | NotFound | Always, strawberry.union("EndBillShareResult")]


@strawberry.type
class BillShareDeeds:
    """Deeds about links to bills."""

    @strawberry.mutation
    async def share_bill(self, info: Info, input: ShareBillInput) -> ShareBillResult:
        """Makes a link that shows this bill, without call numbers, to whoever has it, until it expires or is ended."""
        if input.days not in SHARE_DAYS:
            raise BadArgument(name="days", least=SHARE_DAYS.start, most=SHARE_DAYS.stop - 1)
        facts, doing = info.context.facts, under_way()
        bill = (await facts.known_bill(input.bill_id)).bill
        account_id = await facts.own_account_id("Mutation.shareBill")
        doing.note = f"{bill.number} {input.days} d"
        return await facts.ports.shares.open_share(doing.deed, account_id, bill.id, days=input.days)

    @strawberry.mutation
    async def end_bill_share(self, info: Info, input: EndBillShareInput) -> EndBillShareResult:
        """Ends a link at once."""
        await info.context.facts.ports.shares.end_share(under_way().deed, input.share_id)
        return BillShareEnded(id=input.share_id)
