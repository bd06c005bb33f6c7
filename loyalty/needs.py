"""What does this room need from others?"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.schema import Table

Transaction = Callable[[], AbstractAsyncContextManager[AsyncConnection]]
"""Begins a short transaction that is committed at the end of its block."""

View = Callable[[], AbstractAsyncContextManager[AsyncConnection]]
"""Opens a connection to read with."""

Cross = Callable[[str], None]
"""Called with the name of the boundary between two durable effects that is being passed (``redemption.held``)."""

Announce = Callable[[str], Awaitable[None]]
"""Says that something changed for a line (id)."""


class Teller(Protocol):
    """Tells the owner of a number by SMS."""

    async def send(self, connection: AsyncConnection, *, number: str, notice: str, key: str, **facts: object) -> None:
        """Queues the message in the caller's transaction, once by its key."""
        ...


class Seal(Protocol):
    """Closes what must be read again, and by nobody else."""

    def close(self, text: str) -> str:
        """The closed text, different each time."""
        ...

    def open(self, closed: str) -> str:
        """The text again."""
        ...

    def digest(self, text: str) -> str:
        """The same for the same text, 64 hex digits: it is known again, and not read."""
        ...


def pass_by(boundary: str) -> None:
    """Nobody watches: the deed goes on."""


async def insert_new(connection: AsyncConnection, table: Table, row: dict[str, Any]) -> bool:
    """Inserts the row; False where a unique constraint forbids it."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    done: CursorResult[Any] = await connection.execute(insert(table).values(row).on_conflict_do_nothing())
    return done.rowcount == 1
