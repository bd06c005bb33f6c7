"""What stands behind the desk in its tests? The real door, graph, ports and database, over a small operator."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
from argon2 import PasswordHasher
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from channels.browser.static_files import answer_static_file, load_static_files
from channels.desk.routes import desk_routes
from gateway.database import write
from gateway.graph import HallGraph
from gateway.idempotency import SqlDeeds
from gateway.identity.audit.trail import SqlAuditTrail
from gateway.identity.contact.desk import SqlContacts
from gateway.identity.every_table import metadata
from gateway.identity.password import PasswordHashes
from gateway.identity.staff.accounts import Invitation, add_member
from gateway.identity.staff.bulk import SqlBulkDesk
from gateway.identity.staff.bulk_work import work_on_bulk
from gateway.identity.staff.desk import SqlStaffDesk
from gateway.identity.staff.door import HallStaffDoor
from graphql_schema.client import Role, load_operations
from graphql_schema.staff_door import Enrolment, EnrolmentOffer, StaffAdmitted
from tests.fakes.operator import FakeNotices, FakeOperator, line_of
from tests.fakes.ports import FakeBss
from tests.gateway.identity.staff.conftest import begin_session

ROOT = Path(__file__).parents[3]
SECRET = b"a secret of these tests, 32 bytes"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSPHRASE = "three grey herons at dawn"
NUMBERS = {"L1": "13800138001", "L2": "13800138002", "L3": "13800138003"}
NAMES = {Role.CARE: "李晓雯", Role.OPERATIONS: "王建国", Role.AUDITOR: "赵敏", Role.ENTERPRISE_ADMIN: "陈静"}


@dataclass
class Clock:
    """Real time, moved on at will: a code of an authenticator is used once."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def advance(self, **time: float) -> None:
        self.ahead += timedelta(**time)


@dataclass
class DeskStage:
    """A desk whose colleagues enrol and sign in at will."""

    engine: AsyncEngine
    clock: Clock = field(default_factory=Clock)
    operator: FakeOperator = field(default_factory=FakeOperator)
    notices: FakeNotices = field(default_factory=FakeNotices)
    secure: bool = False
    bss: FakeBss = field(default_factory=FakeBss)

    def __post_init__(self) -> None:
        self.operator.put(*(line_of(number, line_id) for line_id, number in NUMBERS.items()))
        self.operator.put(line_of("13800138007", "L7", account_id="A7"), line_of("13800138008", "L8", account_id="A7"))
        hashes = PasswordHashes(secret=SECRET, hasher=CHEAP)
        self.door = HallStaffDoor(self.engine, hashes=hashes, secret=SECRET, now=self.clock)
        self.trail = SqlAuditTrail(self.engine, self.operator, secret=SECRET, now=self.clock)

    async def prepare(self) -> None:
        """Tables, and two sessions of L1 and one of L2."""
        async with write(self.engine) as connection:
            await connection.run_sync(metadata.create_all)
            for line_id, name in (("L1", "a"), ("L1", "b"), ("L2", "a")):
                await begin_session(connection, line_id, NUMBERS[line_id], at=self.clock(), name=name)

    def graph(self) -> HallGraph:
        """The real graph over the real ports of the desk."""
        ports = self.bss.ports()
        identity = replace(
            ports.identity,
            staff=SqlStaffDesk(self.engine, self.operator, self.operator, self.trail, self.notices, now=self.clock),
            bulk=SqlBulkDesk(self.engine, self.operator, now=self.clock),
            contacts=SqlContacts(self.engine, self.operator, secret=SECRET, now=self.clock),
            trail=self.trail,
            deeds=SqlDeeds(self.engine, secret=SECRET, now=self.clock),
        )
        operations = load_operations(ROOT / "channels" / "desk").values()
        whole = replace(ports, lines=self.operator, identity=identity)
        return HallGraph(whole, operations, deadline_seconds=10, open_documents=True)

    def application(self) -> Starlette:
        """The desk alone, as the gateway would mount it, and the static files beside it."""
        url = "https://hall.example" if self.secure else "http://localhost:8000"
        routes = desk_routes(
            self.graph(), self.door, web_folder=ROOT / "web", secure_cookies=self.secure, public_url=url
        )
        return Starlette(routes=[*routes, Route("/static/{name:path}", _serve_static)])

    async def invite(self, role: Role, staff_id: str, *, name: str = "") -> Invitation:
        """A new colleague."""
        organization = "A7" if role is Role.ENTERPRISE_ADMIN else None
        return await add_member(
            self.engine,
            name=name or NAMES[role],
            role=role,
            staff_id=staff_id,
            organization=organization,
            now=self.clock(),
        )

    async def employ(self, role: Role, staff_id: str, *, name: str = "") -> str:
        """A colleague who is enrolled; answers the key of their authenticator, whose next code is unused."""
        invitation = await self.invite(role, staff_id, name=name)
        offer = await self.door.begin_enrolment(invitation.code, source="192.0.2.1")
        assert isinstance(offer, EnrolmentOffer)
        enrolment = Enrolment(invitation.code, PASSPHRASE, self.code(offer.key), "192.0.2.1")
        assert isinstance(await self.door.enrol(enrolment), StaffAdmitted)
        self.clock.advance(seconds=60)
        return offer.key

    def code(self, key: str) -> str:
        """What an authenticator shows now."""
        return pyotp.TOTP(key).at(self.clock().timestamp())

    async def work(self) -> int:
        """What the worker does in the background."""
        return await work_on_bulk(self.engine, lines=self.operator, notices=self.notices, now=self.clock())


_STATIC_FILES = load_static_files(ROOT / "web" / "static")


def _serve_static(request: Request) -> Response:
    return answer_static_file(_STATIC_FILES, request) or Response(status_code=404)
