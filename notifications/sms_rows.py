"""Which words and deeds do both directions of the queue of texts share?"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from sqlalchemy import Table, and_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult, Row
from sqlalchemy.ext.asyncio import AsyncConnection

Transaction = Callable[[], AbstractAsyncContextManager[AsyncConnection]]
"""Begins a short write transaction (SQLite: IMMEDIATE) that is committed at the end of its block."""


class Lane(IntEnum):
    """Who goes first: a code that someone waits for, an alert, an answer, a notice."""

    CODE = 10
    ALERT = 20
    ANSWER = 30
    SECRET_ANSWER = 31
    NOTICE = 40


BLANKED = (Lane.CODE, Lane.SECRET_ANSWER)
"""Lanes of texts that open something to whoever reads them: nothing of them is kept once they are out."""


@dataclass(frozen=True, slots=True)
class SmsLimits:
    """How long what is kept. ``repeat_seconds``: within it, the same text over another bind is a second delivery."""

    repeat_seconds: int = 120
    answer_lifetime_seconds: int = 6 * 3600
    keep_seconds: int = 30 * 86400
    keep_parts_seconds: int = 86400


async def insert_once(connection: AsyncConnection, table: Table, values: dict[str, Any]) -> bool:
    """Inserts a row; False if a unique key says that it is there already."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    done: CursorResult[Any] = await connection.execute(insert(table).values(values).on_conflict_do_nothing())
    return bool(done.rowcount)


async def lease_rows(
    connection: AsyncConnection, table: Table, rows: Sequence[Row[Any]], values: dict[str, Any]
) -> list[Row[Any]]:
    """Leases the rows, each by a conditional UPDATE: one that another process took in between is left out.

    Returns them as they were before.
    """
    leased = []
    for row in rows:
        same = and_(table.c.id == row.id, table.c.attempts == row.attempts, table.c.state == row.state)
        done = await connection.execute(update(table).where(same).values(attempts=row.attempts + 1, **values))
        if done.rowcount:
            leased.append(row)
    return leased


def microseconds(seconds: float) -> int:
    """Seconds as the integer that the tables keep."""
    return int(seconds * 1_000_000)


def storable(text: str) -> str:
    """The text without NUL and with half characters replaced: a phone can send both, and PostgreSQL refuses them.

    A text that can't be stored would be offered by the SMSC again and again, and with each offer the link would fall.
    """
    return text.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
