"""What can a caller ask about points, what they can buy, and rewards that were won?"""

from decimal import Decimal

import strawberry

from graphql_schema.context import ID_CHARACTERS_MOST, Context, Facts
from graphql_schema.problems import BadArgument, NotFound
from graphql_schema.queries.my_security import bound
from graphql_schema.queries.read_amount import read_amount
from graphql_schema.types.month import Month
from graphql_schema.types.points import Points, PointsMonth
from graphql_schema.types.promotion import Grant, Promotion, Referral, RewardForecast
from graphql_schema.types.reward import Redemption, RedemptionPreview, RewardItem

CODE_CHARACTERS_MOST = 32
Info = strawberry.Info[Context, None]


@strawberry.type
class MyPoints:
    """The caller's points, redemptions and rewards."""

    facts: strawberry.Private[Facts]

    @strawberry.field
    async def points(self, info: Info) -> Points | None:
        """What is there, and what ends soon."""
        return await self.facts.ports.points.fetch_points(_line_of(info))

    @strawberry.field
    async def points_month(self, info: Info, month: str | None = None) -> PointsMonth | None:
        """Every movement of a month (YYYY-MM; null: the running one)."""
        try:
            asked = Month.of(self.facts.ports.clock.now()) if month is None else Month.parse(month)
        except ValueError as error:
            raise BadArgument(name="month") from error
        return await self.facts.ports.points.fetch_month(_line_of(info), asked)

    @strawberry.field
    async def reward_items(self, info: Info) -> list[RewardItem] | None:
        """What points can buy, with what keeps this line from it."""
        return list(await self.facts.ports.rewards.fetch_items(_line_of(info)))

    @strawberry.field
    async def redemption_preview(self, info: Info, code: str) -> RedemptionPreview | None:
        """What redeeming would cost and give."""
        if not 0 < len(code) <= CODE_CHARACTERS_MOST:
            raise NotFound
        return await self.facts.ports.rewards.preview(info.context.caller, code)

    @strawberry.field
    async def redemptions(self, info: Info, first: int = 20) -> list[Redemption] | None:
        """What was redeemed, newest first (1-100)."""
        return list(await self.facts.ports.rewards.fetch_redemptions(_line_of(info), limit=bound(first)))

    @strawberry.field
    async def redemption(self, info: Info, id: strawberry.ID) -> Redemption | None:  # noqa: A002  the graph's word
        """One of them."""
        return await self.facts.ports.rewards.fetch_redemption(_line_of(info), check_id(id))

    @strawberry.field
    async def promotions(self, info: Info) -> list[Promotion] | None:
        """Campaigns that run now and could be for this line."""
        return list(await self.facts.ports.promotions.fetch_promotions(_line_of(info)))

    @strawberry.field
    async def reward_forecast(self, info: Info, amount: Decimal) -> RewardForecast | None:
        """What a recharge of so much (yuan, whole fen) would earn now."""
        asked = read_amount(amount, self.facts.ports.recharges.options())
        return await self.facts.ports.promotions.expect(_line_of(info), asked, channel=info.context.caller.channel)

    @strawberry.field
    async def grants(self, info: Info, first: int = 20) -> list[Grant] | None:
        """Rewards that were won, newest first (1-100)."""
        return list(await self.facts.ports.promotions.fetch_grants(_line_of(info), limit=bound(first)))

    @strawberry.field
    async def grant(self, info: Info, id: strawberry.ID) -> Grant | None:  # noqa: A002  the graph's word
        """One of them."""
        return await self.facts.ports.promotions.fetch_grant(_line_of(info), check_id(id))

    @strawberry.field
    async def referral(self, info: Info) -> Referral | None:
        """The caller's own code to invite with, and who came by it."""
        return await self.facts.ports.referrals.fetch_referral(info.context.caller)


def check_id(text: str) -> str:
    """An id as it was given. Raises NotFound for what can be none."""
    if not 0 < len(text) <= ID_CHARACTERS_MOST or not text.isprintable():
        raise NotFound
    return text


def _line_of(info: Info) -> str:
    line_id = info.context.caller.subscriber
    if line_id is None:
        raise NotFound
    return line_id
