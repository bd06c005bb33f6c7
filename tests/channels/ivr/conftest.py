"""What does a call need to be tested: a schema to judge documents, and a hall on a real socket?"""

import asyncio
import importlib.util
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import uvicorn
from lxml import etree
from starlette.applications import Starlette

from channels.ivr.routes import ivr_routes
from tests.channels.ivr.fakes import FakeDoorkeeper, FakeGraph, FakeTexts, MemoryConversations

TOKEN = "a-gateway-of-the-operator"
BESIDE_THE_PROJECT = Path(__file__).parents[3].parent / "shared" / "voicexml"


def pytest_addoption(parser: pytest.Parser) -> None:
    with suppress(ValueError):  # the whole suite's own conftest.py may have it already
        parser.addoption("--voicexml-schema", default=None, help="folder with W3C's VoiceXML schema and validate.py")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def judge(request: pytest.FixtureRequest) -> Callable[[str], list[str]]:
    """The faults of a document by W3C's schema for VoiceXML 2.1."""
    chosen = request.config.getoption("--voicexml-schema", default=None)
    validator = Path(chosen or BESIDE_THE_PROJECT) / "validate.py"
    if not validator.exists():
        reason = f"no VoiceXML schema at {validator}: say where it is with --voicexml-schema=<folder>"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    spec = importlib.util.spec_from_file_location("voicexml_validate", validator)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    schema: etree.XMLSchema = module.load_schema()

    def faults(document: str) -> list[str]:
        schema.validate(etree.fromstring(document.encode()))
        return [f"{entry.line}: {entry.message}" for entry in schema.error_log]  # type: ignore[attr-defined]

    return faults


@pytest.fixture
def graph() -> FakeGraph:
    return FakeGraph()


@pytest.fixture
def doorkeeper() -> FakeDoorkeeper:
    return FakeDoorkeeper()


@pytest.fixture
def texts() -> FakeTexts:
    return FakeTexts()


@pytest.fixture
def conversations() -> MemoryConversations:
    return MemoryConversations()


@pytest.fixture
def app(
    graph: FakeGraph, doorkeeper: FakeDoorkeeper, conversations: MemoryConversations, texts: FakeTexts
) -> Starlette:
    routes = ivr_routes(
        graph,
        doorkeeper,
        conversations,
        trusted_token=TOKEN,
        public_url="http://localhost:8000",
        agent_address="tel:10086",
        texts=texts,
    )
    return Starlette(routes=routes)


@asynccontextmanager
async def serve(app: Starlette) -> AsyncIterator[str]:
    """The app under uvicorn on a free port of this machine; its address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="info", lifespan="off"))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await running


@pytest.fixture
async def hall_url(app: Starlette) -> AsyncIterator[str]:
    async with serve(app) as url:
        yield url


@pytest.fixture
def update_goldens() -> bool:
    return os.environ.get("UPDATE_GOLDENS") == "1"
