"""What do campaigns promise for an invitation?"""

from collections.abc import Sequence

from graphql_schema.types.promotion import PromisedReward
from loyalty.campaigns.live import CampaignShelf
from loyalty.campaigns.needs import Bureau
from loyalty.campaigns.uses import fetch_taken
from loyalty.campaigns.view import NOTHING_TAKEN, tell_reward
from loyalty.rules.facts import HappeningKind


class InvitationRewards:
    """What is shown to whoever invites: the rewards of the campaigns that run now for it, of their first tier."""

    def __init__(self, bureau: Bureau, shelf: CampaignShelf) -> None:
        self._bureau, self._shelf = bureau, shelf

    async def fetch_rewards(self) -> Sequence[PromisedReward]:
        """By campaign, in the order of their ids."""
        now = self._bureau.now()
        async with self._bureau.reading() as connection:
            live = await self._shelf.fetch_live(connection)
            running = [
                each
                for each in live.campaigns.values()
                if HappeningKind.INVITEE_PAID in each.kinds and each.begins_at <= now < each.ends_at
            ]
            taken = await fetch_taken(connection, [each.id for each in running], customer_id=None)
        return [
            tell_reward(each, each.find_reward(key), taken.get(each.id, NOTHING_TAKEN), self._bureau.rules.currency)
            for each in running
            for key in each.tiers[0].rewards
        ]
