"""What is known of the mall and of a line before anything is decided?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.loyalty_ports import LoyaltyCustomer
from graphql_schema.ports import BssFault
from graphql_schema.problems import LineNotFound, NotFound
from graphql_schema.types.localized_text import LocalizedText
from loyalty.reward_tables import redemption
from loyalty.rewards.codes import count_left
from loyalty.rewards.items import CODE, StandingItem
from loyalty.rewards.needs import Mall
from loyalty.rewards.obstacles import LineFacts
from loyalty.rewards.shelf import fetch_item, fetch_items
from loyalty.rewards.taking import count_had
from loyalty.rewards.view import read_kept_item


@dataclass(frozen=True, slots=True)
class LineReading:
    """All that an item's obstacles can rest on, of one line."""

    customer: LoyaltyCustomer | None
    available: int | None
    had: Mapping[str, int]

    def of(self, code: str) -> LineFacts:
        """The facts for one item."""
        return LineFacts(self.customer, self.available, self.had.get(code, 0))


async def fetch_line_facts(mall: Mall, line_id: str, *, patient: bool = False) -> LineReading:
    """Who its customer is, its points, and what it had this month. ``patient``: where the operator does not answer, it
    goes on without. Raises LineNotFound, BssFault."""
    try:
        customer = await mall.customers.fetch_customer(line_id)
    except BssFault:
        if not patient:
            raise
        customer = None
    else:
        if customer is None:
            raise LineNotFound
    now = mall.now()
    async with mall.reading() as connection:
        points = mall.points
        available = None if points is None else await points.fetch_available(connection, line_id, now=now)
        return LineReading(customer, available, await count_had(connection, line_id, now=now))


async def fetch_names(connection: AsyncConnection, redemption_ids: Sequence[str]) -> Mapping[str, LocalizedText]:
    """What was redeemed, by redemption, as it was called then: for a statement of points. Forgotten ones are left
    out."""
    asked = select(redemption).where(redemption.c.id.in_(redemption_ids))
    items = {row.id: read_kept_item(row) for row in (await connection.execute(asked)).all()}
    return {each: LocalizedText(zh=item.name_zh, en=item.name_en) for each, item in items.items()}


async def fetch_standing(mall: Mall, code: str) -> StandingItem:
    """One item, as it was typed. Raises NotFound."""
    typed = code.strip().upper()
    if CODE.fullmatch(typed) is None:
        raise NotFound
    async with mall.reading() as connection:
        standing = await fetch_item(connection, typed)
        if standing is None:
            raise NotFound
        batch = standing.item.batch
        return standing if batch is None else replace(standing, codes=await count_left(connection, batch))


async def fetch_offered(mall: Mall, *, now: datetime) -> Sequence[StandingItem]:
    """What customers see: what is on and not over."""
    async with mall.reading() as connection:
        standing = [each for each in await fetch_items(connection) if each.item.is_on and not _is_over(each, now)]
        left = {each.item.batch: await count_left(connection, each.item.batch) for each in standing if each.item.batch}
    return [replace(each, codes=left.get(each.item.batch or "")) for each in standing]


def _is_over(standing: StandingItem, now: datetime) -> bool:
    return standing.item.ends_at is not None and now >= standing.item.ends_at
