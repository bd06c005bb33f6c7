"""Which till do the tests of money work with?"""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import write
from ordering.money_tables import metadata
from tests.ordering.money.till import Shop


@pytest.fixture
async def shop(engine: AsyncEngine) -> Shop:
    async with write(engine) as connection:
        await connection.run_sync(metadata.create_all)
    return Shop(engine)
