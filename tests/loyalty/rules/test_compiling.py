"""Does the index lose nothing, whatever campaigns and happenings there are?"""

from datetime import timedelta
from random import Random

from hypothesis import event, given
from hypothesis import strategies as st

from loyalty.rules.action import Action
from loyalty.rules.campaign import Campaign
from loyalty.rules.compiling import compile_rules
from loyalty.rules.condition import Between, Measured
from loyalty.rules.decision import decide, decide_action
from loyalty.rules.facts import Facts
from loyalty.rules.judging import find_obstacle, judge
from loyalty.rules.plan import Offer, make_plan
from loyalty.rules.stacking import stack
from tests.loyalty.rules.made import make_campaign, make_facts
from tests.loyalty.rules.strategies import many_facts, some_campaigns, try_often


def decide_naively(campaigns: tuple[Campaign, ...], facts: Facts, without: frozenset[str]) -> tuple[Action, ...]:
    """A look at each campaign."""
    verdicts = [judge(make_plan(campaign), facts, without) for campaign in campaigns]
    offers = [verdict for verdict in verdicts if isinstance(verdict, Offer)]
    return tuple(decide_action(offer, facts, without) for offer, rival in stack(offers) if rival is None)


withouts = st.frozensets(st.sampled_from(("autumn", "birthday/app", "club/draw", "early")), max_size=2)


@try_often(60)
@given(some_campaigns, many_facts, withouts)
def test_the_index_decides_as_a_look_at_each_campaign_does(
    campaigns: tuple[Campaign, ...], happenings: list[Facts], without: frozenset[str]
) -> None:
    rules = compile_rules(campaigns)
    for facts in happenings:
        actions = decide(rules, facts, without=without).actions
        event(f"{len(actions)} actions")
        assert actions == decide_naively(campaigns, facts, without)
        for clause in rules.find_clauses(facts):  # what is believed unseen is true
            assert not clause.is_exact or find_obstacle(clause.plan.campaign, facts) is None


@try_often(20)
@given(some_campaigns, many_facts, st.randoms(use_true_random=False))
def test_the_order_of_campaigns_does_not_matter(
    campaigns: tuple[Campaign, ...], happenings: list[Facts], chance: Random
) -> None:
    shuffled = list(campaigns)
    chance.shuffle(shuffled)
    ordered, otherwise = compile_rules(campaigns), compile_rules(shuffled)
    for facts in happenings:
        first = decide(ordered, facts, explain=True)
        assert decide(otherwise, facts, explain=True) == first
        assert decide(otherwise, facts).actions == decide(ordered, facts).actions == first.actions
        told = [action.campaign.id for action in first.actions] + [each.campaign.id for each in first.refusals]
        assert sorted(told) == sorted(campaign.id for campaign in campaigns if facts.kind in campaign.kinds)


def test_of_campaigns_that_cannot_match_none_is_looked_at() -> None:
    too_old = (make_campaign(f"old-{number}", Between(Measured.TENURE, 600)) for number in range(100))
    over = (make_campaign(f"over-{number}", ends_at=make_facts().at - timedelta(days=1)) for number in range(100))
    rules = compile_rules([*too_old, *over, make_campaign()])
    assert [clause.plan.campaign.id for clause in rules.find_clauses(make_facts())] == ["autumn"]
