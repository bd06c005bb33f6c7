"""Does a campaign apply, and what would it give if nothing stood beside it?"""

from collections.abc import Sequence, Set

from loyalty.rules.campaign import Campaign, Relation
from loyalty.rules.condition import Condition
from loyalty.rules.effects import Reward, Sentence
from loyalty.rules.facts import Facts, Taken
from loyalty.rules.limits import BUDGET_USED, STOCK_GONE, find_reached_limit, is_in_budget, is_in_stock
from loyalty.rules.plan import Offer, Plan, TierPlan, find_most_cost, find_value, gives_money

SWITCHED_OFF, OTHER_KIND = Sentence("switched_off"), Sentence("other_kind")
PAID_BY_ORGANIZATION = Sentence("paid_by_organization")
NOTHING_TAKEN = Taken()


def judge(plan: Plan, facts: Facts, without: Set[str] = frozenset()) -> Offer | Sentence:
    """What it offers, or the first reason for which it does not apply: what it asks, then limits, stock and budget."""
    return find_obstacle(plan.campaign, facts) or find_offer(plan, facts, without)


def find_obstacle(campaign: Campaign, facts: Facts) -> Sentence | None:
    """The first thing that the campaign asks and the facts do not answer: amount, limits, stock and budget aside."""
    if not campaign.is_on:
        return SWITCHED_OFF
    if facts.kind not in campaign.kinds:
        return OTHER_KIND
    exception = campaign.find_exception(facts.channel) if campaign.exceptions else None
    begins_at = exception.begins_at if exception and exception.begins_at else campaign.begins_at
    if facts.at < begins_at:
        return Sentence("not_begun", (("begins_at", begins_at.isoformat()),))
    if facts.at >= campaign.ends_at:
        return Sentence("over", (("ends_at", campaign.ends_at.isoformat()),))
    failing = _find_failing(campaign, facts)
    return failing.sentence if failing else None


def find_offer(plan: Plan, facts: Facts, without: Set[str]) -> Offer | Sentence:
    """Of a campaign that has no obstacle: its tier, and what is left of that.

    Money is left out where it would be an organization's, and what has no stock, until nothing is left. The budget must
    cover the most that the rest may come to: all of it at its dearest prizes; of a choice only what the budget
    covers is offered.
    """
    tier = _find_tier(plan, facts)
    if isinstance(tier, Sentence):
        return tier
    taken = facts.taken.get(plan.campaign.id, NOTHING_TAKEN)
    reached = find_reached_limit(plan.campaign, taken, without)
    if reached:
        return reached
    rewards = tier.rewards
    if facts.paid_by_organization:
        rewards = tuple(reward for reward in rewards if not gives_money(plan.campaign, reward))
        if not rewards:
            return PAID_BY_ORGANIZATION
    return _find_left(plan, tier, rewards, taken, without)


def _find_left(
    plan: Plan, tier: TierPlan, rewards: tuple[Reward, ...], taken: Taken, without: Set[str]
) -> Offer | Sentence:
    campaign, is_whole = plan.campaign, rewards is tier.rewards
    if is_whole and not (tier.is_stocked or without) and is_in_budget(campaign, tier.most_cost_fen, taken):
        return tier.whole
    there = tuple(reward for reward in rewards if is_in_stock(campaign, reward, taken, without))
    if not there:
        return STOCK_GONE
    available = _find_payable(campaign, there, taken, is_choice=tier.tier.is_choice)
    if not available:
        return BUDGET_USED
    if available == tier.rewards:
        return tier.whole
    gone = tuple(reward for reward in rewards if reward not in there)
    return Offer(campaign, plan.reasons, tier.tier, available, gone, find_value(campaign, tier.tier, available))


def _find_failing(campaign: Campaign, facts: Facts) -> Condition | None:
    """Where any group would do, it is the first one's; where any condition of a group would do, its first."""
    failing = None
    for group in campaign.groups:
        if group.holds(facts):
            if campaign.relation is Relation.ANY:
                return None
        elif failing is None:
            failing = next(condition for condition in group.conditions if not condition.holds(facts))
    return failing


def _find_tier(plan: Plan, facts: Facts) -> TierPlan | Sentence:
    tiers: Sequence[TierPlan] = plan.tiers_in.get(facts.channel, plan.tiers) if plan.tiers_in else plan.tiers
    for tier in reversed(tiers):
        if tier.tier.from_fen <= facts.amount_fen:
            return tier
    return Sentence("amount_below", (("amount", str(tiers[0].tier.from_fen)),))


def _find_payable(
    campaign: Campaign, rewards: tuple[Reward, ...], taken: Taken, *, is_choice: bool
) -> tuple[Reward, ...]:
    if campaign.budget_fen is None:
        return rewards
    costs = [find_most_cost(campaign, reward) for reward in rewards]
    if not is_choice:
        return rewards if is_in_budget(campaign, sum(costs), taken) else ()
    priced = zip(rewards, costs, strict=True)
    return tuple(reward for reward, cost in priced if is_in_budget(campaign, cost, taken))
