"""Does a customer see a draw that won nothing, and is it over?"""

from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.promotion import GrantState
from loyalty.campaigns.leaving import fetch_binding_packages
from loyalty.campaigns.naming import fetch_campaign_names
from loyalty.notices import LineNotice
from loyalty.rules.effects import ONE_BILLION, Clawback, Lottery, Prize, Tier
from tests.loyalty.grants.fair import NOW, PACK, POINTS, TEN, Fair, make_campaign, make_reward

pytestmark = pytest.mark.anyio
BLANK = make_reward("blank", Lottery((Prize("ten", 0),)), cost_fen=7)
SURE = make_reward("sure", Lottery((Prize("ten", ONE_BILLION),)))
LOST = make_campaign(BLANK, TEN, tiers=(Tier(10000, ("blank",)),), clawback=Clawback(2))


class Listener:
    """Remembers what is told by text."""

    def __init__(self) -> None:
        self.heard: list[LineNotice] = []

    async def tell(self, connection: AsyncConnection, told: LineNotice) -> None:
        self.heard.append(told)


async def test_a_draw_that_won_nothing_stands_among_the_rewards_and_no_text_tells_of_it(fair: Fair) -> None:
    listener = Listener()
    fair.bureau = fair.make_bureau(teller=listener)
    fair.work = fair.open_work()
    await fair.run(LOST)
    for _ in range(2):
        await fair.recharge("R1")
    await fair.settle(rounds=2, days=31)
    shown = await fair.grant()
    assert (shown.state, shown.promotion_id, shown.recharge_id, shown.at) == (GrantState.NOT_WON, "spring", "R1", NOW)
    assert shown.reward is not None
    assert shown.reward.key == "blank"
    assert await fair.promotions.fetch_grant("L1", shown.id) == shown
    assert (listener.heard, fair.operator.effects) == ([], {})
    assert (await fair.used())["cost", ""] == 7
    await fair.judge(at_rest=True)


async def test_nothing_is_taken_back_of_a_draw_that_won_nothing(fair: Fair) -> None:
    await fair.run(LOST)
    happening_id = await fair.recharge("R1")
    (before,) = await fair.grant_rows()
    async with fair.bureau.reading() as connection:
        assert await fetch_binding_packages(connection, "L1", now=NOW) == []
    await fair.give_back(happening_id, 5000)
    await fair.give_back(happening_id)
    assert await fair.leave() == 0
    await fair.settle(rounds=2)
    assert await fair.grant_rows() == [before]


async def test_a_draw_whose_prize_is_gone_stands_beside_those_that_won_something(fair: Fair) -> None:
    other = replace(SURE, key="other")
    prize = replace(TEN, stock=1)
    await fair.run(make_campaign(SURE, other, prize, PACK, tiers=(Tier(10000, ("sure", "other", "pack")),)))
    await fair.recharge("R1")
    await fair.settle(rounds=1)
    shown = {grant.reward.key: grant.state for grant in await fair.grants() if grant.reward}
    assert shown == {"ten": GrantState.GRANTED, "pack": GrantState.GRANTED, "other": GrantState.NOT_WON}
    await fair.judge(at_rest=True)


async def test_points_that_were_drawn_are_called_by_their_campaign(fair: Fair) -> None:
    draw = make_reward("draw", Lottery((Prize("points", ONE_BILLION),)))
    await fair.run(make_campaign(draw, POINTS, tiers=(Tier(10000, ("draw",)),)))
    await fair.recharge("R1")
    won = await fair.grant()
    await fair.run(make_campaign(draw, POINTS, tiers=(Tier(10000, ("draw",)),), name_zh="夏天", name_en="Summer"))
    async with fair.bureau.reading() as connection:
        named = await fetch_campaign_names(connection, fair.shelf, [won.id, "no grant"])
    assert named == {won.id: LocalizedText(zh="春天", en="Spring")}
