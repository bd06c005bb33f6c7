"""What can a caller ask about money put in, and given away?"""

import strawberry

from graphql_schema.context import Context, Facts
from graphql_schema.problems import NotFound
from graphql_schema.queries.my_security import bound
from graphql_schema.types.recharge import AutoRecharge, BalanceTransfer, Recharge, TransferTerms

Info = strawberry.Info[Context, None]


@strawberry.type
class MyMoney:
    """The caller's recharges, standing order and transfers."""

    facts: strawberry.Private[Facts]

    @strawberry.field
    async def recharges(self, info: Info, first: int = 20) -> list[Recharge] | None:
        """Recharges of this line and those that it began for others, newest first (1-100)."""
        line_id = info.context.caller.subscriber
        most = bound(first)
        return list(await self.facts.ports.recharges.fetch_of_line(line_id, limit=most)) if line_id else []

    @strawberry.field
    async def my_recharge(self, info: Info, id: strawberry.ID) -> Recharge | None:  # noqa: A002  the graph's word
        """One of them."""
        line_id = info.context.caller.subscriber
        if line_id is None:
            raise NotFound
        return await self.facts.ports.recharges.fetch_mine(line_id, id)

    @strawberry.field
    async def auto_recharge(self, info: Info) -> AutoRecharge | None:
        """The standing order of this line; null: none."""
        return await self.facts.ports.auto_recharges.fetch(info.context.caller)

    @strawberry.field
    async def transfer_terms(self, info: Info) -> TransferTerms | None:
        """How much own money can be given to others now."""
        return await self.facts.ports.transfers.fetch_terms(info.context.caller)

    @strawberry.field
    async def transfers(self, info: Info) -> list[BalanceTransfer] | None:
        """What was given to others, newest first."""
        return list(await self.facts.ports.transfers.fetch_transfers(info.context.caller))
