"""Which worker is killed in the middle of its work? This one: it says each time that it looks at the clock."""

import asyncio
import sys
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.database import open_database
from gateway.identity.personal_data.work import PersonalDataWork
from graphql_schema.types.line import Line
from tests.fakes.ports import make_line


class OneLine:
    """The number is L1's."""

    async def find_line(self, number: str) -> Line:
        return make_line(id="L1", number=number)


class NoTexts:
    """Nobody is told anything."""

    async def send(self, connection: AsyncConnection, **_: object) -> None:
        return None


async def nothing(*_: object, **__: object) -> int:
    return 0


async def work(url: str, moment: datetime) -> None:
    def now() -> datetime:
        print("tick", flush=True)
        return moment

    engine, secret = open_database(url), b"a secret of these tests, 32 bytes"
    worker = PersonalDataWork(
        engine, OneLine(), NoTexts(), secret=secret, now=now, line_ended=[], take_back_all=nothing, batch=1
    )
    await worker.work_on_requests()
    await engine.dispose()


asyncio.run(work(sys.argv[1], datetime.fromisoformat(sys.argv[2])))
