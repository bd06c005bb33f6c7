"""Which questions was a line's holder asked?"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.client import Caller
from graphql_schema.problems import NotFound, SignInRequired
from graphql_schema.types.change import PreparedChange
from ordering.change_tables import prepared_change
from ordering.changes.evidence import Evidence, Question, read_question
from ordering.changes.waiting import WAITING
from ordering.needs import View
from ordering.tables import is_row_id, to_us

LOG = logging.getLogger(__name__)


class Questions:
    """Reads questions; each only for whoever holds its line now."""

    def __init__(self, view: View, evidence: Evidence, *, now: Callable[[], datetime]) -> None:
        self._view, self._evidence, self._now = view, evidence, now

    async def find(self, line_id: str, question_id: str) -> Question | None:
        """The line's question, or None."""
        if not is_row_id(question_id):
            return None
        async with self._view() as connection:
            found = (await read_questions(connection, [question_id], self._evidence)).get(question_id)
        return found if found is not None and found.line_id == line_id else None

    async def fetch(self, caller: Caller, question_id: str) -> Question:
        """The same. Raises NotFound."""
        found = await self.find(line_of(caller), question_id)
        if found is None:
            raise NotFound
        return found

    async def fetch_waiting(self, caller: Caller) -> Sequence[PreparedChange]:
        """Those that wait, newest first."""
        table, now = prepared_change, self._now()
        waits = (table.c.line_id == line_of(caller), table.c.state == WAITING, table.c.expires_at_us > to_us(now))
        asked = select(table).where(*waits).order_by(table.c.prepared_at_us.desc(), table.c.id)
        async with self._view() as connection:
            rows = (await connection.execute(asked)).all()
        return [read_question(row).tell(now=now) for row in rows]


async def read_questions(connection: AsyncConnection, ids: Sequence[str], evidence: Evidence) -> dict[str, Question]:
    """Those of them that are the present holder's. One that was changed since is still shown, and the log names it:
    nothing is ordered by it (``read_mark``, ``Evidence.demand``)."""
    table = prepared_change
    asked = select(table).where(table.c.id.in_(ids), table.c.former.is_(False))
    rows = (await connection.execute(asked)).all()
    for row in rows:
        if not evidence.is_ours(row):
            LOG.error("the evidence of change %s does not bear our mark", row.id)
    return {row.id: read_question(row) for row in rows}


async def read_mark(connection: AsyncConnection, question_id: str, evidence: Evidence) -> str:
    """The question's mark. Raises NotFound for one that was not written here: nothing may be ordered by it."""
    table = prepared_change
    row = (await connection.execute(select(table).where(table.c.id == question_id))).one_or_none()
    if row is None or not evidence.is_ours(row):
        LOG.error("a prepared change does not bear our mark")
        raise NotFound
    return str(row.mark)


def line_of(caller: Caller) -> str:
    """The caller's line. Raises SignInRequired."""
    if caller.subscriber is None:
        raise SignInRequired
    return caller.subscriber
