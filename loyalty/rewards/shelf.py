"""What stands in the mall, and who put it there?"""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.identity_ports import Deed
from graphql_schema.problems import BadArgument, NotFound
from graphql_schema.types.reward import RewardItemChange, RewardKind
from loyalty.needs import insert_new
from loyalty.reward_tables import reward_item, reward_item_change
from loyalty.rewards.items import StandingItem, WantedItem, find_mistakes, from_facts, to_facts
from loyalty.rewards.needs import Mall
from loyalty.rewards.view import show_item
from loyalty.tables import from_us, to_us

FROM_FILE: Final = "system"


class Shelf:
    """The items of a mall, for the desk. Each change is kept with who is answerable for it."""

    def __init__(self, mall: Mall) -> None:
        self._mall, self._cross = mall, mall.cross

    async def put_item(self, deed: Deed, wanted: WantedItem) -> StandingItem:
        """Puts an item there, or changes all of it but its kind; the same deed does it once. What was redeemed before
        stays as it was. Raises BadArgument for what can't be, and for a stock below what is gone."""
        for mistake in find_mistakes(wanted):
            raise BadArgument(name=mistake.name)
        async with self._mall.transaction() as connection:
            await insert_new(connection, reward_item, _to_row(wanted) | {"taken": 0, "version": 0})
            standing = await self._change(connection, deed, wanted.code, lambda _: wanted)
        self._cross("reward_item.put")
        return standing

    async def switch_item(self, deed: Deed, code: str, *, is_on: bool) -> StandingItem:
        """Shows it to customers, or puts it away at once. Raises NotFound."""
        async with self._mall.transaction() as connection:
            standing = await self._change(connection, deed, code, lambda item: replace(item, is_on=is_on))
        self._cross("reward_item.switched")
        return standing

    async def load_items(self, items: Sequence[WantedItem]) -> int:
        """Puts there what is not there yet, and leaves what the desk made of the others; how many were new."""
        new = 0
        async with self._mall.transaction() as connection:
            for item in items:
                if await insert_new(connection, reward_item, _to_row(item) | {"taken": 0, "version": 1}):
                    await self._note(connection, f"load:{item.code}", item, version=1, by=FROM_FILE)
                    new += 1
        return new

    async def fetch_items(self) -> Sequence[StandingItem]:
        """All of them, in their order, also those that were put away."""
        async with self._mall.reading() as connection:
            return await fetch_items(connection)

    async def fetch_changes(self, code: str) -> Sequence[RewardItemChange]:
        """What was made of an item, newest first."""
        kept = reward_item_change
        asked = select(kept).where(kept.c.code == code).order_by(kept.c.version.desc())
        async with self._mall.reading() as connection:
            rows = (await connection.execute(asked)).all()
        currency = self._mall.rules.currency
        return [
            RewardItemChange(
                version=row.version,
                changed_by=row.changed_by,
                at=from_us(row.at_us),
                item=show_item(from_facts(json.loads(row.became)), left=None, currency=currency),
            )
            for row in rows
        ]

    async def _change(
        self, connection: AsyncConnection, deed: Deed, code: str, make: Callable[[WantedItem], WantedItem]
    ) -> StandingItem:
        standing = await _lock_item(connection, code)
        if standing is None:
            raise NotFound
        if await _was_done(connection, deed.id):
            return standing
        wanted = make(standing.item)
        if wanted.kind is not standing.item.kind:
            raise BadArgument(name="kind")
        if wanted.stock is not None and wanted.stock < standing.taken:
            raise BadArgument(name="stock", least=standing.taken)
        version = standing.version + 1
        changed = update(reward_item).where(reward_item.c.code == code).values(_to_row(wanted) | {"version": version})
        await connection.execute(changed)
        await self._note(connection, deed.id, wanted, version=version, by=deed.caller.actor)
        return replace(standing, item=wanted, version=version)

    async def _note(self, connection: AsyncConnection, key: str, item: WantedItem, *, version: int, by: str) -> None:
        row = {
            "id": key,
            "code": item.code,
            "version": version,
            "changed_by": by,
            "at_us": to_us(self._mall.now()),
            "became": json.dumps(to_facts(item), ensure_ascii=False),
        }
        await connection.execute(insert(reward_item_change).values(row))


async def fetch_item(connection: AsyncConnection, code: str) -> StandingItem | None:
    """One item, however it is switched."""
    row = (await connection.execute(select(reward_item).where(reward_item.c.code == code))).one_or_none()
    return None if row is None else read_item(row)


async def fetch_items(connection: AsyncConnection) -> Sequence[StandingItem]:
    """All of them, in their order."""
    asked = select(reward_item).order_by(reward_item.c.position, reward_item.c.code)
    return [read_item(row) for row in (await connection.execute(asked)).all()]


def read_item(row: Row[Any]) -> StandingItem:
    """An item out of its row."""
    facts = dict(zip(reward_item.columns.keys(), row, strict=True))
    taken, version, kind = facts.pop("taken"), facts.pop("version"), RewardKind(facts.pop("kind"))
    starts_at, ends_at = _instant(facts.pop("starts_at_us")), _instant(facts.pop("ends_at_us"))
    return StandingItem(WantedItem(**facts, kind=kind, starts_at=starts_at, ends_at=ends_at), taken, version)


async def _was_done(connection: AsyncConnection, deed_id: str) -> bool:
    asked = select(reward_item_change.c.id).where(reward_item_change.c.id == deed_id)
    return (await connection.execute(asked)).one_or_none() is not None


async def _lock_item(connection: AsyncConnection, code: str) -> StandingItem | None:
    """As it stands, and so until this transaction ends."""
    mine = reward_item.c.code == code
    locked = update(reward_item).where(mine).values(version=reward_item.c.version).returning(*reward_item.c)
    row = (await connection.execute(locked)).one_or_none()
    return None if row is None else read_item(row)


def _to_row(item: WantedItem) -> dict[str, Any]:
    facts = to_facts(item)
    del facts["starts_at"], facts["ends_at"]
    return facts | {"starts_at_us": _us(item.starts_at), "ends_at_us": _us(item.ends_at)}


def _us(moment: datetime | None) -> int | None:
    return None if moment is None else to_us(moment)


def _instant(moment_us: int | None) -> datetime | None:
    return None if moment_us is None else from_us(moment_us)
