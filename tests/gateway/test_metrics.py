"""Does what is counted stay bounded, and readable when a system is away?"""

from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from gateway.health import health_routes
from gateway.metrics import CountRequests
from gateway.settings import load_settings
from gateway.wiring import open_hall

pytestmark = pytest.mark.anyio


async def test_metrics_answer_without_a_database_and_invented_methods_are_one(tmp_path: Path) -> None:
    settings = load_settings(
        data_folder=tmp_path, database_url="postgresql://nobody@127.0.0.1:1/none", bss_url="http://127.0.0.1:1"
    )
    async with open_hall(settings) as hall:
        routes = health_routes(hall)
        app = CountRequests(Starlette(routes=routes), routes)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hall") as client:
            for word in ("ALPHA", "BETA"):
                await client.request(word, "/healthz")
            answer = await client.get("/metrics")
            ready = await client.get("/readyz")
    assert answer.status_code == 200
    assert 'onehall_bss_unwell{system="bill"}' in answer.text
    assert "onehall_waiting_rows{" not in answer.text, "a figure that is not known is not told"
    assert 'method="other",route="/healthz"' in answer.text
    assert "ALPHA" not in answer.text
    assert ready.status_code == 503
    assert ready.json()["systems"]["bill"] == "bill_unavailable", "what is wrong with it, not how we name the error"
