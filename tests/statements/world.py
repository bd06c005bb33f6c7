"""Who stands around exports and links in these tests: a clock, an owner who is told things, and a customer."""

from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.client import Caller, Channel
from graphql_schema.identity_ports import Deed

SECRET = b"a secret of these tests, 32 bytes"
NUMBER = "13800138001"


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


def make_caller(line_id: str = "L1") -> Caller:
    return Caller(Channel.WEB, subscriber=line_id, number=NUMBER, assurance=3)


def make_deed(deed_id: str = "D1", line_id: str = "L1") -> Deed:
    return Deed(deed_id, make_caller(line_id))
