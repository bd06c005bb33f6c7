"""Does each reward come once, whatever boundary a worker dies at?"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.database import write
from graphql_schema.loyalty_ports import Fulfilled, FulfilmentState
from graphql_schema.types.promotion import GrantState
from loyalty.campaign_tables import happening
from loyalty.campaigns.choosing import Choices
from loyalty.campaigns.decisions import Decisions
from loyalty.campaigns.grants import Grants
from loyalty.campaigns.rows import turns_of
from loyalty.rules.campaign import Campaign
from loyalty.rules.effects import Tier
from tests.loyalty.grants.fair import CUP, HOME, NOW, PACK, POINTS, SPENT, TEN, Fair, make_campaign

pytestmark = pytest.mark.anyio
SOURCES = Path(__file__).parents[3] / "loyalty" / "campaigns"
OF_THE_DESK = {"campaign.put", "campaign.switched"}
NAMED = sorted(
    {
        name
        for path in SOURCES.glob("*.py")
        for name in re.findall(r'cross\("([a-z_.]+)"\)', path.read_text(encoding="utf-8"))
    }
    - OF_THE_DESK
)


async def live_through(fair: Fair, boundary: str) -> bool:
    """A recharge of 200 yuan that earns of everything, of which half goes back, then all; whether anybody died."""
    tiers = (Tier(10000, ("ten", "pack", "points", "spent")), Tier(20000, ("cup", "ten", "pack", "points", "spent")))
    await fair.run(make_campaign(TEN, PACK, POINTS, SPENT, CUP, tiers=tiers), make_choice())
    happening = await fair.happens("R1", 20000)
    died = await fair.dies_at(boundary)
    await fair.settle(rounds=1)
    for grant in await fair.grants():
        if grant.state is GrantState.CHOOSING:
            key = grant.options[-1].key
            died |= await dies_choosing(fair, boundary, grant.id, key)
    died |= await fair.dies_at(boundary)
    fair.spend.months = {date(2026, 11, 1): 5000, date(2026, 12, 1): 4999}
    for day in (date(2026, 12, 1), date(2027, 1, 2)):
        fair.comes(day)
        died |= await fair.dies_at(boundary)
    await fair.settle(rounds=1)
    for back_fen in (10000, 20000):
        await fair.give_back(happening, back_fen)
        died |= await fair.dies_at(boundary)
        await fair.settle(rounds=1)
    return died


async def dies_choosing(fair: Fair, boundary: str, grant_id: str, key: str) -> bool:
    fair.break_at = boundary
    try:
        await fair.promotions.choose(fair.next_deed(), grant_id, key, to=HOME)
    except BaseException:  # noqa: BLE001  the process is gone; the customer asks again by the same key
        await fair.promotions.choose(fair.next_deed(), grant_id, key, to=HOME)
        return True
    finally:
        fair.break_at = None
    return False


def make_choice() -> Campaign:
    return make_campaign(TEN, POINTS, id="autumn", tiers=(Tier(20000, ("points", "ten"), is_choice=True),))


@pytest.mark.parametrize("boundary", NAMED)
async def test_whoever_dies_there_leaves_each_reward_to_come_once(fair: Fair, boundary: str) -> None:
    assert await live_through(fair, boundary), f"nobody was ever at {boundary}"
    await fair.judge(at_rest=True)
    assert fair.operator.count_given_fen() == 0
    assert (await fair.points()) == (0, 0)
    won = [grant for grant in await fair.grants() if grant.reward]
    states = {(grant.promotion_id, grant.reward.key): grant.state.value for grant in won if grant.reward}
    money = [("spring", "ten"), ("spring", "points"), ("spring", "spent"), ("autumn", "ten")]
    back = dict.fromkeys(money, "taken_back")
    assert states == back | dict.fromkeys([("spring", "pack"), ("spring", "cup")], "granted")
    assert fair.operator.packs == [("L1", "pack-data-5")]
    assert fair.operator.sent == [("thermos", HOME)]


async def test_who_lost_a_grant_to_another_worker_writes_nothing_into_it(fair: Fair) -> None:
    await fair.run(make_campaign(PACK))
    await fair.happens("R1")
    await fair.dies_at("decision.written")
    slow = await turns_of(fair.bureau).claim()
    assert slow is not None
    fair.advance(seconds=31)  # its lease is over
    await fair.work.work()
    assert (await fair.grant()).state is GrantState.GRANTED
    fair.operator.known[slow.id] = Fulfilled(slow.id, FulfilmentState.REFUSED)
    await Grants(fair.bureau, Choices(fair.bureau, fair.shelf)).advance(slow)
    assert (await fair.grant()).state is GrantState.GRANTED


async def test_of_many_workers_that_wake_at_once_each_reward_has_one(fair: Fair) -> None:
    await fair.run(make_campaign(TEN, PACK, POINTS))
    for number in range(6):
        await fair.happens(f"R{number}", line_id=f"L{number}")
    await asyncio.gather(*(fair.open_work(at_once=2).work() for _ in range(3)))
    assert set(fair.operator.effects.values()) == {1}
    assert len(fair.operator.effects) == 12
    assert all([await fair.points(f"L{number}") == (500, 0) for number in range(6)])


async def test_a_campaign_that_is_switched_off_never_grants_again(fair: Fair) -> None:
    await fair.run(make_campaign(TEN, SPENT))
    await fair.recharge("R1")
    await fair.happens("R2")
    await fair.desk.switch("spring", on=False, by="staff:1001")
    await fair.work.work()
    assert {grant.recharge_id for grant in await fair.grants()} == {"R1"}
    fair.spend.months = {date(2026, 11, 1): 5000}
    fair.comes(date(2026, 12, 1))
    await fair.work.work()
    assert fair.operator.count_given_fen() == 2000  # what was promised still comes


async def test_switched_off_between_the_decision_and_its_writing_it_grants_nothing(fair: Fair) -> None:
    await fair.run(make_campaign(TEN), make_campaign(POINTS, id="autumn"))
    await fair.happens("R1")

    @asynccontextmanager
    async def switched_off_before() -> AsyncIterator[AsyncConnection]:
        await fair.desk.switch("spring", on=False, by="staff:1001")
        async with write(fair.engine) as connection:
            yield connection

    late = Decisions(fair.make_bureau(transaction=switched_off_before), fair.shelf)
    row = await turns_of(fair.bureau, happening).claim()
    assert row is not None
    assert await late.decide(row)
    assert [grant.promotion_id for grant in await fair.grants()] == ["autumn"]


async def test_half_the_recharges_before_the_switch_and_half_after_it(fair: Fair) -> None:
    await fair.run(make_campaign(TEN))
    for number in range(6):
        await fair.happens(f"R{number}", line_id=f"L{number}")
    works = [fair.open_work(at_once=2).work() for _ in range(2)]
    await asyncio.gather(*works, fair.desk.switch("spring", on=False, by="staff:1001"))
    won = len(await fair.grant_rows())
    await fair.settle(rounds=2)
    assert len(await fair.grant_rows()) == won
    assert (await fair.used()).get(("count", ""), 0) == won
    assert len(await fair.decisions()) == 6
    assert fair.moment > NOW
