"""What can the operator's own people ask about rewards?"""

from typing import Final

import strawberry

from graphql_schema.context import Context
from graphql_schema.loyalty_ports import LoyaltyDesk
from graphql_schema.problems import BadArgument
from graphql_schema.queries.my_points import check_id
from graphql_schema.types.loyalty_desk import (
    CampaignCheck,
    CampaignFile,
    CodeBatch,
    PointsVerdict,
    RewardTroubles,
    ServedRedemption,
    ShelfItem,
    StandingCampaign,
)
from graphql_schema.types.reward import RewardItemChange

DOCUMENT_CHARACTERS_MOST: Final = 256 * 1024
Info = strawberry.Info[Context, None]


@strawberry.type
class LoyaltyStaffDesk:
    """Rewards as the operator's people see them; each field is for certain roles."""

    @strawberry.field
    async def campaigns(self, info: Info) -> list[StandingCampaign] | None:
        """Every campaign, on or off, with what it has given and cost."""
        return list(await _desk_of(info).fetch_campaigns())

    @strawberry.field
    async def campaign(self, info: Info, id: strawberry.ID) -> CampaignFile | None:  # noqa: A002  the graph's word
        """One campaign with all of its versions."""
        return await _desk_of(info).fetch_campaign(check_id(id))

    @strawberry.field
    async def campaign_check(self, info: Info, document: str) -> CampaignCheck | None:
        """What is wrong with a document (TMF671), or what it would have done last month; nothing is kept."""
        return await _desk_of(info).check(check_document(document))

    @strawberry.field
    async def reward_shelf(self, info: Info) -> list[ShelfItem] | None:
        """The whole mall, also what was put away."""
        return list(await _desk_of(info).fetch_items())

    @strawberry.field
    async def reward_item_changes(self, info: Info, code: str) -> list[RewardItemChange] | None:
        """What was made of an item and by whom, newest first."""
        return list(await _desk_of(info).fetch_item_changes(check_id(code)))

    @strawberry.field
    async def reward_batches(self, info: Info) -> list[CodeBatch] | None:
        """Every batch of vouchers' codes: how many there are and were given, and none of them."""
        return list(await _desk_of(info).fetch_batches())

    @strawberry.field
    async def reward_troubles(self, info: Info) -> RewardTroubles | None:
        """Redemptions that take too long, and rewards that were refused; nobody's number or address."""
        return await _desk_of(info).fetch_troubles()

    @strawberry.field
    async def served_redemption(self, info: Info, id: strawberry.ID) -> ServedRedemption | None:  # noqa: A002
        """A redemption by its id, to help whose it is; who looked stands in the trail."""
        found = await _desk_of(info).fetch_redemption(check_id(id))
        await info.context.identity.trail.note_query(info.context.caller, "find_redemption", found.id)
        return found

    @strawberry.field
    async def points_verdict(self, info: Info) -> PointsVerdict | None:
        """What the last nightly audit of all points found; null: none was made yet."""
        return await _desk_of(info).fetch_verdict()


def check_document(text: str) -> str:
    """A document that is not too long to be looked at. Raises BadArgument."""
    if not 0 < len(text) <= DOCUMENT_CHARACTERS_MOST:
        raise BadArgument(name="document", least=1, most=DOCUMENT_CHARACTERS_MOST)
    return text


def _desk_of(info: Info) -> LoyaltyDesk:
    return info.context.facts.ports.loyalty_desk
