"""What of rewards should somebody look after?"""

from typing import Final

from sqlalchemy import select

from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.loyalty_desk import LateRedemption, RefusedGrant, RewardTroubles
from loyalty.campaign_tables import reward_grant
from loyalty.rewards.needs import Mall
from loyalty.rewards.view import SHOWN_AS, read_kept_item
from loyalty.rewards.watching import fetch_late
from loyalty.tables import from_us

SHOWN: Final = 50
"""Of each; whoever has more than a page of them has one trouble, and looks for that."""


async def fetch_troubles(mall: Mall) -> RewardTroubles:
    """Redemptions that take too long and rewards that were refused, the newest first."""
    late = []
    for row in await fetch_late(mall, most=SHOWN):
        item, state = read_kept_item(row), SHOWN_AS[row.state]
        name, began_at = LocalizedText(zh=item.name_zh, en=item.name_en), from_us(row.began_at_us)
        late.append(LateRedemption(id=row.id, code=row.code, name=name, state=state, began_at=began_at))
    return RewardTroubles(late=late, refused=await _fetch_refused(mall))


async def _fetch_refused(mall: Mall) -> list[RefusedGrant]:
    newest = select(reward_grant).where(reward_grant.c.state == "refused", reward_grant.c.ended_at_us.is_not(None))
    asked = newest.order_by(reward_grant.c.ended_at_us.desc(), reward_grant.c.id).limit(SHOWN)
    async with mall.reading() as connection:
        rows = (await connection.execute(asked)).all()
    return [
        RefusedGrant(
            id=row.id,
            campaign_id=row.campaign_id,
            reward_key=row.reward_key,
            failure=row.failure,
            at=from_us(row.ended_at_us),
        )
        for row in rows
    ]
