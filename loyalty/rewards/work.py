"""How is every redemption that is under way brought to its end, whatever happened to whoever began it?"""

from typing import Any

from sqlalchemy.engine import Row

from loyalty.rewards.fulfilling import Fulfilments
from loyalty.rewards.needs import Holds, Mall
from loyalty.rewards.rows import ENDS, turns_of


class RedemptionWork:
    """Claims rows that are due and takes them one step further; any number of workers may, at once.

    A worker that dies leaves its lease to end, and the next one asks what became of what it had asked for.
    """

    def __init__(self, mall: Mall, points: Holds) -> None:
        self._turns, self._fulfilments = turns_of(mall), Fulfilments(mall, points, later=True)

    async def work(self) -> int:
        """Works until nothing is due; how many steps it took."""
        return await self._turns.work(self._step)

    async def _step(self, row: Row[Any]) -> None:
        if row.state in ENDS or row.state == "returning":  # nobody need look at it again
            await self._turns.free(row, after=None)
        else:
            await self._fulfilments.fulfil(row)
