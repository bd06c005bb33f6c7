"""What do changes need from others?"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.types.change import ChangeAction


@dataclass(frozen=True, slots=True)
class DoneOrder:
    """An order that is done, as whatever rewards it needs to know it. ``offering_id`` is what the line has now, or what
    another line was opened with; None where the order was about none. ``at`` is business time."""

    order_id: str
    line_id: str
    account_id: str
    action: ChangeAction
    offering_id: str | None
    channel: str
    at: datetime


class OrderRewards(Protocol):
    """Hears of orders that are done, in the commit that says so. Never refuses."""

    async def note_done(self, connection: AsyncConnection, done: DoneOrder) -> None:
        """The operator did what was ordered: all of it."""
        ...


class NoOrderRewards:
    """Nothing is won or lost by an order."""

    async def note_done(self, connection: AsyncConnection, done: DoneOrder) -> None:
        """It is done."""
