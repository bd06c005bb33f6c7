"""Does the first choice count, and what becomes of a choice that nobody makes?"""

import asyncio

import pytest

from graphql_schema.client import Caller, Channel
from graphql_schema.problems import BadArgument, NotFound, RedemptionRefused
from graphql_schema.types.promotion import Grant, GrantState
from loyalty.rules.effects import ONE_BILLION, Bonus, Lottery, Prize, Reward, Tier
from tests.loyalty.grants.fair import (
    CUP,
    HOME,
    PACK,
    POINTS,
    TEN,
    Fair,
    make_campaign,
    make_reward,
)

pytestmark = pytest.mark.anyio
LAST = make_reward("last", Bonus(2000), cost_fen=2000, stock=1)
DRAW = make_reward("draw", Lottery((Prize("ten", ONE_BILLION),)), cost_fen=1)
BLANK = make_reward("blank", Lottery((Prize("ten", 0),)))
DRAWN_CUP = make_reward("cupdraw", Lottery((Prize("cup", ONE_BILLION),)))


async def offer(fair: Fair, *options: Reward, besides: tuple[Reward, ...] = (), line_id: str = "L1") -> Grant:
    keys = tuple(option.key for option in options)
    campaign = make_campaign(*options, *besides, tiers=(Tier(10000, keys, is_choice=True),), budget_fen=100_000)
    await fair.run(campaign)
    await fair.recharge("R1", line_id=line_id)
    return await fair.grant(line_id)


async def choose(fair: Fair, grant: Grant, key: str, **more: object) -> Grant:
    to = more.get("to")
    return await fair.promotions.choose(fair.next_deed(), grant.id, key, to=to)  # type: ignore[arg-type]


async def test_one_of_the_options_is_chosen_and_comes(fair: Fair) -> None:
    waiting = await offer(fair, TEN, PACK, POINTS)
    assert (waiting.state, waiting.reward) == (GrantState.CHOOSING, None)
    assert (await choose(fair, waiting, "points")).state is GrantState.GRANTED
    assert await fair.points() == (500, 0)
    assert (await choose(fair, waiting, "points")).state is GrantState.GRANTED
    with pytest.raises(RedemptionRefused):
        await choose(fair, waiting, "ten")
    await fair.settle()
    assert fair.operator.pots == {}


async def test_of_many_choices_at_once_one_counts(fair: Fair) -> None:
    waiting = await offer(fair, TEN, PACK, POINTS)
    keys = ["ten", "pack", "points"] * 4
    answers = await asyncio.gather(*(choose(fair, waiting, key) for key in keys), return_exceptions=True)
    chosen = {answer.reward.key for answer in answers if isinstance(answer, Grant) and answer.reward}
    assert len(chosen) == 1
    assert sum(isinstance(answer, RedemptionRefused) for answer in answers) == 8
    await fair.settle()
    assert len(fair.operator.effects) == (0 if chosen == {"points"} else 1)


async def test_the_budget_gets_back_what_the_dearest_would_have_cost_more(fair: Fair) -> None:
    waiting = await offer(fair, TEN, PACK, LAST)
    assert (await fair.used())["cost", ""] == 2000
    await choose(fair, waiting, "pack")
    assert (await fair.used())["cost", ""] == 500


async def test_the_last_one_is_chosen_once(fair: Fair) -> None:
    await offer(fair, LAST, TEN)
    await fair.recharge("R2", line_id="L2")
    first, second = await fair.grant("L1"), await fair.grant("L2")
    await choose(fair, first, "last")
    with pytest.raises(RedemptionRefused) as refused:
        await fair.promotions.choose(fair.next_deed(of("L2")), second.id, "last", to=None)
    assert [each.code.value for each in refused.value.parameters["obstacles"]] == ["out_of_stock"]
    assert (await fair.grant("L2")).state is GrantState.CHOOSING
    assert (await fair.used())["stock", "last"] == 1


async def test_somebody_else_s_choice_is_nobody_s(fair: Fair) -> None:
    waiting = await offer(fair, TEN, PACK)
    with pytest.raises(NotFound):
        await fair.promotions.choose(fair.next_deed(of("L2")), waiting.id, "ten", to=None)
    with pytest.raises(NotFound):
        await choose(fair, waiting, "gold")
    with pytest.raises(NotFound):
        await fair.promotions.choose(fair.next_deed(), "no such grant", "ten", to=None)


async def test_a_choice_that_nobody_makes_falls_on_the_first_that_needs_no_address(fair: Fair) -> None:
    await offer(fair, CUP, PACK, TEN)
    await fair.settle(days=29, rounds=1)
    assert (await fair.grant()).state is GrantState.CHOOSING
    await fair.settle(days=1, rounds=2)
    assert fair.operator.packs == [("L1", "pack-data-5")]


async def test_where_the_first_is_gone_the_next_is_taken(fair: Fair) -> None:
    await offer(fair, LAST, TEN)
    await fair.recharge("R2", line_id="L2")
    await choose(fair, await fair.grant(), "last")
    await fair.settle(days=30, rounds=2)
    assert sorted(pot.amount_fen for pot in fair.operator.pots.values()) == [1000, 2000]


async def test_goods_need_an_address_which_only_the_operator_sees(fair: Fair) -> None:
    waiting = await offer(fair, CUP, PACK)
    with pytest.raises(BadArgument):
        await choose(fair, waiting, "cup")
    fair.operator.comes("send_goods", "down")
    await choose(fair, waiting, "cup", to=HOME)
    await fair.work.work()
    (row,) = await fair.grant_rows()
    assert row.delivery
    assert "天河" not in row.delivery
    await fair.settle(rounds=2, hours=2)
    assert fair.operator.sent == [("thermos", HOME)]
    (row,) = await fair.grant_rows()
    assert (row.state, row.delivery, row.tracking) == ("granted", "", "SF1")


async def test_goods_that_were_won_are_sent_where_the_customer_says(fair: Fair) -> None:
    await fair.run(make_campaign(CUP))
    await fair.recharge("R1")
    await choose(fair, await fair.grant(), "cup", to=HOME)
    await fair.settle(rounds=1)
    assert fair.operator.sent == [("thermos", HOME)]
    assert (await fair.used())["stock", "cup"] == 1


async def test_a_draw_is_drawn_when_it_is_chosen(fair: Fair) -> None:
    waiting = await offer(fair, DRAW, PACK, besides=(TEN,))
    assert waiting.options[0].odds[0].in_a_billion == ONE_BILLION
    chosen = await choose(fair, waiting, "draw")
    assert chosen.reward is not None
    assert chosen.reward.key == "ten"
    await fair.settle(rounds=1)
    assert fair.operator.count_given_fen() == 1000
    assert (await fair.used())["cost", ""] == 1001


async def test_a_draw_that_wins_nothing_is_over(fair: Fair) -> None:
    chosen = await choose(fair, await offer(fair, BLANK, PACK, besides=(TEN,)), "blank")
    assert chosen.state is GrantState.NOT_WON
    assert chosen.reward is not None
    assert chosen.reward.key == "blank"
    await fair.settle(rounds=1)
    assert fair.operator.effects == {}


async def test_goods_that_were_drawn_still_need_an_address(fair: Fair) -> None:
    waiting = await offer(fair, DRAWN_CUP, PACK, besides=(CUP,))
    drawn = await choose(fair, waiting, "cupdraw")
    assert drawn.state is GrantState.CHOOSING
    assert [option.key for option in drawn.options] == ["cup"]
    await choose(fair, drawn, "cup", to=HOME)
    await fair.settle(rounds=1)
    assert fair.operator.sent == [("thermos", HOME)]
    assert (await fair.used())["stock", "cup"] == 1


def of(line_id: str) -> Caller:
    return Caller(Channel.WEB, subscriber=line_id, assurance=2)
