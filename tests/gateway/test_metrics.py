"""Does what is counted stay bounded, and readable when a system is away?"""

import asyncio
import re
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from gateway.database import write
from gateway.health import health_routes
from gateway.metrics import CountRequests
from gateway.migrations import upgrade_database
from gateway.settings import load_settings
from gateway.wiring import open_hall
from loyalty.run_tables import loyalty_run
from loyalty.tables import to_us

pytestmark = pytest.mark.anyio


async def test_accounts_that_are_not_the_sum_of_their_postings_are_told_until_an_audit_finds_none(
    tmp_path: Path,
) -> None:
    settings = load_settings(data_folder=tmp_path, bss_url="http://127.0.0.1:1")
    await asyncio.to_thread(upgrade_database, settings.database)
    async with open_hall(settings) as hall:
        client = httpx.AsyncClient(transport=httpx.ASGITransport(Starlette(routes=health_routes(hall))))
        assert "onehall_points_audit_age_seconds +Inf" in (await client.get("http://hall/metrics")).text, "none ever"
        now_us = to_us(hall.client.clock.now())
        for day, counted in (("2026-11-20", 0), ("2026-11-21", 3), ("2026-11-22", 0)):
            run = {"id": f"audit:{day}", "kind": "audit", "period": day, "state": "done", "counted": counted}
            rest = {"place": "", "found": "[]", "began_at_us": 0, "ended_at_us": now_us - 3_600_000_000, "attempts": 1}
            async with write(hall.engine) as connection:
                await connection.execute(loyalty_run.insert().values(run | rest))
            told = (await client.get("http://hall/metrics")).text
            assert f'onehall_waiting_rows{{table="points_difference"}} {counted}.0' in told
            [age] = re.findall(r"^onehall_points_audit_age_seconds (.*)$", told, re.MULTILINE)
            assert 3600 <= float(age) < 3900
        await client.aclose()


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
    assert "onehall_points_audit_age_seconds NaN" in answer.text
    assert "onehall_waiting_rows{" not in answer.text, "a figure that is not known is not told"
    assert 'method="other",route="/healthz"' in answer.text
    assert "ALPHA" not in answer.text
    assert ready.status_code == 503
    assert ready.json()["systems"]["bill"] == "bill_unavailable", "what is wrong with it, not how we name the error"
