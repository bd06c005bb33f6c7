"""Does a statement add up, does everybody see what ends, and does the audit see what is wrong?"""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import text

from graphql_schema.types.month import BUSINESS_ZONE, Month
from loyalty.points.answers import Kind
from loyalty.points.audit import Difference
from loyalty.points.expiring import Ending, fetch_all_ending, fetch_ending
from loyalty.points.statement import Statement, fetch_statement
from tests.loyalty.points.scribe import Scribe

pytestmark = pytest.mark.anyio


async def state(scribe: Scribe, line: str, month: tuple[int, int], limit: int = 500) -> Statement:
    async with scribe.reading() as connection:
        return await fetch_statement(connection, line, Month(*month), limit=limit)


def shanghai(*when: int) -> datetime:
    return datetime(*when, tzinfo=BUSINESS_ZONE)  # type: ignore[arg-type,misc]


async def test_each_month_opens_where_the_one_before_closed(scribe: Scribe) -> None:
    scribe.now = shanghai(2026, 11, 30, 23, 59, 59, 999_999)
    await scribe.do("earn", "e1", "A", "100")
    scribe.now += timedelta(microseconds=1)
    await scribe.do("spend", "s1", "A", "30")
    await scribe.do("take_back", "t1", "e1", "20")
    await scribe.do("transfer", "x1", "A", "B", "5")
    scribe.now = shanghai(2027, 2, 1)
    await scribe.do("return_", "r1", "s1")
    told = [await state(scribe, "A", month) for month in ((2026, 10), (2026, 11), (2026, 12), (2027, 1), (2027, 2))]
    assert [(each.opening, [entry.points for entry in each.entries], each.closing) for each in told] == [
        (0, [], 0),
        (0, [100], 100),
        (100, [-20, -30, -5], 45),
        (45, [], 45),
        (45, [30], 75),
    ]
    assert [entry.kind for entry in told[2].entries] == [Kind.REPAID, Kind.SPENT, Kind.TRANSFERRED]
    assert told[2].entries[0].at == shanghai(2026, 12, 1)
    assert await state(scribe, "nobody", (2026, 12)) == Statement(Month(2026, 12), 0, [], 0, 0)
    few = await state(scribe, "A", (2026, 12), limit=1)
    assert few.opening + sum(entry.points for entry in few.entries) + few.unlisted == few.closing == 45
    assert len(few.entries) == 1


async def test_the_next_holder_of_a_line_sees_nothing_of_the_former(scribe: Scribe) -> None:
    await scribe.do("earn", "e1", "A", "100")
    await scribe.do("close", "c1", "A")
    await scribe.do("earn", "e2", "A", "7")
    told = await state(scribe, "A", (2026, 11))
    assert [entry.id for entry in told.entries] == ["e2"]
    assert (told.opening, told.closing) == (0, 7)


async def test_what_a_closed_line_owes_is_written_off(scribe: Scribe) -> None:
    for words in (
        ["earn", "e1", "A", "10"],
        ["spend", "s1", "A", "10"],
        ["take_back", "t1", "e1"],
        ["close", "c1", "A"],
    ):
        await scribe.do(*words)
    rows = await scribe.fetch_rows()
    assert [(row.balance, row.owed) for row in rows["points_account"]] == [(0, 0)]
    written_off = [row for row in rows["points_posting"] if row.from_account == "house:written_off"]
    assert [(row.to_account, row.points) for row in written_off] == [("debt:line:A", 10)]


async def test_what_ends_is_known_before(scribe: Scribe) -> None:
    for month, line, points in ((9, "A", 5), (10, "A", 7), (10, "B", 3), (10, "C", 2)):
        scribe.now = shanghai(2026, month, 15)
        await scribe.do("earn", f"e{month}{line}", line, str(points))
    await scribe.do("hold", "h1", "A", "6")
    await scribe.do("spend", "s1", "C", "2")
    async with scribe.reading() as connection:
        mine = await fetch_ending(connection, "A", day=date(2029, 9, 1), until=date(2029, 10, 31))
        soon = await fetch_ending(connection, "A", day=date(2029, 9, 1), until=date(2029, 10, 30))
        all_of_it = await fetch_all_ending(connection, on=date(2029, 10, 31))
        rest = await fetch_all_ending(connection, on=date(2029, 10, 31), after="A", limit=1)
    assert mine == [Ending("A", date(2029, 10, 31), 6)]
    assert soon == []
    assert all_of_it == [Ending("A", date(2029, 10, 31), 6), Ending("B", date(2029, 10, 31), 3)]
    assert rest == [Ending("B", date(2029, 10, 31), 3)]


async def test_a_run_that_is_killed_goes_on_where_it_was(here: Scribe) -> None:
    for number in range(5):
        await here.do("earn", f"e{number}", f"L{number}", "10")
    here.now = shanghai(2029, 12, 1)
    begun = 0

    def dies_in_its_third() -> object:
        nonlocal begun
        begun += 1
        if begun == 3:
            raise KeyboardInterrupt
        return type(here).transaction(here)

    here.transaction = dies_in_its_third  # type: ignore[method-assign,assignment]
    with pytest.raises(KeyboardInterrupt):
        await here.do("expire", "2029-12-01")
    del here.transaction
    assert [await here.render_balance(f"L{number}") for number in range(5)] == [
        *(f"L{number} 0" for number in range(4)),
        "L4 10 free 0",
    ]
    done = await here.do("expire", "2029-12-01")
    assert (done.lots, done.points) == (1, 10)
    assert (await here.do("expire", "2029-12-01")).lots == 0
    assert await here.audit() == []


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE points_account SET balance = 11 WHERE line_id = 'A'", {("line:A", "balance"), ("line:A", "lots")}),
        ("UPDATE points_account SET held = 5 WHERE line_id = 'A'", {("line:A", "held"), ("line:A", "lots_held")}),
        ("UPDATE points_account SET owed = 3 WHERE line_id = 'B'", {("line:B", "owed")}),
        ("UPDATE points_lot SET remaining = 1 WHERE account = 'line:A'", {("line:A", "lots")}),
        ("UPDATE points_lot SET remaining = 2, held = 8 WHERE account = 'line:A'", {("line:A", "lots_held")}),
        ("UPDATE points_hold SET state = 'released'", {("line:A", "held")}),
        (
            "INSERT INTO points_posting VALUES ('x', 'line:Q', 'debt:line:R', 9, 'repaid', 'x', 0, '2026-11-22')",
            {("line:Q", "unknown"), ("debt:line:R", "unknown")},
        ),
        (
            "INSERT INTO points_posting VALUES ('x', 'house:spent', 'house:spend', 9, 'spent', 'x', 0, '2026-11-22')",
            {("house:spend", "unknown")},
        ),
    ],
)
async def test_the_audit_names_every_account_that_differs(
    scribe: Scribe, statement: str, found: set[tuple[str, str]]
) -> None:
    for words in (
        ["earn", "e1", "A", "10"],
        ["hold", "h1", "A", "4"],
        ["earn", "e2", "B", "5"],
        ["spend", "s1", "B", "5"],
    ):
        await scribe.do(*words)
    await scribe.do("take_back", "t1", "e2", "2")
    assert await scribe.audit() == []
    async with scribe.transaction() as connection:
        await connection.execute(text(statement))
    differences = await scribe.audit()
    assert {(each.account, each.what) for each in differences} == found
    assert all(isinstance(each, Difference) and each.kept != each.summed for each in differences)
