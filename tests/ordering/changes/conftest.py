"""Which hall do the tests of changes work in?"""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import write
from ordering.change_tables import change_order
from tests.ordering.changes.world import Hall


@pytest.fixture
async def hall(engine: AsyncEngine) -> Hall:
    async with write(engine) as connection:
        await connection.run_sync(change_order.metadata.create_all)
    return Hall(engine)
