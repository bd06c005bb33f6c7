"""How does the owner of a line hear by SMS what became of a change?"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Table, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.ports import BssFault, Lines
from graphql_schema.types.line import Line, LineState
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.order import NextStep, Order, OrderState
from ordering.change_tables import change_order, prepared_change
from ordering.changes.patience import Patience
from ordering.crossing import Cross, pass_by
from ordering.needs import Teller, Transaction, View
from ordering.tables import from_us, to_us

LOG = logging.getLogger(__name__)
DONE: Final = "order_done"
FAILED: Final = "order_failed"
_AGAIN_AFTER: Final = timedelta(minutes=1)
_AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True)
class OrderNotice:
    """What is to be told of an order: ``order_done`` (name, action) or ``order_failed`` (also failure, next_step,
    partly)."""

    notice: str
    name: LocalizedText
    action: str
    failure: LocalizedText | None = None
    next_step: NextStep | None = None
    partly: bool = False


def find_notice(order: Order) -> OrderNotice | None:
    """What its owner has to hear of an order; nothing while it goes on, or when it was called off."""
    if order.state is OrderState.COMPLETED:
        return OrderNotice(DONE, order.name, order.action.value)
    if order.state in {OrderState.FAILED, OrderState.REJECTED, OrderState.PARTIAL}:
        partly = order.state is OrderState.PARTIAL
        return OrderNotice(FAILED, order.name, order.action.value, order.failure, order.next_step, partly)
    return None


def write_notice(notice: OrderNotice, *, at: datetime) -> dict[str, Any]:
    """The columns of change_order that make it be told."""
    facts = {
        "name": _write_text(notice.name),
        "action": notice.action,
        "failure": None if notice.failure is None else _write_text(notice.failure),
        "next_step": None if notice.next_step is None else notice.next_step.value,
        "partly": notice.partly,
    }
    told = json.dumps(facts, ensure_ascii=False)
    return {"to_tell": notice.notice, "tell_at_us": to_us(at), "told": told}


class ChangeTelling:
    """Queues the texts that are due, each in one commit with the note that it was."""

    def __init__(  # noqa: PLR0913  what a text needs
        self,
        transaction: Transaction,
        view: View,
        lines: Lines,
        teller: Teller,
        *,
        now: Callable[[], datetime],
        patience: Patience,
        cross: Cross = pass_by,
    ) -> None:
        self._transaction, self._view, self._lines, self._teller = transaction, view, lines, teller
        self._now, self._patience, self._cross = now, patience, cross

    async def tell_due(self) -> int:
        """Tells what is due; how much. Whoever can't be found or told now is told a minute later."""
        told = 0
        for table, ended in ((prepared_change, "expires_at_us"), (change_order, "ended_at_us")):
            asked = select(table).where(table.c.tell_at_us <= to_us(self._now())).order_by(table.c.tell_at_us)
            async with self._view() as connection:
                rows = (await connection.execute(asked.limit(_AT_ONCE))).all()
            for row in rows:
                try:
                    told += await self._tell(table, row, since=from_us(getattr(row, ended)))
                except Exception as error:  # noqa: BLE001  one text that can't be written keeps no other waiting
                    LOG.error("a text about a change rests: %s", type(error).__name__)  # its words may quote somebody
                    await self._put_off(table, row)
        return told

    async def _tell(self, table: Table, row: Row[Any], *, since: datetime) -> bool:
        try:
            line = await self._lines.fetch_line(row.line_id)
        except BssFault:
            await self._put_off(table, row)
            return False
        self._cross("tell.due")
        async with self._transaction() as connection:
            noted = await self._note(connection, table, row, tell_at_us=None, to_tell=None)
            if noted and line is not None and self._helps(line, since):
                facts = _facts_of(table, row)
                await self._teller.send(connection, number=line.number, notice=row.to_tell, key=row.id, **facts)
        self._cross("tell.queued")
        return noted

    async def _put_off(self, table: Table, row: Row[Any]) -> None:
        async with self._transaction() as connection:
            await self._note(connection, table, row, tell_at_us=to_us(self._now() + _AGAIN_AFTER))

    def _helps(self, line: Line, since: datetime) -> bool:
        return line.state is not LineState.CLOSED and self._now() - since < self._patience.tell_within

    @staticmethod
    async def _note(connection: AsyncConnection, table: Table, row: Row[Any], **columns: object) -> bool:
        same = (table.c.id == row.id, table.c.to_tell == row.to_tell, table.c.tell_at_us == row.tell_at_us)
        return (await connection.execute(update(table).where(*same).values(columns))).rowcount == 1


def _facts_of(table: Table, row: Row[Any]) -> Mapping[str, object]:
    if table is prepared_change:
        return {"name": LocalizedText(zh=row.name_zh, en=row.name_en)}
    facts = json.loads(row.told)
    failure = facts["failure"]
    return {
        **facts,
        "name": LocalizedText(**facts["name"]),
        "failure": None if failure is None else LocalizedText(**failure),
    }


def _write_text(text: LocalizedText) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}
