"""What does this room need from others?"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.schema import Table

Transaction = Callable[[], AbstractAsyncContextManager[AsyncConnection]]
"""Begins a short transaction that is committed at the end of its block."""

View = Callable[[], AbstractAsyncContextManager[AsyncConnection]]
"""Opens a connection to read with."""


class Seal(Protocol):
    """Closes what must be read again, and by nobody else."""

    def close(self, text: str) -> str:
        """The closed text, different each time."""
        ...

    def open(self, closed: str) -> str:
        """The text again. Raises where it was closed with another secret, or changed."""
        ...

    def close_bytes(self, content: bytes, *, about: str) -> bytes:
        """The closed content. ``about`` says what it is: as anything else it can't be opened."""
        ...

    def open_bytes(self, closed: bytes, *, about: str) -> bytes:
        """The content again. Raises as ``open`` does."""
        ...


class Notices(Protocol):
    """Tells the owner of a number by SMS."""

    async def send(self, connection: AsyncConnection, *, number: str, notice: str, key: str, **facts: object) -> None:
        """Queues the message in the caller's transaction; ``key`` makes it once."""
        ...


async def insert_new(connection: AsyncConnection, table: Table, row: dict[str, object]) -> bool:
    """Inserts the row; False where a unique constraint forbids it."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    done: CursorResult[object] = await connection.execute(insert(table).values(row).on_conflict_do_nothing())
    return done.rowcount == 1
