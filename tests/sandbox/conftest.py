"""Which sandbox do these tests ask?"""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime

import httpx
import pytest

from sandbox.app import create_app
from sandbox.bss.month import CHINA
from sandbox.bss.world import World

BORN = datetime(2026, 11, 22, 10, 0, tzinfo=CHINA)
BORN_MS = int(BORN.timestamp() * 1000)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def born_ms() -> int:
    return BORN_MS


@pytest.fixture
def world() -> Iterator[World]:
    made = World.open(subscribers=60, now_ms=BORN_MS)
    yield made
    made.store.close()


@pytest.fixture
async def bss(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the sandbox in process; no lifespan, so events wait in the store."""
    transport = httpx.ASGITransport(create_app(world))
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        yield client
