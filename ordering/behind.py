"""How does a worker work on without keeping the schedule waiting?"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

LOG = logging.getLogger(__name__)


class Behind:
    """One piece of work at a time, behind whoever asks for it. What goes wrong is logged by its type, and the next call
    goes on: rows that were being worked on are leased, and their leases end by themselves."""

    def __init__(self, name: str, work: Callable[[], Awaitable[object]]) -> None:
        self._name, self._work = name, work
        self._under_way: asyncio.Task[None] | None = None

    async def wake(self) -> None:
        """Begins to work, unless that is under way."""
        if self._under_way is None or self._under_way.done():
            self._under_way = asyncio.create_task(self._work_on(), name=self._name)

    async def stop(self) -> None:
        """Leaves what is under way to its leases."""
        if self._under_way is not None:
            self._under_way.cancel()
            await asyncio.gather(self._under_way, return_exceptions=True)

    async def _work_on(self) -> None:
        try:
            await self._work()
        except Exception as error:  # noqa: BLE001  nobody waits for this task: the sweep comes again
            LOG.error("%s: broken off by %s", self._name, type(error).__name__)
