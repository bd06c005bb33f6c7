"""What does the database itself refuse, whoever asks?"""

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from loyalty.points.answers import EVENT_CHARACTERS, EventReused, Kind
from loyalty.points.earning import Earning
from loyalty.points.spending import Spending
from loyalty.points_tables import points_account, points_posting
from tests.loyalty.points.scribe import Scribe

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE points_account SET balance = -1 WHERE line_id = 'A'",
        "UPDATE points_account SET balance = 3 WHERE line_id = 'A'",
        "UPDATE points_account SET held = 11 WHERE line_id = 'A'",
        "UPDATE points_account SET held = -1 WHERE line_id = 'A'",
        "UPDATE points_account SET owed = -1 WHERE line_id = 'A'",
        "UPDATE points_lot SET remaining = 7",
        "UPDATE points_lot SET remaining = -1",
        "UPDATE points_lot SET held = 5",
        "UPDATE points_lot SET held = -1",
        "UPDATE points_lot_use SET points = 0",
        "UPDATE points_hold SET points = 0",
        "UPDATE points_hold SET state = 'lost'",
    ],
)
async def test_no_figure_leaves_its_bounds(scribe: Scribe, statement: str) -> None:
    await scribe.do("earn", "e1", "A", "10")
    await scribe.do("hold", "h1", "A", "4")
    with pytest.raises(IntegrityError):
        async with scribe.transaction() as connection:
            await connection.execute(text(statement))


@pytest.mark.parametrize(
    "wrong",
    [{"points": 0}, {"points": -5}, {"to_account": "line:A"}, {"id": "e1"}, {"kind": "returned", "reference": "s"}],
)
async def test_no_posting_that_moves_nothing_or_twice(scribe: Scribe, wrong: dict[str, object]) -> None:
    for words in (["earn", "e1", "A", "10"], ["spend", "s", "A", "1"], ["return_", "r", "s"]):
        await scribe.do(*words)
    row = {"id": "x", "from_account": "line:A", "to_account": "house:spent/0", "points": 1, "kind": "spent"}
    row |= {"reference": "x", "at_us": 0, "day": "2026-11-22"}
    with pytest.raises(IntegrityError):
        async with scribe.transaction() as connection:
            await connection.execute(insert(points_posting).values(row | wrong))


async def test_a_line_has_one_open_account(scribe: Scribe) -> None:
    await scribe.do("earn", "e1", "A", "10")
    row = {"id": "line/2:A", "line_id": "A", "balance": 0, "held": 0, "owed": 0}
    with pytest.raises(IntegrityError):
        async with scribe.transaction() as connection:
            await connection.execute(insert(points_account).values(row))


@pytest.mark.parametrize("statement", ["UPDATE points_posting SET points = 1", "DELETE FROM points_posting"])
async def test_nobody_rewrites_the_ledger(scribe: Scribe, statement: str) -> None:
    await scribe.do("earn", "e1", "A", "10")
    with pytest.raises(DBAPIError, match="append-only"):
        async with scribe.transaction() as connection:
            await connection.execute(text(statement))


@pytest.mark.parametrize(
    "words",
    [
        ["earn", "e1", "A", "11"],
        ["earn", "e1", "B", "10"],
        ["earn_many", "e1:A:11"],
        ["spend", "s1", "A", "4"],
        ["spend", "s1", "B", "3"],
        ["spend", "h1", "A", "2"],
        ["hold", "h1", "A", "1"],
        ["hold", "h1", "B", "2"],
        ["hold", "s1", "A", "3"],
        ["return_", "e1", "s1"],
        ["take_back", "s1", "e1"],
        ["take_back", "t1", "e1", "2"],
        ["transfer", "s1", "A", "B", "3"],
        ["transfer", "e1", "A", "B", "3"],
    ],
)
async def test_a_name_stands_for_one_deed(here: Scribe, words: list[str]) -> None:
    for before in (["earn", "e1", "A", "10"], ["spend", "s1", "A", "3"], ["hold", "h1", "A", "2"]):
        await here.do(*before)
    await here.do("take_back", "t1", "e1", "1")
    rows = await here.fetch_rows()
    with pytest.raises(EventReused):
        await here.do(*words)
    assert await here.fetch_rows() == rows


async def test_the_longest_names_fit_wherever_the_ledger_writes_them(scribe: Scribe) -> None:
    giver, taker = "A" * 128, "B" * 128
    earn, transfer, close = (letter * EVENT_CHARACTERS for letter in "etc")
    await scribe.do("earn", earn, giver, "100")
    await scribe.do("hold", "h" * EVENT_CHARACTERS, giver, "10")
    await scribe.do("spend", "s" * EVENT_CHARACTERS, giver, "50")
    await scribe.do("transfer", transfer, giver, taker, "20")
    await scribe.do("take_back", "b" * EVENT_CHARACTERS, earn, "60")
    await scribe.do("return_", "r" * EVENT_CHARACTERS, "s" * EVENT_CHARACTERS)
    scribe.now = scribe.now.replace(year=2030)
    assert (await scribe.do("expire", "2030-01-01")).lots == 2
    await scribe.do("close", close, giver)
    await scribe.do("release", "h" * EVENT_CHARACTERS)
    await scribe.do("earn", f"2{earn[1:]}", giver, "1")
    assert await scribe.audit() == []


def test_nothing_is_not_a_deed() -> None:
    with pytest.raises(ValueError, match="more than none"):
        Earning("e", "A", 0, Kind.BILL, "b")
    with pytest.raises(ValueError, match="not earned as spent"):
        Earning("e", "A", 1, Kind.SPENT, "b")
    with pytest.raises(ValueError, match="not spent as bill"):
        Spending("s", "A", 1, "b", Kind.BILL)
    with pytest.raises(ValueError, match="160 characters"):
        Spending("s" * 161, "A", 1, "b")
