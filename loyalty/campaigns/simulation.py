"""What would campaigns have given, and cost, for what happened?"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from loyalty.rules.action import Action
from loyalty.rules.compiling import Rules
from loyalty.rules.decision import decide_action
from loyalty.rules.facts import Facts, Taken
from loyalty.rules.judging import judge
from loyalty.rules.limits import BUDGET_USED
from loyalty.rules.plan import Offer, find_most_cost
from loyalty.rules.stacking import stack


@dataclass(frozen=True, slots=True)
class PastHappening:
    """What happened, and to which customer. What was ``taken`` then is not looked at: it is counted anew."""

    customer_id: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class CampaignOutcome:
    """What one campaign would have done.

    ``winners`` are customers, ``grants`` decisions that it had an action in; ``rewards`` counts by reward key, and
    ``kinds`` by effect (``Bonus``). Of a choice that nobody made the dearest option is counted. ``budget_ended_at`` is
    when the first customer was refused for the budget (None: it lasted).
    """

    winners: int
    grants: int
    cost_fen: int
    rewards: Mapping[str, int]
    kinds: Mapping[str, int]
    budget_ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Simulation:
    """By campaign, every one of the rules. ``happenings`` were looked at, ``winning`` of them earned something."""

    campaigns: Mapping[str, CampaignOutcome]
    happenings: int
    winning: int

    @property
    def cost_fen(self) -> int:
        """What all would have cost together."""
        return sum(outcome.cost_fen for outcome in self.campaigns.values())


def simulate(rules: Rules, happenings: Iterable[PastHappening]) -> Simulation:
    """Pure. They are looked at in their order, each after what those before it have taken: budgets, stock and limits
    end as they would have ended."""
    counts = {plan.campaign.id: _Count() for plan in rules.plans}
    looked_at = winning = 0
    for happening in happenings:
        looked_at += 1
        winning += _happen(rules, counts, happening)
    return Simulation({campaign_id: count.close() for campaign_id, count in counts.items()}, looked_at, winning)


def _happen(rules: Rules, counts: "Mapping[str, _Count]", happening: PastHappening) -> bool:
    plans = [clause.plan for clause in rules.find_clauses(happening.facts)]
    customer_id = happening.customer_id
    taken = {plan.campaign.id: counts[plan.campaign.id].find_taken(customer_id) for plan in plans}
    facts = replace(happening.facts, taken=taken)
    offers = []
    for plan in plans:
        verdict = judge(plan, facts)
        if isinstance(verdict, Offer):
            offers.append(verdict)
        elif verdict is BUDGET_USED:
            counts[plan.campaign.id].note_end(facts.at)
    actions = [_act(offer, facts) for offer, rival in stack(offers) if rival is None]
    for action in actions:
        counts[action.campaign.id].add(action, customer_id)
    return bool(actions)


def _act(offer: Offer, facts: Facts) -> Action:
    """Of a choice that nobody made, the dearest."""
    action = decide_action(offer, facts)
    if not action.options:
        return action
    dearest = max(action.options, key=lambda option: (find_most_cost(offer.campaign, option), option.key))
    return decide_action(offer, replace(facts, chosen={offer.campaign.id: dearest.key}))


@dataclass(slots=True)
class _Count:
    """What one campaign has given so far: the one thing here that changes, and nobody outside sees it."""

    by_customer: Counter[str] = field(default_factory=Counter)
    rewards: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    grants: int = 0
    cost_fen: int = 0
    ended_at: datetime | None = None

    def find_taken(self, customer_id: str) -> Taken:
        return Taken(self.by_customer[customer_id], self.grants, self.cost_fen, self.rewards)

    def note_end(self, at: datetime) -> None:
        self.ended_at = self.ended_at or at

    def add(self, action: Action, customer_id: str) -> None:
        self.grants += 1
        self.by_customer[customer_id] += 1
        self.cost_fen += action.cost_fen
        for reward in action.rewards:
            self.rewards[reward.key] += 1
            self.kinds[type(reward.effect).__name__] += 1

    def close(self) -> CampaignOutcome:
        return CampaignOutcome(
            len(self.by_customer), self.grants, self.cost_fen, dict(self.rewards), dict(self.kinds), self.ended_at
        )
