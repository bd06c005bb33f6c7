"""How is a reward that was won brought to its end, and back where it may not be kept?"""

from datetime import timedelta
from typing import Any

from sqlalchemy.engine import Row

from loyalty.campaigns.choosing import Choices
from loyalty.campaigns.giving import name_points
from loyalty.campaigns.money import MoneyGrants
from loyalty.campaigns.needs import Bureau
from loyalty.campaigns.notation import parse_reward
from loyalty.campaigns.rows import Overtaken, announce, end, hold, turns_of
from loyalty.campaigns.things import ThingGrants
from loyalty.points.taking_back import take_back
from loyalty.rules.effects import Bonus, Goods, Pack, PointsGift
from loyalty.tables import to_us


class Grants:
    """The machine of grants: a worker claims one, and it goes as far as it comes.

    Whose turn is over writes nothing (``hold``): another claimed it, the customer chose, or what earned it went back.
    """

    def __init__(self, bureau: Bureau, choices: Choices) -> None:
        self._bureau, self._choices = bureau, choices
        self._money, self._things = MoneyGrants(bureau), ThingGrants(bureau)

    async def advance(self, row: Row[Any]) -> None:
        """Raises BssFault: nobody knows, and it waits."""
        try:
            pause = await self._step(row)
        except Overtaken:
            return
        if pause is not None:
            await turns_of(self._bureau).free(row, after=pause)
        await announce(self._bureau, row.line_id)

    async def _step(self, row: Row[Any]) -> timedelta | None:
        if row.state == "choosing":
            await self._choices.lapse(row)
            return None
        effect = parse_reward(row.reward).effect
        if isinstance(effect, Bonus):
            return await self._money.advance(row, effect)
        if isinstance(effect, (Pack, Goods)) and row.state == "granting":
            return await self._things.advance(row, effect)
        if isinstance(effect, PointsGift):
            await self._take_points_back(row)
            return None
        await end(self._bureau, row, row.state)  # it is at its end: nobody need look at it again
        return None

    async def _take_points_back(self, row: Row[Any]) -> None:
        """Out of the lot that they came in, then out of others; what is missing is owed. Where the line changed hands
        meanwhile its account is closed, and there is nothing to take."""
        bureau, due = self._bureau, row.quantity - row.kept - row.points_back
        state = "taken_back" if row.kept == 0 else "granted"
        ended = {"state": state, "points_back": row.quantity - row.kept, "free_at_us": None}
        async with bureau.transaction() as connection:
            await hold(connection, row, **ended, ended_at_us=to_us(bureau.now()))
            if due > 0:
                event = f"back:{name_points(row.id)}:{row.quantity - row.kept}"
                await take_back(connection, event, earned=name_points(row.id), points=due, now=bureau.now())
        bureau.cross("grant.points_back")
