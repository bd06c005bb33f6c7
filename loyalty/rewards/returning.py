"""How do goods come back, and their points with them?"""

from typing import Any

from sqlalchemy.engine import Row

from graphql_schema.identity_ports import Deed
from graphql_schema.problems import NotFound, NotReturnable
from graphql_schema.types.reward import RewardKind
from loyalty.reward_tables import redemption
from loyalty.rewards.needs import Holds, Mall
from loyalty.rewards.rows import enter, find_redemption
from loyalty.rewards.taking import put_back
from loyalty.rewards.view import find_returnable_until


class Returns:
    """The steps of a return, each by a colleague who is answerable for it."""

    def __init__(self, mall: Mall, points: Holds) -> None:
        self._mall, self._points, self._cross = mall, points, mall.cross

    async def begin(self, deed: Deed, redemption_id: str) -> Row[Any]:
        """The customer sends the goods back; nothing moves yet. Raises NotFound, NotReturnable."""
        row = await self._find(redemption_id)
        if row.return_id == deed.id:
            return row
        if row.kind != RewardKind.GOODS.value:
            raise NotReturnable(reason="not_goods")
        until = find_returnable_until(self._mall, row)
        if until is None:
            raise NotReturnable(reason="not_there")
        if self._mall.now() >= until:
            raise NotReturnable(reason="too_late")
        began = await self._pass(row, "returning", return_id=deed.id, returned_by=deed.caller.actor)
        self._cross("redemption.return_begun")
        return began

    async def finish(self, deed: Deed, redemption_id: str) -> Row[Any]:
        """The goods are here: the points go back into the same lots and the piece into the stock, in one commit.
        Raises NotFound, NotReturnable."""
        row = await self._find(redemption_id)
        if row.state == "returned":
            return row
        now, by = self._mall.now(), deed.caller.actor
        async with self._mall.transaction() as connection:
            returned = await enter(connection, row, "returned", now=now, returned_by=by)
            if returned is not None:
                await self._points.give_back(connection, row.id, now=now)
                await put_back(connection, returned)
        if returned is None:
            return await self._settle_race(redemption_id, "returned")
        self._cross("redemption.returned")
        return returned

    async def drop(self, deed: Deed, redemption_id: str) -> Row[Any]:
        """The goods never came: it is done as it was before. Raises NotFound, NotReturnable."""
        row = await self._find(redemption_id)
        if row.state == "done" and row.return_id is not None:
            return row
        if row.state != "returning":  # what is under way comes to ``done`` by the operator's word alone
            raise NotReturnable(reason="not_there")
        dropped = await self._pass(row, "done", returned_by=deed.caller.actor)
        self._cross("redemption.return_dropped")
        return dropped

    async def _find(self, redemption_id: str) -> Row[Any]:
        row = await find_redemption(self._mall, redemption.c.id == redemption_id)
        if row is None:
            raise NotFound
        return row

    async def _pass(self, row: Row[Any], state: str, **values: Any) -> Row[Any]:  # noqa: ANN401  columns
        async with self._mall.transaction() as connection:
            passed = await enter(connection, row, state, now=self._mall.now(), **values)
        return passed or await self._settle_race(row.id, state)

    async def _settle_race(self, redemption_id: str, state: str) -> Row[Any]:
        """Somebody did the same a moment before, or it is not there to be done."""
        row = await self._find(redemption_id)
        if row.state != state:
            raise NotReturnable(reason="not_there")
        return row
