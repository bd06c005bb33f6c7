"""What of a campaign can be worked out before anything happens?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from loyalty.rules.action import Action
from loyalty.rules.campaign import Campaign, Relation
from loyalty.rules.effects import ONE_BILLION, Bonus, Lottery, Reward, Sentence, Tier


@dataclass(frozen=True, slots=True)
class Offer:
    """What a campaign that applies would give, if nothing stood beside it.

    ``available`` is what there is of the tier's rewards (all of them are given, or one where it is a choice), ``gone``
    has no stock left. ``value_fen`` compares it with other campaigns; it does not depend on a draw. ``reasons`` are
    what the campaign asks, ``action`` is what the offer comes to; None where facts, choice or chance have a say in it.
    """

    campaign: Campaign
    reasons: tuple[Sentence, ...] | None
    tier: Tier
    available: tuple[Reward, ...]
    gone: tuple[Reward, ...]
    value_fen: int
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class TierPlan:
    """A tier with its rewards. ``whole`` is its offer as long as there is enough of all, which costs at most
    ``most_cost_fen``."""

    tier: Tier
    rewards: tuple[Reward, ...]
    most_cost_fen: int
    is_stocked: bool
    whole: Offer


@dataclass(frozen=True, slots=True)
class Plan:
    """A campaign, prepared. ``reasons`` are what it asks; None where only the facts say which of it they answer."""

    campaign: Campaign
    reasons: tuple[Sentence, ...] | None
    tiers: tuple[TierPlan, ...]
    tiers_in: Mapping[str, tuple[TierPlan, ...]]


def make_plan(campaign: Campaign) -> Plan:
    """LookupError: a tier or a lottery names a reward that is not there; the campaign was never checked."""
    reasons = _find_fixed_reasons(campaign)

    def plan_all(tiers: Iterable[Tier]) -> tuple[TierPlan, ...]:
        return tuple(_plan_tier(campaign, reasons, tier) for tier in tiers)

    own = {exception.channel: plan_all(exception.tiers) for exception in campaign.exceptions if exception.tiers}
    return Plan(campaign, reasons, plan_all(campaign.tiers), own)


def find_value(campaign: Campaign, tier: Tier, rewards: Iterable[Reward]) -> int:
    """What these of a tier are worth to the customer, in fen."""
    values = [_find_value(campaign, reward) for reward in rewards]
    return max(values) if tier.is_choice else sum(values)


def find_most_cost(campaign: Campaign, reward: Reward) -> int:
    """What a reward costs at most, in fen: a lottery with its dearest prize."""
    if not isinstance(reward.effect, Lottery):
        return reward.cost_fen
    prizes = reward.effect.prizes
    return reward.cost_fen + max((campaign.find_reward(prize.reward).cost_fen for prize in prizes), default=0)


def gives_money(campaign: Campaign, reward: Reward) -> bool:
    """Whether it is money, or a draw that may come to it."""
    if isinstance(reward.effect, Lottery):
        return any(gives_money(campaign, campaign.find_reward(prize.reward)) for prize in reward.effect.prizes)
    return isinstance(reward.effect, Bonus)


def _plan_tier(campaign: Campaign, reasons: tuple[Sentence, ...] | None, tier: Tier) -> TierPlan:
    rewards = tuple(campaign.find_reward(key) for key in tier.rewards)
    costs = [find_most_cost(campaign, reward) for reward in rewards]
    action = None if reasons is None else _find_fixed_action(campaign, reasons, tier, rewards)
    return TierPlan(
        tier=tier,
        rewards=rewards,
        most_cost_fen=max(costs) if tier.is_choice else sum(costs),
        is_stocked=any(reward.stock is not None for reward in rewards),
        whole=Offer(campaign, reasons, tier, rewards, (), find_value(campaign, tier, rewards), action),
    )


def _find_fixed_reasons(campaign: Campaign) -> tuple[Sentence, ...] | None:
    groups = campaign.groups
    if all(group.relation is Relation.ALL for group in groups) and (campaign.relation is Relation.ALL or not groups):
        return tuple(condition.sentence for group in groups for condition in group.conditions)
    return None


def _find_fixed_action(
    campaign: Campaign, reasons: tuple[Sentence, ...], tier: Tier, rewards: tuple[Reward, ...]
) -> Action | None:
    if (tier.is_choice and len(rewards) > 1) or any(isinstance(reward.effect, Lottery) for reward in rewards):
        return None
    return Action(
        campaign=campaign,
        tier_from_fen=tier.from_fen,
        rewards=rewards,
        options=(),
        draws=(),
        gone=(),
        cost_fen=sum(reward.cost_fen for reward in rewards),
        reasons=(tier.sentence, *reasons),
    )


def _find_value(campaign: Campaign, reward: Reward) -> int:
    """Money is worth its amount, a lottery what it gives on average, all else what it costs the campaign."""
    if isinstance(reward.effect, Bonus):
        return reward.effect.amount_fen
    if isinstance(reward.effect, Lottery):
        prizes = reward.effect.prizes
        each = (prize.chances * _find_value(campaign, campaign.find_reward(prize.reward)) for prize in prizes)
        return sum(each) // ONE_BILLION
    return reward.cost_fen
