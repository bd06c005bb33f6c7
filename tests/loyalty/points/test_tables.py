"""Does the ledger do what its text tables say, and nothing when it is told again?"""

from datetime import datetime

import pytest

from graphql_schema.types.month import BUSINESS_ZONE
from tests.loyalty.points.conftest import empty
from tests.loyalty.points.scribe import START, Scribe, render_answer

pytestmark = pytest.mark.anyio

TABLES = {
    "a bill earns and a redemption spends": """
        earn e1 A 100            -> 100                    | A 100
        spend s1 A 40            -> 40                     | A 60
        spend s2 A 61            -> refused not_enough 60  | A 60
        spend s3 A 60            -> 60                     | A 0
        spend s4 A 1             -> refused not_enough 0   | A 0
        spend s5 B 1             -> refused not_enough 0   | B 0
        donate d1 A 1            -> refused not_enough 0   | A 0
        earn e2 A 7              -> 7                      | A 7
        donate d2 A 7            -> 7                      | A 0
    """,
    "what ends first is spent first, and returned where it was": """
        at 2026-09-30 12:00
        earn e2 A 10             -> 10                     | A 10
        at 2026-10-01 00:00
        earn e1 A 10             -> 10                     | A 20
        spend s1 A 15            -> 15                     | A 5
        return r1 s1             -> 15                     | A 20
        return r2 s1             -> refused already_returned | A 20
        return r3 e1             -> refused not_found      | A 20
        return r3 nothing        -> refused not_found      | A 20
        at 2029-10-01 00:00
        expire 2029-10-01        -> 10 of 1                | A 10
        at 2029-11-01 00:00
        expire 2029-11-01        -> 10 of 1                | A 0
    """,
    "a day ends with its last microsecond": """
        earn e1 A 10             -> 10                     | A 10
        at 2029-11-30 23:59:59.999999
        spend s1 A 4             -> 4                      | A 6
        expire 2029-11-30        -> 0 of 0                 | A 6
        at 2029-12-01 00:00
        spend s2 A 1             -> refused not_enough 0   | A 6 free 0
        hold h1 A 1              -> refused not_enough 0   | A 6 free 0
        transfer x1 A B 1        -> refused not_enough 0   | A 6 free 0, B 0
        expire 2029-12-01        -> 6 of 1                 | A 0
        return r1 s1             -> 4                      | A 4 free 0
        at 2029-12-02 00:00
        expire 2029-12-02        -> 4 of 1                 | A 0
    """,
    "held points do not end before they are released": """
        earn e1 A 10             -> 10                     | A 10
        hold h1 A 4              -> held 4                 | A 10 held 4
        hold h2 A 3              -> held 3                 | A 10 held 7
        hold h3 A 4              -> refused not_enough 3   | A 10 held 7
        at 2029-12-01 00:00
        expire 2029-12-01        -> 3 of 1                 | A 7 held 7
        release h1               -> held 4                 | A 7 held 3 free 0
        expire 2029-12-01        -> 0 of 0                 | A 7 held 3 free 0
        at 2029-12-02 00:00
        expire 2029-12-02        -> 4 of 1                 | A 3 held 3
        capture h2               -> 3                      | A 0
    """,
    "a hold ends one way": """
        earn e1 A 10             -> 10                     | A 10
        hold h1 A 4              -> held 4                 | A 10 held 4
        release h1               -> held 4                 | A 10
        capture h1               -> refused already_released | A 10
        hold h2 A 10             -> held 10                | A 10 held 10
        capture h2               -> 10                     | A 0
        release h2               -> refused already_captured | A 0
        return r1 h2             -> 10                     | A 10
        capture h9               -> refused not_found      | A 10
        release h9               -> refused not_found      | A 10
        return r9 h1             -> refused not_found      | A 10
    """,
    "what is taken back comes out of its own lot, then of what ends first, and the rest is owed": """
        at 2026-10-15 12:00
        earn e1 A 10             -> 10                     | A 10
        at 2026-11-15 12:00
        earn e2 A 20             -> 20                     | A 30
        take_back t1 e2          -> 20 owed 0              | A 10
        spend s1 A 10            -> 10                     | A 0
        take_back t2 e1 4        -> 4 owed 4               | A 0 owed 4
        take_back t3 e1          -> 6 owed 6               | A 0 owed 10
        take_back t4 e1 1        -> refused more_than_earned 0 | A 0 owed 10
        take_back t5 e1          -> refused more_than_earned 0 | A 0 owed 10
        take_back t6 s1          -> refused not_found      | A 0 owed 10
        earn e3 A 7              -> 7                      | A 0 owed 3
        earn_many e4:A:1 e5:B:5  -> 1 5                    | A 0 owed 2, B 5
        transfer x1 B A 1        -> 1                      | A 0 owed 1, B 4
        return r1 s1             -> 10                     | A 9
        take_back t7 e2 0        -> refused more_than_earned 0 | A 9
    """,
    "what one bill brought pays for it first": """
        at 2026-10-15 12:00
        earn e1 A 10             -> 10                     | A 10
        at 2026-11-15 12:00
        earn e2 A 20             -> 20                     | A 30
        take_back t1 e2 15       -> 15 owed 0              | A 15
        take_back t2 e2          -> 5 owed 0               | A 10
        at 2029-11-01 00:00
        expire 2029-11-01        -> 10 of 1                | A 0
    """,
    "a batch pays a debt as a whole": """
        earn e1 A 10             -> 10                     | A 10
        spend s1 A 10            -> 10                     | A 0
        take_back t1 e1          -> 10 owed 10             | A 0 owed 10
        earn_many e2:A:4 e3:A:5 e4:A:6 -> 4 5 6            | A 5
        spend s2 A 5             -> 5                      | A 0
    """,
    "what is held is not taken back, but pays once it is free": """
        earn e1 A 10             -> 10                     | A 10
        hold h1 A 8              -> held 8                 | A 10 held 8
        take_back t1 e1          -> 10 owed 8              | A 8 held 8 owed 8
        release h1               -> held 8                 | A 0
    """,
    "points that are over pay nothing": """
        earn e1 A 10             -> 10                     | A 10
        at 2029-12-01 00:00
        earn e2 A 5              -> 5                      | A 15 free 5
        take_back t1 e1          -> 10 owed 5              | A 10 free 0 owed 5
        expire 2029-12-01        -> 10 of 1                | A 0 owed 5
    """,
    "lots keep their day when they pass to another line": """
        at 2026-10-15 12:00
        earn e1 A 10             -> 10                     | A 10
        at 2026-11-15 12:00
        earn e2 A 10             -> 10                     | A 20
        transfer x1 A B 15       -> 15                     | A 5, B 15
        transfer x2 A A 1        -> refused same_line      | A 5
        transfer x3 A C 1 stranger -> refused other_customer | A 5, C 0
        transfer x4 A B 6        -> refused not_enough 5   | A 5, B 15
        transfer x5 Z B 6        -> refused not_enough 0   | B 15
        at 2029-11-01 00:00
        expire 2029-11-01        -> 10 of 1                | A 5, B 5
        at 2029-12-01 00:00
        expire 2029-12-01        -> 10 of 2                | A 0, B 0
    """,
    "a closed line's points end, and its next holder begins with nothing": """
        earn e1 A 10             -> 10                     | A 10
        spend s1 A 2             -> 2                      | A 8
        hold h1 A 3              -> held 3                 | A 8 held 3
        hold h2 A 1              -> held 1                 | A 8 held 4
        close c1 A               -> 4                      | A 0
        earn e2 A 5              -> 5                      | A 5
        release h1               -> held 3                 | A 5
        capture h2               -> 1                      | A 5
        return r1 s1             -> 2                      | A 5
        take_back t1 e1          -> refused closed         | A 5
        close c2 A               -> 5                      | A 0
        close c3 A               -> 0                      | A 0
        close c4 N               -> 0                      | N 0
    """,
    "what a closed line owes is written off": """
        earn e1 A 10             -> 10                     | A 10
        spend s1 A 10            -> 10                     | A 0
        take_back t1 e1          -> 10 owed 10             | A 0 owed 10
        close c1 A               -> 0                      | A 0
        earn e2 A 3              -> 3                      | A 3
        transfer x1 A B 3        -> 3                      | A 0, B 3
    """,
    "a monthly run is as many bills as it has": """
        earn e1 A 1              -> 1                      | A 1
        earn_many e1:A:1 e2:A:2 e3:B:3 e4:A:4 -> 1 2 3 4   | A 7, B 3
        spend s1 A 7             -> 7                      | A 0
    """,
}


async def play(scribe: Scribe, table: str) -> None:
    """Each line is done, done again, and compared with what it says; at the end all of them are told once more."""
    told: list[tuple[datetime, list[str], str]] = []
    for line in filter(None, map(str.strip, table.splitlines())):
        wish, _, expected = line.partition("->")
        words = wish.split()
        if words[0] == "at":
            scribe.now = datetime.fromisoformat(" ".join(words[1:])).replace(tzinfo=BUSINESS_ZONE)
            continue
        answer, _, balances = (each.strip() for each in expected.partition("|"))
        words[0] = "return_" if words[0] == "return" else words[0]
        assert render_answer(await scribe.do(*words)) == answer, line
        rows = await scribe.fetch_rows()
        if words[0] != "expire":
            assert render_answer(await scribe.do(*words)) == answer, f"again: {line}"
            assert await scribe.fetch_rows() == rows, f"again: {line}"
        for balance in balances.split(", "):
            assert await scribe.render_balance(balance.split()[0]) == balance, line
        if not answer.startswith("refused") and words[0] != "expire":
            told.append((scribe.now, words, answer))
        assert await scribe.audit() == [], line
    await tell_again(scribe, told)


async def tell_again(scribe: Scribe, told: list[tuple[datetime, list[str], str]]) -> None:
    """Every event is told again, long after: nothing changes."""
    rows = await scribe.fetch_rows()
    for _, words, answer in told:
        assert render_answer(await scribe.do(*words)) == answer, f"long after: {words}"
    assert await scribe.fetch_rows() == rows


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
async def test_a_table_comes_out_as_it_says(here: Scribe, table: str) -> None:
    await play(here, table)


@pytest.mark.postgres
async def test_every_table_comes_out_on_postgresql_too(there: Scribe, postgres_points_url: str) -> None:
    for table in TABLES.values():
        there.now = START
        await empty(postgres_points_url)
        await play(there, table)
