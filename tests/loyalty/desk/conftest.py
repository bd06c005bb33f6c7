"""At which desk do these tests work? One over this room's tables alone, on both databases."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.loyalty.desk.office import Office


@pytest.fixture
async def office(engine: AsyncEngine) -> Office:
    office = Office(engine)
    await office.prepare()
    return office
