"""What has to be done to the trail now and then?"""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.identity.audit.horizon import drop_old_seals
from gateway.identity.audit.sealing import seal_records
from gateway.identity.job_claim import claim_job

SEAL_EVERY = timedelta(minutes=1)
LOOK_EVERYWHERE_EVERY = timedelta(days=1)


async def keep_trail(engine: AsyncEngine, *, secret: bytes, now: datetime, keep: timedelta) -> int:
    """Seals once a minute, looks once a day for what was left out, and drops what is older than ``keep``.

    To be called every few seconds by any number of workers. Says how many records were sealed. Raises DatabaseFault.
    """
    if not await claim_job(engine, "seal_audit_trail", period=SEAL_EVERY, now=now):
        return 0
    daily = await claim_job(engine, "look_over_audit_trail", period=LOOK_EVERYWHERE_EVERY, now=now)
    sealed = await seal_records(engine, secret=secret, now=now, whole=daily)
    if daily:
        await drop_old_seals(engine, secret=secret, now=now, keep=keep)
    return sealed
