"""Does the bill ask for exactly what the preview said?"""

from decimal import Decimal
from typing import Any

import httpx
import orjson
import pytest

from tests.sandbox import changes as ask
from tests.sandbox.changes import Wire, place, preview

pytestmark = pytest.mark.anyio

BILLING = "/tmf-api/customerBillManagement/v4"
NOW = "2026-11-22T10:00:00+08:00"
ACCOUNT = {
    ask.ORDINARY: "A000000",
    ask.CONTRACT: "A000004",
    ask.BROADBAND: "A000007",
    ask.HOUSEHOLD: "A000007",
    ask.NEAR: "A000008",
    ask.REARRANGED: "A000010",
}
RUNS = ("2026-12-01T00:00:10+08:00", "2027-01-01T00:00:10+08:00", "2027-02-01T00:00:10+08:00")


def yuan(money: Wire) -> Decimal:
    return Decimal(str(money["value"]))


def costs(said: Wire, *kinds: str) -> Decimal:
    return sum((yuan(cost["amount"]) for cost in said["charges"] if cost["kind"] in kinds), Decimal(0))


async def rates(bss: httpx.AsyncClient, line: str, month: str) -> list[Wire]:
    """The rated lines of a line on the bill of a month (``202612``); numbers are exact."""
    params: dict[str, Any] = {"bill.id": f"B{ACCOUNT[line][1:]}-{month}", "limit": "500"}
    answer = await bss.get(f"{BILLING}/appliedCustomerBillingRate", params=params)
    number = (await ask.fetch_line(bss, line))["productSerialNumber"]
    return [rate for rate in orjson.loads(answer.content) if trait(rate, "number") == number]


def trait(rate: Wire, name: str) -> Any:
    return next((item["value"] for item in rate["characteristic"] if item["name"] == name), None)


def charged(found: list[Wire], *kinds: str) -> Decimal:
    fitting = (rate for rate in found if trait(rate, "chargeKind") in kinds)
    return sum((yuan(rate["taxIncludedAmount"]) for rate in fitting), Decimal(0))


@pytest.mark.parametrize(
    ("line", "item", "start"),
    [
        (ask.ORDINARY, ask.change_plan(ask.ORDINARY, "plan-129"), None),
        (ask.ORDINARY, ask.add(ask.ORDINARY, "pack-data-10"), ask.NEXT_CYCLE),
        (ask.ORDINARY, ask.drop(ask.ORDINARY, "P000000-1-4"), None),
        (ask.ORDINARY, ask.drop(ask.ORDINARY, "P000000-1-5"), None),
        (ask.CONTRACT, ask.change_plan(ask.CONTRACT, "plan-129"), None),
        (ask.REARRANGED, ask.change_plan(ask.REARRANGED, "plan-59"), None),
        (ask.HOUSEHOLD, ask.change_plan(ask.HOUSEHOLD, "plan-79"), None),
        (ask.BROADBAND, ask.change_plan(ask.BROADBAND, "broadband-1000"), None),
    ],
)
async def test_from_the_next_cycle_on_the_bill_is_what_was_promised(
    bss: httpx.AsyncClient, line: str, item: Wire, start: str | None
) -> None:
    said = await preview(bss, line, item, start=start)
    assert (said["codes"], said["start"], said["startsOn"]) == ([], "nextCycle", "2026-12-01")
    await place(bss, line, item, start=start)
    for run in RUNS[:2]:
        await ask.set_clock(bss, run)
    assert charged(await rates(bss, line, "202611"), "recurring", "discount") == yuan(said["monthlyBefore"])
    assert charged(await rates(bss, line, "202612"), "recurring", "discount") == yuan(said["monthlyAfter"])


@pytest.mark.parametrize(
    ("line", "item"),
    [
        (ask.ORDINARY, ask.add(ask.ORDINARY, "pack-data-10")),
        (ask.NEAR, ask.change_plan(ask.NEAR, "plan-129")),
        (ask.NEAR, ask.change_plan(ask.NEAR, "plan-59")),
        (ask.HOUSEHOLD, ask.change_plan(ask.HOUSEHOLD, "plan-79")),
        (ask.NEAR, ask.switch(ask.NEAR, "caller-id", on=True)),
        (ask.NEAR, ask.add(ask.NEAR, "vas-ring")),
    ],
)
async def test_at_once_this_months_bill_is_already_what_was_promised(
    bss: httpx.AsyncClient, line: str, item: Wire
) -> None:
    """A month's plan fee is that of the last plan held in it, and what begins counts whole."""
    said = await preview(bss, line, item, start=NOW)
    assert (said["codes"], said["start"], said["startsOn"]) == ([], "atOnce", "2026-11-22")
    await place(bss, line, item, start=NOW)
    for run in RUNS[:2]:
        await ask.set_clock(bss, run)
    for month in ("202611", "202612"):
        assert charged(await rates(bss, line, month), "recurring", "discount") == yuan(said["monthlyAfter"])


async def test_an_installation_is_charged_once_and_an_early_exit_as_stated(bss: httpx.AsyncClient) -> None:
    item = ask.add(ask.BROADBAND, "home-wifi")
    said = await preview(bss, ask.BROADBAND, item)
    assert (costs(said, "once"), costs(said, "monthly"), said["contractUntil"]) == (100, 10, "2027-11-23")
    await place(bss, ask.BROADBAND, item)
    await ask.set_clock(bss, RUNS[0])
    november = await rates(bss, ask.BROADBAND, "202611")
    assert charged(november, "oneTime") == costs(said, "once")
    assert charged(november, "recurring", "discount") == yuan(said["monthlyAfter"])

    leave = ask.drop(ask.BROADBAND, await ask.package_id(bss, ask.BROADBAND, "home-wifi"))
    exit_said = await preview(bss, ask.BROADBAND, leave)
    assert costs(exit_said, "penalty") == 11 * 8  # from January to 23 November: eleven months, the last one begun
    await place(bss, ask.BROADBAND, leave, "r-2")
    for run in RUNS[1:]:
        await ask.set_clock(bss, run)
    december, january = [await rates(bss, ask.BROADBAND, month) for month in ("202612", "202701")]
    assert (charged(december, "oneTime"), charged(december, "penalty")) == (0, 0)
    assert charged(january, "penalty") == costs(exit_said, "penalty")
    assert {trait(rate, "subject") for rate in january if trait(rate, "chargeKind") == "penalty"} == {"other"}
    assert charged(january, "recurring", "discount") == yuan(exit_said["monthlyAfter"])
    causes = (await bss.get("/sandbox/causes", params={"accountId": "A000007"})).json()
    of_wifi = [(cause["month"], cause["kind"]) for cause in causes if "WiFi" in cause["name"]["zh"]]
    assert of_wifi == [
        ("2026-11", "new_package"), ("2026-11", "one_time"), ("2026-12", "one_time"), ("2027-01", "ended_package"),
        ("2027-01", "one_time"),
    ]  # fmt: skip


async def test_a_charged_service_is_paid_for_until_the_month_ends(bss: httpx.AsyncClient) -> None:
    await place(bss, ask.NEAR, ask.switch(ask.NEAR, "caller-id", on=True))
    await ask.pass_time(bss, 61)
    off = ask.switch(ask.NEAR, "caller-id", on=False)
    said = await preview(bss, ask.NEAR, off)
    assert (said["starts"], yuan(said["monthlyBefore"]) - yuan(said["monthlyAfter"])) == (["nextCycle"], 6)
    await place(bss, ask.NEAR, off, "r-2")
    for run in RUNS[:2]:
        await ask.set_clock(bss, run)
    assert charged(await rates(bss, ask.NEAR, "202611"), "recurring") == yuan(said["monthlyBefore"])
    assert charged(await rates(bss, ask.NEAR, "202612"), "recurring") == yuan(said["monthlyAfter"])


async def test_a_lost_discount_is_what_the_bill_took_off(bss: httpx.AsyncClient) -> None:
    said = await preview(bss, ask.CONTRACT, ask.change_plan(ask.CONTRACT, "plan-129"))
    [lost] = [loss for loss in said["losses"] if loss["kind"] == "discount"]
    await ask.set_clock(bss, RUNS[0])
    assert -yuan(lost["amount"]) == charged(await rates(bss, ask.CONTRACT, "202611"), "discount")


async def test_a_household_discount_on_another_line_goes_with_its_part(bss: httpx.AsyncClient) -> None:
    item = ask.change_plan(ask.BROADBAND, "broadband-1000")
    said = await preview(bss, ask.BROADBAND, item)
    assert [(loss["kind"], yuan(loss["amount"])) for loss in said["losses"] if "amount" in loss] == [
        ("discount", Decimal("51.5"))
    ]
    await place(bss, ask.BROADBAND, item)
    for run in RUNS[:2]:
        await ask.set_clock(bss, run)
    before, after = [await rates(bss, ask.HOUSEHOLD, month) for month in ("202611", "202612")]
    assert (charged(before, "discount"), charged(after, "discount")) == (Decimal("-51.5"), 0)


async def test_a_gift_that_is_bound_to_a_plan_goes_with_it(bss: httpx.AsyncClient) -> None:
    item = ask.change_plan(ask.REARRANGED, "plan-59")
    said = await preview(bss, ask.REARRANGED, item)
    assert {loss["kind"] for loss in said["losses"]} == {"rolledOver", "gift"}
    assert [gone["id"] for gone in said["takesAway"]] == ["plan-light-19", "gift-data-10"]
    await place(bss, ask.REARRANGED, item)
    await ask.set_clock(bss, RUNS[0])
    held = await ask.fetch_packages(bss, ask.REARRANGED)
    assert (held["gift-data-10"], held["plan-light-19"], held["plan-59"]) == ("terminated", "terminated", "active")


async def test_a_family_member_sees_the_fees_of_its_own_line_only(bss: httpx.AsyncClient) -> None:
    said = await preview(bss, ask.SECONDARY, ask.add(ask.SECONDARY, "pack-voice-100"))
    assert (yuan(said["monthlyBefore"]), yuan(said["monthlyAfter"])) == (15, 25)


async def test_a_cancelled_change_leaves_no_trace_on_the_bill(bss: httpx.AsyncClient) -> None:
    said = await preview(bss, ask.CONTRACT, ask.change_plan(ask.CONTRACT, "plan-129"))
    placed = await place(bss, ask.CONTRACT, ask.change_plan(ask.CONTRACT, "plan-129"))
    await ask.pass_time(bss, 3600)
    assert (await ask.cancel(bss, placed["id"])).status_code == 201
    for run in RUNS[:2]:
        await ask.set_clock(bss, run)
    for month in ("202611", "202612"):
        found = await rates(bss, ask.CONTRACT, month)
        assert charged(found, "recurring", "discount") == yuan(said["monthlyBefore"])
        assert charged(found, "penalty") == 0
