"""Are the odds exactly those that are published, and is one lottery a stranger to another?"""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from loyalty.rules.compiling import compile_rules
from loyalty.rules.decision import decide
from loyalty.rules.effects import ONE_BILLION, Lottery, Prize
from loyalty.rules.facts import Taken
from loyalty.rules.lottery import draw_prize, shuffle_draw
from tests.loyalty.rules.made import POINTS, make_campaign, make_facts, make_reward, make_tier
from tests.loyalty.rules.strategies import try_often

LOTTERY = Lottery((Prize("money", 1), Prize("points", ONE_BILLION // 2)))
DRAW = make_reward("draw", LOTTERY, cost_fen=0)


def test_each_number_wins_one_thing() -> None:
    numbers = (0, 1, ONE_BILLION // 2, ONE_BILLION // 2 + 1, ONE_BILLION - 1)
    assert [draw_prize(LOTTERY, number) for number in numbers] == ["money", "points", "points", None, None]


@try_often(20)
@given(st.text(max_size=20), st.integers(1, 3000))
def test_every_number_comes_as_often_as_it_was_drawn(name: str, size: int) -> None:
    assert {shuffle_draw(draw, name, size=size) for draw in range(size)} == set(range(size))


@try_often(50)
@given(st.integers(0, ONE_BILLION - 1), st.text(max_size=20))
def test_a_draw_stays_in_its_range_and_is_the_same_again(draw: int, name: str) -> None:
    assert 0 <= shuffle_draw(draw, name) < ONE_BILLION
    assert shuffle_draw(draw, name) == shuffle_draw(draw, name)


def test_what_is_won_in_one_lottery_says_nothing_of_another() -> None:
    """Ten thousand draws in four fields of equal chance: chi-squared is above 30 once in half a million."""
    draws = range(0, ONE_BILLION, ONE_BILLION // 10_000)
    fields = Counter(
        tuple(shuffle_draw(draw, name) < ONE_BILLION // 2 for name in ("a/draw", "b/draw")) for draw in draws
    )
    assert sum((count - 2500) ** 2 / 2500 for count in fields.values()) < 30
    assert len(fields) == 4


def test_a_draw_gives_its_prize_and_says_its_number() -> None:
    rules = compile_rules([make_campaign(rewards=(make_reward(), POINTS, DRAW), tiers=(make_tier("draw"),))])
    wins = Counter(
        (draw.prize, action.rewards, action.cost_fen)
        for number in range(100)
        for action in decide(rules, make_facts(draw=number * 9_999_991)).actions
        for draw in action.draws
    )
    assert set(wins) == {(None, (), 0), ("points", (POINTS,), 100)}
    assert all(25 <= count <= 75 for count in wins.values())


def test_a_prize_whose_stock_is_gone_is_nothing_and_is_not_drawn_again() -> None:
    one = make_reward("points", POINTS.effect, cost_fen=100, stock=1)
    certain = make_reward("draw", Lottery((Prize("points", ONE_BILLION),)), cost_fen=0)
    rules = compile_rules([make_campaign(rewards=(one, certain), tiers=(make_tier("draw"),))])
    (won,) = decide(rules, make_facts()).actions
    for facts, without in (
        (make_facts(taken={"autumn": Taken(stock={"points": 1})}), frozenset[str]()),
        (make_facts(), frozenset({"autumn/points"})),
    ):
        (lost,) = decide(rules, facts, without=without).actions
        assert (lost.rewards, lost.cost_fen, lost.draws[0].is_gone) == ((), 0, True)
        assert lost.draws[0].number == won.draws[0].number
    assert won.rewards == (one,)


def test_two_draws_of_one_decision_do_not_win_the_last_prize_twice() -> None:
    one = make_reward("points", POINTS.effect, cost_fen=100, stock=1)
    draws = [make_reward(f"draw-{number}", Lottery((Prize("points", ONE_BILLION),)), cost_fen=0) for number in (1, 2)]
    rules = compile_rules([make_campaign(rewards=(one, *draws), tiers=(make_tier("draw-1", "draw-2"),))])
    (action,) = decide(rules, make_facts()).actions
    assert action.rewards == (one,)
    assert [draw.is_gone for draw in action.draws] == [False, True]
