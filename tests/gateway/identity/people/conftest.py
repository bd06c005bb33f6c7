"""Who lives around the permissions of these tests? A small town of lines, their phones, and a real database."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import read, write
from gateway.identity.audit.entry import audit_record
from gateway.identity.budget import Budgets
from gateway.identity.code import OneTimeCodes
from gateway.identity.code_entry import CodeEntry
from gateway.identity.errand import Errands
from gateway.identity.line_watch import LineWatch
from gateway.identity.people.help import SqlHelpers
from gateway.identity.people.help_rule import HelpRule
from gateway.identity.people.own_lines import SqlOwnLines
from gateway.identity.people.reach import Reach
from gateway.identity.people.switch import SqlLineSwitch
from gateway.identity.people.tiding import Tidings
from gateway.identity.session import SessionRule, Sessions
from gateway.identity.sim_card import SimCardCheck
from graphql_schema.assurance import Factor
from graphql_schema.client import Caller, Channel
from graphql_schema.door import Admitted, CodeWish, Purpose
from graphql_schema.identity_ports import Deed
from graphql_schema.ports import BssFault
from graphql_schema.types.line import FamilyRole, Line, LineKind, LineState, Payer, mask_number
from graphql_schema.types.package import Package

PARENT, CHILD, FRIEND, NOBODY = "13800138001", "13800138002", "13800138003", "13900139009"
BROADBAND = "kd0288001"
SECRET = b"a secret of these tests, 32 bytes"


class Watch:
    """A clock that stands still until it is moved. It starts at noon in Shanghai."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 22, 4, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, **time: float) -> None:
        self.moment += timedelta(**time)


@dataclass
class Town:
    """Every line of a small operator; it can be down, and give a number to somebody else."""

    lines: dict[str, Line] = field(default_factory=dict)
    sims: dict[str, datetime] = field(default_factory=dict)
    down: bool = False
    sims_down: bool = False
    asked: list[str] = field(default_factory=list)

    def move_in(self, number: str, line_id: str, customer_id: str, **changes: Any) -> Line:
        facts: dict[str, Any] = {
            "id": line_id,
            "number": number,
            "masked_number": mask_number(number),
            "kind": LineKind.MOBILE,
            "state": LineState.ACTIVE,
            "family_role": FamilyRole.NONE,
            "payer": Payer.SELF,
            "account_id": f"A-{customer_id}",
            "customer_id": customer_id,
            "as_of": datetime(2026, 11, 22, tzinfo=UTC),
            "stale": False,
        }
        self.lines[line_id] = Line(**(facts | changes))
        return self.lines[line_id]

    def change(self, line_id: str, **changes: Any) -> None:
        self.lines[line_id] = replace(self.lines[line_id], **changes)

    def recycle(self, number: str, heir_id: str, customer_id: str) -> Line:
        """The line of this number ends, and a new one of somebody else has the number."""
        former = next(line for line in self.lines.values() if line.number == number and _lives(line))
        self.change(former.id, state=LineState.CLOSED)
        return self.move_in(number, heir_id, customer_id)

    async def find_line(self, number: str) -> Line | None:
        self._answer(number)
        return next((line for line in self.lines.values() if line.number == number and _lives(line)), None)

    async def fetch_line(self, line_id: str) -> Line | None:
        self._answer(line_id)
        return self.lines.get(line_id)

    async def fetch_lines_of_customer(self, customer_id: str) -> list[Line]:
        self._answer(customer_id)
        return [line for line in self.lines.values() if line.customer_id == customer_id and _lives(line)]

    async def fetch_lines_of_account(self, account_id: str) -> list[Line]:
        return [line for line in self.lines.values() if line.account_id == account_id and _lives(line)]

    async def fetch_packages(self, line_id: str) -> list[Package]:
        return []

    async def fetch_changed_at(self, line_id: str) -> datetime | None:
        if self.sims_down:
            raise BssFault("line_unavailable", retryable=True)
        return self.sims.get(line_id)

    def _answer(self, asked: str) -> None:
        self.asked.append(asked)
        if self.down:
            raise BssFault("line_unavailable", retryable=True)


@dataclass
class Letterbox:
    """Every notice by SMS, as (number, notice, facts); the same key again is not sent."""

    sent: list[tuple[str, str, dict[str, object]]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)

    async def send(self, connection: AsyncConnection, *, number: str, notice: str, key: str, **facts: object) -> None:
        assert connection.in_transaction()
        if key not in self.keys:
            self.keys.add(key)
            self.sent.append((number, notice, facts))

    def of(self, number: str) -> list[str]:
        return [notice for owner, notice, _ in self.sent if owner == number]


@dataclass
class House:
    """Identity's part about people, assembled over one database."""

    engine: AsyncEngine
    town: Town
    watch: Watch
    letters: Letterbox
    errands: Errands
    codes: OneTimeCodes
    sessions: Sessions
    tidings: Tidings
    own_lines: SqlOwnLines
    helping: SqlHelpers
    line_switch: SqlLineSwitch
    _deeds: "count[int]" = field(default_factory=count)

    def deed(self, line_id: str, *, level: int = 3, channel: Channel = Channel.WEB, session: str | None = None) -> Deed:
        caller = Caller(channel, line_id, self.town.lines[line_id].number, level, self.watch(), session=session)
        return Deed(f"deed-{next(self._deeds)}", caller)

    async def sign_in(self, line_id: str, *factors: Factor, channel: Channel = Channel.WEB) -> Admitted:
        proofs = dict.fromkeys(factors or (Factor.CODE, Factor.PASSWORD), self.watch())
        caller = Caller(channel, line_id, self.town.lines[line_id].number, proofs=proofs)
        async with write(self.engine) as connection:
            return await self.sessions.begin(connection, caller, now=self.watch())

    async def text_code(self, number: str, about: str, *, device: str | None = None) -> tuple[str, str]:
        """The code and challenge of a wish to link, as the owner of the number could tell them."""
        async with write(self.engine) as connection:
            wish = CodeWish(number, Purpose.LINK_LINE, Channel.WEB, "198.51.100.7", device, about=about)
            code = await self.codes.issue(connection, number, wish, now=self.watch())
            assert await self.codes.mark_texted(connection, code, now=self.watch())  # type: ignore[arg-type]
        return code.digits, code.challenge  # type: ignore[union-attr]

    async def link(self, line_id: str, number: str) -> Deed:
        deed = self.deed(line_id)
        code, challenge = await self.text_code(number, mask_number(self.town.lines[line_id].number))
        await self.own_lines.link(deed, number, code, challenge)
        return deed

    async def knows(self, token: str | None, channel: Channel = Channel.WEB) -> bool:
        session = await self.sessions.recognize(token or "", channel, now=self.watch(), sign_of_life=False)
        return session is not None

    async def settle(self) -> None:
        await self.errands.finish(within_seconds=5)

    async def help(self, owner: str, helper_number: str, scopes: tuple[str, ...] = ("line",), days: int = 30) -> str:
        """A permission that stands and was told; its id."""
        made = await self.helping.grant(self.deed(owner), helper_number, scopes, days)
        await self.settle()
        return made.id


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def town() -> Town:
    """A parent with a broadband line, a child, a friend; each a customer of their own."""
    town = Town()
    town.move_in(PARENT, "L1", "C1")
    town.move_in(BROADBAND, "L1B", "C1", kind=LineKind.BROADBAND)
    town.move_in(CHILD, "L2", "C2")
    town.move_in(FRIEND, "L3", "C3")
    return town


async def trail_of(house: House, line_id: str) -> list[tuple[str, str, str]]:
    """What the trail says of a line: deed, actor, note."""
    table = audit_record.c
    async with read(house.engine) as connection:
        rows = await connection.execute(select(audit_record).where(table.subject == line_id).order_by(table.id))
        return [(row.deed, row.actor, row.note) for row in rows]


def build_house(
    engine: AsyncEngine,
    town: Town,
    watch: Watch,
    *,
    help_rule: HelpRule | None = None,
    session_rule: SessionRule | None = None,
) -> House:
    sims = SimCardCheck(town, watch)
    codes, sessions, letters, errands = (
        OneTimeCodes(secret=SECRET),
        Sessions(engine, session_rule),
        Letterbox(),
        Errands(),
    )
    reach, tidings = Reach(engine, town, sessions, now=watch), Tidings(engine, town, letters, now=watch)
    entry = CodeEntry(engine, LineWatch(engine, town, watch), codes, sims, Budgets(), watch)
    return House(
        engine=engine,
        town=town,
        watch=watch,
        letters=letters,
        errands=errands,
        codes=codes,
        sessions=sessions,
        tidings=tidings,
        own_lines=SqlOwnLines(engine, town, reach=reach, codes=entry, sim_cards=sims, notices=letters, now=watch),
        helping=SqlHelpers(engine, town, sim_cards=sims, tidings=tidings, errands=errands, now=watch, rule=help_rule),
        line_switch=SqlLineSwitch(engine, reach, sessions, now=watch),
    )


@pytest.fixture
async def house(engine: AsyncEngine, town: Town, watch: Watch) -> AsyncIterator[House]:
    house = build_house(engine, town, watch)
    yield house
    await house.settle()


async def at_once(*deeds: Any) -> list[Any]:
    """What each of these answered, refusals too."""
    return await asyncio.gather(*deeds, return_exceptions=True)


def _lives(line: Line) -> bool:
    return line.state is not LineState.CLOSED
