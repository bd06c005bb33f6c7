"""Does what was won arrive, once, and in its time?"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.database import write
from graphql_schema.types.promotion import GrantState, PartState
from loyalty.campaign_tables import happening, loyalty_decision, reward_grant
from loyalty.campaigns.decisions import Decisions
from loyalty.campaigns.rows import turns_of
from loyalty.campaigns.uses import fetch_taken
from loyalty.rules.campaign import CriteriaGroup
from loyalty.rules.condition import FirstTime
from loyalty.rules.effects import Tier
from loyalty.rules.facts import HappeningKind
from tests.loyalty.grants.fair import (
    CUP,
    FROZEN,
    NOW,
    PACK,
    POINTS,
    SPENT,
    TEN,
    Fair,
    make_campaign,
)

pytestmark = pytest.mark.anyio


async def test_a_recharge_earns_what_the_campaign_says(fair: Fair) -> None:
    await fair.run(make_campaign(TEN, POINTS, PACK))
    await fair.recharge("R1")
    shown = {grant.reward.key: grant.state for grant in await fair.grants() if grant.reward}
    assert shown == dict.fromkeys(["ten", "points", "pack"], GrantState.GRANTED)
    assert fair.operator.count_given_fen() == 1000
    assert fair.operator.packs == [("L1", "pack-data-5")]
    assert await fair.points() == (500, 0)
    await fair.judge(at_rest=True)


async def test_below_the_tier_nothing_is_won_and_that_is_decided_too(fair: Fair) -> None:
    await fair.run(make_campaign(TEN))
    await fair.recharge("R1", 9999)
    assert await fair.grants() == []
    assert len(await fair.rows(loyalty_decision)) == 1


async def test_a_happening_that_is_told_twice_is_noted_once(fair: Fair) -> None:
    await fair.run(make_campaign(TEN))
    for _ in range(3):
        await fair.recharge("R1")
    assert len(await fair.rows(happening)) == 1
    assert fair.operator.count_given_fen() == 1000


async def test_a_replay_of_every_happening_changes_nothing(fair: Fair) -> None:
    await fair.run(make_campaign(TEN, POINTS))
    for name in ("R1", "R2", "R3"):
        await fair.recharge(name)
    before = await fair.tally(), await fair.used(), dict(fair.operator.effects), await fair.points()
    for name in ("R3", "R1", "R2"):
        await fair.recharge(name)
    await fair.settle()
    assert before == (await fair.tally(), await fair.used(), dict(fair.operator.effects), await fair.points())


async def test_while_nobody_can_say_whose_line_it_is_the_decision_waits(fair: Fair) -> None:
    await fair.run(make_campaign(TEN))
    fair.customers.down = True
    await fair.recharge("R1")
    assert await fair.rows(loyalty_decision) == []
    fair.customers.down = False
    await fair.settle(rounds=1)
    assert (await fair.grant()).state is GrantState.GRANTED


async def test_a_line_that_is_gone_wins_nothing(fair: Fair) -> None:
    await fair.run(make_campaign(TEN))
    await fair.recharge("R1", line_id="X1")
    (decision,) = await fair.rows(loyalty_decision)
    assert "no_line" in decision.refused


async def test_frozen_money_is_granted_at_once_and_released_by_the_operator(fair: Fair) -> None:
    await fair.run(make_campaign(FROZEN))
    await fair.recharge("R1")
    (pot,) = fair.operator.pots.values()
    days = [day for day, _ in pot.wanted.releases]
    assert (len(days), days[0], days[-1]) == (12, date(2026, 12, 1), date(2027, 11, 1))
    shown = [part.state for part in (await fair.grant()).parts]
    assert shown == [PartState.WAITING] * 12
    fair.comes(date(2027, 2, 1))
    assert [part.state for part in (await fair.grant()).parts][:4] == [PartState.GIVEN] * 3 + [PartState.WAITING]


async def test_a_part_with_a_least_spend_comes_only_after_a_month_that_reached_it(fair: Fair) -> None:
    await fair.run(make_campaign(SPENT))
    await fair.recharge("R1")
    assert (await fair.grant()).state is GrantState.RUNNING
    fair.spend.months = {date(2026, 11, 1): 5000, date(2026, 12, 1): 4999}
    for day in (date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1)):
        fair.comes(day)
        await fair.work.work()
    shown = [part.state for part in (await fair.grant()).parts]
    assert shown == [PartState.GIVEN, PartState.MISSED, PartState.WAITING]  # January is not billed yet
    fair.spend.months[date(2027, 1, 1)] = 9000
    await fair.settle(rounds=2, hours=6)
    granted = await fair.grant()
    assert granted.state is GrantState.GRANTED
    assert [part.state for part in granted.parts] == [PartState.GIVEN, PartState.MISSED, PartState.GIVEN]
    assert fair.operator.count_given_fen() == 2000
    assert len(fair.operator.pots) == 2


async def test_nothing_of_a_least_spend_is_asked_for_before_its_day(fair: Fair) -> None:
    await fair.run(make_campaign(SPENT))
    fair.spend.months = {date(2026, 11, 1): 5000}
    await fair.recharge("R1")
    fair.moment = NOW.replace(day=30, hour=15, minute=59, second=59)  # a second before midnight in China
    await fair.work.work()
    assert fair.operator.pots == {}
    fair.advance(seconds=1)
    await fair.work.work()
    assert fair.operator.count_given_fen() == 1000


@pytest.mark.parametrize("bad", ["lost", "dropped", "down"])
async def test_an_answer_that_is_lost_is_asked_for_before_the_reward_is(fair: Fair, bad: str) -> None:
    await fair.run(make_campaign(TEN, PACK))
    fair.operator.comes("grant_money", bad)
    fair.operator.comes("add_pack", bad)
    fair.operator.comes("find", "lost")
    await fair.recharge("R1")
    assert {grant.state for grant in await fair.grants()} == {GrantState.GRANTING}
    await fair.settle()
    assert {grant.state for grant in await fair.grants()} == {GrantState.GRANTED}
    assert set(fair.operator.effects.values()) == {1}
    assert fair.operator.asked["grant_money"] == (1 if bad == "dropped" else 2)
    await fair.judge(at_rest=True)


async def test_what_the_operator_will_not_give_is_refused(fair: Fair) -> None:
    await fair.run(make_campaign(TEN, PACK))
    fair.operator.comes("grant_money", "refused")
    fair.operator.comes("add_pack", "refused")
    await fair.recharge("R1")
    assert {grant.state for grant in await fair.grants()} == {GrantState.REFUSED}
    assert {row.failure for row in await fair.rows(reward_grant)} == {"accountClosed"}


async def test_what_is_turned_down_for_certain_is_given_up_after_a_day(fair: Fair) -> None:
    await fair.run(make_campaign(TEN))
    fair.operator.comes("grant_money", *["turned_down"] * 1000)
    await fair.recharge("R1")
    await fair.settle(hours=5, rounds=4)
    assert (await fair.grant()).late
    await fair.settle(hours=5, rounds=2)
    assert (await fair.grant()).state is GrantState.REFUSED


async def test_what_the_operator_is_at_is_asked_about_until_it_is_done(fair: Fair) -> None:
    await fair.run(make_campaign(PACK))
    fair.operator.comes("add_pack", "working")
    await fair.recharge("R1")
    await fair.settle(rounds=3)
    assert (await fair.grant()).state is GrantState.GRANTING
    fair.operator.finish()
    await fair.settle(rounds=1)
    assert (await fair.grant()).state is GrantState.GRANTED
    assert fair.operator.asked["add_pack"] == 1


async def test_points_that_live_elsewhere_are_not_promised(fair: Fair) -> None:
    elsewhere = Fair(fair.engine, policies=None)
    await elsewhere.run(make_campaign(POINTS, TEN))
    await elsewhere.recharge("R1")
    shown = {grant.reward.key: grant.state for grant in await elsewhere.grants() if grant.reward}
    assert shown == {"points": GrantState.REFUSED, "ten": GrantState.GRANTED}


async def test_an_order_and_a_bill_earn_by_the_same_walk(fair: Fair) -> None:
    kinds = frozenset({HappeningKind.ORDER_DONE, HappeningKind.BILL_PAID})
    await fair.run(make_campaign(POINTS, kinds=kinds, tiers=(Tier(0, ("points",)),)))
    await fair.happens("", 0, id="order:O1", kind=HappeningKind.ORDER_DONE, offering="pack-data-5")
    await fair.happens("", 5900, id="bill:B1", kind=HappeningKind.BILL_PAID)
    await fair.work.work()
    assert await fair.points() == (1000, 0)


async def test_goods_wait_for_an_address(fair: Fair) -> None:
    await fair.run(make_campaign(CUP))
    await fair.recharge("R1")
    waiting = await fair.grant()
    assert waiting.state is GrantState.CHOOSING
    assert [option.key for option in waiting.options] == ["cup"]
    await fair.settle(hours=200, rounds=3)
    assert fair.operator.sent == []
    await fair.settle(hours=200, rounds=1)
    assert (await fair.grant()).state is GrantState.REFUSED


async def test_of_two_recharges_one_is_the_first_although_it_is_heard_of_late(fair: Fair) -> None:
    await fair.run(make_campaign(TEN, groups=(CriteriaGroup((FirstTime(),)),)))
    earlier = fair.moment - timedelta(minutes=30)
    await fair.recharge("R2")
    await fair.happens("R1", at=earlier)
    await fair.work.work()
    assert [grant.recharge_id for grant in await fair.grants()] == ["R2"]


async def test_of_two_recharges_that_are_decided_at_once_one_is_the_first(fair: Fair) -> None:
    """The earlier one is heard of while the later one is about to be written."""
    await fair.run(make_campaign(TEN, groups=(CriteriaGroup((FirstTime(),)),)))
    earlier = fair.moment - timedelta(minutes=30)
    await fair.happens("R2")
    row = await turns_of(fair.bureau, happening).claim()
    assert row is not None

    @asynccontextmanager
    async def overtaken_before() -> AsyncIterator[AsyncConnection]:
        await fair.happens("R1", at=earlier)
        await fair.work.work()
        async with write(fair.engine) as connection:
            yield connection

    assert await Decisions(fair.make_bureau(transaction=overtaken_before), fair.shelf).decide(row)
    assert [grant.recharge_id for grant in await fair.grants()] == ["R1"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_however_many_won_each_count_is_found_by_its_key(fair: Fair) -> None:
    asked = list[tuple[str, Any]]()

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_rest: object) -> None:
        asked.append((statement, parameters))

    event.listen(fair.engine.sync_engine, "before_cursor_execute", note)
    async with fair.bureau.reading() as connection:
        await fetch_taken(connection, ["spring"], customer_id="C1")
        ((statement, parameters),) = [each for each in asked if "campaign_use" in each[0]]
        plan = (await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)).all()
    ways = [row[-1] for row in plan if "campaign_use" in row[-1]]
    assert len(ways) == 2
    assert all("(campaign_id=? AND kind=?" in way for way in ways)
