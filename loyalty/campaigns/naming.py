"""What are the campaigns called that brought points?"""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.types.localized_text import LocalizedText
from loyalty.campaign_tables import reward_grant
from loyalty.campaigns.live import CampaignShelf


async def fetch_campaign_names(
    connection: AsyncConnection, shelf: CampaignShelf, grant_ids: Sequence[str]
) -> Mapping[str, LocalizedText]:
    """By grant, as its campaign was called when it was won: for a statement of points. What is no grant's id is left
    out."""
    table = reward_grant
    asked = select(table.c.id, table.c.campaign_id, table.c.version).where(table.c.id.in_(grant_ids))
    names = dict[str, LocalizedText]()
    for row in (await connection.execute(asked)).all():
        campaign = await shelf.fetch_version(connection, row.campaign_id, row.version)
        names[row.id] = LocalizedText(zh=campaign.name_zh, en=campaign.name_en)
    return names
