"""What stands in a row before anything is asked for: points held, one item taken, all in one commit?"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.loyalty_ports import Delivery, LoyaltyCustomer
from graphql_schema.problems import RedemptionRefused
from graphql_schema.types.month import Month
from graphql_schema.types.reward import RedemptionObstacle, RedemptionObstacleCode, RewardKind
from loyalty.needs import insert_new
from loyalty.reward_tables import redemption
from loyalty.rewards.codes import hand_out_code
from loyalty.rewards.deliveries import close_delivery, digest_address
from loyalty.rewards.items import StandingItem, to_facts
from loyalty.rewards.needs import Holds, Mall, PointsWish
from loyalty.rewards.obstacles import too_few
from loyalty.rewards.rows import fetch_row
from loyalty.rewards.taking import take_limit, take_stock
from loyalty.tables import to_us

AT_ONCE: Final = frozenset({RewardKind.VOUCHER, RewardKind.DONATION})
"""What needs nobody else: it is done in the commit that begins it."""


@dataclass(frozen=True, slots=True)
class Intent:
    """What a customer confirmed, and when, with all that was looked up for it."""

    id: str
    at: datetime
    standing: StandingItem
    customer: LoyaltyCustomer
    to: Delivery | None


async def hold(mall: Mall, points: Holds, intent: Intent) -> Row[Any]:
    """Writes the intent, holds its points and takes one of the item, in one transaction; what needs nobody else is done
    with it. The same intent is written once. Raises RedemptionRefused, nothing being changed then."""
    async with mall.transaction() as connection:
        new = await insert_new(connection, redemption, _draft(mall, intent))
        if new:
            obstacles = await _take(points, connection, intent)
            if obstacles:
                raise RedemptionRefused(obstacles=obstacles)
    if new:
        mall.cross("redemption.held")
    return await fetch_row(mall, intent.id)


async def _take(points: Holds, connection: AsyncConnection, intent: Intent) -> list[RedemptionObstacle]:
    """Always in this order, so that no two wait for each other: the line's points and limit, then what all share."""
    now, item, line_id = intent.at, intent.standing.item, intent.customer.line_id
    wish = PointsWish(intent.id, line_id, item.points, item.kind is RewardKind.DONATION)
    missing = await points.reserve(connection, wish, now=now)
    if missing:
        return [too_few(missing)]
    obstacles = await take_limit(connection, line_id, intent.standing, now=now)
    obstacles = obstacles or await take_stock(connection, intent.standing, now=now)
    if obstacles or item.kind not in AT_ONCE:
        return obstacles
    if item.batch is not None and not await hand_out_code(connection, item.batch, to=intent.id, now=now):
        return [RedemptionObstacle(code=RedemptionObstacleCode.OUT_OF_STOCK)]
    await points.capture(connection, intent.id, now=now)
    return []


def _draft(mall: Mall, intent: Intent) -> dict[str, Any]:
    """A worker leaves it alone while whoever wrote it is at it."""
    now, item, customer = intent.at, intent.standing.item, intent.customer
    now_us, at_once = to_us(now), item.kind in AT_ONCE
    return {
        "id": intent.id,
        "line_id": customer.line_id,
        "to_line_id": customer.line_id,
        "account_id": customer.account_id,
        "code": item.code,
        "kind": item.kind.value,
        "points": item.points,
        "item": json.dumps(to_facts(item), ensure_ascii=False),
        "month": None if item.per_month is None else Month.of(now).text,
        "is_counted": item.stock is not None,
        "delivery": close_delivery(mall.seal, intent.to) if intent.to else "",
        "address_digest": digest_address(mall.seal, intent.to) if intent.to else None,
        "state": "done" if at_once else "held",
        "began_at_us": now_us,
        "changed_at_us": now_us,
        "done_at_us": now_us if at_once else None,
        "ended_at_us": now_us if at_once else None,
        "free_at_us": None if at_once else to_us(now + mall.rules.lease),
        "attempts": 0,
    }
