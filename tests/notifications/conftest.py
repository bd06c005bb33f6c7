"""A database with this room's tables, a BSS that answers what the test says, and events told in a line."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import write
from graphql_schema.ports import BssFault, UsageReading
from graphql_schema.types.bucket import Bucket, BucketOrigin, BucketScope, UsageType
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.money import Money
from graphql_schema.types.scalar import Long
from graphql_schema.types.usage_event import UsageEvent
from notifications import alert_tables  # noqa: F401  its tables join the metadata
from notifications.counters import UsageCounters
from notifications.journal import SqlJournal, Transaction
from notifications.tables import metadata

CYCLE_START = datetime(2026, 11, 1, tzinfo=UTC)
CYCLE_END = datetime(2026, 12, 1, tzinfo=UTC)
READ_AT = datetime(2026, 11, 20, tzinfo=UTC)


def make_bucket(*, used: int, total: int | None = 1000, bucket_id: str = "B1", **changes: object) -> Bucket:
    facts = {
        "id": bucket_id,
        "name": LocalizedText(zh="通用流量", en="Data"),
        "usage_type": UsageType.DATA,
        "scope": BucketScope.GENERAL,
        "origin": BucketOrigin.PLAN,
        "shared": False,
        "total": None if total is None else Long(total),
        "used": Long(used),
        "used_by_line": Long(used),
        "members": [],
        "remaining": None if total is None else Long(max(0, total - used)),
        "throttle_after": None,
        "throttled": False,
        "valid_until": CYCLE_END,
        "as_of": READ_AT,
        "stale": False,
    }
    return Bucket(**(facts | changes))  # type: ignore[arg-type]


@dataclass
class FakeUsage:
    """A BSS's allowances per line; a line that it does not know is refused, a line that is down is unavailable."""

    buckets: dict[str, tuple[Bucket, ...]] = field(default_factory=dict)
    faults: dict[str, BssFault] = field(default_factory=dict)
    read_at: datetime = READ_AT
    stale: bool = False
    asked: int = 0

    async def fetch_usage(self, line_id: str) -> UsageReading:
        self.asked += 1
        if line_id in self.faults:
            raise self.faults[line_id]
        return UsageReading(
            buckets=self.buckets[line_id],
            cycle_start=CYCLE_START,
            cycle_end=CYCLE_END,
            as_of=self.read_at,
            stale=self.stale,
        )


def make_event(
    event_id: str, amount: int, *, line_id: str = "L1", bucket_id: str = "B1", minutes: int = 1
) -> UsageEvent:
    """A use so many minutes after the BSS's reading."""
    return UsageEvent(
        id=event_id,
        line_id=line_id,
        usage_type=UsageType.DATA,
        at=READ_AT + timedelta(minutes=minutes),
        consumption=((bucket_id, amount),),
        fee=Money(amount=Decimal(0), currency="CNY"),
    )


@pytest.fixture
async def transaction(engine: AsyncEngine) -> Transaction:
    async with write(engine) as connection:
        await connection.run_sync(metadata.create_all)
    return partial(write, engine)


@pytest.fixture
def journal(transaction: Transaction) -> SqlJournal:
    return SqlJournal(transaction)


@pytest.fixture
def usage() -> FakeUsage:
    return FakeUsage(buckets={"L1": (make_bucket(used=790),)})


@pytest.fixture
def counters(transaction: Transaction, journal: SqlJournal, usage: FakeUsage) -> UsageCounters:
    return UsageCounters(transaction, journal, usage)
