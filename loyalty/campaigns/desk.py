"""How do the operator's people put campaigns in, switch them, and see what they cost?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.campaign_tables import campaign, campaign_version
from loyalty.campaigns.live import CampaignShelf
from loyalty.campaigns.needs import Bureau
from loyalty.campaigns.uses import fetch_taken
from loyalty.campaigns.versions import digest_of, hold_campaign, hold_or_begin, keep_next
from loyalty.rules.campaign import Campaign
from loyalty.rules.facts import Taken
from loyalty.tables import to_us


@dataclass(frozen=True, slots=True)
class CampaignStanding:
    """A campaign as it stands: its current version, and what was taken of it over all versions. ``stock`` says of each
    reward how often it was given, and how often it can be (None: no end)."""

    campaign: Campaign
    is_on: bool
    switched_by: str
    count: int
    cost_fen: int
    budget_fen: int | None
    stock: Mapping[str, tuple[int, int | None]]


@dataclass(frozen=True, slots=True)
class ProposedVersion:
    """One version as it was proposed."""

    version: int
    document: str
    digest: str
    proposed_by: str
    proposed_at_us: int


class CampaignDesk:
    """Campaigns for the operator's people. A version is never changed, and nothing is deleted."""

    def __init__(self, bureau: Bureau, shelf: CampaignShelf) -> None:
        self._bureau, self._shelf = bureau, shelf

    async def put_campaign(self, checked: Campaign, document: str, *, by: str) -> int:
        """Keeps a document that was read and checked as the campaign's next version, and answers which it is. A new
        campaign is switched off; the version of one that is on counts at once. The same document as the current one
        changes nothing."""
        now_us = to_us(self._bureau.now())
        async with self._bureau.transaction() as connection:
            standing = await hold_or_begin(connection, checked.id, by=by, now_us=now_us)
            if await _fetch_digest(connection, standing) == digest_of(document):
                return int(standing.version)
            kept = await keep_next(connection, standing, document, proposed_by=by, proposed_at_us=now_us)
            await _change(connection, standing, version=kept.version)
        self._bureau.cross("campaign.put")
        return int(kept.version)

    async def switch(self, campaign_id: str, *, on: bool, by: str) -> bool:
        """Switches it at once: what is being decided at this moment comes before, and once this has answered a campaign
        that is off never grants again. What it granted stays, and parts that were promised still come. False: it
        stood so. Raises LookupError where there is none, or none to switch on: what was proposed counts for nothing."""
        async with self._bureau.transaction() as connection:
            standing = await hold_campaign(connection, campaign_id)
            if on and not standing.version:
                raise LookupError(f"no version of {campaign_id} counts yet")
            if standing.is_on == on:
                return False
            switched = {"is_on": on, "switched_by": by, "switched_at_us": to_us(self._bureau.now())}
            await _change(connection, standing, **switched)
        self._bureau.cross("campaign.switched")
        return True

    async def fetch_standings(self) -> list[CampaignStanding]:
        """All of them, by id."""
        async with self._bureau.reading() as connection:
            rows = (await connection.execute(select(campaign).order_by(campaign.c.id))).all()
            taken = await fetch_taken(connection, [row.id for row in rows], customer_id=None)
            found = [
                (row, await self._shelf.fetch_version(connection, row.id, row.version)) for row in rows if row.version
            ]
        return [_build_standing(row, current, taken.get(row.id, Taken())) for row, current in found]

    async def fetch_versions(self, campaign_id: str) -> list[ProposedVersion]:
        """Every version of a campaign, the first one first."""
        table = campaign_version
        asked = select(table).where(table.c.campaign_id == campaign_id).order_by(table.c.version)
        async with self._bureau.reading() as connection:
            rows = (await connection.execute(asked)).all()
        return [
            ProposedVersion(row.version, row.document, row.digest, row.proposed_by, row.proposed_at_us) for row in rows
        ]


def _build_standing(row: Row[Any], current: Campaign, taken: Taken) -> CampaignStanding:
    return CampaignStanding(
        campaign=current,
        is_on=row.is_on,
        switched_by=row.switched_by,
        count=taken.total,
        cost_fen=taken.cost_fen,
        budget_fen=current.budget_fen,
        stock={reward.key: (taken.stock.get(reward.key, 0), reward.stock) for reward in current.rewards},
    )


async def _fetch_digest(connection: AsyncConnection, standing: Row[Any]) -> str | None:
    table = campaign_version
    mine = (table.c.campaign_id == standing.id, table.c.version == standing.version)
    return (await connection.execute(select(table.c.digest).where(*mine))).scalar_one_or_none()


async def _change(
    connection: AsyncConnection,
    standing: Row[Any],
    **values: Any,  # noqa: ANN401  columns
) -> None:
    changed = {"revision": standing.revision + 1, **values}
    await connection.execute(update(campaign).where(campaign.c.id == standing.id).values(changed))
