"""Where does a dialogue wait for its next message?"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import BigInteger, Column, Index, MetaData, String, Table, Text, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import insert_into, read, write

LONGEST_STATE = 64 * 1024
LONGEST_KEY = 128

metadata = MetaData(naming_convention={"pk": "pk_%(table_name)s"})

conversation = Table(
    "conversation",
    metadata,
    Column("key", String(LONGEST_KEY), primary_key=True, comment="sms:<number>, ivr:<call>"),
    Column("state", Text, nullable=False, comment="JSON; never a secret"),
    Column("expires_at_us", BigInteger, nullable=False),
    Index("ix_conversation_expires_at_us", "expires_at_us"),
)


def real_now() -> datetime:
    """This machine's time."""
    return datetime.now(UTC)


class SqlConversations:
    """The ``Conversations`` of channels.dialogue over SQL: they outlive the process that holds the line."""

    def __init__(self, engine: AsyncEngine, *, now: Callable[[], datetime] = real_now) -> None:
        self._engine, self._now = engine, now

    async def load(self, key: str) -> dict[str, Any] | None:
        """The state that was kept, or None."""
        async with read(self._engine) as connection:
            return await self.load_within(connection, key)

    async def load_within(self, connection: AsyncConnection, key: str) -> dict[str, Any] | None:
        """The same over the caller's own connection: whoever holds one must not wait for a second."""
        mine = (conversation.c.key == _kept_as(key), conversation.c.expires_at_us > self._now_us())
        text = (await connection.execute(select(conversation.c.state).where(*mine))).scalar_one_or_none()
        if text is None:
            return None
        state: dict[str, Any] = json.loads(text)
        return state

    async def save(self, key: str, state: Mapping[str, Any], *, keep_seconds: int) -> None:
        """Replaces the state, and forgets every dialogue whose time is over.

        Raises ValueError or TypeError for what is not JSON, or longer than 64 KiB of it; DatabaseFault.
        """
        text = json.dumps(dict(state), ensure_ascii=True, allow_nan=False, separators=(",", ":"))
        if len(text) > LONGEST_STATE:
            raise ValueError(f"a dialogue's state may have {LONGEST_STATE} characters, this one has {len(text)}")
        now_us = self._now_us()
        values = {"state": text, "expires_at_us": now_us + keep_seconds * 1_000_000}
        async with write(self._engine) as connection:
            insert = insert_into(conversation, connection).values(key=_kept_as(key), **values)
            await connection.execute(insert.on_conflict_do_update(index_elements=["key"], set_=values))
            await connection.execute(delete(conversation).where(conversation.c.expires_at_us <= now_us))

    async def end(self, key: str) -> None:
        """Forgets the dialogue; one that is not there is no error."""
        async with write(self._engine) as connection:
            await connection.execute(delete(conversation).where(conversation.c.key == _kept_as(key)))

    def _now_us(self) -> int:
        return (self._now() - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _kept_as(key: str) -> str:
    # A call's id is whatever the voice gateway says it is: of any length, and with characters that no database keeps.
    if len(key) <= LONGEST_KEY and key.isascii() and key.isprintable():
        return key
    return "sha256:" + sha256(key.encode(errors="backslashreplace")).hexdigest()
