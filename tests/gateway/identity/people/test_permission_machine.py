"""Does a permission go only from asked to active or refused, from active to its end, and never back?"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from gateway.database import open_database, write
from gateway.identity.budget import DAY, Budget
from gateway.identity.people.forgetting import close_over
from gateway.identity.people.help_rule import HelpRule
from gateway.identity.session import SessionRule
from graphql_schema.client import Caller, Channel
from graphql_schema.door import Admitted, Turned
from graphql_schema.problems import NotFound
from graphql_schema.types.own_line import HelpState

from .conftest import House, Town, Watch, build_house

T = TypeVar("T")
YEARS = timedelta(days=3650)
UNBOUNDED = HelpRule(
    asks_of_owner_most=10**6, grants=Budget("help_grants", 10**6, DAY), asks=Budget("help_asks", 10**6, DAY)
)
helpers = st.sampled_from(["H1", "H2"])


@dataclass
class Believed:
    """What the model holds of one permission."""

    helper: str
    state: HelpState
    until: datetime
    days: int


@dataclass
class Ground:
    """One event loop and one database for all examples; each has lines of its own in it."""

    loop: asyncio.AbstractEventLoop
    house: House
    examples: "count[int]" = field(default_factory=count)

    def run(self, deed: Coroutine[Any, Any, T]) -> T:
        async def settled() -> T:
            try:
                return await deed
            finally:
                await self.house.settle()

        return self.loop.run_until_complete(settled())


class PermissionMachine(RuleBasedStateMachine):
    """One owner, two people who may help, and time."""

    def __init__(self, ground: Ground) -> None:
        super().__init__()
        self.ground, self.house, example = ground, ground.house, next(ground.examples)
        self.ids = {role: f"{role}-{example}" for role in ("O", "H1", "H2")}
        for index, line_id in enumerate(self.ids.values()):
            self.house.town.move_in(f"1380{index}{example:06}", line_id, f"C-{line_id}")
        self.believed: dict[str, Believed] = {}
        self.sessions: list[tuple[str, str]] = []  # token, permission

    @property
    def now(self) -> datetime:
        return self.house.watch()

    def number(self, role: str) -> str:
        return self.house.town.lines[self.ids[role]].number

    def standing(self, state: HelpState, helper: str | None = None) -> list[str]:
        fits = (p for p in self.believed.items() if p[1].state is state and p[1].until > self.now)
        return [name for name, permission in fits if helper in {None, permission.helper}]

    @rule(helper=helpers, days=st.integers(1, 3))
    def grant(self, helper: str, days: int) -> None:
        made = self.ground.run(
            self.house.helping.grant(self.house.deed(self.ids["O"]), self.number(helper), ["line"], days)
        )
        self.end_former(helper)
        self.believed[made.id] = Believed(helper, HelpState.ACTIVE, self.now + timedelta(days=days), days)

    @rule(helper=helpers, days=st.integers(1, 3))
    def ask(self, helper: str, days: int) -> None:
        self.ground.run(self.house.helping.ask(self.house.deed(self.ids[helper]), self.number("O"), ["line"], days))
        if not self.standing(HelpState.ASKED, helper):
            (new,) = [made for made in self.see() if made.id not in self.believed]
            assert new.state is HelpState.ASKED
            self.believed[new.id] = Believed(helper, HelpState.ASKED, self.now + timedelta(days=1), days)

    @rule(accept=st.booleans(), data=st.data())
    def answer(self, accept: bool, data: st.DataObject) -> None:
        named = data.draw(st.sampled_from([None, *self.believed]))
        asked = self.standing(HelpState.ASKED)
        meant = asked if named is None else [name for name in asked if name == named]
        deed = self.house.deed(self.ids["O"])
        try:
            said = self.ground.run(self.house.helping.answer(deed, named, accept=accept))
        except NotFound:
            assert len(meant) != 1
            return
        assert meant == [said.id]
        permission = self.believed[said.id]
        if not accept:
            permission.state = HelpState.REFUSED
            return
        self.end_former(permission.helper)
        self.believed[said.id] = replace(
            permission, state=HelpState.ACTIVE, until=self.now + timedelta(days=permission.days)
        )

    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        named = data.draw(st.sampled_from(["nobody's", *self.believed]))
        who = data.draw(st.sampled_from(["O", "H1", "H2"]))
        permission = self.believed.get(named)
        living = permission is not None and named in self.standing(permission.state)
        living = living and permission.state in {HelpState.ASKED, HelpState.ACTIVE}  # type: ignore[union-attr]
        theirs = permission is not None and who in {"O", permission.helper}
        try:
            self.ground.run(self.house.helping.end(self.house.deed(self.ids[who]), named))
        except NotFound:
            assert not (living and theirs)
            return
        assert living
        assert theirs
        self.believed[named].state = HelpState.ENDED

    @rule(helper=helpers)
    def switch(self, helper: str) -> None:
        admitted = self.ground.run(self.house.sign_in(self.ids[helper]))
        opened = self.ground.run(self.house.line_switch.switch(admitted.token or "", self.ids["O"], Channel.WEB))
        active = self.standing(HelpState.ACTIVE, helper)
        assert isinstance(opened, Admitted if active else Turned)
        if isinstance(opened, Admitted):
            self.sessions.append((opened.token or "", active[0]))

    @rule(hours=st.sampled_from([1, 11, 23, 25]))
    def pass_time(self, hours: int) -> None:
        self.house.watch.advance(hours=hours)

    @rule()
    def close_over(self) -> None:
        async def close() -> None:
            async with write(self.house.engine) as connection:
                await close_over(connection, self.now)

        self.ground.run(close())

    @invariant()
    def the_owner_sees_what_stands_and_nothing_else(self) -> None:
        stands = dict.fromkeys(self.standing(HelpState.ASKED), HelpState.ASKED)
        stands |= dict.fromkeys(self.standing(HelpState.ACTIVE), HelpState.ACTIVE)
        assert {seen.id: seen.state for seen in self.see()} == stands

    @invariant()
    def a_session_lives_exactly_as_long_as_its_permission(self) -> None:
        active = self.standing(HelpState.ACTIVE)
        for token, permission in self.sessions:
            assert self.ground.run(self.house.knows(token)) == (permission in active)

    def see(self) -> list[Any]:
        return list(self.ground.run(self.house.helping.fetch_helpers(Caller(Channel.WEB, self.ids["O"]))))

    def end_former(self, helper: str) -> None:
        for name in self.standing(HelpState.ACTIVE, helper):
            self.believed[name].state = HelpState.ENDED


def test_a_permission_goes_one_way(database_url: str) -> None:
    """On both databases; as many examples as fit into some seconds."""
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        engine = open_database(database_url)
        house = build_house(
            engine, Town(), Watch(), help_rule=UNBOUNDED, session_rule=SessionRule(idle=YEARS, longest=YEARS)
        )
        ground = Ground(loop, house)
        slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
        chosen = settings(max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=slow)
        try:
            run_state_machine_as_test(lambda: PermissionMachine(ground), settings=chosen)
        finally:
            loop.run_until_complete(engine.dispose())
