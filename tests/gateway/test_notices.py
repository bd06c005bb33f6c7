"""Is a notice queued once, and only for a number that texts reach?"""

from datetime import UTC, datetime
from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway import conversations
from gateway.conversations import SqlConversations
from gateway.database import read, write
from gateway.notices import SmsNotices
from notifications.sms_queue import SqlSmsQueue
from notifications.tables import metadata, outbound_sms

pytestmark = pytest.mark.anyio


@pytest.fixture
async def notices(engine: AsyncEngine) -> SmsNotices:
    async with write(engine) as connection:
        await connection.run_sync(metadata.create_all)
        await connection.run_sync(conversations.metadata.create_all)
    return SmsNotices(
        SqlSmsQueue(partial(write, engine)),
        SqlConversations(engine),
        signatures={"zh": "一厅", "en": "OneHall"},
        hall_number="10086",
        now=lambda: datetime(2026, 11, 22, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("number", "texts"), [("13800138001", 1), ("02088880009", 0), ("gz00880009", 0), ("gziptv0009", 0), ("", 0)]
)
async def test_a_notice_is_queued_once_for_a_mobile_number_and_for_no_other(
    notices: SmsNotices, engine: AsyncEngine, number: str, texts: int
) -> None:
    for _ in range(2):
        async with write(engine) as connection:
            await notices.send(connection, number=number, notice="records_ready", key="e1")
    async with read(engine) as connection:
        sent = (await connection.execute(select(outbound_sms.c.recipient))).scalars().all()
    assert sent == [number] * texts
