"""Does the hall's bill ask for exactly what the hall's preview said, once what was confirmed in the hall holds?"""

from decimal import Decimal
from typing import Any, NamedTuple
from uuid import uuid4

import pytest

from graphql_schema.client import Caller, Channel, Operation
from tests.contract.conftest import House
from tests.contract.test_qualification import ROOMS

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.parametrize(("database_url", "house"), [("sqlite", "sandbox in process")], indirect=True),
]
ORDINARY, NEAR, REARRANGED = "13800138001", "13800138010", "13800138012"
BROADBAND = "gz00880009"
RUNS = ("2026-12-01T00:00:10+08:00", "2027-01-01T00:00:10+08:00", "2027-02-01T00:00:10+08:00")
NOVEMBER, DECEMBER, JANUARY = "2026-11", "2026-12", "2027-01"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Customer(NamedTuple):
    """Somebody in the app, on one line."""

    house: House
    line_id: str
    number: str

    async def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        operation = Operation.load(ROOMS / "app" / f"{document}.graphql")
        caller = Caller(Channel.APP, subscriber=self.line_id, number=self.number, assurance=2)
        outcome = await self.house.hall.graph.run(operation, variables, caller)
        assert not outcome.errors, outcome.errors
        assert outcome.data is not None
        return outcome.data

    async def preview(self, wanted: dict[str, Any]) -> dict[str, Any]:
        shown: dict[str, Any] = (await self.ask("change_preview", wanted=wanted))["me"]["changePreview"]
        assert shown["allowed"], shown["obstacles"]
        return shown

    async def order(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Prepared and confirmed; the order."""
        begun = await self.ask("prepare_change", input={"idempotencyKey": uuid4().hex, "wanted": wanted})
        wish = {"idempotencyKey": uuid4().hex, "preparedId": begun["prepareChange"]["id"]}
        order: dict[str, Any] = (await self.ask("confirm_change", input=wish))["confirmChange"]
        assert order["__typename"] == "Order", order
        return order

    async def lines_of_bill(self, month: str) -> list[dict[str, Any]]:
        """What the account's bill of a month asks this line for, line by line; its subjects make its total."""
        edges = (await self.ask("bills", first=12, categories=["NORMAL"]))["me"]["bills"]["edges"]
        [bill] = [edge["node"] for edge in edges if edge["node"]["periodStart"].startswith(month)]
        shown = (await self.ask("bill", id=bill["id"]))["me"]["bill"]
        assert sum(yuan(subject["total"]) for subject in shown["subjects"]) == yuan(bill["total"])
        rated = [line for subject in shown["subjects"] for line in subject["ratedLines"]]
        return [line for line in rated if line["number"] == self.number]


def yuan(money: dict[str, str]) -> Decimal:
    return Decimal(money["amount"])


def charged(lines: list[dict[str, Any]], *kinds: str) -> Decimal:
    return sum((yuan(line["amount"]) for line in lines if line["kind"] in kinds), Decimal(0))


def costs(shown: dict[str, Any], kind: str) -> Decimal:
    return sum((yuan(each["amount"]) for each in shown["charges"] if each["kind"] == kind), Decimal(0))


async def customer(house: House, number: str) -> Customer:
    line = await house.hall.identity.lines.find_line(number)
    assert line is not None
    return Customer(house, line.id, number)


async def let_pass(house: House, **until: Any) -> None:
    (await house.levers.post("/sandbox/clock", json=until)).raise_for_status()


@pytest.mark.parametrize(("number", "plan"), [(ORDINARY, "plan-129"), (REARRANGED, "plan-59")])
async def test_a_plan_of_next_month_is_billed_as_it_was_shown_and_this_month_as_it_stood(
    house: House, number: str, plan: str
) -> None:
    whoever = await customer(house, number)
    wanted = {"action": "CHANGE_PLAN", "offeringId": plan, "start": "NEXT_CYCLE"}
    shown = await whoever.preview(wanted)
    order = await whoever.order(wanted)
    assert order["startsOn"] == shown["startsOn"] == "2026-12-01"
    for run in RUNS[:2]:
        await let_pass(house, now=run)
    november, december = [await whoever.lines_of_bill(month) for month in (NOVEMBER, DECEMBER)]
    assert charged(november, "RECURRING", "DISCOUNT") == yuan(shown["monthlyBefore"])
    assert charged(december, "RECURRING", "DISCOUNT") == yuan(shown["monthlyAfter"])
    assert yuan(shown["monthlyBefore"]) != yuan(shown["monthlyAfter"])
    for lines in (november, december):
        assert charged(lines, "PENALTY") == costs(shown, "PENALTY") == 0


async def test_a_plan_of_today_is_billed_as_it_was_shown_from_this_month_on(house: House) -> None:
    whoever = await customer(house, NEAR)
    wanted = {"action": "CHANGE_PLAN", "offeringId": "plan-129", "start": "AT_ONCE"}
    shown = await whoever.preview(wanted)
    order = await whoever.order(wanted)
    assert order["startsOn"] in (None, "2026-11-22")
    assert shown["startsOn"] == "2026-11-22"
    for run in RUNS[:2]:
        await let_pass(house, now=run)
    for month in (NOVEMBER, DECEMBER):
        lines = await whoever.lines_of_bill(month)
        assert charged(lines, "RECURRING", "DISCOUNT") == yuan(shown["monthlyAfter"])
        assert charged(lines, "PENALTY") == costs(shown, "PENALTY") == 0


async def test_an_installation_and_an_early_exit_are_billed_as_they_were_shown(house: House) -> None:
    whoever = await customer(house, BROADBAND)
    take = {"action": "ADD", "offeringId": "home-wifi"}
    shown = await whoever.preview(take)
    assert costs(shown, "ONCE") == 100
    await whoever.order(take)
    await let_pass(house, now=RUNS[0])
    november = await whoever.lines_of_bill(NOVEMBER)
    assert charged(november, "ONE_TIME") == costs(shown, "ONCE")
    assert charged(november, "RECURRING", "DISCOUNT") == yuan(shown["monthlyAfter"])
    held = (await whoever.ask("packages"))["me"]["packages"]
    [wifi] = [one for one in held if one["offeringId"] == "home-wifi"]
    leave = {"action": "DROP", "packageId": wifi["id"]}
    exits = await whoever.preview(leave)
    assert costs(exits, "PENALTY") > 0
    await whoever.order(leave)
    for run in RUNS[1:]:
        await let_pass(house, now=run)
    december, january = [await whoever.lines_of_bill(month) for month in (DECEMBER, JANUARY)]
    assert charged(december, "PENALTY") == 0
    assert charged(january, "PENALTY") == costs(exits, "PENALTY")
    assert charged(january, "RECURRING", "DISCOUNT") == yuan(exits["monthlyAfter"])
