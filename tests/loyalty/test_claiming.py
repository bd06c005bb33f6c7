"""Has one worker the turn with a row, and does who lost it write nothing?"""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import BigInteger, Column, Integer, MetaData, String, Table, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read, write
from graphql_schema.ports import BssFault
from loyalty.claiming import Turns, work_on
from loyalty.tables import to_us

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
JOB = Table(
    "job",
    MetaData(),
    Column("id", String(8), primary_key=True),
    Column("state", String(8), nullable=False),
    Column("free_at_us", BigInteger, nullable=True),
    Column("attempts", Integer, nullable=False, default=0),
    Column("turn", Integer, nullable=False, default=0),
)


class Clock:
    def __init__(self) -> None:
        self.moment = NOW

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, **time: float) -> None:
        self.moment += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def turns(engine: AsyncEngine, clock: Clock) -> Turns:
    async with write(engine) as connection:
        await connection.run_sync(JOB.metadata.create_all)
    return Turns(JOB, partial(write, engine), partial(read, engine), clock)


async def put(turns: Turns, *names: str) -> None:
    rows = [{"id": name, "state": "due", "free_at_us": to_us(turns.now())} for name in names]
    async with turns.transaction() as connection:
        await connection.execute(insert(JOB), rows)


async def find(turns: Turns, name: str) -> Row[Any]:
    async with turns.reading() as connection:
        return (await connection.execute(select(JOB).where(JOB.c.id == name))).one()


async def test_of_many_that_claim_at_once_each_has_a_row_of_its_own(turns: Turns) -> None:
    await put(turns, "a", "b", "c")
    claimed = await asyncio.gather(*(turns.claim() for _ in range(4)))
    assert sorted(row.id for row in claimed if row) == ["a", "b", "c"]
    assert await turns.claim() is None


async def test_who_lost_its_turn_writes_nothing_however_far_others_came(turns: Turns, clock: Clock) -> None:
    """The second brings the row further, so that its attempts count from nothing again: the third has as many as the
    first had."""
    await put(turns, "a")
    first = await turns.claim()
    clock.advance(seconds=31)
    second = await turns.claim()
    assert first is not None
    assert second is not None
    await turns.free(second, after=timedelta(), attempts=0)
    third = await turns.claim()
    assert third is not None
    assert third.attempts == first.attempts
    await turns.free(first, after=None, state="lost")
    assert await find(turns, "a") == third
    await turns.free(third, after=None, state="done")
    assert (await find(turns, "a")).state == "done"


async def test_a_row_that_was_passed_on_is_nobodys_from_before(turns: Turns) -> None:
    await put(turns, "a")
    row = await turns.claim()
    assert row is not None
    async with turns.transaction() as connection:
        await connection.execute(update(JOB).where(*turns.unchanged(row)).values(state="done"))
    await turns.free(row, after=timedelta())
    assert (await find(turns, "a")).free_at_us == row.free_at_us


async def test_what_comes_no_further_rests_longer_each_time_and_keeps_no_other_waiting(
    turns: Turns, clock: Clock
) -> None:
    await put(turns, "a", "b", "c", "d")
    done = list[str]()

    async def step(row: Row[Any]) -> None:
        if row.id == "a":
            raise BssFault("customer_unavailable", retryable=True)
        if row.id == "b":
            raise ValueError("what can't be read")
        if row.id == "c":
            await asyncio.Event().wait()
        done.append(row.id)
        await turns.free(row, after=None)

    hurried = replace(turns, lease=timedelta(milliseconds=50))
    assert await hurried.work(step, at_once=1) >= 4
    assert done == ["d"]
    rests = [(await find(turns, name)).free_at_us - to_us(clock()) for name in ("a", "b", "c")]
    assert rests == [2_000_000] * 3
    clock.advance(seconds=2)
    await hurried.work(step, at_once=1)
    assert (await find(turns, "a")).free_at_us - to_us(clock()) == 4_000_000


async def test_what_one_kind_brings_about_another_goes_on_with(turns: Turns) -> None:
    """A step makes work for the kind beside it, whichever stands first."""
    await put(turns, "a")
    made = list[str]()

    async def make(row: Row[Any]) -> None:
        made.append(row.id)
        await turns.free(row, after=None)
        if len(made) < 4:
            await put(turns, f"{row.id}{len(made)}")

    assert await work_on([(turns, make), (turns, make)], at_once=1) == 4


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_row_that_somebody_has_in_hand_is_passed_over(turns: Turns) -> None:
    await put(turns, "a", "b")
    async with turns.transaction() as connection:
        await connection.execute(select(JOB).where(JOB.c.id == "a").with_for_update())
        claimed = await turns.claim()
    assert claimed is not None
    assert claimed.id == "b"
