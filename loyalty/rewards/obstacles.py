"""What keeps a line from having an item now? Pure: facts in, reasons out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from graphql_schema.loyalty_ports import LoyaltyCustomer
from graphql_schema.types.month import BUSINESS_ZONE, Month
from graphql_schema.types.reward import RedemptionObstacle, RedemptionObstacleCode, RewardKind
from loyalty.points.policies import find_business_day
from loyalty.rewards.items import StandingItem
from loyalty.rewards.needs import RewardRules

Code: Final = RedemptionObstacleCode


@dataclass(frozen=True, slots=True)
class LineFacts:
    """What is known of the asking line: who its customer is (None: its system does not answer), how many points it can
    spend (None: they live elsewhere), and how many of the item it had this month."""

    customer: LoyaltyCustomer | None
    available: int | None
    had: int = 0


def decide_obstacles(
    standing: StandingItem, line: LineFacts | None, *, rules: RewardRules, now: datetime, agreed: int | None = None
) -> list[RedemptionObstacle]:
    """Every reason against it, the item's first; none where it can be had. ``line`` None: nobody in particular asks.
    ``agreed`` is the price that was shown. The transaction that takes it has the last word."""
    found = list(decide_item_obstacles(standing, now=now))
    if agreed is not None and agreed != standing.item.points:
        found.append(RedemptionObstacle(code=Code.ITEM_CHANGED))
    if line is not None:
        found.extend(_decide_customer_obstacles(line.customer, rules=rules, now=now))
        if (
            standing.item.kind is RewardKind.BALANCE
            and line.customer is not None
            and line.customer.paid_by_organization
        ):
            found.append(RedemptionObstacle(code=Code.PAID_BY_ORGANIZATION))
        found.extend(_decide_points_obstacles(standing, line, now=now))
    return found


def decide_item_obstacles(standing: StandingItem, *, now: datetime) -> Iterator[RedemptionObstacle]:
    """Those that are everybody's."""
    item = standing.item
    if not item.is_on:
        yield RedemptionObstacle(code=Code.OFF)
    if item.starts_at is not None and now < item.starts_at:
        yield RedemptionObstacle(code=Code.NOT_YET, until=item.starts_at)
    if item.ends_at is not None and now >= item.ends_at:
        yield RedemptionObstacle(code=Code.OVER)
    if standing.left is not None and standing.left <= 0:
        yield RedemptionObstacle(code=Code.OUT_OF_STOCK)


def limit_reached(standing: StandingItem, *, now: datetime) -> RedemptionObstacle:
    """The line had as many this month as it may."""
    return RedemptionObstacle(code=Code.LIMIT_REACHED, most=standing.item.per_month, until=Month.of(now).ends_at)


def too_few(missing: int) -> RedemptionObstacle:
    """So many points are missing."""
    return RedemptionObstacle(code=Code.TOO_FEW_POINTS, missing=missing)


def _decide_customer_obstacles(
    customer: LoyaltyCustomer | None, *, rules: RewardRules, now: datetime
) -> Iterator[RedemptionObstacle]:
    if customer is None:
        return
    if customer.suspended:
        yield RedemptionObstacle(code=Code.SUSPENDED)
    if customer.owes:
        yield RedemptionObstacle(code=Code.OWES)
    if not customer.real_name:
        yield RedemptionObstacle(code=Code.NOT_REAL_NAME)
    old_enough = customer.since + timedelta(days=rules.least_age_days)
    if find_business_day(now) < old_enough:
        until = datetime(old_enough.year, old_enough.month, old_enough.day, tzinfo=BUSINESS_ZONE)
        yield RedemptionObstacle(code=Code.LINE_TOO_NEW, until=until)


def _decide_points_obstacles(standing: StandingItem, line: LineFacts, *, now: datetime) -> Iterator[RedemptionObstacle]:
    item = standing.item
    if item.per_month is not None and line.had >= item.per_month:
        yield limit_reached(standing, now=now)
    if line.available is None:
        yield RedemptionObstacle(code=Code.POINTS_ELSEWHERE)
    elif line.available < item.points:
        yield too_few(item.points - line.available)
