"""Which campaigns, rewards and happenings do these tests speak of?"""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from loyalty.rules.campaign import Campaign, CriteriaGroup, Relation
from loyalty.rules.condition import Condition
from loyalty.rules.effects import Bonus, Effect, PointsGift, Reward, Tier
from loyalty.rules.facts import Facts, HappeningKind
from loyalty.rules.sentences import say_effect, say_tier

BEGINS, NOW, ENDS = (datetime(2026, 11, day, tzinfo=UTC) for day in (1, 22, 30))
FACTS = Facts(kind=HappeningKind.RECHARGE, key="recharge:1", at=NOW, day=date(2026, 11, 22), amount_fen=10_000)

TEN_YUAN = Bonus(1000)


def make_facts(**changes: Any) -> Facts:
    """A recharge of 100 yuan on Sunday 22 November 2026 at 08:00 in Shanghai."""
    return replace(FACTS, **changes)


def make_reward(
    key: str = "money", effect: Effect = TEN_YUAN, cost_fen: int = 1000, stock: int | None = None
) -> Reward:
    """Ten yuan at once, unless it is told otherwise."""
    return Reward(key, effect, say_effect(effect), f"礼{key}", f"gift {key}", cost_fen, stock)


POINTS = make_reward("points", PointsGift(100), cost_fen=100)


def make_tier(*rewards: str, from_fen: int = 5000, is_choice: bool = False) -> Tier:
    """From 50 yuan on."""
    return Tier(from_fen, rewards, is_choice, say_tier(from_fen))


def make_campaign(campaign_id: str = "autumn", *conditions: Condition, **changes: Any) -> Campaign:
    """Recharges of 50 yuan or more earn ten yuan, all of November."""
    groups = (CriteriaGroup(conditions, Relation.ALL),) if conditions else ()
    campaign = Campaign(
        id=campaign_id,
        version=1,
        name_zh="秋日充值",
        name_en="Autumn",
        kinds=frozenset({HappeningKind.RECHARGE}),
        begins_at=BEGINS,
        ends_at=ENDS,
        rewards=(make_reward(),),
        tiers=(make_tier("money"),),
        groups=groups,
    )
    return replace(campaign, **changes)
