"""Which questions of a line wait for their answer, and how do they come and go?"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.client import Channel
from graphql_schema.identity_ports import Deed
from graphql_schema.problems import TooMany
from graphql_schema.types.change import PreparedState
from ordering.change_tables import prepared_change
from ordering.changes.evidence import Answer, Evidence
from ordering.needs import insert_new
from ordering.tables import to_us

MOST_WAITING: Final = 5
WAITING: Final = PreparedState.WAITING.value
LAPSED: Final = "change_lapsed"
"""The notice that nobody answered in time."""

_CLAIMS = MOST_WAITING + 1


async def put_question(
    connection: AsyncConnection, row: dict[str, Any], deed: Deed, evidence: Evidence, *, at: datetime
) -> Row[Any]:
    """Lets it wait in the place of another about the same thing; the row of this deed, however often it is tried.

    Raises TooMany.
    """
    table = prepared_change
    for _ in range(_CLAIMS):
        made = (await connection.execute(select(table).where(table.c.id == row["id"]))).one_or_none()
        if made is not None:
            return made
        await lapse(connection, evidence, table.c.line_id == row["line_id"], at=at)
        same = (table.c.line_id == row["line_id"], table.c.thing == row["thing"], table.c.id != row["id"])
        for former in (await connection.execute(select(table.c.id, table.c.mark).where(*same))).all():
            await answer_question(
                connection, former.id, evidence.answer(former.mark, Answer.REPLACED, at=at, deed=deed)
            )
        slot = await _find_slot(connection, row["line_id"])
        await insert_new(connection, table, {**row, "slot": slot})
    raise TooMany(most=MOST_WAITING)


async def answer_question(
    connection: AsyncConnection, question_id: str, answer: dict[str, Any], *more: ColumnElement[bool]
) -> bool:
    """Of any number of answers at once, the first counts: this statement decides. False: it was answered before."""
    table = prepared_change
    waits = (table.c.id == question_id, table.c.state == WAITING, *more)
    return (await connection.execute(update(table).where(*waits).values(answer))).rowcount == 1


async def lapse(
    connection: AsyncConnection, evidence: Evidence, which: ColumnElement[bool], *, at: datetime, limit: int = 50
) -> int:
    """Silence withdraws: marks what nobody answered in time, and notes whom to tell. How many."""
    table = prepared_change
    over = (which, table.c.state == WAITING, table.c.expires_at_us <= to_us(at))
    found = (await connection.execute(select(table).where(*over).order_by(table.c.expires_at_us).limit(limit))).all()
    marked = 0
    for row in found:
        by_text = row.channel == Channel.SMS.value
        tell = {"to_tell": LAPSED, "tell_at_us": to_us(at)} if by_text else {}
        marked += await answer_question(connection, row.id, evidence.answer(row.mark, Answer.SILENCE, at=at) | tell)
    return marked


async def _find_slot(connection: AsyncConnection, line_id: str) -> int:
    """A place that is free. Raises TooMany."""
    asked = select(prepared_change.c.slot).where(prepared_change.c.line_id == line_id)
    taken = set((await connection.execute(asked)).scalars())
    free = next((slot for slot in range(1, MOST_WAITING + 1) if slot not in taken), None)
    if free is None:
        raise TooMany(most=MOST_WAITING)
    return free
