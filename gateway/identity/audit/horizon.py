"""How does the trail forget what it may, and stay a chain?

Whole seals go, the oldest first, with all their records, in the transaction that moves the horizon. The horizon keeps
the digest of the last seal that went: the first one that is kept has to name it.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import insert_into, write
from gateway.identity.audit.chain import Chain
from gateway.identity.audit.entry import audit_record
from gateway.identity.audit.seal_rows import LEAST_KEPT_DAYS, audit_horizon, audit_seal, audit_seal_entry
from gateway.identity.tables import to_us

SEALS_AT_ONCE = 10


async def drop_old_seals(
    engine: AsyncEngine, *, secret: bytes, now: datetime, keep: timedelta, most_seals: int = 1000
) -> int:
    """Drops seals that are older than ``keep``, but the newest never, and says how many records went.

    Raises ValueError for less than the law's six months, DatabaseFault.
    """
    if keep < timedelta(days=LEAST_KEPT_DAYS):
        raise ValueError(f"the trail is kept for {LEAST_KEPT_DAYS} days at least")
    dropped = 0
    for _ in range(0, most_seals, SEALS_AT_ONCE):
        async with write(engine) as connection:
            count = await _drop_batch(connection, Chain(secret=secret), older_than=now - keep, now=now)
        if count is None:
            break
        dropped += count
    return dropped


async def _drop_batch(connection: AsyncConnection, chain: Chain, *, older_than: datetime, now: datetime) -> int | None:
    last = await _find_last_to_drop(connection, older_than)
    if last is None:
        return None
    first_kept, moved_at_us = last.id + 1, to_us(now)
    mac = chain.sign_horizon(first_kept, last.digest, moved_at_us)
    row = {"seal_id": first_kept, "previous": last.digest, "moved_at_us": moved_at_us, "mac": mac}
    moved = insert_into(audit_horizon, connection).values(**row).on_conflict_do_nothing()
    if not (await connection.execute(moved)).rowcount:
        return None  # another one drops these at this moment
    entry, gone = audit_seal_entry, audit_seal_entry.c.seal_id <= last.id
    records = await connection.execute(
        delete(audit_record).where(audit_record.c.id.in_(select(entry.c.record_id).where(gone)))
    )
    await connection.execute(delete(entry).where(gone))
    await connection.execute(delete(audit_seal).where(audit_seal.c.id <= last.id))
    return records.rowcount


async def _find_last_to_drop(connection: AsyncConnection, older_than: datetime) -> Row[int, str] | None:
    newest = select(func.max(audit_seal.c.id)).scalar_subquery()
    old = (
        select(audit_seal.c.id, audit_seal.c.digest)
        .where(audit_seal.c.sealed_at_us < to_us(older_than), audit_seal.c.id < newest)
        .order_by(audit_seal.c.id)
        .limit(SEALS_AT_ONCE)
    )
    rows = (await connection.execute(old)).all()
    return rows[-1] if rows else None
