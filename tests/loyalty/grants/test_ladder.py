"""How much may be kept of a reward, in a table?"""

import pytest

from loyalty.campaigns.drafts import find_release_days
from loyalty.campaigns.ladder import Won, build_ladder, count_of_kind, find_kept, find_quantity, is_divisible
from loyalty.rules.effects import Bonus, Lottery, PointsGift, Prize, Reward, Tier
from tests.loyalty.grants.fair import NOW, PACK, POINTS, TEN, THIRTY, make_campaign, make_reward

HUNDRED = make_reward("hundred", Bonus(10000))
DRAW = make_reward("draw", Lottery((Prize("ten", 10**9),)))
FEW = make_reward("few", PointsGift(100))
CAMPAIGN = make_campaign(
    TEN,
    THIRTY,
    HUNDRED,
    POINTS,
    FEW,
    PACK,
    DRAW,
    tiers=(
        Tier(10000, ("ten", "few")),
        Tier(20000, ("thirty", "points")),
        Tier(50000, ("hundred", "pack", "draw")),
    ),
)
KEPT = [
    # reward, recharged, given back -> kept
    ("ten", 10000, 0, 1000),  # nothing went back
    ("ten", 10000, 1, 0),  # below the lowest tier
    ("ten", 15000, 5000, 666),  # the tier is still reached: in proportion, rounded down
    ("ten", 15000, 5001, 0),
    ("ten", 15000, 15000, 0),
    ("thirty", 20000, 1, 1000),  # the lower tier's money
    ("thirty", 20000, 10000, 1000),
    ("thirty", 29999, 9999, 2000),  # in proportion is less than the tier's
    ("thirty", 29999, 10000, 1000),
    ("points", 20000, 1, 100),  # the lower tier's points
    ("points", 40000, 20000, 250),
    ("hundred", 50000, 25000, 3000),  # the tier of 200 gives 30
    ("hundred", 50000, 40000, 1000),
    ("hundred", 50000, 40001, 0),
    ("pack", 60000, 10000, 1),  # can't be divided
    ("pack", 60000, 10001, 0),  # no lower tier gives it
]


@pytest.mark.parametrize(("key", "recharged", "back", "kept"), KEPT)
def test_what_is_kept_stands_in_the_table(key: str, recharged: int, back: int, kept: int) -> None:
    assert keep(CAMPAIGN.find_reward(key), recharged, back) == kept


@pytest.mark.parametrize("key", ["ten", "thirty", "hundred", "points", "pack"])
def test_who_gives_more_back_never_keeps_more(key: str) -> None:
    reward = CAMPAIGN.find_reward(key)
    kept = [keep(reward, 60000, back) for back in range(0, 60001, 500)]
    assert kept == sorted(kept, reverse=True)
    assert kept[-1] == 0


def test_two_rewards_of_one_kind_share_what_the_lower_tier_gives() -> None:
    campaign = make_campaign(TEN, THIRTY, HUNDRED, tiers=(Tier(10000, ("ten",)), Tier(20000, ("thirty", "hundred"))))
    both = count_of_kind((THIRTY, HUNDRED), TEN.effect)
    kept = [
        find_kept(
            find_quantity(reward.effect),
            build_ladder(campaign, campaign.tiers, Won(reward, reward.key, both), reached_fen=20000),
            divisible=True,
            left=19999,
            earned_on=20000,
        )
        for reward in (THIRTY, HUNDRED)
    ]
    assert kept == [230, 769]  # together no more than the 1000 of the lower tier


def test_what_the_lower_tier_gives_too_is_no_more_for_the_other_that_comes_with_it() -> None:
    """Whoever recharges for the upper tier and gives back what is above the lower one has no more than the lower one
    gives."""
    campaign = make_campaign(TEN, THIRTY, tiers=(Tier(10000, ("ten",)), Tier(20000, ("ten", "thirty"))))
    ladders = [
        build_ladder(campaign, campaign.tiers, Won(reward, reward.key, 4000), reached_fen=20000)
        for reward in (TEN, THIRTY)
    ]
    assert ladders == [((10000, 250), (20000, 1000)), ((10000, 750), (20000, 3000))]


def test_a_prize_is_kept_as_long_as_a_tier_has_its_draw_and_shares_what_others_give() -> None:
    tiers = (Tier(10000, ("ten",)), Tier(20000, ("ten", "draw")), Tier(50000, ("thirty", "draw")))
    campaign = make_campaign(TEN, THIRTY, DRAW, tiers=tiers)
    drawn = (("draw", 1000),)
    prize = build_ladder(campaign, tiers, Won(TEN, "draw", 4000, drawn), reached_fen=50000)
    thirty = build_ladder(campaign, tiers, Won(THIRTY, "thirty", 4000, drawn), reached_fen=50000)
    assert prize == ((10000, 250), (20000, 500), (50000, 1000))
    assert thirty == ((10000, 750), (20000, 1500), (50000, 3000))


def test_money_in_parts_comes_on_the_first_of_each_month_that_follows() -> None:
    day = NOW.date()
    assert find_release_days(1, day) == [day]
    assert [each.isoformat() for each in find_release_days(3, day)] == ["2026-12-01", "2027-01-01", "2027-02-01"]


def keep(reward: Reward, recharged: int, back: int) -> int:
    won = Won(reward, reward.key, find_quantity(reward.effect))
    reached = max(tier.from_fen for tier in CAMPAIGN.tiers if tier.from_fen <= recharged)
    ladder = build_ladder(CAMPAIGN, CAMPAIGN.tiers, won, reached_fen=reached)
    divisible = is_divisible(reward.effect)
    left = recharged - back
    return find_kept(find_quantity(reward.effect), ladder, divisible=divisible, left=left, earned_on=recharged)
