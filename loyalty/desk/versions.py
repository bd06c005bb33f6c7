"""Which version of a campaign counts, and who let it?

A version that was proposed is kept beside the one that counts, and counts for nothing until somebody other than its
proposer switches it on (four eyes). Switching off needs nobody else: it is how a mistake is stopped.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.identity_ports import Deed
from graphql_schema.problems import NeedsOtherEyes, NotFound
from graphql_schema.types.loyalty_desk import CampaignTrial, CampaignVersion
from loyalty.campaign_tables import campaign, campaign_version
from loyalty.campaigns.needs import Bureau
from loyalty.campaigns.versions import hold_campaign, hold_or_begin, keep_next
from loyalty.desk.trials import read_trial, write_trial
from loyalty.tables import from_us, to_us


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A campaign's row with its newest version, which is the one that counts or waits."""

    row: Row[Any]
    newest: Row[Any]


async def fetch_rows(connection: AsyncConnection, campaign_id: str | None = None) -> list[CampaignRow]:
    """Every campaign, or the one of this id, by id."""
    asked, versions = select(campaign).order_by(campaign.c.id), campaign_version
    last = select(versions.c.campaign_id, func.max(versions.c.version).label("version")).group_by(
        versions.c.campaign_id
    )
    if campaign_id is not None:
        asked, last = asked.where(campaign.c.id == campaign_id), last.where(versions.c.campaign_id == campaign_id)
    lasts = last.subquery()
    same = and_(lasts.c.campaign_id == versions.c.campaign_id, lasts.c.version == versions.c.version)
    rows = (await connection.execute(asked)).all()
    newest = {each.campaign_id: each for each in (await connection.execute(select(versions).join(lasts, same))).all()}
    return [CampaignRow(row, newest[row.id]) for row in rows if row.id in newest]


async def fetch_versions(connection: AsyncConnection, campaign_id: str) -> list[Row[Any]]:
    """All of them, newest first. Raises NotFound where there is none."""
    mine = campaign_version.c.campaign_id == campaign_id
    asked = select(campaign_version).where(mine).order_by(campaign_version.c.version.desc())
    rows = list((await connection.execute(asked)).all())
    if not rows:
        raise NotFound
    return rows


async def keep_version(
    bureau: Bureau, deed: Deed, campaign_id: str, document: str, trial: CampaignTrial
) -> CampaignVersion:
    """Keeps a checked document as the next version, with what its trial said; the one that counts stays. The same
    document as the newest changes nothing, so that a deed that is done again keeps one."""
    by, now_us = deed.caller.actor, to_us(bureau.now())
    async with bureau.transaction() as connection:
        standing = await hold_or_begin(connection, campaign_id, by=by, now_us=now_us)
        tried = write_trial(trial)
        row = await keep_next(connection, standing, document, proposed_by=by, proposed_at_us=now_us, trial=tried)
    bureau.cross("campaign.proposed")
    return tell_version(row)


async def fetch_version(bureau: Bureau, deed: Deed, campaign_id: str, version: int) -> CampaignVersion:
    """A version that this colleague may switch on. Raises NotFound, NeedsOtherEyes for its proposer."""
    table = campaign_version
    mine = (table.c.campaign_id == campaign_id, table.c.version == version)
    async with bureau.reading() as connection:
        row = (await connection.execute(select(table).where(*mine))).one_or_none()
    if row is None:
        raise NotFound
    if row.proposed_by == deed.caller.actor:
        raise NeedsOtherEyes
    return tell_version(row)


async def let_count(bureau: Bureau, deed: Deed, campaign_id: str, version: int) -> None:
    """This version counts from now on; what stood so already stays as it is."""
    async with bureau.transaction() as connection:
        standing = await hold_campaign(connection, campaign_id)
        if standing.is_on and standing.version == version:
            return
        switched = {"switched_by": deed.caller.actor, "switched_at_us": to_us(bureau.now())}
        changed = {"version": version, "is_on": True, "revision": standing.revision + 1, **switched}
        await connection.execute(update(campaign).where(campaign.c.id == campaign_id).values(changed))
    bureau.cross("campaign.switched")


def tell_version(row: Row[Any]) -> CampaignVersion:
    """A version's row in the graph's words."""
    return CampaignVersion(
        version=row.version,
        document=row.document,
        digest=row.digest,
        proposed_by=row.proposed_by,
        proposed_at=from_us(row.proposed_at_us),
        trial=None if row.trial is None else read_trial(row.trial),
    )
