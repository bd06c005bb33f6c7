"""Does every deed count once, and none lock out another, when many do theirs at the same moment?"""

import asyncio
from typing import Any

import pytest

from loyalty.points.answers import PointsRefused, Posted
from tests.loyalty.points.scribe import Scribe

pytestmark = pytest.mark.anyio


async def together(scribe: Scribe, *deeds: list[str]) -> list[Any]:
    return list(await asyncio.gather(*(scribe.do(*words) for words in deeds)))


async def test_transfers_both_ways_at_once_lock_nobody_out(scribe: Scribe) -> None:
    await scribe.do("earn_many", "eA:A:100", "eB:B:100", "eC:C:100")
    ways = [("A", "B"), ("B", "A"), ("B", "C"), ("C", "B"), ("C", "A"), ("A", "C")]
    deeds = [["transfer", f"x{n}{giver}{taker}", giver, taker, "3"] for n in range(4) for giver, taker in ways]
    answers = await together(scribe, *deeds)
    assert all(isinstance(each, Posted) for each in answers)
    assert [await scribe.render_balance(line) for line in "ABC"] == ["A 100", "B 100", "C 100"]
    assert await scribe.audit() == []


async def test_the_last_points_are_spent_once(scribe: Scribe) -> None:
    await scribe.do("earn", "e1", "A", "10")
    deeds = [["spend" if n % 2 else "hold", f"s{n}", "A", "10"] for n in range(12)]
    answers = await together(scribe, *deeds)
    assert sum(not isinstance(each, PointsRefused) for each in answers) == 1
    assert await scribe.audit() == []


@pytest.mark.parametrize(
    "words",
    [
        ["earn", "e9", "A", "10"],
        ["earn", "e9", "new", "10"],
        ["earn_many", "e9:A:10", "e8:new:5"],
        ["spend", "s9", "A", "10"],
        ["hold", "h9", "A", "10"],
        ["capture", "h1"],
        ["release", "h1"],
        ["return_", "r9", "s1"],
        ["take_back", "t9", "e1"],
        ["transfer", "x9", "A", "new", "10"],
        ["close", "c9", "A"],
    ],
    ids=lambda words: "-".join(words[:3]),
)
async def test_a_deed_that_is_told_eight_times_at_once_is_done_once(scribe: Scribe, words: list[str]) -> None:
    for before in (["earn", "e1", "A", "100"], ["spend", "s1", "A", "5"], ["hold", "h1", "A", "20"]):
        await scribe.do(*before)
    answers = await together(scribe, *[words] * 8)
    assert answers == answers[:1] * 8
    assert not isinstance(answers[0], PointsRefused)
    rows = await scribe.fetch_rows()
    assert await scribe.do(*words) == answers[0]
    assert await scribe.fetch_rows() == rows
    assert await scribe.audit() == []


async def test_a_hold_is_captured_or_released_and_never_both(scribe: Scribe) -> None:
    await scribe.do("earn", "e1", "A", "100")
    for number in range(6):
        await scribe.do("hold", f"h{number}", "A", "10")
    deeds = [[deed, f"h{number}"] for number in range(6) for deed in ("capture", "release")]
    answers = await together(scribe, *deeds)
    for first, second in zip(answers[::2], answers[1::2], strict=True):
        assert [isinstance(each, PointsRefused) for each in (first, second)] in ([True, False], [False, True])
    assert await scribe.audit() == []


async def test_batches_and_single_bills_of_the_same_lines_get_on(scribe: Scribe) -> None:
    lines = [f"L{number}" for number in range(6)]
    batch = [f"e{line}:{line}:5" for line in lines]
    singles = [["earn", f"e{line}", line, "5"] for line in reversed(lines)]
    await together(scribe, ["earn_many", *batch], ["earn_many", *reversed(batch)], *singles)
    assert [await scribe.render_balance(line) for line in lines] == [f"{line} 5" for line in lines]
    assert await scribe.audit() == []


async def test_a_line_that_is_closed_while_it_earns_loses_nothing_of_the_ledger(scribe: Scribe) -> None:
    await scribe.do("earn", "e0", "A", "1")
    deeds = [["earn", f"e{n}", "A", "1"] for n in range(1, 9)] + [["close", f"c{n}", "A"] for n in range(2)]
    await together(scribe, *deeds, ["transfer", "x1", "A", "B", "1"])
    assert await scribe.audit() == []


@pytest.mark.postgres
async def test_no_deed_waits_for_one_of_another_line(there: Scribe) -> None:
    await there.do("earn_many", "eA:A:100", "eB:B:100", "eC:C:100")
    async with there.transaction() as connection:
        for deed in ("earn", "spend", "hold"):
            await getattr(there, deed)(connection, f"{deed}A", "A", "9")
        await there.capture(connection, "holdA")
        await there.take_back(connection, "backA", "eA", "5")
        await there.close(connection, "closeA", "A")
        for deed in ("earn", "spend", "hold"):
            await there.do(deed, f"{deed}B", "B", "9")
        for words in (["capture", "holdB"], ["return_", "r", "spendB"], ["take_back", "backB", "eB", "5"]):
            await there.do(*words)
        await there.do("transfer", "x", "B", "C", "3")
        await there.do("close", "closeB", "B")
    assert await there.audit() == []


async def test_runs_of_one_day_at_once_end_each_lot_once(scribe: Scribe) -> None:
    await scribe.do("earn_many", *(f"e{n}:L{n % 5}:3" for n in range(20)))
    scribe.now = scribe.now.replace(year=2030)
    runs = await together(scribe, *[["expire", "2029-12-01"]] * 3, ["release", "none"])
    assert sum(each.lots for each in runs[:3]) == 20
    assert await scribe.render_balance("L1") == "L1 0"
    assert await scribe.audit() == []
