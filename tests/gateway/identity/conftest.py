"""Who stands around the doorkeeper in these tests? Lines, a phone and a clock written by hand, and a real database."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import write
from gateway.identity.doorkeeper import HallDoorkeeper
from gateway.identity.password import PasswordHashes
from gateway.identity.tables import metadata
from graphql_schema.ports import BssFault
from graphql_schema.types.line import FamilyRole, Line, LineKind, LineState, Payer
from graphql_schema.types.package import Package

NUMBER, STRANGER, PASSWORD = "13800138001", "13900139009", "258001"
SECRET = b"a secret of these tests, 32 bytes"
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
        self.down = False
        self.asked: list[str] = []

    async def find_line(self, number: str) -> Line | None:
        self.asked.append(number)
        if self.down:
            raise BssFault("line_unavailable", retryable=True)
        return _line(number, self.ids[number]) if number in self.ids else None

    async def fetch_line(self, line_id: str) -> Line | None:
        return next((_line(number, known) for number, known in self.ids.items() if known == line_id), None)

    async def fetch_packages(self, line_id: str) -> list[Package]:
        return []


class Phone:
    """Receives codes; remembers what it got by number."""

    def __init__(self) -> None:
        self.codes: list[tuple[str, str]] = []
        self.broken = False

    async def send(self, connection: AsyncConnection, *, number: str, code: str, expires_at: datetime) -> None:
        assert connection.in_transaction()
        if self.broken:
            raise RuntimeError("the queue is gone")
        self.codes.append((number, code))

    def last_code(self, number: str) -> str:
        return next(code for owner, code in reversed(self.codes) if owner == number)


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
async def ready_engine(engine: AsyncEngine) -> AsyncEngine:
    async with write(engine) as connection:
        await connection.run_sync(metadata.create_all)
    return engine


Hire = Callable[..., HallDoorkeeper]


@pytest.fixture
async def hire(ready_engine: AsyncEngine, lines: KnownLines, phone: Phone, watch: Watch) -> AsyncIterator[Hire]:
    """Hires a doorkeeper; keywords change its rules."""
    hired: list[HallDoorkeeper] = []

    def _hire(**rules: object) -> HallDoorkeeper:
        chosen = {"hashes": PasswordHashes(secret=SECRET, hasher=CHEAP), "now": watch, **rules}
        keeper = HallDoorkeeper(
            ready_engine, lines, phone, secret=SECRET, trusted_links=frozenset({"sms", "ivr"}), **chosen
        )
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
