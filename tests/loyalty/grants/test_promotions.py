"""Is what a customer is told before paying what the recharge then earns?"""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from gateway.database import write
from graphql_schema.client import Channel
from graphql_schema.problems import NotFound
from graphql_schema.types.money import Money
from graphql_schema.types.promotion import RewardForecast
from loyalty.campaigns.retention import forget_rewards_of
from loyalty.campaigns.uses import COUNT, Use, take
from loyalty.rules.campaign import ChannelException, CriteriaGroup, Limits
from loyalty.rules.condition import Between, FirstTime, Listed, Measured, OneOf
from loyalty.rules.effects import ONE_BILLION, Lottery, Prize, Tier
from tests.loyalty.grants.fair import NOW, PACK, POINTS, TEN, THIRTY, Fair, make_campaign, make_reward

pytestmark = pytest.mark.anyio
TIERS = (Tier(10000, ("ten",)), Tier(20000, ("thirty",)))


async def expect(fair: Fair, yuan: int, line_id: str = "L1") -> RewardForecast:
    amount = Money(amount=Decimal(yuan), currency="CNY")
    return await fair.promotions.expect(line_id, amount, channel=Channel.WEB)


def keys(forecast: RewardForecast) -> list[str]:
    return [reward.key for expected in forecast.rewards for reward in expected.rewards]


@pytest.mark.parametrize(
    ("yuan", "rewards", "more_from"), [(99, [], 100), (100, ["ten"], 200), (199, ["ten"], 200), (200, ["thirty"], None)]
)
async def test_what_an_amount_would_earn_and_where_more_begins(
    fair: Fair, yuan: int, rewards: list[str], more_from: int | None
) -> None:
    await fair.run(make_campaign(TEN, THIRTY, tiers=TIERS))
    forecast = await expect(fair, yuan)
    assert keys(forecast) == rewards
    assert (None if forecast.more_from is None else int(forecast.more_from.amount)) == more_from
    assert await fair.tally() == {"loyalty_decision": 0, "reward_grant": 0, "grant_part": 0, "grant_return": 0}
    await fair.recharge("R1", yuan * 100)
    assert [grant.reward.key for grant in await fair.grants() if grant.reward] == rewards


async def test_money_that_would_be_an_organization_s_is_neither_promised_nor_granted(fair: Fair) -> None:
    draw = make_reward("draw", Lottery((Prize("ten", ONE_BILLION),)))
    everything = (Tier(10000, ("ten", "pack", "draw")),)
    await fair.run(
        make_campaign(TEN, PACK, draw, tiers=everything, budget_fen=100_000),
        make_campaign(THIRTY, id="money"),
        make_campaign(TEN, POINTS, id="choice", tiers=(Tier(10000, ("ten", "points"), is_choice=True),)),
    )
    fair.customers.changes["L1"] = {"paid_by_organization": True}
    assert sorted(keys(await expect(fair, 100))) == ["pack", "points"]
    await fair.recharge("R1")
    assert sorted(grant.reward.key for grant in await fair.grants() if grant.reward) == ["pack", "points"]
    assert fair.operator.pots == {}
    await fair.recharge("R2", line_id="L2")
    assert fair.operator.pots


async def test_what_was_taken_is_known_before(fair: Fair) -> None:
    first = (CriteriaGroup((FirstTime(),)),)
    once = make_campaign(TEN, id="once", limits=Limits(of_customer=1))
    await fair.run(once, make_campaign(PACK, id="first", groups=first))
    assert keys(await expect(fair, 100)) == ["ten", "pack"]
    await fair.recharge("R1")
    assert keys(await expect(fair, 100)) == []
    assert keys(await expect(fair, 100, "L2")) == ["ten", "pack"]


async def test_what_little_is_left_is_called_scarce(fair: Fair) -> None:
    await fair.run(
        make_campaign(TEN, id="endless"),
        make_campaign(TEN, id="plenty", budget_fen=1_000_000),
        make_campaign(TEN, id="few", limits=Limits(total=9)),
        make_campaign(replace(TEN, stock=5), id="stocked"),
        make_campaign(TEN, id="poor", budget_fen=9000),
        make_campaign(TEN, id="tenth", limits=Limits(total=200)),
        make_campaign(TEN, id="more", limits=Limits(total=200)),
    )
    async with fair.bureau.transaction() as connection:
        await take(connection, [Use("more", COUNT, "", 180), Use("tenth", COUNT, "", 181)])
    scarce = {each.promotion_id: each.scarce for each in (await expect(fair, 100)).rewards}
    certain = dict.fromkeys(["endless", "plenty", "more"], False)
    assert scarce == certain | dict.fromkeys(["few", "stocked", "poor", "tenth"], True)


async def test_a_draw_is_told_as_a_draw_and_not_by_what_it_would_win(fair: Fair) -> None:
    draw = make_reward("draw", Lottery((Prize("ten", ONE_BILLION // 2),)))
    await fair.run(make_campaign(draw, TEN, tiers=(Tier(10000, ("draw",)),)))
    (expected,) = (await expect(fair, 100)).rewards
    assert [reward.key for reward in expected.rewards] == ["draw"]
    assert [odds.in_a_billion for odds in expected.rewards[0].odds] == [ONE_BILLION // 2]


async def test_what_is_given_anyway_is_told_although_a_draw_could_win_it_too(fair: Fair) -> None:
    draw = make_reward("draw", Lottery((Prize("ten", ONE_BILLION),)))
    await fair.run(make_campaign(TEN, draw))
    assert keys(await expect(fair, 100)) == ["ten", "draw"]


async def test_a_campaign_says_on_its_face_where_a_channel_has_another_start_or_price(fair: Fair) -> None:
    early = ChannelException("app", "掌厅提前一天", "A day earlier in the app", NOW - timedelta(days=2))
    await fair.run(make_campaign(TEN, exceptions=(early,)))
    (shown,) = await fair.promotions.fetch_promotions("L1")
    assert [(said.zh, said.en) for said in shown.on_its_face] == [("掌厅提前一天", "A day earlier in the app")]


async def test_a_choice_is_told_with_its_options_and_reasons(fair: Fair) -> None:
    await fair.run(make_campaign(TEN, PACK, tiers=(Tier(10000, ("ten", "pack"), is_choice=True),)))
    (expected,) = (await expect(fair, 100)).rewards
    assert expected.choose_one
    assert [reward.key for reward in expected.rewards] == ["ten", "pack"]
    assert expected.reasons


async def test_nobody_s_line_expects_nothing(fair: Fair) -> None:
    with pytest.raises(NotFound):
        await expect(fair, 100, "X1")


async def test_what_runs_is_listed_what_ends_first_first(fair: Fair) -> None:
    here = CriteriaGroup((OneOf(Listed.REGION, frozenset({"guangdong"})),))
    there = CriteriaGroup((OneOf(Listed.REGION, frozenset({"hainan"})), Between(Measured.STARS, least=5)))
    await fair.run(
        make_campaign(TEN, id="late"),
        make_campaign(TEN, id="soon", ends_at=NOW + timedelta(days=2), groups=(here,)),
        make_campaign(TEN, id="elsewhere", groups=(there,)),
        make_campaign(TEN, id="over", ends_at=NOW),
        make_campaign(TEN, id="later", begins_at=NOW + timedelta(seconds=1)),
        make_campaign(replace(POINTS, stock=7), id="off"),
    )
    await fair.desk.switch("off", on=False, by="staff:1001")
    assert [each.id for each in await fair.promotions.fetch_promotions("L1")] == ["soon", "late"]
    assert [each.id for each in await fair.promotions.fetch_promotions(None)] == ["soon", "elsewhere", "late"]


async def test_a_grant_is_found_by_its_id_for_the_line_that_won_it_alone(fair: Fair) -> None:
    await fair.run(make_campaign(TEN))
    await fair.recharge("r1")
    (grant,) = await fair.grants()
    assert await fair.promotions.fetch_grant("L1", grant.id) == grant
    with pytest.raises(NotFound):
        await fair.promotions.fetch_grant("L2", grant.id)
    async with write(fair.engine) as connection:
        await forget_rewards_of(connection, "L1", now=fair.now())
    with pytest.raises(NotFound):  # its next holder
        await fair.promotions.fetch_grant("L1", grant.id)


async def test_a_grant_says_what_earned_it_and_what_came_of_it(fair: Fair) -> None:
    await fair.put_codes("books", "AAA-1")
    await fair.run(make_campaign(TEN))
    await fair.recharge("R1")
    granted = await fair.grant()
    assert (granted.recharge_id, granted.promotion.en, granted.taken_back, granted.late) == (
        "R1",
        "Spring",
        None,
        False,
    )
    assert [(part.on, part.amount) for part in granted.parts] == [
        (NOW.date(), Money(amount=Decimal(10), currency="CNY"))
    ]
    assert fair.announced
