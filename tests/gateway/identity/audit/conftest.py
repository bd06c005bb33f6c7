"""Who is in these trails? Two lines' people, colleagues, and a clock of 2020: the database lets only old rows go."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import write
from gateway.identity.audit.entry import AuditEntry, audit_record, record
from gateway.identity.audit.seal_rows import audit_horizon, audit_seal, audit_seal_entry
from gateway.identity.job_claim import job_claim
from graphql_schema.client import Caller, Channel, Role, Staff

SECRET = b"a secret of these tests, 32 bytes"
TABLES = [audit_record, audit_seal, audit_seal_entry, audit_horizon, job_claim]
LONG_AGO = datetime(2020, 3, 1, 4, tzinfo=UTC)
OWNER = Caller(Channel.WEB, "L1", "13800138001", 2, LONG_AGO, session="S1")
STRANGER = Caller(Channel.APP, "L2", "13900139009", 2, LONG_AGO)
CHILD = Caller(Channel.APP, "L1", "13800138001", 2, LONG_AGO, helper="L2")
AUDITOR = Caller(Channel.DESK, assurance=3, since=LONG_AGO, staff=Staff("mei", Role.AUDITOR))
CARE = Caller(Channel.DESK, "L1", "13800138001", 3, LONG_AGO, staff=Staff("li", Role.CARE))
VISITOR = Caller(Channel.IVR)


class Watch:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = LONG_AGO

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, **time: float) -> None:
        self.moment += timedelta(**time)


@pytest.fixture
def watch() -> Watch:
    return Watch()


async def write_down(engine: AsyncEngine, *entries: AuditEntry, now: datetime = LONG_AGO) -> None:
    async with write(engine) as connection:
        for entry in entries:
            await record(connection, entry, now=now)


def deeds(count: int, *, of: Caller = OWNER) -> Sequence[AuditEntry]:
    return [AuditEntry.by(of, f"deed_{number}") for number in range(count)]
