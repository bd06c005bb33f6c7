"""How do deeds that count before they write take turns?"""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection


async def take_turn(connection: AsyncConnection, *subjects: str) -> None:
    """Until the transaction ends, nobody else has a turn with any of these. Take it first, before rows are locked.

    On SQLite writers take turns anyway (see gateway.database.write).
    """
    if connection.dialect.name != "postgresql":
        return
    for subject in sorted(subjects):
        await connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(subject, 0))))
