"""Whose turn is a job that must run once in a while, whoever is there to do it?"""

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Column, String, Table
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import insert_into, write
from gateway.identity.tables import metadata, to_us

job_claim = Table(
    "job_claim",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("free_at_us", BigInteger, nullable=False, comment="nobody begins it again before"),
)


async def claim_job(engine: AsyncEngine, name: str, *, period: timedelta, now: datetime) -> bool:
    """Whether the caller shall do the job now: of any number that ask within one period, one. Raises DatabaseFault."""
    table, free_at = job_claim, {"free_at_us": to_us(now + period)}
    async with write(engine) as connection:
        insert = insert_into(table, connection).values(name=name, **free_at)
        claim = insert.on_conflict_do_update(
            index_elements=["name"], set_=free_at, where=table.c.free_at_us <= to_us(now)
        ).returning(table.c.name)
        return (await connection.execute(claim)).scalar_one_or_none() is not None
