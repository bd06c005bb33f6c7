"""Do tries, locks, codes and pauses hold in any order of deeds and at any hour? A model in memory is the judge."""

import asyncio
import functools
from collections.abc import Coroutine, Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import open_database, write
from gateway.identity.budget import DAY, Budget, Budgets
from gateway.identity.password import PasswordHashes
from gateway.identity.tables import metadata
from graphql_schema.client import Channel
from graphql_schema.door import Admitted, CodeSent, PasswordEvidence, Turned
from loyalty.every_table import metadata as loyalty

from .conftest import CHEAP, PASSWORD, SECRET, Customer, KnownLines, Phone, Watch, hire_for

T = TypeVar("T")
SHANGHAI = ZoneInfo("Asia/Shanghai")
ENDLESS = Budgets(
    pardons=Budget("n", 10**6, DAY),
    source_guesses_minute=Budget("m", 10**6, DAY),
    source_guesses_day=Budget("d", 10**6, DAY),
    source_codes_minute=Budget("cm", 10**6, DAY),
    source_codes_day=Budget("cd", 10**6, DAY),
    narrow_codes_minute=Budget("pm", 10**6, DAY),
    narrow_codes_hour=Budget("ph", 10**6, DAY),
    house_codes_minute=Budget("h", 10**6, DAY),
)
NUMBERS = (f"138{number:08}" for number in count(20_000_000))
MOMENTS = st.sampled_from([timedelta(seconds=s) for s in (0.1, 1, 59, 60, 61, 240, 299, 300, 3600, 4 * 3600, 86_400)])


class World:
    """One database and one loop for all the examples; each example has a number of its own."""

    def __init__(self, path: Path) -> None:
        self.runner = asyncio.Runner()
        self.engine: AsyncEngine = open_database(f"sqlite:///{path}")
        self.run(self._prepare())

    def run(self, deed: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(deed)

    def close(self) -> None:
        self.run(self.engine.dispose())
        self.runner.close()

    async def _prepare(self) -> None:
        async with write(self.engine) as connection:
            await connection.run_sync(metadata.create_all)
            await connection.run_sync(loyalty.create_all)  # by whose bills earned its points tells a line's holder


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "x.db")
    yield world
    world.close()


class Door(RuleBasedStateMachine):
    """A doorkeeper, a customer's number, and a clock."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world, self.watch, self.phone, self.number = world, Watch(), Phone(), next(NUMBERS)
        self.keeper = hire_for(
            world.engine,
            lines=KnownLines(**{f"n{self.number}": "L1"}),
            phone=self.phone,
            now=self.watch,
            budgets=ENDLESS,
            hashes=PasswordHashes(secret=SECRET, hasher=CHEAP),
        )

    @rule(time=MOMENTS)
    def time_goes_by(self, time: timedelta) -> None:
        self.watch.moment += time

    @property
    def day(self) -> object:
        return self.watch().astimezone(SHANGHAI).date()

    def teardown(self) -> None:
        self.world.run(self.keeper.finish())


class PasswordDoor(Door):
    """Model: tries of the day, three at most; a right one gives them back."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.tries: dict[object, int] = {}

    @initialize()
    def choose(self) -> None:
        assert self.world.run(self.keeper.set_password(self.number, PASSWORD, line_id="L1")) is None

    @rule(right=st.booleans(), channel=st.sampled_from(Channel))
    def enter(self, right: bool, channel: Channel) -> None:
        evidence = PasswordEvidence(self.number, PASSWORD if right else "999111", "s")
        verdict = self.world.run(self.keeper.admit(evidence, channel))
        used = self.tries.get(self.day, 0)
        if used >= 3:
            assert isinstance(verdict, Turned)
            assert verdict.code == "locked"
            assert verdict.parameters["until"].astimezone(SHANGHAI).date() == self.day + timedelta(days=1)
        elif right:
            assert isinstance(verdict, Admitted)
            self.tries[self.day] = 0
        else:
            self.tries[self.day] = used + 1
            left = 2 - used
            assert verdict.code == ("wrong_credentials" if left else "locked")  # type: ignore[union-attr]


class CodeDoor(Door):
    """Model: the live code with its tries and end, when it was sent, and how many were sent on the day."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.live: str | None = None
        self.old: str | None = None
        self.sent_at: datetime | None = None
        self.tries_left = 0
        self.sent: dict[object, int] = {}
        self.customer = Customer(self.keeper, self.phone, "s")

    @rule()
    def ask(self) -> None:
        answer = self.world.run(self.customer.ask(self.number))
        soon = self.sent_at is not None and self.watch() < self.sent_at + timedelta(seconds=60)
        if soon or self.sent.get(self.day, 0) >= 5:
            assert isinstance(answer, Turned)
            assert answer.code == "too_many_codes"
            assert answer.parameters["retry_at"] > self.watch()
            return
        assert isinstance(answer, CodeSent)
        self.old, self.live = self.live or self.old, self.phone.last_code(self.number)
        self.sent_at, self.tries_left = self.watch(), 5
        self.sent[self.day] = self.sent.get(self.day, 0) + 1
        assert len(self.phone.codes) == sum(self.sent.values())

    @precondition(lambda self: self.sent_at is not None)
    @rule()
    def enter_the_last_one(self) -> None:
        verdict = self._enter(self.phone.last_code(self.number))
        if self._lives():
            assert isinstance(verdict, Admitted)
            self.old, self.live = self.live, None
        else:
            assert verdict == Turned("code_expired")

    @rule()
    def enter_a_wrong_one(self) -> None:
        self._expect_wrong(f"{(int(self.live or '0') + 1) % 10**6:06}")

    @precondition(lambda self: self.old is not None and self.old != self.live)
    @rule()
    def enter_an_old_one(self) -> None:
        self._expect_wrong(self.old or "")

    def _expect_wrong(self, digits: str) -> None:
        lived = self._lives()
        verdict = self._enter(digits)
        if lived:
            self.tries_left -= 1
            assert verdict == Turned("wrong_credentials", {"tries_left": self.tries_left})
        else:
            assert verdict == Turned("code_expired")

    def _lives(self) -> bool:
        in_time = self.sent_at is not None and self.watch() < self.sent_at + timedelta(minutes=5)
        return self.live is not None and in_time and self.tries_left > 0

    def _enter(self, digits: str) -> Admitted | Turned:
        return self.world.run(self.customer.enter(digits, self.number))


@pytest.mark.parametrize("door", [PasswordDoor, CodeDoor])
def test_the_door_agrees_with_its_model(world: World, door: type[Door]) -> None:
    run_state_machine_as_test(
        functools.partial(door, world), settings=settings(max_examples=25, stateful_step_count=25, deadline=None)
    )
