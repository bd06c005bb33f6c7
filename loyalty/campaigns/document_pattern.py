"""How are a campaign's criteria, rewards and prices written (TMF671 v4 PromotionPattern, with our extensions)?"""

from dataclasses import dataclass
from typing import Any, Final

from loyalty.campaigns.document_criteria import parse_condition, render_condition, take_annotations
from loyalty.campaigns.document_members import Members, render_fen
from loyalty.campaigns.document_rewards import parse_reward, render_reward
from loyalty.rules.campaign import Campaign, CriteriaGroup, Limits, Relation
from loyalty.rules.effects import Reward, Tier
from loyalty.rules.sentences import say_tier

RELATIONS: Final = {relation.value: relation for relation in Relation}
LOWEST_PRIORITY: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Pattern:
    """The fields of a ``Campaign`` that its one pattern holds."""

    rewards: tuple[Reward, ...] = ()
    tiers: tuple[Tier, ...] = ()
    groups: tuple[CriteriaGroup, ...] = ()
    relation: Relation = Relation.ALL
    exclusion_group: str | None = None
    priority: int = 100
    is_stackable: bool = True
    limits: Limits = Limits()  # noqa: RUF009  frozen
    budget_fen: int | None = None


def parse_pattern(pattern: Members) -> Pattern:
    """As far as it could be read."""
    take_annotations(pattern)
    for ignored in ("id", "name", "description"):
        pattern.text(ignored)
    faults, priority = pattern.faults, pattern.whole("priority", most=LOWEST_PRIORITY)
    parsed = Pattern(
        groups=tuple(_parse_group(Members(node, faults)) for node in pattern.elements("criteriaGroup")),
        relation=_parse_relation(pattern, "criteriaGroupLogicalRelationship"),
        rewards=tuple(parse_reward(Members(node, faults)) for node in pattern.elements("action", needed=True)),
        tiers=tuple(parse_tier(Members(node, faults)) for node in pattern.elements("tier", needed=True)),
        exclusion_group=pattern.text("exclusionGroup"),
        priority=100 if priority is None else priority,
        is_stackable=pattern.truth("stackable", default=True),
        limits=_parse_limits(pattern),
        budget_fen=pattern.money("budget", least_fen=1),
    )
    pattern.close()
    return parsed


def parse_tier(tier: Members) -> Tier:
    """A price, and what it earns."""
    from_fen = tier.money("from", needed=True) or 0
    rewards = tier.texts("reward", needed=True)
    is_choice = tier.truth("choice", default=False)
    tier.close()
    return Tier(from_fen, rewards, is_choice, say_tier(from_fen))


def render_pattern(campaign: Campaign) -> dict[str, Any]:
    """The pattern that is read as these fields."""
    limits = {"customer": campaign.limits.of_customer, "total": campaign.limits.total}
    written = {
        "priority": campaign.priority,
        "criteriaGroupLogicalRelationship": campaign.relation.value,
        "criteriaGroup": [_write_group(group) for group in campaign.groups],
        "action": [render_reward(reward) for reward in campaign.rewards],
        "tier": [render_tier(tier) for tier in campaign.tiers],
        "stackable": campaign.is_stackable,
        "limit": {name: most for name, most in limits.items() if most is not None},
    }
    if campaign.exclusion_group is not None:
        written["exclusionGroup"] = campaign.exclusion_group
    return written if campaign.budget_fen is None else written | {"budget": render_fen(campaign.budget_fen)}


def render_tier(tier: Tier) -> dict[str, Any]:
    """The tier that is read as this one."""
    return {"from": render_fen(tier.from_fen), "reward": list(tier.rewards), "choice": tier.is_choice}


def _parse_group(group: Members) -> CriteriaGroup:
    take_annotations(group)
    group.text("id")
    name = group.text("groupName") or ""
    relation = _parse_relation(group, "criteriaLogicalRelationship")
    criteria = group.elements("criteria", needed=True)
    conditions = (parse_condition(Members(node, group.faults)) for node in criteria)
    parsed = CriteriaGroup(tuple(each for each in conditions if each is not None), relation, name)
    group.close()
    return parsed


def _parse_relation(members: Members, name: str) -> Relation:
    return RELATIONS[members.word(name, RELATIONS) or Relation.ALL.value]


def _parse_limits(pattern: Members) -> Limits:
    limit = pattern.members("limit")
    if limit is None:
        return Limits()
    parsed = Limits(of_customer=limit.whole("customer", least=1), total=limit.whole("total", least=1))
    limit.close()
    return parsed


def _write_group(group: CriteriaGroup) -> dict[str, Any]:
    written = {
        "criteriaLogicalRelationship": group.relation.value,
        "criteria": [render_condition(condition) for condition in group.conditions],
    }
    return written | {"groupName": group.name} if group.name else written
