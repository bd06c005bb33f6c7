"""Is exactly what the rule of stacking says given, whatever applies together?

Every way in which up to four campaigns can be ranked, grouped and stackable, against an oracle that looks at whole
sets.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, product

import pytest

from loyalty.rules.campaign import Campaign
from loyalty.rules.compiling import compile_rules
from loyalty.rules.condition import Listed, OneOf
from loyalty.rules.decision import decide
from loyalty.rules.effects import Bonus
from loyalty.rules.plan import make_plan
from loyalty.rules.stacking import stack
from tests.loyalty.rules.made import make_campaign, make_facts, make_reward

NEVER = OneOf(Listed.REGION, frozenset({"nowhere"}))
Kind = tuple[int, str | None, bool]
"""Priority, exclusion group, stackable."""


def find_kinds(count: int) -> Iterator[tuple[Kind, ...]]:
    """Each combination once: priorities without gaps (every order with ties), groups named in order of appearance."""
    for priorities in product(range(count), repeat=count):
        if set(priorities) != set(range(len(set(priorities)))):
            continue
        for groups in product((None, "g", "h"), repeat=count):
            if "h" in groups and ("g" not in groups or groups.index("h") < groups.index("g")):
                continue
            for stackable in product((True, False), repeat=count):
                yield tuple(zip(priorities, groups, stackable, strict=True))


def make_all(kinds: Sequence[Kind], worths: Sequence[int]) -> list[Campaign]:
    """Campaigns a, b, c … of these kinds, each worth so many yuan to the customer."""
    made = []
    for name, (priority, group, is_stackable), worth in zip("abcd", kinds, worths, strict=False):
        reward = make_reward(effect=Bonus(worth * 100))
        made.append(
            make_campaign(name, rewards=(reward,), exclusion_group=group, priority=priority, is_stackable=is_stackable)
        )
    return made


def judge_sets(kinds: Sequence[Kind], worths: Sequence[int], applying: Sequence[int]) -> set[str]:
    """The oracle: of all sets whose members can stand beside each other, the one whose members rank highest, compared
    from the highest rank downwards."""
    ranks = sorted(applying, key=lambda place: (kinds[place][0], -worths[place], "abcd"[place]))
    sets = [
        chosen for size in range(len(ranks) + 1) for chosen in combinations(ranks, size) if get_along(kinds, chosen)
    ]
    best = max(sets, key=lambda chosen: [place in chosen for place in ranks])
    return {"abcd"[place] for place in best}


def get_along(kinds: Sequence[Kind], chosen: Sequence[int]) -> bool:
    loner = any(not kinds[place][2] for place in chosen)
    groups = [kinds[place][1] for place in chosen if kinds[place][1]]
    return len(groups) == len(set(groups)) and not (loner and len(chosen) > 1)


@pytest.mark.parametrize("worths", [(1, 1, 1, 1), (1, 2, 3, 4)], ids=["equal worth", "the last is worth most"])
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_of_up_to_four_campaigns_that_apply_the_rule_says_which_are_given(count: int, worths: tuple[int, ...]) -> None:
    template = [make_plan(campaign).tiers[0].whole for campaign in make_all([(0, None, True)] * count, worths)]
    tried = 0
    for kinds in find_kinds(count):
        offers = [
            replace(
                offer,
                campaign=replace(offer.campaign, priority=priority, exclusion_group=group, is_stackable=is_stackable),
            )
            for offer, (priority, group, is_stackable) in zip(template, kinds, strict=True)
        ]
        given = {offer.campaign.id for offer, rival in stack(reversed(offers)) if rival is None}
        assert given == judge_sets(kinds, worths, range(count)), kinds
        tried += 1
    assert tried == {1: 4, 2: 60, 3: 1456, 4: 49_200}[count]


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_of_up_to_four_campaigns_some_of_which_apply_the_rule_says_which_are_given(
    count: int, request: pytest.FixtureRequest
) -> None:
    """The whole way through the index; all combinations of four with ``--whole``, every 297th otherwise."""
    worths, every = (2, 1, 3, 2), 297 if count == 4 and not request.config.getoption("--whole") else 1
    for place, (kinds, applies) in enumerate(product(find_kinds(count), product((True, False), repeat=count))):
        if place % every:
            continue
        campaigns = [
            campaign if does else replace(campaign, groups=make_campaign("x", NEVER).groups)
            for campaign, does in zip(make_all(kinds, worths), applies, strict=True)
        ]
        given = {action.campaign.id for action in decide(compile_rules(campaigns), make_facts()).actions}
        assert given == judge_sets(kinds, worths, [place for place, does in enumerate(applies) if does]), kinds


def test_what_loses_takes_no_place_away() -> None:
    """``a`` is given, so that ``b`` is not; ``c`` is of b's group and is given."""
    kinds: list[Kind] = [(0, None, True), (1, "g", False), (2, "g", True)]
    decision = decide(compile_rules(make_all(kinds, (1, 1, 1))), make_facts(), explain=True)
    assert [action.campaign.id for action in decision.actions] == ["a", "c"]
