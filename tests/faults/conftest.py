"""A failing BSS over a real socket, and a client that has little patience with it."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.limits import Limits
from bss_adapters.tmf.snapshot import MemorySnapshots
from tests.bss_adapters.wire_bodies import ACCOUNT, CONSUMPTION, LINE, POTS
from tests.faults.fault_server import FaultServer, serve_faults

IMPATIENT = Limits(
    budget_seconds=0.4,
    slow_seconds=0.2,
    failures_to_open=1000,
    open_seconds=0.5,
    backoff_seconds=0.02,
    body_bytes=1_000_000,
    fresh_seconds=0.0,
)


@pytest.fixture
async def server() -> AsyncIterator[FaultServer]:
    async with serve_faults() as server:
        server.bodies = {
            "A1": ACCOUNT,
            "A2": ACCOUNT | {"id": "A2"},
            "L1": LINE,
            "product": [LINE],
            "bucket": POTS,
            "queryUsageConsumption": CONSUMPTION,
            "hub": {"id": "H1", "callback": "http://127.0.0.1:1"},
        }
        yield server


@pytest.fixture
async def make_client(server: FaultServer) -> AsyncIterator[Callable[..., TmfClient]]:
    made: list[TmfClient] = []

    def make(**limits: float) -> TmfClient:
        client = TmfClient(server.url, snapshots=MemorySnapshots(), limits=replace(IMPATIENT, **limits))
        made.append(client)
        return client

    yield make
    for client in made:
        await client.aclose()


@pytest.fixture
def client(make_client: Callable[..., TmfClient]) -> TmfClient:
    return make_client()
