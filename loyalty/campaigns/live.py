"""Which campaigns count at this moment?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.campaign_tables import campaign, campaign_version
from loyalty.campaigns.needs import ReadCampaign
from loyalty.rules.campaign import Campaign
from loyalty.rules.compiling import Rules, compile_rules

KEPT_VERSIONS: Final = 5000


@dataclass(frozen=True, slots=True)
class LiveRules:
    """The campaigns that are switched on, compiled. ``mark`` changes whenever any campaign changes."""

    mark: tuple[int, int]
    rules: Rules
    campaigns: Mapping[str, Campaign]


class CampaignShelf:
    """Campaigns as they stand in the tables. A version never changes, so that each is parsed once; what is on is
    compiled anew when a campaign has changed."""

    def __init__(self, read_campaign: ReadCampaign) -> None:
        self._read = read_campaign
        self._versions: dict[tuple[str, int], Campaign] = {}
        self._live = LiveRules((0, 0), compile_rules(()), {})

    async def fetch_live(self, connection: AsyncConnection) -> LiveRules:
        """What is switched on now, by the connection's view."""
        mark = await _fetch_mark(connection)
        if mark != self._live.mark:
            campaigns = await self._fetch_switched_on(connection)
            self._live = LiveRules(mark, compile_rules(tuple(campaigns.values())), campaigns)
        return self._live

    async def fetch_version(self, connection: AsyncConnection, campaign_id: str, version: int) -> Campaign:
        """One version, on or off. Raises LookupError where there is none."""
        known = self._versions.get((campaign_id, version))
        if known is None:
            mine = (campaign_version.c.campaign_id == campaign_id, campaign_version.c.version == version)
            asked = select(campaign_version.c.document).where(*mine)
            document = (await connection.execute(asked)).scalar_one_or_none()
            if document is None:
                raise LookupError(f"{campaign_id} has no version {version}")
            known = self._keep(campaign_id, version, document)
        return known

    async def _fetch_switched_on(self, connection: AsyncConnection) -> dict[str, Campaign]:
        table = campaign_version
        current = and_(table.c.campaign_id == campaign.c.id, table.c.version == campaign.c.version)
        asked = select(campaign.c.id, campaign.c.version).where(campaign.c.is_on).order_by(campaign.c.id)
        rows = (await connection.execute(asked)).all()
        missing = [row.id for row in rows if (row.id, row.version) not in self._versions]
        if missing:
            new = select(table).join(campaign, current).where(campaign.c.is_on)
            for row in (await connection.execute(new)).all():
                if (row.campaign_id, row.version) not in self._versions:
                    self._keep(row.campaign_id, row.version, row.document)
        return {row.id: self._versions[row.id, row.version] for row in rows}

    def _keep(self, campaign_id: str, version: int, document: str) -> Campaign:
        if len(self._versions) >= KEPT_VERSIONS:
            self._versions.clear()
        known = replace(self._read(document), id=campaign_id, version=version, is_on=True)
        self._versions[campaign_id, version] = known
        return known


async def _fetch_mark(connection: AsyncConnection) -> tuple[int, int]:
    """No campaign is ever deleted, and each change counts its revision up: the sum never comes back."""
    asked = select(func.count(), func.coalesce(func.sum(campaign.c.revision), 0))
    count, revisions = (await connection.execute(asked.select_from(campaign))).one()
    return int(count), int(revisions)
