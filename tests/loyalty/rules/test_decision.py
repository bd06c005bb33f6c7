"""Who earns what, and why does somebody not?"""

from datetime import timedelta
from typing import Any

import pytest

from loyalty.rules.action import Action
from loyalty.rules.campaign import Campaign, ChannelException, CriteriaGroup, Limits, Relation
from loyalty.rules.compiling import compile_rules
from loyalty.rules.condition import Between, FirstTime, Listed, Measured, OneOf
from loyalty.rules.decision import decide
from loyalty.rules.effects import Bonus, PointsGift
from loyalty.rules.facts import HappeningKind, Taken
from tests.loyalty.rules.made import BEGINS, ENDS, POINTS, make_campaign, make_facts, make_reward, make_tier

BOTH = (make_reward(), POINTS)
IN_APP = OneOf(Listed.CHANNEL, frozenset({"app"}))
OLD = Between(Measured.TENURE, 24)
SECOND = timedelta(seconds=1)


def decide_one(campaign: Campaign, *, without: frozenset[str] = frozenset(), **facts: Any) -> Action | str:
    """The campaign's action, or the key of the reason why there is none. The fast way must say the same."""
    rules = compile_rules([campaign])
    decision = decide(rules, make_facts(**facts), explain=True, without=without)
    assert decide(rules, make_facts(**facts), without=without).actions == decision.actions
    if decision.actions:
        assert not decision.refusals
        return decision.actions[0]
    return decision.refusals[0].reason.key


def give(campaign: Campaign, **facts: Any) -> list[str]:
    """Keys of the rewards that are given."""
    action = decide_one(campaign, **facts)
    assert isinstance(action, Action), action
    return [reward.key for reward in action.rewards]


@pytest.mark.parametrize(
    ("amount_fen", "given"),
    [(5000, ["points"]), (9999, ["points"]), (10_000, ["money", "points"]), (10**9, ["money", "points"])],
)
def test_the_highest_tier_that_the_amount_reaches_is_given(amount_fen: int, given: list[str]) -> None:
    tiers = (make_tier("points"), make_tier("money", "points", from_fen=10_000))
    assert give(make_campaign(rewards=BOTH, tiers=tiers), amount_fen=amount_fen) == given


def test_an_action_names_its_tier_cost_and_reasons() -> None:
    action = decide_one(make_campaign("autumn", OLD, FirstTime()), tenure_months=30, is_first=True)
    assert isinstance(action, Action)
    assert (action.campaign.id, action.campaign.version, action.tier_from_fen, action.cost_fen) == (
        "autumn",
        1,
        5000,
        1000,
    )
    said = [(reason.key, dict(reason.parameters)) for reason in action.reasons]
    assert said == [
        ("amount_at_least", {"amount": "5000"}),
        ("tenure_months_between", {"least": "24"}),
        ("first_time", {}),
    ]


def test_of_alternatives_those_that_hold_are_the_reasons() -> None:
    campaign = make_campaign(groups=(CriteriaGroup((OLD, IN_APP), Relation.ANY),))
    action = decide_one(campaign, channel="app")
    assert isinstance(action, Action)
    assert [reason.key for reason in action.reasons] == ["amount_at_least", "channel_is_one_of"]


@pytest.mark.parametrize(
    ("changes", "facts", "reason"),
    [
        ({"is_on": False}, {}, "switched_off"),
        ({}, {"at": BEGINS - SECOND}, "not_begun"),
        ({}, {"at": ENDS}, "over"),
        ({}, {"amount_fen": 4999}, "amount_below"),
        ({"groups": (CriteriaGroup((FirstTime(), OLD)),)}, {"is_first": True}, "tenure_months_between"),
        ({"groups": (CriteriaGroup((FirstTime(), OLD)),)}, {"tenure_months": 99}, "first_time"),
        ({"limits": Limits(of_customer=1)}, {"taken": {"autumn": Taken(of_customer=1)}}, "limit_of_customer_reached"),
        ({"limits": Limits(total=2)}, {"taken": {"autumn": Taken(total=2)}}, "limit_total_reached"),
        ({"budget_fen": 1999}, {"taken": {"autumn": Taken(cost_fen=1000)}}, "budget_used"),
        ({"rewards": (make_reward(stock=1),)}, {"taken": {"autumn": Taken(stock={"money": 1})}}, "stock_gone"),
        ({}, {"without": frozenset({"autumn"})}, "taken_meanwhile"),
        ({}, {"without": frozenset({"autumn/money"})}, "stock_gone"),
        ({}, {"paid_by_organization": True}, "paid_by_organization"),
        ({"limits": Limits(total=0)}, {"paid_by_organization": True}, "limit_total_reached"),
    ],
)
def test_a_refusal_names_the_first_reason(changes: dict[str, Any], facts: dict[str, Any], reason: str) -> None:
    assert decide_one(make_campaign(**changes), **facts) == reason


@pytest.mark.parametrize(
    ("changes", "facts"),
    [
        ({}, {"at": BEGINS}),
        ({}, {"at": ENDS - SECOND}),
        ({"limits": Limits(of_customer=2, total=2)}, {"taken": {"autumn": Taken(of_customer=1, total=1)}}),
        ({"budget_fen": 2000}, {"taken": {"autumn": Taken(cost_fen=1000)}}),
        ({"rewards": (make_reward(stock=2),)}, {"taken": {"autumn": Taken(stock={"money": 1})}}),
        ({}, {"without": frozenset({"spring", "spring/money"})}),
    ],
)
def test_the_last_of_anything_is_given(changes: dict[str, Any], facts: dict[str, Any]) -> None:
    assert isinstance(decide_one(make_campaign(**changes), **facts), Action)


@pytest.mark.parametrize(
    ("of_groups", "within", "facts", "applies"),
    [
        (Relation.ALL, Relation.ALL, {"channel": "app", "tenure_months": 24, "stars": 5, "is_first": True}, True),
        (Relation.ALL, Relation.ALL, {"channel": "app", "tenure_months": 24, "stars": 5}, False),
        (Relation.ALL, Relation.ANY, {"channel": "app", "stars": 5}, True),
        (Relation.ALL, Relation.ANY, {"channel": "app", "tenure_months": 24}, False),
        (Relation.ANY, Relation.ALL, {"channel": "app", "tenure_months": 24}, True),
        (Relation.ANY, Relation.ALL, {"channel": "app", "stars": 5}, False),
        (Relation.ANY, Relation.ANY, {"is_first": True}, True),
        (Relation.ANY, Relation.ANY, {}, False),
    ],
)
def test_groups_and_criteria_belong_together_as_they_say(
    of_groups: Relation, within: Relation, facts: dict[str, Any], applies: bool
) -> None:
    groups = (CriteriaGroup((IN_APP, OLD), within), CriteriaGroup((Between(Measured.STARS, 5), FirstTime()), within))
    outcome = decide_one(make_campaign(groups=groups, relation=of_groups), **facts)
    assert isinstance(outcome, Action) is applies


def test_a_choice_is_pending_until_it_is_made() -> None:
    campaign = make_campaign(rewards=BOTH, tiers=(make_tier("money", "points", is_choice=True),))
    pending = decide_one(campaign)
    assert isinstance(pending, Action)
    assert (pending.rewards, pending.options, pending.cost_fen) == ((), BOTH, 1000)
    chosen = decide_one(campaign, chosen={"autumn": "points"})
    assert isinstance(chosen, Action)
    assert (chosen.rewards, chosen.options, chosen.cost_fen) == ((POINTS,), (), 100)


def test_only_what_is_left_and_paid_for_can_be_chosen() -> None:
    rewards = (make_reward(), POINTS, make_reward("cup", PointsGift(5), cost_fen=200, stock=1))
    campaign = make_campaign(
        rewards=rewards, tiers=(make_tier("money", "points", "cup", is_choice=True),), budget_fen=1000
    )
    little = decide_one(campaign, taken={"autumn": Taken(cost_fen=500)}, chosen={"autumn": "money"})
    assert isinstance(little, Action)
    assert [option.key for option in little.options] == ["points", "cup"]
    assert little.cost_fen == 200
    assert give(campaign, taken={"autumn": Taken(cost_fen=500, stock={"cup": 1})}) == ["points"]
    assert decide_one(campaign, taken={"autumn": Taken(cost_fen=901)}) == "budget_used"


def test_of_several_gifts_those_in_stock_are_given_and_the_others_named() -> None:
    campaign = make_campaign(rewards=(make_reward(stock=1), POINTS), tiers=(make_tier("money", "points"),))
    action = decide_one(campaign, taken={"autumn": Taken(stock={"money": 1})})
    assert isinstance(action, Action)
    assert action.rewards == (POINTS,)
    assert [reward.key for reward in action.gone] == ["money"]
    assert action.cost_fen == 100


def test_a_channel_has_another_start_and_price_only_where_the_face_says_so() -> None:
    early = ChannelException("app", "掌厅", "app", BEGINS - timedelta(days=1), (make_tier("money", from_fen=3000),))
    campaign = make_campaign(exceptions=(early,))
    before = {"at": BEGINS - SECOND, "amount_fen": 3000}
    assert give(campaign, channel="app", **before) == ["money"]
    assert decide_one(campaign, channel="web", **before) == "not_begun"
    assert decide_one(campaign, channel="web", amount_fen=3000) == "amount_below"


def test_a_campaign_hears_of_its_kinds_alone() -> None:
    rules = compile_rules([make_campaign(kinds=frozenset({HappeningKind.BILL_PAID, HappeningKind.ORDER_DONE}))])
    for kind in HappeningKind:
        decision = decide(rules, make_facts(kind=kind), explain=True)
        assert bool(decision.actions) is (kind in (HappeningKind.BILL_PAID, HappeningKind.ORDER_DONE))
        assert not decision.refusals


def test_what_excludes_a_campaign_is_named() -> None:
    first, second = (make_campaign(name, exclusion_group="g", priority=place) for place, name in enumerate("ab"))
    decision = decide(compile_rules([second, first]), make_facts(), explain=True)
    assert [action.campaign.id for action in decision.actions] == ["a"]
    (refusal,) = decision.refusals
    assert (refusal.campaign.id, refusal.reason.key) == ("b", "excluded_by")
    assert dict(refusal.reason.parameters) == {"campaign": "a"}


def test_what_was_found_exhausted_makes_room_for_the_next() -> None:
    first, second = (make_campaign(name, exclusion_group="g", priority=place) for place, name in enumerate("ab"))
    again = decide(compile_rules([first, second]), make_facts(), without=frozenset({"a"}))
    assert [action.campaign.id for action in again.actions] == ["b"]


def test_two_versions_of_one_campaign_are_not_compiled() -> None:
    with pytest.raises(ValueError, match="one version"):
        compile_rules([make_campaign(), make_campaign(version=2)])


def test_the_last_part_of_a_release_takes_what_does_not_divide() -> None:
    assert Bonus(1000, months=3).split() == (333, 333, 334)
    assert Bonus(1000).split() == (1000,)


def test_a_reward_that_is_not_there_is_no_campaign() -> None:
    with pytest.raises(LookupError):
        compile_rules([make_campaign(tiers=(make_tier("cup"),))])
