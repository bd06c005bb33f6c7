"""How do the operator's people look after the mall, its codes, and goods that come back?"""

from collections.abc import Sequence
from dataclasses import asdict, replace

from sqlalchemy import select

from graphql_schema.identity_ports import Deed
from graphql_schema.loyalty_ports import WantedReward
from graphql_schema.problems import NotFound
from graphql_schema.types.loyalty_desk import CodeBatch, CodesPut, RewardTroubles, ServedRedemption, ShelfItem
from graphql_schema.types.reward import RewardItemChange
from loyalty.desk.troubles import fetch_troubles
from loyalty.reward_tables import redemption, reward_batch
from loyalty.rewards.codes import count_left, put_codes
from loyalty.rewards.items import StandingItem, WantedItem
from loyalty.rewards.needs import Mall
from loyalty.rewards.redemptions import SqlRewardsMall
from loyalty.rewards.rows import find_redemption
from loyalty.rewards.shelf import Shelf
from loyalty.rewards.view import show_item, tell
from loyalty.rewards.watching import RedeemedCount, count_redeemed


class StaffMall:
    """The part of ``LoyaltyDesk`` that is about the mall and redemptions."""

    def __init__(self, mall: Mall) -> None:
        self._mall, self._items, self._rewards = mall, Shelf(mall), SqlRewardsMall(mall)

    async def fetch_items(self) -> Sequence[ShelfItem]:
        """The whole mall in its order, also what was put away."""
        left = {each.batch: each.total - each.given for each in await self.fetch_batches()}
        async with self._mall.reading() as connection:
            counts = await count_redeemed(connection)
        items = await self._items.fetch_items()
        return [self._show(each, left, counts.get(each.item.code, RedeemedCount())) for each in items]

    async def fetch_item_changes(self, code: str) -> Sequence[RewardItemChange]:
        """What was made of an item and by whom, newest first."""
        return await self._items.fetch_changes(code)

    async def put_item(self, deed: Deed, wanted: WantedReward) -> ShelfItem:
        """Adds it, or changes all of it but its kind. Raises BadArgument."""
        return await self._show_one(await self._items.put_item(deed, _read_wanted(wanted)))

    async def switch_item(self, deed: Deed, code: str, *, on: bool) -> ShelfItem:
        """Shows it to customers, or puts it away at once. Raises NotFound."""
        return await self._show_one(await self._items.switch_item(deed, code, is_on=on))

    async def fetch_batches(self) -> Sequence[CodeBatch]:
        """By name; also one that an item names and nobody has put codes into."""
        async with self._mall.reading() as connection:
            rows = (await connection.execute(select(reward_batch))).all()
        known = {row.batch: CodeBatch(batch=row.batch, total=row.total, given=row.given) for row in rows}
        for each in await self._items.fetch_items():
            if each.item.batch is not None:
                known.setdefault(each.item.batch, CodeBatch(batch=each.item.batch, total=0, given=0))
        return [known[batch] for batch in sorted(known)]

    async def put_codes(self, deed: Deed, batch: str, codes: Sequence[str]) -> CodesPut:
        """Adds codes, sealed; a deed that is done again adds none, since each code is known by its digest."""
        new = await put_codes(self._mall, batch, codes)
        async with self._mall.reading() as connection:
            left = await count_left(connection, batch)
        return CodesPut(batch=batch, new=new, left=left)

    async def fetch_troubles(self) -> RewardTroubles:
        """Redemptions that take too long, and rewards that were refused."""
        return await fetch_troubles(self._mall)

    async def fetch_redemption(self, redemption_id: str) -> ServedRedemption:
        """Anybody's, without what only its owner may see. Raises NotFound."""
        row = await find_redemption(self._mall, redemption.c.id == redemption_id)
        if row is None:
            raise NotFound
        told = tell(self._mall, row)
        return ServedRedemption(
            id=told.id,
            code=told.code,
            kind=told.kind,
            name=told.name,
            points=told.points,
            state=told.state,
            began_at=told.began_at,
            done_at=told.done_at,
            tracking=told.tracking,
            delivery=told.delivery,
            returnable_until=told.returnable_until,
            returned_by=row.returned_by,
            failure=told.failure,
            late=told.late,
        )

    async def begin_return(self, deed: Deed, redemption_id: str) -> ServedRedemption:
        """Goods are on their way back. Raises NotFound, NotReturnable."""
        return await self.fetch_redemption((await self._rewards.begin_return(deed, redemption_id)).id)

    async def finish_return(self, deed: Deed, redemption_id: str) -> ServedRedemption:
        """The goods are here: the points go back. Raises NotFound, NotReturnable."""
        return await self.fetch_redemption((await self._rewards.finish_return(deed, redemption_id)).id)

    async def drop_return(self, deed: Deed, redemption_id: str) -> ServedRedemption:
        """The goods never came. Raises NotFound, NotReturnable."""
        return await self.fetch_redemption((await self._rewards.drop_return(deed, redemption_id)).id)

    async def _show_one(self, standing: StandingItem) -> ShelfItem:
        code = standing.item.code
        async with self._mall.reading() as connection:
            counts = await count_redeemed(connection, code)
        left = {each.batch: each.total - each.given for each in await self.fetch_batches()}
        return self._show(standing, left, counts.get(code, RedeemedCount()))

    def _show(self, standing: StandingItem, left: dict[str, int], count: RedeemedCount) -> ShelfItem:
        item = standing.item
        known = standing if item.batch is None else replace(standing, codes=left.get(item.batch, 0))
        return ShelfItem(
            item=show_item(item, left=known.left, currency=self._mall.rules.currency),
            stock=item.stock,
            taken=standing.taken,
            under_way=count.under_way,
            done=count.done,
            given_back=count.given_back,
            version=standing.version,
            position=item.position,
            batch=item.batch,
            goods=item.goods,
            valid_days=item.valid_days,
        )


def _read_wanted(wanted: WantedReward) -> WantedItem:
    """Whole fen: the graph asked for that."""
    facts = asdict(wanted)
    amount = facts.pop("amount")
    return WantedItem(**facts, amount_fen=None if amount is None else int(amount * 100))
