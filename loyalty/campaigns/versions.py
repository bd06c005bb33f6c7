"""How is a campaign taken in hand, and its next version kept?"""

from hashlib import sha256
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.campaign_tables import campaign, campaign_version
from loyalty.needs import insert_new


async def hold_campaign(connection: AsyncConnection, campaign_id: str) -> Row[Any]:
    """The campaign's row in the caller's hand: decisions that grant by it hold it too. Raises LookupError."""
    mine = campaign.c.id == campaign_id
    held = update(campaign).where(mine).values(revision=campaign.c.revision).returning(*campaign.c)
    found = (await connection.execute(held)).one_or_none()
    if found is None:
        raise LookupError(f"there is no campaign {campaign_id}")
    return found


async def hold_or_begin(connection: AsyncConnection, campaign_id: str, *, by: str, now_us: int) -> Row[Any]:
    """The same, of a campaign that may be new: it is off then, and has no version that counts."""
    first = {"id": campaign_id, "version": 0, "is_on": False, "revision": 0}
    await insert_new(connection, campaign, first | {"switched_by": by, "switched_at_us": now_us})
    return await hold_campaign(connection, campaign_id)


async def keep_next(
    connection: AsyncConnection,
    held: Row[Any],
    document: str,
    **proposed: Any,  # noqa: ANN401  columns
) -> Row[Any]:
    """Keeps a checked document as the next version of a campaign in hand, with what its trial said; it counts for
    nothing yet. The same document as the newest is that one, so that a deed that is done again keeps one."""
    digest, table = digest_of(document), campaign_version
    last = select(table).where(table.c.campaign_id == held.id).order_by(table.c.version.desc()).limit(1)
    newest = (await connection.execute(last)).one_or_none()
    if newest is not None and newest.digest == digest:
        return newest
    key = {"campaign_id": held.id, "version": 1 if newest is None else newest.version + 1}
    written = {"document": document, "digest": digest, **proposed}
    return (await connection.execute(insert(table).values(key | written).returning(*table.c))).one()


def digest_of(document: str) -> str:
    """By which a document is known to be the same: SHA-256, in hexadecimal digits."""
    return sha256(document.encode()).hexdigest()
