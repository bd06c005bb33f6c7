"""Do the texts that nobody asked for leave, in the right language, however many at once?"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from channels.rendering import Language
from gateway.conversations import SqlConversations
from gateway.conversations import metadata as conversations_metadata
from gateway.database import POOL_SIZE, write
from gateway.texts import SmsCodes
from notifications.sms_queue import SqlSmsQueue
from notifications.tables import metadata, outbound_sms

pytestmark = pytest.mark.anyio

SIGNATURES: Mapping[Language, str] = {"zh": "一厅", "en": "OneHall"}


async def test_more_codes_at_once_than_there_are_connections_all_leave_each_in_its_language(
    engine: AsyncEngine,
) -> None:
    async with write(engine) as connection:
        await connection.run_sync(metadata.create_all)
        await connection.run_sync(conversations_metadata.create_all)
    conversations = SqlConversations(engine)
    await conversations.save("sms:13800138001", {"language": "en"}, keep_seconds=60)
    codes = SmsCodes(SqlSmsQueue(partial(write, engine)), conversations, signatures=SIGNATURES)
    expires_at = datetime.now(UTC) + timedelta(minutes=5)
    most = 2 * POOL_SIZE if engine.dialect.name == "postgresql" else 1  # SQLite's writers take turns
    all_hold_one = asyncio.Barrier(most)

    async def send(number: int) -> None:
        async with write(engine) as connection:
            await all_hold_one.wait()
            await codes.send(connection, number=str(number), code="123456", expires_at=expires_at)

    await asyncio.gather(*(send(13800138001 + index) for index in range(most)))
    async with engine.connect() as connection:
        sent = (await connection.execute(select(outbound_sms.c.recipient, outbound_sms.c.text))).all()
    assert len(sent) == most
    assert all(("OneHall" in row.text) is (row.recipient == "13800138001") for row in sent)
