"""Does an assembled hall keep what its parts promise?"""

import asyncio
from pathlib import Path

import pytest

from gateway.database import write
from gateway.migrations import upgrade_database
from gateway.settings import load_settings
from gateway.wiring import open_hall
from graphql_schema.client import Caller, Channel, Operation

pytestmark = pytest.mark.anyio

INBOX = Operation("Inbox", "query Inbox { me { inbox { id } } }")


async def test_the_inbox_is_read_while_another_writes(tmp_path: Path) -> None:
    settings = load_settings(data_folder=tmp_path, open_documents=True)
    await asyncio.to_thread(upgrade_database, settings.database)
    async with open_hall(settings) as hall, write(hall.engine):
        async with asyncio.timeout(3):
            outcome = await hall.graph.run(INBOX, {}, Caller(Channel.APP, "L1", assurance=1))
    assert (outcome.data, outcome.errors) == ({"me": {"inbox": []}}, ())
