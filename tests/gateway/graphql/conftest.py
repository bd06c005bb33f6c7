"""Which gateway answers the tests of its GraphQL endpoint? The real routes over a fake BSS and a fake doorkeeper."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from gateway.graph import HallGraph
from gateway.http_graphql import graphql_routes
from graphql_schema.client import Operation, load_operations
from tests.fakes.doorkeeper import FakeDoorkeeper
from tests.fakes.ports import FakeBss

APP = load_operations(Path(__file__).parents[3] / "channels" / "app")


@pytest.fixture
def operations() -> dict[str, Operation]:
    return APP


@pytest.fixture
def bss() -> FakeBss:
    return FakeBss()


@pytest.fixture
def doorkeeper() -> FakeDoorkeeper:
    return FakeDoorkeeper()


@pytest.fixture(params=[pytest.param(False, id="trusted documents only")])
def application(request: pytest.FixtureRequest, bss: FakeBss, doorkeeper: FakeDoorkeeper) -> Starlette:
    """The endpoint; parametrise indirectly with True to open it to any document."""
    graph = HallGraph(bss.ports(), APP.values(), deadline_seconds=10, open_documents=request.param)
    return Starlette(routes=graphql_routes(graph, doorkeeper, public_url="http://hall.test"))


@pytest.fixture
async def client(application: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(application, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://hall.test") as client:
        yield client
