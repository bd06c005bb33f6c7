"""Which till do the tests of money work with?"""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.ordering.money.till import Shop


@pytest.fixture
def database_url(furnished_database_url: str) -> str:
    """With every table, in place of the empty one of other tests."""
    return furnished_database_url


@pytest.fixture
async def shop(engine: AsyncEngine) -> Shop:
    return Shop(engine)
