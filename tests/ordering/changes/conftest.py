"""Which hall do the tests of changes work in?"""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.ordering.changes.world import Hall


@pytest.fixture
def database_url(furnished_database_url: str) -> str:
    """With every table, in place of the empty one of other tests."""
    return furnished_database_url


@pytest.fixture
async def hall(engine: AsyncEngine) -> Hall:
    return Hall(engine)
