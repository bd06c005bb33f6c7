"""How does a line's owner hear by text of what was won or redeemed, once?"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Protocol

from sqlalchemy import ColumnElement, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.ports import Lines
from graphql_schema.types.line import LineState
from graphql_schema.types.localized_text import LocalizedText
from loyalty.claiming import Turns
from loyalty.needs import Teller, Transaction, View, insert_new
from loyalty.notice_tables import loyalty_notice
from loyalty.tables import from_us, to_us

TOLD_WITHIN: Final = timedelta(days=1)
"""Whoever could not be told for so long is not: they see it at the hall."""


@dataclass(frozen=True, slots=True)
class LineNotice:
    """What the owner of a line is to be told. Facts are points, days (ISO) and words; ``amount_fen`` is told in yuan,
    ``name`` is in both languages."""

    notice: str
    key: str
    line_id: str
    name: tuple[str, str]
    facts: dict[str, Any] = field(default_factory=dict)


class LineTeller(Protocol):
    """Tells a line's owner by text."""

    async def tell(self, connection: AsyncConnection, told: LineNotice) -> None:
        """Writes it down in the caller's transaction; it is told once by notice and key."""
        ...


class LineNotices:
    """The ``LineTeller`` over SQL, and the work of telling. Any number of workers may, at once."""

    def __init__(
        self, transaction: Transaction, reading: View, lines: Lines, teller: Teller, *, now: Callable[[], datetime]
    ) -> None:
        self._transaction, self._lines, self._teller, self._now = transaction, lines, teller, now
        self._turns = Turns(loyalty_notice, transaction, reading, now)

    async def tell(self, connection: AsyncConnection, told: LineNotice) -> None:
        """Writes it down."""
        now_us, (zh, en) = to_us(self._now()), told.name
        row = {
            "id": f"{told.notice}:{told.key}",
            "line_id": told.line_id,
            "notice": told.notice,
            "facts": json.dumps(told.facts | {"name": [zh, en]}, ensure_ascii=False),
            "state": "waiting",
            "at_us": now_us,
            "free_at_us": now_us,
            "attempts": 0,
        }
        await insert_new(connection, loyalty_notice, row)

    async def work(self) -> int:
        """Tells what is due; how much."""
        return await self._turns.work(self._tell)

    async def _tell(self, row: Row[Any]) -> None:
        line = await self._lines.fetch_line(row.line_id)
        late = self._now() - from_us(row.at_us) > TOLD_WITHIN
        helps = line is not None and line.state is not LineState.CLOSED and not late
        ended = {"state": "told" if helps else "dropped", "free_at_us": None}
        async with self._transaction() as connection:
            mine = update(loyalty_notice).where(*self._turns.unchanged(row)).values(ended)
            if (await connection.execute(mine)).rowcount == 1 and line is not None and helps:
                key, facts = row.id.partition(":")[2], _read_facts(row)
                await self._teller.send(connection, number=line.number, notice=row.notice, key=key, **facts)


async def forget_notices_of(connection: AsyncConnection, line_id: str) -> None:
    """The line ended, or somebody else holds it now: its next holder is told nothing of before."""
    mine = (loyalty_notice.c.line_id == line_id, loyalty_notice.c.state == "waiting")
    await connection.execute(update(loyalty_notice).where(*mine).values(state="dropped", free_at_us=None))


def notices_over(now: datetime, *, keep: timedelta) -> ColumnElement[bool]:
    """What was told, or is not told any more, so long ago. (What could be told again by the same name is over by
    then.)"""
    return loyalty_notice.c.free_at_us.is_(None) & (loyalty_notice.c.at_us < to_us(now - keep))


def _read_facts(row: Row[Any]) -> dict[str, object]:
    facts = json.loads(row.facts)
    zh, en = facts.pop("name")
    read: dict[str, object] = {"name": LocalizedText(zh=zh, en=en)}
    for name, fact in facts.items():
        if name == "amount_fen":
            read["amount"] = None if fact is None else Decimal(fact) / 100
        elif name in {"until", "begins"}:
            read[name] = None if fact is None else date.fromisoformat(fact)
        else:
            read[name] = fact
    return read
