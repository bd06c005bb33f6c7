"""How is everything that happened decided, and everything that was promised granted, whatever happens to a worker?"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from sqlalchemy import Table
from sqlalchemy.engine import Row

from graphql_schema.ports import BssFault
from loyalty.campaign_tables import happening, reward_grant
from loyalty.campaigns.choosing import Choices
from loyalty.campaigns.decisions import Decisions
from loyalty.campaigns.grants import Grants
from loyalty.campaigns.live import CampaignShelf
from loyalty.campaigns.needs import Bureau
from loyalty.campaigns.turns import claim, put_off

LOG = logging.getLogger(__name__)
AT_ONCE: Final = 8
"""Rows that one process works on at a time: one system that does not answer keeps no other waiting."""

Step = Callable[[Row[Any]], Awaitable[object]]


class CampaignWork:
    """Claims what is due and takes it one step further; any number of workers may, at once.

    A worker that dies leaves its lease to end, and the next one asks what became of what it had asked for.
    """

    def __init__(self, bureau: Bureau, shelf: CampaignShelf, *, at_once: int = AT_ONCE) -> None:
        self._bureau, self._at_once = bureau, at_once
        self._steps: tuple[tuple[Table, Step], ...] = (
            (happening, Decisions(bureau, shelf).decide),
            (reward_grant, Grants(bureau, Choices(bureau, shelf)).advance),
        )

    async def work(self) -> int:
        """Works until nothing is due; how many steps it took."""
        return sum(await asyncio.gather(*(self._work_one_by_one() for _ in range(self._at_once))))

    async def _work_one_by_one(self) -> int:
        steps = 0
        while any([await self._work_on(table, step) for table, step in self._steps]):
            steps += 1
        return steps

    async def _work_on(self, table: Table, step: Step) -> bool:
        """Takes the row that has been due for longest one step further; False where nothing is due."""
        row = await claim(self._bureau, table)
        if row is None:
            return False
        try:
            async with asyncio.timeout(self._bureau.rules.lease.total_seconds()):
                await step(row)
        except (BssFault, TimeoutError) as fault:
            LOG.info("a step of %s waits: %s", table.name, getattr(fault, "code", "timeout"))
            await put_off(self._bureau, table, row)
        except Exception as error:  # noqa: BLE001  one row that can't be read keeps no other waiting
            LOG.error("a step of %s failed: %s", table.name, type(error).__name__)  # its words may quote a person's
            await put_off(self._bureau, table, row)
        return True
