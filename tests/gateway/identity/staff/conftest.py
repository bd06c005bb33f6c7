"""Who works here in these tests?"""

from collections.abc import Awaitable, Callable
from datetime import datetime

import pyotp
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import write
from gateway.identity.password import PasswordHashes
from gateway.identity.staff.accounts import add_member
from gateway.identity.staff.door import HallStaffDoor
from gateway.identity.tables import credential, hall_session, to_us
from graphql_schema.client import Caller, Channel, Role, Staff
from graphql_schema.staff_door import Enrolment, EnrolmentOffer, StaffAdmitted, StaffEvidence
from tests.fakes.operator import FakeNotices, FakeOperator, line_of
from tests.gateway.identity.conftest import CHEAP, SECRET, Watch

PASSPHRASE = "three grey herons at dawn"
SOURCE = "192.0.2.1"
CARE = Caller(Channel.DESK, assurance=2, staff=Staff("1001", Role.CARE), session="s1")
LI, WANG = (Caller(Channel.DESK, assurance=2, staff=Staff(each, Role.OPERATIONS)) for each in ("1002", "1003"))
AUDITOR = Caller(Channel.DESK, assurance=2, staff=Staff("1004", Role.AUDITOR))
CHEN, ZHAO = (
    Caller(Channel.DESK, assurance=2, staff=Staff(each, Role.ENTERPRISE_ADMIN, "A7")) for each in ("1005", "1006")
)

Join = Callable[..., Awaitable[str]]


@pytest.fixture
def operator() -> FakeOperator:
    """Two lines of account A1, two that A7 pays for."""
    operator = FakeOperator()
    operator.put(line_of("13800138001", "L1"), line_of("13800138002", "L2"))
    operator.put(line_of("13800138007", "L7", account_id="A7"), line_of("13800138008", "L8", account_id="A7"))
    return operator


@pytest.fixture
def notices() -> FakeNotices:
    return FakeNotices()


@pytest.fixture
def door(engine: AsyncEngine, watch: Watch) -> HallStaffDoor:
    return HallStaffDoor(engine, hashes=PasswordHashes(secret=SECRET, hasher=CHEAP), secret=SECRET, now=watch)


def code_of(key: str, watch: Watch, *, steps: int = 0) -> str:
    """What an authenticator shows, so many steps from now."""
    return pyotp.TOTP(key).at(watch().timestamp() + 30 * steps)


@pytest.fixture
def join(engine: AsyncEngine, door: HallStaffDoor, watch: Watch) -> Join:
    """A colleague who has enrolled; answers the key of their authenticator. A minute goes by."""

    async def _join(staff_id: str = "1001", role: Role = Role.CARE, **more: str) -> str:
        invitation = await add_member(
            engine, name="李工", role=role, staff_id=staff_id, now=watch(), **more  # type: ignore[arg-type]
        )  # fmt: skip
        offer = await door.begin_enrolment(invitation.code, source=SOURCE)
        assert isinstance(offer, EnrolmentOffer)
        enrolment = Enrolment(invitation.code, PASSPHRASE, code_of(offer.key, watch), SOURCE)
        assert isinstance(await door.enrol(enrolment), StaffAdmitted)
        watch.advance(seconds=60)
        return offer.key

    return _join


def evidence(code: str, *, staff_id: str = "1001", passphrase: str = PASSPHRASE) -> StaffEvidence:
    return StaffEvidence(staff_id, passphrase, code, SOURCE)


async def begin_session(connection: AsyncConnection, line_id: str, number: str, *, at: datetime, name: str) -> None:
    """A living session of a line, as the doorkeeper would begin one."""
    known: dict[str, object] = {
        "token_digest": f"{line_id}-{name}",
        "session_id": f"{line_id}-{name}",
        "channel": "web",
        "number": number,
        "line_id": line_id,
        "home_number": number,
        "home_line_id": line_id,
        "device_name": "",
        "began_at_us": to_us(at),
        "seen_at_us": to_us(at),
        "idle_us": 30 * 60 * 1_000_000,
        "expires_at_us": to_us(at) + 12 * 3600 * 1_000_000,
        "checked_at_us": to_us(at),
        "check_due_at_us": to_us(at),
    }
    await connection.execute(hall_session.insert().values(**known))


@pytest.fixture
async def busy_engine(engine: AsyncEngine, watch: Watch) -> AsyncEngine:
    """Two sessions of L1, one of L2, one of L7, and a service password of each of these lines."""
    lines = {"L1": "13800138001", "L2": "13800138002", "L7": "13800138007"}
    async with write(engine) as connection:
        for line_id, number in lines.items():
            await begin_session(connection, line_id, number, at=watch(), name="a")
            await connection.execute(
                credential.insert().values(number=number, line_id=line_id, password_hash="a hash of argon2")
            )
        await begin_session(connection, "L1", "13800138001", at=watch(), name="b")
    return engine
