"""Who stands around the doorkeeper in these tests? Lines, a phone and a clock written by hand, and a real database."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.identity.doorkeeper import HallDoorkeeper
from gateway.identity.password import PasswordHashes
from graphql_schema.client import Channel
from graphql_schema.door import CodeEvidence, CodeSent, CodeWish, Purpose, Turned
from graphql_schema.ports import BssFault
from graphql_schema.types.line import FamilyRole, Line, LineKind, LineState, Payer
from graphql_schema.types.package import Package

NUMBER, STRANGER, PASSWORD = "13800138001", "13900139009", "258001"
SECRET = b"a secret of these tests, 32 bytes"
Hire = Callable[..., HallDoorkeeper]
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Watch:
    """A clock that stands still until it is moved. It starts at noon in Shanghai."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 22, 4, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, **time: float) -> None:
        self.moment += timedelta(**time)


class KnownLines:
    """The lines of a small operator, and whether its inventory answers."""

    def __init__(self, **ids: str) -> None:
        self.ids = {number.removeprefix("n"): line_id for number, line_id in ids.items()}
        self.down = self.stale = False
        self.states: dict[str, LineState] = {}
        self.customers: dict[str, str] = {}
        self.asked: list[str] = []
        self.looked_at: list[str] = []

    async def find_line(self, number: str) -> Line | None:
        self.asked.append(number)
        if self.down:
            raise BssFault("line_unavailable", retryable=True)
        return self._line(number) if number in self.ids else None

    async def fetch_line(self, line_id: str) -> Line | None:
        self.looked_at.append(line_id)
        if self.down:
            raise BssFault("line_unavailable", retryable=True)
        return next((self._line(number) for number, known in self.ids.items() if known == line_id), None)

    async def fetch_lines_of_customer(self, customer_id: str) -> list[Line]:
        return [self._line(number) for number in self.ids if self.customers.get(number, "C1") == customer_id]

    async def fetch_lines_of_account(self, account_id: str) -> list[Line]:
        return []

    async def fetch_packages(self, line_id: str) -> list[Package]:
        return []

    def _line(self, number: str) -> Line:
        line = _line(number, self.ids[number])
        state = self.states.get(number, LineState.ACTIVE)
        return replace(line, state=state, customer_id=self.customers.get(number, "C1"), stale=self.stale)


class Phone:
    """Receives codes; remembers what it got by number, and what each was for."""

    def __init__(self) -> None:
        self.codes: list[tuple[str, str]] = []
        self.reasons: list[tuple[Purpose, str]] = []
        self.broken = False
        self.faults: list[Exception] = []

    async def send(
        self,
        connection: AsyncConnection,
        *,
        number: str,
        code: str,
        expires_at: datetime,
        purpose: Purpose,
        about: str,
    ) -> None:
        assert connection.in_transaction()
        if self.broken:
            raise RuntimeError("the queue is gone")
        if self.faults:
            raise self.faults.pop()
        self.codes.append((number, code))
        self.reasons.append((purpose, about))

    def last_code(self, number: str) -> str:
        return next(code for owner, code in reversed(self.codes) if owner == number)


class IdOffice:
    """Knows the ID documents of lines."""

    def __init__(self) -> None:
        self.numbers = {"L1": "110101199003078515"}
        self.down = False
        self.asked: list[str] = []

    async def matches_identity(self, line_id: str, identity_number: str) -> bool:
        self.asked.append(line_id)
        if self.down:
            raise BssFault("customer_unavailable", retryable=True)
        return self.numbers.get(line_id) == identity_number


class CardOffice:
    """Knows when SIM cards were changed."""

    def __init__(self) -> None:
        self.changed_at: dict[str, datetime] = {}
        self.down = False

    async def fetch_changed_at(self, line_id: str) -> datetime | None:
        if self.down:
            raise BssFault("line_timeout", retryable=True)
        return self.changed_at.get(line_id)


class Letters:
    """Remembers what owners were told."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, dict[str, object]]] = []
        self._keys: set[str] = set()

    async def send(self, connection: AsyncConnection, *, number: str, notice: str, key: str, **facts: object) -> None:
        assert connection.in_transaction()
        if f"{notice}:{key}" not in self._keys:
            self._keys.add(f"{notice}:{key}")
            self.sent.append((number, notice, facts))

    def kinds(self) -> list[str]:
        return [notice for _, notice, _ in self.sent]


class Customer:
    """Asks for codes and types them in; keeps the challenge of each, as a page or an app does."""

    def __init__(self, keeper: HallDoorkeeper, phone: Phone, source: str = "198.51.100.7") -> None:
        self.keeper, self.phone, self.source = keeper, phone, source
        self._challenges: dict[tuple[str, Purpose], str] = {}

    async def ask(
        self, number: str = NUMBER, purpose: Purpose = Purpose.SIGN_IN, *, source: str = "", **more: Any
    ) -> CodeSent | Turned:
        answer = await self.ask_without_waiting(number, purpose, source=source, **more)
        await self.keeper.settle()
        return answer

    async def ask_without_waiting(
        self, number: str = NUMBER, purpose: Purpose = Purpose.SIGN_IN, *, source: str = "", **more: Any
    ) -> CodeSent | Turned:
        answer = await self.keeper.send_code(CodeWish(number, purpose, Channel.WEB, source or self.source, **more))
        if isinstance(answer, CodeSent):
            self._challenges[number, purpose] = answer.challenge
        return answer

    def show(self, code: str, number: str = NUMBER, purpose: Purpose = Purpose.SIGN_IN, **more: Any) -> CodeEvidence:
        challenge = self._challenges.get((number, purpose), "none")
        return CodeEvidence(number, code, self.source, challenge, purpose, **more)

    async def enter(self, code: str, number: str = NUMBER, channel: Channel = Channel.WEB, **more: Any) -> Any:
        return await self.keeper.admit(self.show(code, number, **more), channel)


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def lines() -> KnownLines:
    return KnownLines(n13800138001="L1", n02088880009="L9")


@pytest.fixture
def phone() -> Phone:
    return Phone()


@pytest.fixture
def ids() -> IdOffice:
    return IdOffice()


@pytest.fixture
def cards() -> CardOffice:
    return CardOffice()


@pytest.fixture
def letters() -> Letters:
    return Letters()


@pytest.fixture
def database_url(furnished_database_url: str) -> str:
    """With every table, in place of the empty one of other tests."""
    return furnished_database_url


def hire_for(engine: AsyncEngine, **rules: object) -> HallDoorkeeper:
    """A doorkeeper over a database; keywords are its rules and who stands around it."""
    chosen: dict[str, Any] = {
        "people": IdOffice(),
        "sim_cards": CardOffice(),
        "notices": Letters(),
        "secret": SECRET,
        "trusted_links": frozenset({"sms", "ivr"}),
        "refusal_seconds": 0.0,
    }
    lines, phone = rules.pop("lines", KnownLines()), rules.pop("phone", Phone())
    return HallDoorkeeper(engine, lines, phone, **(chosen | rules))  # type: ignore[arg-type]


@pytest.fixture
async def hire(  # noqa: PLR0917  the world around it
    engine: AsyncEngine,
    lines: KnownLines,
    phone: Phone,
    watch: Watch,
    ids: IdOffice,
    cards: CardOffice,
    letters: Letters,
) -> AsyncIterator[Hire]:
    """Hires a doorkeeper; keywords change its rules."""
    hired: list[HallDoorkeeper] = []

    def _hire(**rules: object) -> HallDoorkeeper:
        around: dict[str, object] = {"lines": lines, "phone": phone, "people": ids, "sim_cards": cards}
        chosen = {"hashes": PasswordHashes(secret=SECRET, hasher=CHEAP), "now": watch, "notices": letters}
        keeper = hire_for(engine, **(around | chosen | rules))
        hired.append(keeper)
        return keeper

    yield _hire
    for keeper in hired:
        await keeper.finish()


@pytest.fixture
async def keeper(hire: Hire) -> HallDoorkeeper:
    """A doorkeeper who knows the service password of NUMBER."""
    keeper = hire()
    assert await keeper.set_password(NUMBER, PASSWORD, line_id="L1") is None
    return keeper


@pytest.fixture
def customer(keeper: HallDoorkeeper, phone: Phone) -> Customer:
    return Customer(keeper, phone)


def _line(number: str, line_id: str) -> Line:
    return Line(
        id=line_id,
        number=number,
        masked_number="*",
        kind=LineKind.MOBILE,
        state=LineState.ACTIVE,
        family_role=FamilyRole.NONE,
        payer=Payer.SELF,
        account_id="A1",
        customer_id="C1",
        as_of=datetime(2026, 11, 22, tzinfo=UTC),
        stale=False,
    )
