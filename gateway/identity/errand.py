"""What does the house finish after it has answered?"""

import asyncio
from collections.abc import Coroutine

import structlog

log = structlog.get_logger(__name__)
MOST = 500
TASK_NAME = "errand"


class Errands:
    """Work in the background that is kept hold of, bounded, and finished when the process drains."""

    def __init__(self, most: int = MOST) -> None:
        self._under_way: set[asyncio.Task[None]] = set()
        self._most = most

    @property
    def full(self) -> bool:
        """Whether no more can be taken on now."""
        return len(self._under_way) >= self._most

    def run(self, errand: Coroutine[None, None, None]) -> None:
        """Begins an errand. What it raises is logged by its kind: nobody waits for it."""
        task = asyncio.create_task(errand, name=TASK_NAME)
        self._under_way.add(task)
        task.add_done_callback(self._let_go)

    async def finish(self, *, within_seconds: float) -> None:
        """Waits for what is under way, and calls off what takes longer."""
        if not self._under_way:
            return
        _, late = await asyncio.wait(set(self._under_way), timeout=within_seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _let_go(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("errand_failed", error=type(fault).__name__)
