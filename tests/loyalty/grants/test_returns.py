"""Does what may not be kept go back, in the stated order?"""

from datetime import date

import pytest

from graphql_schema.types.promotion import Grant, GrantState, PartState
from loyalty.campaign_tables import happening, loyalty_decision
from loyalty.campaigns.decisions import Decisions
from loyalty.campaigns.rows import turns_of
from loyalty.points.answers import Kind
from loyalty.points.spending import Spending, spend
from loyalty.rules.effects import ONE_BILLION, Clawback, Lottery, Prize, Tier
from tests.loyalty.grants.fair import (
    CODE,
    CUP,
    FROZEN,
    PACK,
    POINTS,
    SPENT,
    TEN,
    THIRTY,
    Fair,
    make_campaign,
    make_reward,
)

pytestmark = pytest.mark.anyio


async def test_a_recharge_that_goes_back_takes_everything_with_it(fair: Fair) -> None:
    await fair.run(make_campaign(TEN, FROZEN, POINTS))
    happening_id = await fair.recharge("R1")
    assert await fair.give_back(happening_id)
    await fair.work.work()
    assert {grant.state for grant in await fair.grants()} == {GrantState.TAKEN_BACK}
    assert fair.operator.count_given_fen() == 0
    assert await fair.points() == (0, 0)
    await fair.judge(at_rest=True)


async def test_told_again_it_goes_back_once(fair: Fair) -> None:
    await fair.run(make_campaign(TEN, POINTS))
    happening_id = await fair.recharge("R1", 20000)
    assert await fair.give_back(happening_id, 5000)
    assert not await fair.give_back(happening_id, 5000)
    assert not await fair.give_back(happening_id, 4000)
    await fair.settle()
    assert fair.operator.count_given_fen() == 750
    assert await fair.points() == (375, 0)


@pytest.mark.parametrize("steps", [(5000, 12000), (12000,), (1, 2, 11999, 12000)])
async def test_giving_back_in_parts_ends_where_giving_back_at_once_does(fair: Fair, steps: tuple[int, ...]) -> None:
    tiers = (Tier(10000, ("ten",)), Tier(20000, ("thirty",)))
    await fair.run(make_campaign(TEN, THIRTY, tiers=tiers))
    happening_id = await fair.recharge("R1", 24000)
    for back_fen in steps:
        await fair.give_back(happening_id, back_fen)
        await fair.work.work()
    assert fair.operator.count_given_fen() == 1000  # the tier of 100 yuan is what is left
    assert taken(await fair.grant()) == 2000
    await fair.judge(at_rest=True)


async def test_what_is_not_decided_yet_is_decided_about_what_is_left(fair: Fair) -> None:
    tiers = (Tier(10000, ("ten",)), Tier(20000, ("thirty",)))
    await fair.run(make_campaign(TEN, THIRTY, tiers=tiers))
    happening_id = await fair.happens("R1", 20000)
    await fair.give_back(happening_id, 8000)
    await fair.work.work()
    won = (await fair.grant()).reward
    assert won is not None
    assert won.key == "ten"
    assert fair.operator.count_given_fen() == 1000
    await fair.give_back(happening_id, 11000)
    await fair.work.work()
    assert fair.operator.count_given_fen() == 0


async def test_who_decides_while_it_goes_back_loses_its_turn(fair: Fair) -> None:
    await fair.run(make_campaign(TEN))
    happening_id = await fair.happens("R1")
    slow = await turns_of(fair.bureau, happening).claim()
    assert slow is not None
    await fair.give_back(happening_id, 1)
    assert not await Decisions(fair.bureau, fair.shelf).decide(slow)
    await fair.work.work()
    assert await fair.grants() == []
    assert len(await fair.rows(loyalty_decision)) == 1


async def test_what_went_back_before_it_was_decided_wins_nothing(fair: Fair) -> None:
    await fair.run(make_campaign(TEN))
    happening_id = await fair.happens("R1")
    await fair.give_back(happening_id)
    await fair.work.work()
    assert await fair.grants() == []
    (decision,) = await fair.rows(loyalty_decision)
    assert "given_back" in decision.refused


async def test_parts_that_did_not_come_go_first_and_money_that_is_spent_stays_spent(fair: Fair) -> None:
    await fair.run(make_campaign(SPENT))
    happening_id = await fair.recharge("R1", 15000)
    fair.spend.months = {date(2026, 11, 1): 5000, date(2026, 12, 1): 5000}
    for day in (date(2026, 12, 1), date(2027, 1, 1)):
        fair.comes(day)
        await fair.work.work()
    assert fair.operator.spend(1300) == 1300
    await fair.give_back(happening_id, 5000)  # 20 of 30 yuan may be kept
    await fair.work.work()
    granted = await fair.grant()
    assert [part.state for part in granted.parts] == [PartState.GIVEN, PartState.GIVEN, PartState.TAKEN_BACK]
    assert fair.operator.asked["take_back"] == 0
    await fair.give_back(happening_id)
    await fair.work.work()
    granted = await fair.grant()
    assert granted.state is GrantState.TAKEN_BACK
    assert taken(granted) == 1000 + 700  # all but what was spent
    assert fair.operator.count_given_fen() == 1300
    await fair.judge(at_rest=True)


async def test_of_frozen_money_what_is_not_released_goes_first(fair: Fair) -> None:
    await fair.run(make_campaign(FROZEN))
    happening_id = await fair.recharge("R1", 20000)
    fair.comes(date(2027, 2, 1))
    await fair.give_back(happening_id, 10000)
    await fair.work.work()
    shown = [part.state for part in (await fair.grant()).parts]
    assert shown == [PartState.GIVEN] * 3 + [PartState.WAITING] * 3 + [PartState.TAKEN_BACK] * 6


async def test_points_that_were_spent_are_owed(fair: Fair) -> None:
    await fair.run(make_campaign(POINTS))
    happening_id = await fair.recharge("R1")
    async with fair.bureau.transaction() as connection:
        await spend(connection, Spending("s1", "L1", 400, "of:s1", Kind.SPENT), now=fair.moment)
    await fair.give_back(happening_id)
    await fair.work.work()
    assert await fair.points() == (0, 400)


async def test_packs_that_were_granted_stay(fair: Fair) -> None:
    await fair.run(make_campaign(PACK))
    happening_id = await fair.recharge("R1")
    await fair.give_back(happening_id)
    await fair.settle()
    assert (await fair.grant()).state is GrantState.GRANTED


async def test_a_pack_that_nobody_asked_for_yet_never_comes(fair: Fair) -> None:
    await fair.run(make_campaign(PACK))
    happening_id = await fair.happens("R1")
    await fair.dies_at("decision.written")
    await fair.give_back(happening_id)
    await fair.settle()
    assert (await fair.grant()).state is GrantState.TAKEN_BACK
    assert fair.operator.packs == []


@pytest.mark.parametrize(("bad", "state", "packs"), [("lost", "taken_back", 0), ("dropped", "granted", 1)])
async def test_a_pack_that_was_asked_for_comes_only_where_the_operator_heard_of_it_before_the_refund(
    fair: Fair, bad: str, state: str, packs: int
) -> None:
    await fair.run(make_campaign(PACK))
    fair.operator.comes("add_pack", bad)
    happening_id = await fair.recharge("R1")
    await fair.give_back(happening_id)
    await fair.settle(rounds=2)
    assert len(fair.operator.packs) == packs
    await fair.settle(rounds=2, days=1)
    assert (await fair.grant()).state.value == state
    assert len(fair.operator.packs) == packs


async def test_an_answer_that_is_lost_on_the_way_back_is_asked_for_first(fair: Fair) -> None:
    await fair.run(make_campaign(TEN))
    happening_id = await fair.recharge("R1")
    fair.operator.comes("take_back", "dropped")
    fair.operator.comes("find", "lost")
    await fair.give_back(happening_id)
    await fair.settle()
    assert fair.operator.asked["take_back"] == 1
    assert fair.operator.count_given_fen() == 0
    assert (await fair.grant()).state is GrantState.TAKEN_BACK
    await fair.judge(at_rest=True)


async def test_a_refund_while_the_answer_is_awaited_comes_after_it(fair: Fair) -> None:
    await fair.run(make_campaign(TEN))
    fair.operator.comes("grant_money", "dropped")
    fair.operator.comes("find", "lost", "lost")
    happening_id = await fair.recharge("R1")
    await fair.give_back(happening_id)
    await fair.settle()
    assert fair.operator.asked["grant_money"] == 1
    assert fair.operator.count_given_fen() == 0
    await fair.judge(at_rest=True)


async def test_who_leaves_early_loses_what_is_left(fair: Fair) -> None:
    await fair.run(make_campaign(FROZEN, clawback=Clawback(12)), make_campaign(TEN, id="free"))
    await fair.recharge("R1")
    fair.comes(date(2027, 1, 1))
    assert await fair.leave() == 1
    await fair.work.work()
    states = {grant.promotion_id: grant.state for grant in await fair.grants()}
    assert states == {"spring": GrantState.TAKEN_BACK, "free": GrantState.GRANTED}
    assert fair.operator.count_given_fen() == 1000


async def test_who_leaves_after_the_time_keeps_it(fair: Fair) -> None:
    await fair.run(make_campaign(TEN, clawback=Clawback(3)))
    await fair.recharge("R1")
    fair.comes(date(2027, 2, 23))
    assert await fair.leave() == 0
    fair.comes(date(2027, 2, 22))
    assert await fair.leave(package="another") == 0
    assert await fair.leave(package="plan-59") == 1


async def test_who_left_early_gets_nothing_again_by_giving_a_part_back(fair: Fair) -> None:
    await fair.run(make_campaign(TEN, POINTS, clawback=Clawback(3)))
    happening_id = await fair.recharge("R1", 20000)
    await fair.leave()
    await fair.work.work()
    await fair.give_back(happening_id, 1)
    await fair.settle()
    assert {row.kept for row in await fair.grant_rows()} == {0}
    assert (fair.operator.count_given_fen(), await fair.points()) == (0, (0, 0))


async def test_of_a_choice_only_what_would_be_kept_can_still_be_chosen(fair: Fair) -> None:
    tiers = (Tier(10000, ("ten",)), Tier(20000, ("pack", "thirty", "cup"), is_choice=True))
    await fair.run(make_campaign(TEN, THIRTY, PACK, CUP, tiers=tiers))
    happening_id = await fair.recharge("R1", 20000)
    await fair.give_back(happening_id, 1)
    waiting = await fair.grant()
    assert [option.key for option in waiting.options] == ["thirty"]
    await fair.promotions.choose(fair.next_deed(), waiting.id, "thirty", to=None)
    await fair.work.work()
    assert fair.operator.count_given_fen() == 1000
    await fair.give_back(happening_id, 10001)
    await fair.work.work()
    assert fair.operator.count_given_fen() == 0


async def test_a_choice_of_nothing_is_over(fair: Fair) -> None:
    tiers = (Tier(10000, ("ten", "pack"), is_choice=True),)
    await fair.run(make_campaign(TEN, PACK, tiers=tiers))
    happening_id = await fair.recharge("R1")
    await fair.give_back(happening_id)
    assert (await fair.grant()).state is GrantState.TAKEN_BACK


async def test_a_code_that_was_given_stays(fair: Fair) -> None:
    await fair.put_codes("books", "AAA-1")
    await fair.run(make_campaign(CODE))
    happening_id = await fair.recharge("R1")
    await fair.give_back(happening_id)
    await fair.settle()
    granted = await fair.grant()
    assert (granted.state, granted.code) == (GrantState.GRANTED, "AAA-1")


async def test_nobody_gains_by_recharging_more_and_giving_that_back(fair: Fair) -> None:
    tiers = (Tier(10000, ("ten",)), Tier(20000, ("ten", "thirty")))
    await fair.run(make_campaign(TEN, THIRTY, tiers=tiers))
    happening_id = await fair.recharge("R1", 20000)
    await fair.give_back(happening_id, 10000)
    await fair.work.work()
    assert fair.operator.count_given_fen() <= 1000  # what a recharge of 100 yuan earns
    await fair.judge(at_rest=True)


async def test_a_prize_beside_the_same_reward_is_taken_back_like_one(fair: Fair) -> None:
    draw = make_reward("draw", Lottery((Prize("points", ONE_BILLION),)))
    tiers = (Tier(10000, ("points",)), Tier(20000, ("points", "draw")))
    await fair.run(make_campaign(POINTS, draw, tiers=tiers))
    happening_id = await fair.recharge("R1", 20000)
    assert await fair.points() == (1000, 0)
    await fair.give_back(happening_id, 1)
    await fair.work.work()
    assert await fair.points() == (500, 0)


async def test_a_grant_says_how_many_of_its_points_went_back(fair: Fair) -> None:
    await fair.run(make_campaign(POINTS, TEN))
    happening_id = await fair.recharge("R1", 20000)
    assert {grant.points_taken_back for grant in await fair.grants()} == {None}
    await fair.give_back(happening_id, 5000)
    await fair.work.work()
    shown = {grant.reward.key: grant for grant in await fair.grants() if grant.reward}
    assert (shown["points"].points_taken_back, shown["points"].taken_back) == (125, None)
    assert (shown["ten"].points_taken_back, taken(shown["ten"])) == (None, 250)
    assert {grant.state for grant in shown.values()} == {GrantState.GRANTED}
    await fair.give_back(happening_id)
    await fair.work.work()
    shown = {grant.reward.key: grant for grant in await fair.grants() if grant.reward}
    assert (shown["points"].points_taken_back, taken(shown["ten"])) == (500, 1000)


def taken(grant: Grant) -> int:
    assert grant.taken_back is not None
    return int(grant.taken_back.amount * 100)
