"""Is a voucher guessed at five times a day and no more, and can nobody use up the owner's tries?"""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import write
from gateway.identity.tables import metadata
from gateway.money_budgets import MoneyBudgets
from graphql_schema.client import Caller, Channel
from graphql_schema.problems import Locked, TooMany
from ordering.money.needs import CardTry

pytestmark = pytest.mark.anyio
OWNER = Caller(Channel.APP, "L1", "13800138001", 1)


class Doors:
    """The budgets at a moment that moves on at will."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.moment, self.engine = datetime(2026, 11, 22, 4, tzinfo=UTC), engine
        self.budgets = MoneyBudgets(engine, now=lambda: self.moment)

    async def guess(self, caller: Caller, *, times: int = 1) -> list[int]:
        return [(await self.spend(caller)).left for _ in range(times)]

    async def spend(self, caller: Caller, line_id: str = "L1") -> CardTry:
        async with write(self.engine) as connection:
            return await self.budgets.spend(connection, caller, line_id)

    async def give_back(self, tried: CardTry, *, tried_at: datetime) -> None:
        async with write(self.engine) as connection:
            await self.budgets.give_back(connection, tried.whose, tried_at=tried_at)


@pytest.fixture
async def doors(engine: AsyncEngine) -> Doors:
    async with write(engine) as connection:
        await connection.run_sync(metadata.create_all)
    return Doors(engine)


async def test_the_fifth_wrong_card_of_a_day_is_the_last(doors: Doors) -> None:
    assert await doors.guess(OWNER, times=5) == [4, 3, 2, 1, 0]
    with pytest.raises(Locked) as locked:
        await doors.guess(OWNER)
    assert locked.value.parameters["until"] == datetime(2026, 11, 22, 16, tzinfo=UTC), "midnight in China"
    doors.moment += timedelta(days=1)
    assert await doors.guess(OWNER) == [4]


async def test_a_hundred_tries_at_once_are_five(doors: Doors) -> None:
    outcomes = await asyncio.gather(*(doors.spend(OWNER) for _ in range(100)), return_exceptions=True)
    assert sorted(each.left for each in outcomes if isinstance(each, CardTry)) == [0, 1, 2, 3, 4]
    assert sum(isinstance(each, Locked) for each in outcomes) == 95


async def test_visitors_lock_themselves_out_and_never_the_owner(doors: Doors) -> None:
    for source in ("203.0.113.7", "203.0.113.8"):
        visitor = Caller(Channel.WEB, source=source)
        with pytest.raises(Locked):
            await doors.guess(visitor, times=6)
    assert await doors.guess(OWNER) == [4]


async def test_one_address_does_not_go_through_the_lines_of_a_town(doors: Doors) -> None:
    visitor = Caller(Channel.WEB, source="203.0.113.7")
    for line in range(20):
        await doors.spend(visitor, f"L{line}")
    with pytest.raises(Locked):
        await doors.spend(visitor, "L99")


async def test_a_right_card_costs_no_try(doors: Doors) -> None:
    for caller in (OWNER, Caller(Channel.WEB, source="203.0.113.7")):
        for _ in range(25):
            tried = await doors.spend(caller)
            assert tried.left == 4
            await doors.give_back(tried, tried_at=doors.moment)


async def test_a_card_that_turns_out_right_on_the_next_day_gives_that_day_nothing(doors: Doors) -> None:
    first, tried_at = await doors.spend(OWNER), doors.moment
    doors.moment += timedelta(days=1)
    assert await doors.guess(OWNER, times=2) == [4, 3]
    await doors.give_back(first, tried_at=tried_at)
    assert await doors.guess(OWNER) == [2]


async def test_what_is_undone_was_no_try(doors: Doors) -> None:
    async def break_off() -> None:
        async with write(doors.engine) as connection:
            await doors.budgets.spend(connection, OWNER, "L1")
            raise TimeoutError

    with pytest.raises(TimeoutError):
        await break_off()
    assert await doors.guess(OWNER) == [4]


async def test_numbers_are_named_thirty_times_an_hour(doors: Doors) -> None:
    visitor = Caller(Channel.APP, source="2001:db8::1")
    for _ in range(30):
        await doors.budgets.look_up(visitor)
    with pytest.raises(TooMany):
        await doors.budgets.look_up(Caller(Channel.WEB, source="2001:db8::2"))  # the same household
    await doors.budgets.look_up(OWNER)
