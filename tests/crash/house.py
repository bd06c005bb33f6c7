"""A house small enough to be born and killed at every boundary: the real rooms over one database and one BSS."""

import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.snapshot import MemorySnapshots
from channels.sms.wording import SIGNATURES
from gateway.conversations import SqlConversations
from gateway.database import open_database, read, write
from gateway.notices import SmsNotices
from graphql_schema.client import Caller, Channel
from graphql_schema.identity_ports import Deed
from notifications.sms_queue import SqlSmsQueue
from ordering.crossing import Cross, pass_by
from ordering.needs import Transaction, View

SECRET = b"a secret of these tests, 32 bytes"


class Clock:
    """This machine's time, and so many seconds later."""

    def __init__(self, later_seconds: float) -> None:
        self.later_seconds = later_seconds

    def __call__(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.later_seconds)


@dataclass(frozen=True)
class House:
    """What a deed is done with. ``asked`` are its arguments, plain JSON."""

    engine: AsyncEngine
    client: TmfClient
    clock: Clock
    cross: Cross
    sandbox: str
    asked: Mapping[str, Any]

    @property
    def transaction(self) -> Transaction:
        return partial(write, self.engine)

    @property
    def view(self) -> View:
        return partial(read, self.engine)

    @property
    def notices(self) -> SmsNotices:
        """The real texts: rows of the same database."""
        queue = SqlSmsQueue(self.transaction, secret=SECRET)
        conversations = SqlConversations(self.engine)
        return SmsNotices(queue, conversations, signatures=SIGNATURES, hall_number="10086", now=self.clock)

    @property
    def caller(self) -> Caller:
        """The customer of the line ``line``, in the channel ``channel``."""
        channel = Channel(self.asked.get("channel", "web"))
        return Caller(channel, subscriber=self.asked["line"], number=self.asked.get("number"), assurance=3)

    def deed(self) -> Deed:
        """The deed of the id ``deed``."""
        return Deed(self.asked["deed"], self.caller)


DeedOfHouse = Callable[[House], Awaitable[Any]]
"""Does something, and answers plain JSON."""


@asynccontextmanager
async def open_house(job: Mapping[str, Any]) -> AsyncIterator[House]:
    """A house for one deed, which dies by SIGKILL where the job says so (``die_at``), when it first passes there."""
    engine = open_database(job["database"])
    client = TmfClient(f"{job['sandbox']}/tmf-api", snapshots=MemorySnapshots())
    cross = _doom(job["die_at"]) if job.get("die_at") else pass_by
    try:
        clock = Clock(job.get("later_seconds", 0))
        yield House(engine, client, clock, cross, job["sandbox"], job.get("asked", {}))
    finally:
        await client.aclose()
        await engine.dispose()


def _doom(die_at: str) -> Cross:
    def cross(boundary: str) -> None:
        if boundary == die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    return cross
