"""Does the sandbox keep to the specifications, in process and over a socket?"""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.conformance.exercise import exercise
from tests.conformance.fault import render_faults
from tests.conformance.serving import served
from tests.conformance.swagger import Specifications

pytestmark = [pytest.mark.anyio, pytest.mark.tmf]


@pytest.fixture(params=["in process", "over a socket"])
async def sandbox_bss(request: pytest.FixtureRequest, sandbox_app: object) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a sandbox's TMF APIs, through ASGI and through a real socket."""
    if request.param == "in process":
        transport = httpx.ASGITransport(sandbox_app, raise_app_exceptions=False)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://bss.example/tmf-api") as client:
            yield client
        return
    async with served(sandbox_app) as address, httpx.AsyncClient(base_url=f"{address}/tmf-api", timeout=30) as client:
        yield client


async def test_the_sandbox_has_no_faults(sandbox_bss: httpx.AsyncClient, specifications: Specifications) -> None:
    examination = await exercise(sandbox_bss, specifications)
    assert not examination.faults, "\n" + render_faults(examination.faults)
