"""Who meets the authorization server in these tests?"""

from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from .client_app import ClientApp
from .stage import Stage, build_app, set_stage

ISSUER = "https://hall.example"


@pytest.fixture
async def stage(engine: AsyncEngine) -> AsyncIterator[Stage]:
    stage = await set_stage(engine, ISSUER)
    yield stage
    await stage.keeper.finish()


@pytest.fixture
async def http(stage: Stage) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(build_app(stage))
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as http:
        yield http


@pytest.fixture
def partner(stage: Stage, http: httpx.AsyncClient) -> ClientApp:
    return ClientApp(stage, http, "partner", stage.secrets["partner"])


@pytest.fixture
def rival(stage: Stage, http: httpx.AsyncClient) -> ClientApp:
    return ClientApp(stage, http, "rival", stage.secrets["rival"])


@pytest.fixture
def native(stage: Stage, http: httpx.AsyncClient) -> ClientApp:
    return ClientApp(stage, http, "native", None, redirect_uri="http://127.0.0.1:51234/back")
