"""The ports over the sandbox: once in process, once over a real socket."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from bss_adapters.tmf.account import TmfAccounts
from bss_adapters.tmf.bill import TmfBills
from bss_adapters.tmf.catalogue import TmfCatalogue
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.limits import Limits
from bss_adapters.tmf.line import TmfLines
from bss_adapters.tmf.snapshot import MemorySnapshots
from bss_adapters.tmf.usage import TmfUsage
from sandbox.app import create_app
from sandbox.bss.world import World
from tests.conformance.serving import served

BORN_MS = 1_795_312_800_000  # 2026-11-22, mid-cycle
LIMITS = Limits(budget_seconds=20.0, failures_to_open=1000, backoff_seconds=0.01)


@dataclass
class Tally:
    """Counts what the application in it is asked."""

    app: ASGIApp
    paths: list[str]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/tmf-api"):
            self.paths.append(scope["path"])
        await self.app(scope, receive, send)


@dataclass
class Hall:
    """Everything of ours that speaks to one sandbox, and the sandbox's own levers."""

    client: TmfClient
    lines: TmfLines
    accounts: TmfAccounts
    usage: TmfUsage
    bills: TmfBills
    paths: list[str]
    levers: httpx.AsyncClient

    async def pull(self, lever: str, body: dict[str, Any]) -> Any:
        answer = await self.levers.post(f"/sandbox/{lever}", json=body)
        return answer.raise_for_status().json() if answer.content else None

    async def look(self, lever: str) -> Any:
        return (await self.levers.get(f"/sandbox/{lever}")).raise_for_status().json()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def app() -> Iterator[Starlette]:
    world = World.open(subscribers=20, now_ms=BORN_MS)
    yield create_app(world)
    world.store.close()


@pytest.fixture(params=["in process", "over a socket"])
async def hall(app: Starlette, request: pytest.FixtureRequest) -> AsyncIterator[Hall]:
    """The hall with every read asked anew (``fresh_seconds`` 0)."""
    tally = Tally(app, [])
    if request.param == "in process":
        transport = httpx.ASGITransport(tally, raise_app_exceptions=False)
        levers = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bss.example")
        async with levers:
            client = make_client("http://bss.example/tmf-api", transport=transport)
            yield make_hall(client, tally.paths, levers)
            await client.aclose()
        return
    async with served(tally) as address, httpx.AsyncClient(base_url=address) as levers:
        client = make_client(f"{address}/tmf-api")
        yield make_hall(client, tally.paths, levers)
        await client.aclose()


def make_client(base_url: str, *, transport: httpx.AsyncBaseTransport | None = None) -> TmfClient:
    limits = replace(LIMITS, fresh_seconds=0.0)
    return TmfClient(base_url, snapshots=MemorySnapshots(), transport=transport, limits=limits)


def make_hall(client: TmfClient, paths: list[str], levers: httpx.AsyncClient) -> Hall:
    return Hall(
        client=client,
        lines=TmfLines(client, TmfCatalogue(client)),
        accounts=TmfAccounts(client),
        usage=TmfUsage(client),
        bills=TmfBills(client),
        paths=paths,
        levers=levers,
    )
