"""Who agrees in these tests? A line's person, in 2020: the database lets only old words go."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.identity.consent.ledger import SqlConsentLedger
from gateway.identity.consent.wording import Wording, Wordings
from graphql_schema.client import Caller, Channel
from graphql_schema.types.consent import ConsentPurpose

LONG_AGO = datetime(2020, 3, 1, 4, tzinfo=UTC)
OWNER = Caller(Channel.WEB, "L1", "13800138001", 2, LONG_AGO, session="S1")
OTHER = Caller(Channel.SMS, "L2", "13900139009", 1, LONG_AGO)


class Watch:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = LONG_AGO

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, **time: float) -> None:
        self.moment += timedelta(**time)


class Clients:
    """The OAuth server, as far as the ledger knows it: remembers whose sessions it was told to end."""

    def __init__(self) -> None:
        self.ended: list[str] = []
        self.broken = False

    async def end(self, connection: AsyncConnection, line_id: str) -> None:
        assert connection.in_transaction()
        if self.broken:
            raise RuntimeError("it can't be done now")
        self.ended.append(line_id)


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def clients() -> Clients:
    return Clients()


@pytest.fixture
def ledger(engine: AsyncEngine, watch: Watch, clients: Clients) -> SqlConsentLedger:
    versions = [Wording(purpose, "first", LONG_AGO) for purpose in ConsentPurpose]
    second = Wording(ConsentPurpose.MARKETING_SMS, "second", LONG_AGO + timedelta(days=10))
    wordings = Wordings([second, *versions])
    return SqlConsentLedger(engine, now=watch, end_client_sessions=clients.end, wordings=wordings)
