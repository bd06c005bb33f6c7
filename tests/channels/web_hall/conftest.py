"""What do the tests of the web hall share?"""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
