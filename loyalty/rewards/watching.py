"""How often was each thing of the mall redeemed, and what of that takes too long?"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.types.reward import RewardKind
from loyalty.reward_tables import redemption
from loyalty.rewards.needs import Mall
from loyalty.rewards.view import UNDER_WAY
from loyalty.tables import to_us

GIVEN_BACK: Final = frozenset({"released", "returned"})


@dataclass(frozen=True, slots=True)
class RedeemedCount:
    """Redemptions of one item by what became of them."""

    under_way: int = 0
    done: int = 0
    given_back: int = 0


async def count_redeemed(connection: AsyncConnection, code: str | None = None) -> Mapping[str, RedeemedCount]:
    """By item, or of one alone; those that were never redeemed are left out."""
    became = case((redemption.c.state == "done", "done"), (redemption.c.state.in_(GIVEN_BACK), "given_back"))
    each = func.coalesce(became, "under_way")
    asked = select(redemption.c.code, each, func.count()).group_by(redemption.c.code, each)
    if code is not None:
        asked = asked.where(redemption.c.code == code)
    counts: dict[str, Counter[str]] = {}
    for item, state, count in (await connection.execute(asked)).all():
        counts.setdefault(item, Counter())[state] = count
    return {item: RedeemedCount(**count) for item, count in counts.items()}


async def fetch_late(mall: Mall, *, most: int) -> Sequence[Row[Any]]:
    """Redemptions that are under way for longer than they may be, as their owners are told too; the newest first."""
    now, rules, is_goods = mall.now(), mall.rules, redemption.c.kind == RewardKind.GOODS.value
    since = redemption.c.began_at_us
    late = or_(
        and_(is_goods, since < to_us(now - rules.goods_late_after)),
        and_(~is_goods, since < to_us(now - rules.late_after)),
    )
    waiting = (redemption.c.ended_at_us.is_(None), redemption.c.state.in_(UNDER_WAY), late)
    asked = select(redemption).where(*waiting).order_by(since.desc(), redemption.c.id).limit(most)
    async with mall.reading() as connection:
        return (await connection.execute(asked)).all()
