"""What is left of a person when their line ends, or goes to somebody else?"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.identity.audit.holder import part_trail
from gateway.identity.personal_data.erasure import TakeBackAll
from gateway.identity.personal_data.kinds import KINDS
from gateway.identity.personal_data.person import know_person
from gateway.identity.personal_data.records import erase, find_batch
from gateway.identity.personal_data.tables import personal_data_request
from gateway.identity.tables import to_us
from graphql_schema.client import Caller, Channel

ROWS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class FormerHolders:
    """Parts a line from who held it: a hook for whoever notices (gateway.identity.line_watch)."""

    take_back_all: TakeBackAll
    now: Callable[[], datetime]

    async def forget_line(self, connection: AsyncConnection, line_id: str) -> None:
        """Erases what may be, in the transaction that ends the line's sessions; what stays, the next holder can't see.

        What they agreed to ends, what they had asked for is called off: it would be done to somebody else's data.
        """
        now, table = self.now(), personal_data_request
        mine = (table.c.line_id == line_id, table.c.state.in_(("waiting", "working")))
        off = {"state": "called_off", "done_at_us": to_us(now), "number": None}
        await connection.execute(update(table).where(*mine).values(**off))
        person = await know_person(connection, line_id, None, now=now)
        for kind in KINDS:
            while keys := await find_batch(connection, kind, person, limit=ROWS_AT_ONCE):
                await erase(connection, kind, keys)
        await self.take_back_all(connection, Caller(Channel.SYSTEM, line_id), deed=f"ended:{to_us(now)}")
        await part_trail(connection, line_id, now=now)
