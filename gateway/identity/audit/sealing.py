"""How do new records become a link of the chain?"""

from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import func, insert, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import insert_into, write
from gateway.identity.audit.chain import GENESIS, Chain, SealHead, digest_seal
from gateway.identity.audit.entry import audit_record
from gateway.identity.audit.seal_rows import audit_seal, audit_seal_entry
from gateway.identity.tables import to_us

log = structlog.get_logger(__name__)
RECORDS_IN_A_SEAL = 1000
MOST_SEALS_A_RUN = 50
LATE_COMMITS = timedelta(hours=1)
"""On PostgreSQL a record may appear below one that is sealed already, as late as its transaction takes; none of ours
takes a minute."""


async def seal_records(
    engine: AsyncEngine, *, secret: bytes, now: datetime, limit: int = RECORDS_IN_A_SEAL, whole: bool = False
) -> int:
    """Seals what waits, the oldest first, and says how many records. Of two that run at once one makes each seal.

    ``whole`` looks for waiting records in all of the trail, not only where they should be. Raises DatabaseFault.
    """
    sealed = 0
    for _ in range(MOST_SEALS_A_RUN):
        count = await _seal_batch(engine, Chain(secret=secret), now=now, limit=limit, whole=whole)
        sealed += count
        if count < limit:
            break
    return sealed


async def _seal_batch(engine: AsyncEngine, chain: Chain, *, now: datetime, limit: int, whole: bool) -> int:
    async with write(engine) as connection:
        newest = await fetch_newest_seal(connection)
        floor = 0 if whole else await _find_floor(connection, now)
        records = await _fetch_waiting(connection, floor=floor, limit=limit)
        if not records:
            return 0
        head = SealHead(
            id=newest.id + 1 if newest else 1,
            sealed_at_us=to_us(now),
            records=len(records),
            last_record_id=max(records[-1].id, newest.last_record_id if newest else 0),
            previous=newest.digest if newest else GENESIS,
        )
        digest = digest_seal(head, records)
        if not await _keep_seal(connection, head, digest, chain.sign(digest)):
            return 0  # another one made this seal in between, of the same records
        entries = [{"record_id": record.id, "seal_id": head.id} for record in records]
        await connection.execute(insert(audit_seal_entry), entries)
    # The one copy that the database's owner can't rewrite: compare it with `onehall audit verify`.
    log.info("audit_sealed", seal=head.id, records=head.records, digest=digest)
    return head.records


async def fetch_newest_seal(connection: AsyncConnection) -> Row[Any] | None:
    """The last link, or None."""
    newest = select(audit_seal).order_by(audit_seal.c.id.desc()).limit(1)
    return (await connection.execute(newest)).one_or_none()


async def _find_floor(connection: AsyncConnection, now: datetime) -> int:
    settled = audit_seal.c.sealed_at_us < to_us(now - LATE_COMMITS)
    return (await connection.execute(select(func.max(audit_seal.c.last_record_id)).where(settled))).scalar_one() or 0


async def _fetch_waiting(connection: AsyncConnection, *, floor: int, limit: int) -> list[Row[Any]]:
    sealed = select(audit_seal_entry.c.record_id).where(audit_seal_entry.c.record_id == audit_record.c.id).exists()
    waiting = select(audit_record).where(audit_record.c.id > floor, ~sealed).order_by(audit_record.c.id).limit(limit)
    return list((await connection.execute(waiting)).all())


async def _keep_seal(connection: AsyncConnection, head: SealHead, digest: str, mac: str) -> bool:
    row = {
        "id": head.id,
        "sealed_at_us": head.sealed_at_us,
        "records": head.records,
        "last_record_id": head.last_record_id,
        "previous": head.previous,
        "digest": digest,
        "mac": mac,
    }
    kept = insert_into(audit_seal, connection).values(**row).on_conflict_do_nothing().returning(audit_seal.c.id)
    return (await connection.execute(kept)).scalar_one_or_none() is not None
