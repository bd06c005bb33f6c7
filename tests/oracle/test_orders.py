"""Does a recomputation from the wire agree with what orders made of lines, allowances and bills?"""

from typing import Any

import httpx
import pytest

from tests.oracle.catalogue import Catalogue
from tests.oracle.test_life_goes_on import disagreements, young
from tests.sandbox import changes as ask

pytestmark = pytest.mark.anyio
__all__ = ["young"]

NOW = "2026-11-22T10:00:30+08:00"
USES: tuple[dict[str, Any], ...] = (
    {"usageType": "data", "amount": 9 * 1024**3},
    {"usageType": "voice", "amount": 4_000},
    {"usageType": "sms", "amount": 30},
)
NUMBER = {
    ask.ORDINARY: "13800138001",
    ask.MAIN: "13800138003",
    ask.CONTRACT: "13800138006",
    ask.HOUSEHOLD: "13800138009",
    ask.NEAR: "13800138010",
    ask.REARRANGED: "13800138012",
}
RUNS = ("2026-12-01T00:00:10+08:00", "2026-12-15T12:00:00+08:00", "2027-01-01T00:00:10+08:00", "2027-02-03T09:00+08:00")


async def use_all(bss: httpx.AsyncClient, lines: tuple[str, ...]) -> None:
    for line in lines:
        for use in USES:
            answer = await bss.post("/sandbox/usage", json={"number": NUMBER[line], **use})
            assert answer.status_code in {201, 409}, answer.text


@pytest.mark.parametrize(
    ("line", "orders"),
    [
        (ask.ORDINARY, [(ask.add(ask.ORDINARY, "pack-data-10"), None), (ask.drop(ask.ORDINARY, "P000000-1-3"), None)]),
        (ask.ORDINARY, [(ask.change_plan(ask.ORDINARY, "plan-129"), None)]),
        (ask.ORDINARY, [(ask.change_plan(ask.ORDINARY, "plan-129"), NOW)]),
        (ask.NEAR, [(ask.change_plan(ask.NEAR, "plan-59"), NOW), (ask.switch(ask.NEAR, "caller-id", on=True), None)]),
        (ask.CONTRACT, [(ask.change_plan(ask.CONTRACT, "plan-129"), None)]),
        (ask.REARRANGED, [(ask.change_plan(ask.REARRANGED, "plan-79"), NOW)]),
        (ask.HOUSEHOLD, [(ask.change_plan(ask.HOUSEHOLD, "plan-79"), NOW)]),
        (ask.HOUSEHOLD, [(ask.add(ask.BROADBAND, "home-wifi"), None)]),
        (ask.MAIN, [(ask.add(ask.MAIN, "pack-voice-100"), None)]),
        (ask.CONTRACT, [(ask.close(ask.CONTRACT), None)]),
    ],
)
async def test_what_was_ordered_is_rated_and_billed_by_the_published_rules(
    young: httpx.AsyncClient, catalogue: Catalogue, line: str, orders: list[tuple[ask.Wire, str | None]]
) -> None:
    await use_all(young, (line,))
    for place, (item, start) in enumerate(orders):
        of = ask.BROADBAND if item.get("productOffering", {}).get("id") == "home-wifi" else line
        await ask.place(young, of, item, f"r-{place}", start=start)
    await ask.pass_time(young, 90_000)
    await use_all(young, (line,))
    assert await disagreements(young, catalogue, [NUMBER[line]]) == []
    for run in RUNS:
        await ask.set_clock(young, run)
        await use_all(young, (line,))
    assert await disagreements(young, catalogue, [NUMBER[line]]) == []


async def test_an_early_exit_is_recomputed_from_the_contract(young: httpx.AsyncClient, catalogue: Catalogue) -> None:
    await ask.place(young, ask.BROADBAND, ask.add(ask.BROADBAND, "home-wifi"))
    await ask.set_clock(young, RUNS[0])
    package = await ask.package_id(young, ask.BROADBAND, "home-wifi")
    await ask.place(young, ask.BROADBAND, ask.drop(ask.BROADBAND, package), "r-2")
    await ask.set_clock(young, RUNS[3])
    assert await disagreements(young, catalogue, [NUMBER[ask.HOUSEHOLD]]) == []
