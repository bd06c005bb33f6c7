"""Does a write that is cancelled end as cancelled, whatever it was doing?"""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import write

pytestmark = pytest.mark.anyio

TRIES = 60


async def test_a_cancelled_write_is_no_fault_of_the_database(engine: AsyncEngine) -> None:
    async with write(engine) as connection:
        await connection.execute(text("CREATE TABLE note (words TEXT)"))

    async def keep_writing() -> None:
        while True:
            async with write(engine) as connection:
                await connection.execute(text("INSERT INTO note VALUES ('x')"))

    for attempt in range(TRIES):
        task = asyncio.create_task(keep_writing())
        await asyncio.sleep(0.0005 * (attempt % 12))
        task.cancel()
        [ended] = await asyncio.gather(task, return_exceptions=True)
        assert isinstance(ended, asyncio.CancelledError), repr(ended)
    async with asyncio.timeout(10), write(engine) as connection:
        assert await connection.scalar(text("SELECT count(*) FROM note")) >= 0
