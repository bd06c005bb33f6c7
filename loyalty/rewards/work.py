"""How is every redemption that is under way brought to its end, whatever happened to whoever began it?"""

import asyncio
import logging
from typing import Any, Final

from sqlalchemy.engine import Row

from graphql_schema.ports import BssFault
from loyalty.rewards.fulfilling import Fulfilments
from loyalty.rewards.needs import Holds, Mall
from loyalty.rewards.rows import ENDS, claim, find_pause, free

LOG = logging.getLogger(__name__)
AT_ONCE: Final = 4
"""Rows that one process works on at a time: one answer that does not come keeps no other waiting."""


class RedemptionWork:
    """Claims rows that are due and takes them one step further; any number of workers may, at once.

    A worker that dies leaves its lease to end, and the next one asks what became of what it had asked for.
    """

    def __init__(self, mall: Mall, points: Holds) -> None:
        self._mall, self._fulfilments = mall, Fulfilments(mall, points, later=True)

    async def work(self) -> int:
        """Works until nothing is due; how many steps it took."""
        return sum(await asyncio.gather(*(self._work_one_by_one() for _ in range(AT_ONCE))))

    async def _work_one_by_one(self) -> int:
        steps = 0
        while (row := await claim(self._mall)) is not None:
            await self._take_further(row)
            steps += 1
        return steps

    async def _take_further(self, row: Row[Any]) -> None:
        try:
            await self._step(row)
        except (BssFault, TimeoutError) as fault:
            LOG.info("a redemption waits: %s", getattr(fault, "code", "timeout"))
            await self._put_off(row)
        except Exception as error:  # noqa: BLE001  one row that can't be read keeps no other waiting
            LOG.error("a step of a redemption failed: %s", type(error).__name__)  # its words may quote a person's
            await self._put_off(row)

    async def _step(self, row: Row[Any]) -> None:
        if row.state in ENDS or row.state == "returning":  # nobody need look at it again
            await free(self._mall, row, after=None)
        else:
            await self._fulfilments.fulfil(row)

    async def _put_off(self, row: Row[Any]) -> None:
        await free(self._mall, row, after=find_pause(self._mall.rules, row.attempts))
