"""What does the graph recommend, and what where a part of the facts is away?"""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from graphql_schema.client import Caller, Channel
from graphql_schema.money_ports import RatedDay
from graphql_schema.order_ports import Qualified, WantedChange
from graphql_schema.ports import BssFault
from graphql_schema.types.bill import BillCategory
from graphql_schema.types.bucket import UsageType
from graphql_schema.types.change import ChangeObstacle, ObstacleCode
from graphql_schema.types.line import LineKind
from graphql_schema.types.month import Month
from graphql_schema.types.package import PackageKind
from tests.fakes.deal_ports import FakeOrders, make_plan, make_preview
from tests.fakes.ports import GIB, LINE_ID, NUMBER, FakeBss, make_line, make_package, yuan
from tests.graphql_schema.conftest import Ask

pytestmark = pytest.mark.anyio

ASK = "{ me { recommendations { offeringId isOwn average { amount } saving { amount } months { month } stale } } }"


class Shop(FakeOrders):
    """A catalogue of many plans, whose BSS refuses some of them."""

    refuses: dict[str, ObstacleCode]
    silent = False

    async def preview(self, line_id: str, wanted: WantedChange, *, channel: Channel) -> Qualified:
        if self.silent:
            raise BssFault("qualification_unavailable", retryable=True)
        code = self.refuses.get(wanted.offering_id or "")
        told = [ChangeObstacle(code=code, offering=None, until=None, order_id=None)] if code else []
        return Qualified("Q1", replace(make_preview(), allowed=not told, obstacles=told))


@pytest.fixture
def shop(bss: FakeBss) -> Shop:
    """The own plan costs 59; of the others each costs one yuan more than the one before."""
    own = make_plan("plan-own", monthly_fee=yuan("59"))
    others = [make_plan(f"plan-{number}", monthly_fee=yuan(f"{20 + number}")) for number in range(10)]
    bss.deals = shop = Shop(offerings=[own, *others])
    shop.refuses = {}
    bss.packages = [make_package(offering_id="plan-own", kind=PackageKind.PLAN, since=date(2026, 1, 1))]
    day = RatedDay(date(2026, 10, 2), UsageType.DATA, None, GIB, Decimal(0), roaming=False, counted=GIB)
    bss.use.months = {Month(2026, month): (day,) for month in (8, 9, 10)}
    return shop


async def told(ask: Ask) -> list[str]:
    outcome = await ask(ASK)
    assert not outcome.errors, outcome.errors
    assert outcome.data is not None
    return [each["offeringId"] for each in outcome.data["me"]["recommendations"]]


async def test_the_own_plan_and_the_four_that_save_most_are_told(shop: Shop, ask: Ask) -> None:
    assert await told(ask) == ["plan-own", "plan-0", "plan-1", "plan-2", "plan-3"]


async def test_a_plan_that_the_line_can_not_have_makes_room_and_one_that_it_can_not_have_yet_does_not(
    shop: Shop, ask: Ask
) -> None:
    shop.refuses = {"plan-0": ObstacleCode.NOT_OFFERED, "plan-1": ObstacleCode.ONCE_A_CYCLE}
    assert await told(ask) == ["plan-own", "plan-1", "plan-2", "plan-3", "plan-4"]


async def test_where_the_bss_does_not_tell_what_can_be_had_the_figures_are_shown_all_the_same(
    shop: Shop, ask: Ask
) -> None:
    shop.silent = True
    assert len(await told(ask)) == 5


async def test_the_last_three_billed_months_are_looked_at(shop: Shop, ask: Ask) -> None:
    outcome = await ask(ASK)
    assert outcome.data is not None
    own = outcome.data["me"]["recommendations"][0]
    assert ([each["month"] for each in own["months"]], own["isOwn"]) == (["2026-10", "2026-09", "2026-08"], True)


async def test_a_plan_that_is_newer_than_every_billed_month_is_not_judged(bss: FakeBss, shop: Shop, ask: Ask) -> None:
    bss.packages = [replace(bss.packages[0], since=date(2026, 10, 2))]
    assert await told(ask) == []
    bss.packages = [replace(bss.packages[0], since=date(2026, 10, 1))]
    assert (await told(ask))[0] == "plan-own"


async def test_a_line_without_bills_without_a_plan_or_that_is_no_mobile_is_told_nothing(
    bss: FakeBss, shop: Shop, ask: Ask
) -> None:
    bills, packages = bss.bills, bss.packages
    bss.bills = tuple(replace(bill, category=BillCategory.INTERIM) for bill in bills)
    assert await told(ask) == []
    bss.bills, bss.packages = bills, []
    assert await told(ask) == []
    bss.packages, bss.line = packages, make_line(kind=LineKind.BROADBAND)
    assert await told(ask) == []


async def test_without_the_bills_nothing_is_guessed(bss: FakeBss, shop: Shop, ask: Ask) -> None:
    bss.break_system("fetch_bills", code="bill_unavailable")
    outcome = await ask(ASK)
    assert [error.code for error in outcome.errors] == ["bill_unavailable"]
    assert outcome.data is not None
    assert outcome.data["me"]["recommendations"] is None


async def test_a_text_of_the_line_alone_does_not_show_what_it_pays(shop: Shop, ask: Ask) -> None:
    outcome = await ask(ASK, by=Caller(Channel.SMS, subscriber=LINE_ID, number=NUMBER, assurance=1))
    assert [error.code for error in outcome.errors] == ["step_up_required"]
