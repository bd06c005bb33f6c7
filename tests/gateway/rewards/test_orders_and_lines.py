"""Do rewards hear of orders that are done, and of lines that are left, once and in their commit?"""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read, write
from gateway.identity.line_watch import LineWatch
from gateway.reward_events import LinesLeft, OrdersDone
from graphql_schema.types.change import ChangeAction
from loyalty.campaign_tables import happening
from loyalty.earning_tables import watched_bill
from loyalty.points_tables import points_account, points_posting
from loyalty.rules.effects import Clawback, Tier
from loyalty.rules.facts import HappeningKind
from ordering.changes.needs import DoneOrder
from tests.fakes.operator import FakeOperator, line_of
from tests.loyalty.grants.fair import NOW, POINTS, TEN, Fair, make_campaign

pytestmark = pytest.mark.anyio
TAKEN = DoneOrder("D1", "L1", "A-L1", ChangeAction.CHANGE_PLAN, "plan-129", "web", NOW)
OF_ORDERS = make_campaign(POINTS, kinds=frozenset({HappeningKind.ORDER_DONE}), tiers=(Tier(0, ("points",)),))


@pytest.fixture
def database_url(furnished_database_url: str) -> str:
    """With every table, in place of the empty one of other tests."""
    return furnished_database_url


@pytest.fixture
def fair(engine: AsyncEngine) -> Fair:
    return Fair(engine)


async def tell_done(fair: Fair, done: DoneOrder = TAKEN) -> None:
    async with write(fair.engine) as connection:
        await OrdersDone(fair.returns, fair.now).note_done(connection, done)


async def leave(fair: Fair, line_id: str = "L1") -> None:
    async with write(fair.engine) as connection:
        await LinesLeft(fair.returns, fair.now).forget_line(connection, line_id)


async def count(fair: Fair) -> tuple[int, int]:
    """Accounts and postings."""
    async with read(fair.engine) as connection:
        tables = (points_account, points_posting)
        accounts, postings = [
            (await connection.execute(select(func.count()).select_from(t))).scalar_one() for t in tables
        ]
    return accounts, postings


async def test_an_order_that_is_done_earns_once_however_often_that_is_told(fair: Fair) -> None:
    await fair.run(OF_ORDERS)
    for _ in range(3):
        await tell_done(fair)
        await fair.work.work()
    (row,) = await fair.rows(happening)
    assert (row.id, row.kind, row.amount_fen, row.at_us) == ("order:D1", "order_done", 0, row.free_at_us or row.at_us)
    assert '"offering": "plan-129"' in row.facts
    assert await fair.points() == (500, 0)


@pytest.mark.parametrize("action", [ChangeAction.DROP, ChangeAction.CLOSE, ChangeAction.SWITCH_ON])
async def test_whoever_drops_closes_or_switches_earns_nothing(fair: Fair, action: ChangeAction) -> None:
    await tell_done(fair, replace(TAKEN, action=action))
    await tell_done(fair, replace(TAKEN, action=ChangeAction.ADD, offering_id=None))
    assert await fair.rows(happening) == []


async def test_another_plan_gives_up_what_was_won_with_the_one_before_but_not_what_is_won_with_it(fair: Fair) -> None:
    await fair.run(make_campaign(TEN, id="bound", clawback=Clawback(12)), make_campaign(POINTS, id="free"))
    await fair.recharge("r1")
    assert fair.operator.count_given_fen() == 1000
    await tell_done(fair, replace(TAKEN, order_id="D0", offering_id="plan-59"))  # it is the plan that it has
    await fair.settle()
    assert fair.operator.count_given_fen() == 1000
    await tell_done(fair)
    await tell_done(fair)
    await fair.settle()
    assert fair.operator.count_given_fen() == 0
    assert await fair.points() == (500, 0)
    await fair.judge(at_rest=True)


async def test_after_the_campaign_s_months_another_plan_costs_nothing(fair: Fair) -> None:
    await fair.run(make_campaign(TEN, clawback=Clawback(3)))
    await fair.recharge("r1")
    fair.moment += timedelta(days=95)
    await tell_done(fair)
    await fair.settle()
    assert fair.operator.count_given_fen() == 1000


async def test_whoever_leaves_keeps_nothing_early_and_the_next_holder_sees_and_gets_nothing(fair: Fair) -> None:
    await fair.run(make_campaign(TEN, POINTS, clawback=Clawback(12)))
    await fair.recharge("r1")
    await fair.happens("r2")  # nobody decided about it yet
    await leave(fair)
    await fair.settle()
    assert fair.operator.count_given_fen() == 0
    assert await fair.grants() == []
    assert await fair.points() == (0, 0)
    accounts, postings = await count(fair)
    for _ in range(3):
        await leave(fair)
        await fair.settle()
    assert await count(fair) == (accounts, postings)
    await fair.judge(at_rest=True)


async def test_what_the_next_holder_earns_ends_only_with_them(fair: Fair) -> None:
    await fair.run(make_campaign(POINTS))
    await fair.recharge("r1")
    await leave(fair)
    await fair.recharge("r2")
    assert await fair.points() == (500, 0)
    assert len(await fair.grants()) == 1
    await leave(fair)
    assert await fair.points() == (0, 0)


async def test_a_line_that_never_won_anything_leaves_no_trace(fair: Fair) -> None:
    await leave(fair, "L9")
    assert await count(fair) == (0, 0)


async def test_a_line_that_nobody_signed_in_with_is_known_by_whose_bills_earned_its_points(fair: Fair) -> None:
    """The BSS keeps its id, and says only that something changed."""
    lines = FakeOperator()
    left = LinesLeft(fair.returns, fair.now)
    watch = LineWatch(fair.engine, lines, fair.now, line_ended=(left.forget_line,))
    bill = {"account_id": "A1", "line_id": "L1", "customer_id": "C1", "month": "2026-10", "paid_fen": 5900}
    bill |= {"state": "earned", "seen_at_us": 0, "attempts": 1}
    await fair.run(make_campaign(POINTS))
    await fair.recharge("r1")
    async with write(fair.engine) as connection:
        await connection.execute(insert(watched_bill).values(id="B1", **bill))
    lines.put(line_of("13800138001", "L1", customer_id="C1"))
    await watch.recheck("L1")
    assert await fair.points() == (500, 0)
    lines.put(line_of("13800138001", "L1", customer_id="C2"))
    await watch.recheck("L1")
    assert await fair.points() == (0, 0)
    await fair.recharge("r2")
    await watch.recheck("L1")
    assert await fair.points() == (500, 0), "what its next holder has is their own"
