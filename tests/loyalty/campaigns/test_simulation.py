"""What would a campaign have cost last month?"""

from dataclasses import replace
from datetime import timedelta

from hypothesis import event, given

from loyalty.campaigns.simulation import PastHappening, simulate
from loyalty.rules.campaign import Campaign, Limits
from loyalty.rules.compiling import compile_rules
from loyalty.rules.decision import decide
from loyalty.rules.facts import Facts, Taken
from tests.loyalty.rules.made import BEGINS, POINTS, make_campaign, make_facts, make_reward, make_tier
from tests.loyalty.rules.strategies import many_facts, some_campaigns, try_often


def recharge(customer_id: str, hour: int, amount_fen: int = 10_000) -> PastHappening:
    return PastHappening(customer_id, make_facts(at=BEGINS + timedelta(hours=hour), amount_fen=amount_fen))


def test_winners_grants_cost_and_rewards_are_counted() -> None:
    tiers = (make_tier("points"), make_tier("money", "points", from_fen=10_000))
    rules = compile_rules(
        [make_campaign(rewards=(make_reward(), POINTS), tiers=tiers), make_campaign("quiet", is_on=False)]
    )
    past = [recharge("ann", 1), recharge("bob", 2, 5000), recharge("ann", 3), recharge("cat", 4, 100)]
    simulation = simulate(rules, past)
    outcome = simulation.campaigns["autumn"]
    assert (outcome.winners, outcome.grants, outcome.cost_fen) == (2, 3, 2300)
    assert outcome.rewards == {"money": 2, "points": 3}
    assert outcome.kinds == {"Bonus": 2, "PointsGift": 3}
    assert (simulation.happenings, simulation.winning, simulation.cost_fen) == (4, 3, 2300)
    assert simulation.campaigns["quiet"].grants == 0


def test_the_budget_ends_when_the_first_customer_is_refused_for_it() -> None:
    past = [recharge(f"c{hour}", hour) for hour in range(5)]
    outcome = simulate(compile_rules([make_campaign(budget_fen=3999)]), past).campaigns["autumn"]
    assert (outcome.cost_fen, outcome.budget_ended_at) == (3000, BEGINS + timedelta(hours=3))
    assert simulate(compile_rules([make_campaign(budget_fen=5000)]), past).campaigns["autumn"].budget_ended_at is None


def test_each_customer_wins_as_often_as_the_limit_says() -> None:
    past = [recharge(customer_id, hour) for hour, customer_id in enumerate(["ann", "ann", "bob", "bob", "cat"])]
    outcome = simulate(compile_rules([make_campaign(limits=Limits(of_customer=1, total=2))]), past).campaigns["autumn"]
    assert (outcome.winners, outcome.grants) == (2, 2)


def test_of_a_choice_that_nobody_made_the_dearest_is_counted() -> None:
    tier = make_tier("points", "money", is_choice=True)
    rules = compile_rules([make_campaign(rewards=(make_reward(stock=1), POINTS), tiers=(tier,))])
    made = PastHappening("bob", make_facts(chosen={"autumn": "points"}))
    outcome = simulate(rules, [recharge("ann", 1), made, recharge("cat", 3)]).campaigns["autumn"]
    assert outcome.rewards == {"money": 1, "points": 2}
    assert outcome.cost_fen == 1200


def test_what_was_taken_then_is_not_looked_at() -> None:
    past = PastHappening("ann", make_facts(taken={"autumn": Taken(total=99)}))
    outcome = simulate(compile_rules([make_campaign(limits=Limits(total=1))]), [past]).campaigns["autumn"]
    assert outcome.grants == 1


@try_often(40)
@given(some_campaigns, many_facts)
def test_no_budget_stock_or_limit_is_ever_exceeded(campaigns: tuple[Campaign, ...], happenings: list[Facts]) -> None:
    campaigns = tuple(replace(campaign, is_on=True) for campaign in campaigns)
    past = [PastHappening(f"customer-{place % 3}", facts) for place, facts in enumerate(happenings)]
    simulation = simulate(compile_rules(campaigns), past)
    event(f"{simulation.winning // 10} tens of happenings won")
    for campaign in campaigns:
        outcome = simulation.campaigns[campaign.id]
        assert campaign.budget_fen is None or outcome.cost_fen <= campaign.budget_fen
        assert campaign.limits.total is None or outcome.grants <= campaign.limits.total
        assert campaign.limits.of_customer is None or outcome.grants <= campaign.limits.of_customer * outcome.winners
        for reward in campaign.rewards:
            assert reward.stock is None or outcome.rewards.get(reward.key, 0) <= reward.stock


@try_often(15)
@given(some_campaigns, many_facts)
def test_the_first_happening_is_decided_as_it_would_have_been(
    campaigns: tuple[Campaign, ...], happenings: list[Facts]
) -> None:
    rules = compile_rules(campaigns)
    for facts in happenings:
        decision = decide(rules, replace(facts, taken={}))
        simulation = simulate(rules, [PastHappening("ann", facts)])
        assert {name for name, outcome in simulation.campaigns.items() if outcome.grants} == {
            action.campaign.id for action in decision.actions
        }
