"""Has a customer switched off that anybody asks for their call records (清单禁查)?"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import BigInteger, Boolean, Column, String, Table, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import insert_into, read, write
from gateway.identity.tables import from_us, metadata, to_us
from graphql_schema.client import Caller
from graphql_schema.identity_ports import Deed
from graphql_schema.problems import SignInRequired
from graphql_schema.types.call_record import CallRecordSwitch

record_lock = Table(
    "record_lock",
    metadata,
    Column("line_id", String(128), primary_key=True),
    Column("locked", Boolean, nullable=False),
    Column("since_us", BigInteger, nullable=False, comment="since when it stands so"),
)


class SqlRecordLock:
    """The ``RecordLock`` of graphql_schema.identity_ports over SQL. Without a row the records are open."""

    def __init__(self, engine: AsyncEngine, *, now: Callable[[], datetime]) -> None:
        self._engine, self._now = engine, now

    async def fetch_switch(self, caller: Caller) -> CallRecordSwitch:
        """How the switch of the caller's line stands. Raises SignInRequired, DatabaseFault."""
        return await self._fetch(_line_of(caller))

    async def is_locked(self, line_id: str) -> bool:
        """Whether nobody may ask for the line's records. Raises DatabaseFault."""
        return (await self._fetch(line_id)).locked

    async def set_switch(self, deed: Deed, *, locked: bool) -> CallRecordSwitch:
        """Sets it; set to what it is, it stands since when it did. Raises SignInRequired, DatabaseFault."""
        line_id, values = _line_of(deed.caller), {"locked": locked, "since_us": to_us(self._now())}
        async with write(self._engine) as connection:
            insert = insert_into(record_lock, connection).values(line_id=line_id, **values)
            await connection.execute(
                insert.on_conflict_do_update(
                    index_elements=["line_id"], set_=values, where=record_lock.c.locked.is_not(locked)
                )
            )
        return await self._fetch(line_id)

    async def _fetch(self, line_id: str) -> CallRecordSwitch:
        asked = select(record_lock).where(record_lock.c.line_id == line_id)
        async with read(self._engine) as connection:
            row = (await connection.execute(asked)).one_or_none()
        if row is None:
            return CallRecordSwitch(locked=False, since=None)
        return CallRecordSwitch(locked=row.locked, since=from_us(row.since_us))


async def forget_lock_of(connection: AsyncConnection, line_id: str) -> None:
    """The line ended, or somebody else holds it now: the switch was its former holder's."""
    await connection.execute(delete(record_lock).where(record_lock.c.line_id == line_id))


def _line_of(caller: Caller) -> str:
    if caller.subscriber is None:
        raise SignInRequired
    return caller.subscriber
