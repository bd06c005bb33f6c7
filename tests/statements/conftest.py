"""Which database, seal, clock and customers do the tests of statements work with?"""

from functools import partial

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read, write
from gateway.identity.seal import Seal
from statements.exports import SqlRecordExports
from statements.needs import Transaction, View
from statements.shares import SqlBillShares
from statements.tables import metadata
from tests.statements.office import Office
from tests.statements.world import SECRET, Letters, Watch


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


@pytest.fixture
def office(  # noqa: PLR0917  the world around it
    transaction: Transaction, view: View, exports: SqlRecordExports, seal: Seal, watch: Watch, letters: Letters
) -> Office:
    return Office(transaction, view, exports, seal, watch, letters)
