"""Is a budget, a limit or a stock ever overrun by one?"""

import asyncio
from dataclasses import replace

import pytest

from graphql_schema.types.promotion import GrantState
from loyalty.campaigns.uses import CUSTOMER, Exhausted, Use, take
from loyalty.rules.campaign import Campaign, Limits
from loyalty.rules.effects import Lottery, Prize, Tier
from tests.loyalty.grants.fair import CODE, PACK, POINTS, TEN, THIRTY, Fair, make_campaign, make_reward

pytestmark = pytest.mark.anyio
AT_ONCE = 3
MANY = 7
ENDS = {
    "budget": make_campaign(TEN, budget_fen=3999),
    "count": make_campaign(TEN, limits=Limits(total=3)),
    "stock": make_campaign(replace(TEN, stock=3)),
    "codes": make_campaign(CODE),
}


async def decide_at_once(fair: Fair, campaign: Campaign) -> int:
    """Many lines recharge, several processes decide about them at once; how many won."""
    await fair.put_codes("books", *(f"AAA-{number}" for number in range(3)))
    await fair.run(campaign)
    for number in range(MANY):
        await fair.happens(f"R{number}", line_id=f"L{number}")
    await asyncio.gather(*(fair.open_work(at_once=2).work() for _ in range(AT_ONCE)))
    await fair.settle(rounds=2)
    won = [await fair.grants(f"L{number}") for number in range(MANY)]
    return sum(grant.state is not GrantState.NOT_WON for each in won for grant in each)


@pytest.mark.parametrize("end", ENDS)
async def test_nothing_is_given_beyond_the_last_one(fair: Fair, end: str) -> None:
    assert await decide_at_once(fair, ENDS[end]) == 3
    used = await fair.used()
    assert used["count", ""] == 3
    assert used["cost", ""] == sum(reward.cost_fen for reward in ENDS[end].rewards) * 3
    await fair.judge(at_rest=True)


async def test_the_last_fen_of_a_budget_can_be_spent(fair: Fair) -> None:
    assert await decide_at_once(fair, make_campaign(TEN, budget_fen=4000)) == 4


async def test_one_customer_wins_once_with_all_lines_at_once(fair: Fair) -> None:
    await fair.run(make_campaign(TEN, limits=Limits(of_customer=1)))
    for number in range(MANY):
        fair.customers.changes[f"L{number}"] = {"customer_id": "C1"}
        await fair.happens(f"R{number}", line_id=f"L{number}")
    await asyncio.gather(*(fair.open_work(at_once=2).work() for _ in range(AT_ONCE)))
    assert fair.operator.count_given_fen() == 1000
    assert (await fair.used())[CUSTOMER, "C1"] == 1


async def test_what_is_exhausted_is_decided_about_again_without_it(fair: Fair) -> None:
    """The batch has no code: nothing of the first decision stands, and all else is given once."""
    await fair.run(make_campaign(CODE, POINTS), make_campaign(TEN, id="autumn"))
    await fair.recharge("R1")
    keys = {grant.reward.key for grant in await fair.grants() if grant.reward}
    assert keys == {"points", "ten"}
    assert await fair.points() == (500, 0)
    assert (await fair.used())["cost", ""] in {300, 1000}
    (decision,) = await fair.decisions()
    assert '"whose": "spring/book"' in decision.refused
    assert ("stock", "book") not in await fair.used()


async def test_what_loses_its_place_gives_it_to_the_next_of_its_group(fair: Fair) -> None:
    better = make_campaign(CODE, exclusion_group="one", priority=1)
    await fair.run(better, make_campaign(TEN, id="autumn", exclusion_group="one"))
    await fair.recharge("R1")
    assert [grant.promotion_id for grant in await fair.grants()] == ["autumn"]


async def test_a_prize_whose_stock_is_gone_is_nothing(fair: Fair) -> None:
    draw = make_reward("draw", Lottery((Prize("ten", 10**9),)))
    campaign = make_campaign(draw, replace(TEN, stock=3), tiers=(Tier(10000, ("draw",)),))
    assert await decide_at_once(fair, campaign) == 3
    used = await fair.used()
    assert (used["stock", "ten"], used["stock", "draw"]) == (3, MANY)
    assert used["count", ""] == MANY


async def test_a_use_that_fits_in_no_end_takes_nothing(fair: Fair) -> None:
    with pytest.raises(Exhausted) as found:
        async with fair.bureau.transaction() as connection:
            await take(connection, [Use("spring", "count", "", 1, 5), Use("spring", "stock", "ten", 2, 1)])
    assert found.value.whose == "spring/ten"
    assert await fair.used() == {}


async def test_where_one_of_two_rewards_is_gone_the_other_is_still_given(fair: Fair) -> None:
    campaign = make_campaign(replace(THIRTY, stock=5), replace(PACK, stock=3))
    await decide_at_once(fair, campaign)
    used = await fair.used()
    assert used["stock", "pack"] == 3
    assert used["stock", "thirty"] == 5
