"""How does a customer see what points can buy, redeem it, and see what became of it?"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from graphql_schema.client import Caller
from graphql_schema.identity_ports import Deed
from graphql_schema.loyalty_ports import Delivery
from graphql_schema.problems import NotFound, RedemptionRefused, SignInRequired
from graphql_schema.types.reward import (
    Redemption,
    RedemptionObstacle,
    RedemptionObstacleCode,
    RedemptionPreview,
    RewardItem,
    RewardKind,
)
from loyalty.reward_tables import redemption
from loyalty.rewards.codes import fetch_codes
from loyalty.rewards.deliveries import check_delivery
from loyalty.rewards.fulfilling import Fulfilments
from loyalty.rewards.holding import Intent, hold
from loyalty.rewards.looking import fetch_line_facts, fetch_offered, fetch_standing
from loyalty.rewards.needs import Mall
from loyalty.rewards.obstacles import decide_obstacles
from loyalty.rewards.returning import Returns
from loyalty.rewards.rows import find_redemption
from loyalty.rewards.view import find_usable_until, show_item, tell

HAS_NO_USE = frozenset({RewardKind.GOODS, RewardKind.DONATION})
LISTED_MOST = 200


class SqlRewardsMall:
    """The ``RewardsMall`` of graphql_schema.loyalty_ports over SQL."""

    def __init__(self, mall: Mall) -> None:
        self._mall = mall

    async def fetch_items(self, line_id: str | None) -> Sequence[RewardItem]:
        """What is shown, in its order: also what has not begun or is gone, with that reason; for a line, with what
        keeps it from each. A system that does not answer leaves its reasons out: whoever redeems meets it."""
        mall, now = self._mall, self._mall.now()
        line = None if line_id is None else await fetch_line_facts(mall, line_id, patient=True)
        shown = []
        for standing in await fetch_offered(mall, now=now):
            facts = None if line is None else line.of(standing.item.code)
            obstacles = decide_obstacles(standing, facts, rules=mall.rules, now=now)
            left, currency = standing.left, mall.rules.currency
            shown.append(show_item(standing.item, left=left, currency=currency, obstacles=obstacles))
        return shown

    async def preview(self, caller: Caller, code: str) -> RedemptionPreview:
        """What a redemption would cost and give; nothing is done. Raises NotFound, LineNotFound, BssFault."""
        mall, now, line_id = self._mall, self._mall.now(), _line_of(caller)
        standing = await fetch_standing(mall, code)
        line = await fetch_line_facts(mall, line_id)
        facts, item = line.of(standing.item.code), standing.item
        obstacles = decide_obstacles(standing, facts, rules=mall.rules, now=now)
        left = None if facts.available is None else facts.available - item.points
        return RedemptionPreview(
            item=show_item(item, left=standing.left, currency=mall.rules.currency, obstacles=obstacles),
            points=facts.available,
            points_left=left if left is None or left >= 0 else None,
            usable_from=None if item.kind in HAS_NO_USE else now,
            usable_until=find_usable_until(item, now),
            needs_delivery=item.kind is RewardKind.GOODS,
        )

    async def redeem(self, deed: Deed, code: str, *, points: int | None, to: Delivery | None = None) -> Redemption:
        """Holds the points, then has it given: on an unknown outcome it is WORKING and resolves itself. The same deed
        redeems one. ``points`` is the price that was shown (None: none was). Raises NotFound, RedemptionRefused,
        BadArgument, LineNotFound, BssFault; nothing has happened then."""
        line_id = _line_of(deed.caller)
        row = await find_redemption(self._mall, redemption.c.id == deed.id)
        if row is None:
            row = await self._begin(deed, line_id, code, agreed=points, to=to)
        return await self._tell(row)

    async def fetch_redemptions(self, line_id: str, *, limit: int) -> Sequence[Redemption]:
        """Those of a line, newest first, LISTED_MOST at most."""
        newest = (redemption.c.began_at_us.desc(), redemption.c.id)
        asked = select(redemption).where(redemption.c.line_id == line_id).order_by(*newest)
        async with self._mall.reading() as connection:
            rows = (await connection.execute(asked.limit(min(limit, LISTED_MOST)))).all()
        return await self._tell_all(rows)

    async def fetch_redemption(self, line_id: str, redemption_id: str) -> Redemption:
        """One of them, however old. Raises NotFound."""
        row = await find_redemption(self._mall, redemption.c.id == redemption_id, redemption.c.line_id == line_id)
        if row is None:
            raise NotFound
        return await self._tell(row)

    async def begin_return(self, deed: Deed, redemption_id: str) -> Redemption:
        """By a colleague: goods are on their way back. Raises NotFound, NotReturnable."""
        return await self._tell(await self._returns().begin(deed, redemption_id))

    async def finish_return(self, deed: Deed, redemption_id: str) -> Redemption:
        """By a colleague: the goods are here, the points go back. Raises NotFound, NotReturnable."""
        return await self._tell(await self._returns().finish(deed, redemption_id))

    async def drop_return(self, deed: Deed, redemption_id: str) -> Redemption:
        """By a colleague: the goods never came. Raises NotFound, NotReturnable."""
        return await self._tell(await self._returns().drop(deed, redemption_id))

    async def _begin(self, deed: Deed, line_id: str, code: str, *, agreed: int | None, to: Delivery | None) -> Row[Any]:
        mall = self._mall
        standing = await fetch_standing(mall, code)
        if mall.points is None:
            elsewhere = RedemptionObstacle(code=RedemptionObstacleCode.POINTS_ELSEWHERE)
            raise RedemptionRefused(obstacles=[elsewhere])
        delivery = check_delivery(standing.item.kind, to)
        line = await fetch_line_facts(mall, line_id)
        facts = line.of(standing.item.code)
        now = mall.now()
        obstacles = decide_obstacles(standing, facts, rules=mall.rules, now=now, agreed=agreed)
        if obstacles or facts.customer is None:
            raise RedemptionRefused(obstacles=obstacles)
        row = await hold(mall, mall.points, Intent(deed.id, now, standing, facts.customer, delivery))
        return row if row.state != "held" else await Fulfilments(mall, mall.points).fulfil(row)

    async def _tell(self, row: Row[Any]) -> Redemption:
        return (await self._tell_all([row]))[0]

    async def _tell_all(self, rows: Sequence[Row[Any]]) -> list[Redemption]:
        vouchers = [row.id for row in rows if row.kind == RewardKind.VOUCHER.value]
        async with self._mall.reading() as connection:
            codes = await fetch_codes(connection, self._mall.seal, given_to=vouchers)
        return [tell(self._mall, row, voucher_code=codes.get(row.id)) for row in rows]

    def _returns(self) -> Returns:
        if self._mall.points is None:
            raise NotFound
        return Returns(self._mall, self._mall.points)


def _line_of(caller: Caller) -> str:
    if caller.subscriber is None:
        raise SignInRequired
    return caller.subscriber
