"""Which database, seal, clock and customers do the tests of statements work with?"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import read, write
from gateway.identity.seal import Seal
from graphql_schema.client import Caller, Channel
from graphql_schema.identity_ports import Deed
from statements.exports import SqlRecordExports
from statements.needs import Transaction, View
from statements.shares import SqlBillShares
from statements.tables import metadata

SECRET = b"a secret of these tests, 32 bytes"
NUMBER = "13800138001"
MakeDeed = Callable[..., Deed]


class Watch:
    """A clock that stands still until it is moved. It starts at noon in Shanghai."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 16, 4, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, **time: float) -> None:
        self.moment += timedelta(**time)


class Letters:
    """Remembers what owners were told, each thing once."""

    def __init__(self) -> None:
        self.sent: dict[str, tuple[str, str, dict[str, object]]] = {}

    async def send(self, connection: AsyncConnection, *, number: str, notice: str, key: str, **facts: object) -> None:
        assert connection.in_transaction()
        self.sent.setdefault(f"{notice}:{key}", (number, notice, facts))


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def letters() -> Letters:
    return Letters()


@pytest.fixture
def seal() -> Seal:
    return Seal(secret=SECRET, purpose="statements")


@pytest.fixture
async def ready_engine(engine: AsyncEngine) -> AsyncEngine:
    async with write(engine) as connection:
        await connection.run_sync(metadata.create_all)
    return engine


@pytest.fixture
def transaction(ready_engine: AsyncEngine) -> Transaction:
    return partial(write, ready_engine)


@pytest.fixture
def view(ready_engine: AsyncEngine) -> View:
    return partial(read, ready_engine)


@pytest.fixture
def exports(transaction: Transaction, view: View, seal: Seal, watch: Watch) -> SqlRecordExports:
    return SqlRecordExports(transaction, view, seal=seal, now=watch)


@pytest.fixture
def shares(transaction: Transaction, view: View, seal: Seal, watch: Watch) -> SqlBillShares:
    return SqlBillShares(transaction, view, seal=seal, secret=SECRET, public_url="https://hall.example.com/", now=watch)


def make_caller(line_id: str = "L1") -> Caller:
    return Caller(Channel.WEB, subscriber=line_id, number=NUMBER, assurance=3)


def make_deed(deed_id: str = "D1", line_id: str = "L1") -> Deed:
    return Deed(deed_id, make_caller(line_id))
