"""A process that works on an export until it is killed in the middle: ``python -m tests.statements.doomed_worker``."""

import asyncio
import sys
from datetime import datetime
from functools import partial

from gateway.database import open_database, write
from gateway.identity.seal import Seal
from statements.export_work import ExportWork
from tests.statements.records import Records, make_sources
from tests.statements.world import Letters


async def work(database_url: str, secret: str, now: str) -> None:
    async def stop_half_way(page: int) -> None:
        if page == 2:
            print("half", flush=True)
            await asyncio.sleep(60)

    engine = open_database(database_url)
    records = Records(total=3000, before_page=stop_half_way)
    doomed = ExportWork(
        partial(write, engine),
        make_sources(records),
        Letters(),
        seal=Seal(secret=secret.encode(), purpose="statements"),
        now=lambda: datetime.fromisoformat(now),
        part_bytes=1000,
    )
    await doomed.work_on_exports()


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))
