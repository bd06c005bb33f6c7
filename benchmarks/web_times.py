"""What does one home page of the web hall cost the server, beside the least that any page can cost?

The graph and the doorkeeper answer at once, so this is the hall alone: cookie, caller, template, compression. The
control is a page of the same bytes that was made before, through the same routing and compression.
"""

import asyncio
import statistics
import sys
import time
from pathlib import Path

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.channels.web_hall.fakes import TOKEN, FakeDoorkeeper, FakeGraph, build_hall
from tests.channels.web_hall.states import STATE_BY_NAME

ROUNDS, PAGES_A_ROUND = 7, 40
TARGET_MILLISECONDS = 20.0


async def main() -> None:
    """Prints CPU and wall time a page; ends with 1 when the median of a page is above the target."""
    hall = build_hall(FakeGraph(STATE_BY_NAME["home-ordinary"].answers), FakeDoorkeeper())
    page = await _fetch(hall)
    control = _ready_made(page.text)
    await _fetch(control)
    times: dict[str, list[tuple[float, float]]] = {"a page that was made before": [], "the home page": []}
    for _ in range(ROUNDS):
        for name, app in zip(times, (control, hall), strict=True):
            times[name] += await _measure(app)
    for name, measured in times.items():
        walls, cpus = (sorted(each) for each in zip(*measured, strict=True))
        p95 = walls[int(len(walls) * 0.95)]
        print(f"{name}: p50 {statistics.median(walls):.2f} ms, p95 {p95:.2f} ms, CPU {statistics.median(cpus):.2f} ms")
    sizes = f"{len(page.content)} bytes of HTML, {int(page.headers['content-length'])} compressed"
    print(f"{sizes}; with a client in the same process")
    if statistics.median(wall for wall, _ in times["the home page"]) > TARGET_MILLISECONDS:
        sys.exit(1)


async def _measure(app: Starlette) -> list[tuple[float, float]]:
    """Wall and CPU milliseconds of each page."""
    measured = []
    cookies = {"hall": TOKEN, "language": "zh"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://localhost:8000", cookies=cookies
    ) as client:
        for _ in range(PAGES_A_ROUND):
            wall, cpu = time.perf_counter(), time.process_time()
            answer = await client.get("/home")
            measured.append(((time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000))
            assert answer.status_code == 200
    return measured


async def _fetch(app: Starlette) -> httpx.Response:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://localhost:8000", cookies={"hall": TOKEN}
    ) as client:
        return await client.get("/home")


def _ready_made(text: str) -> Starlette:
    async def answer(request: Request) -> HTMLResponse:
        return HTMLResponse(text)

    compression = Middleware(GZipMiddleware, minimum_size=500, compresslevel=6)
    return Starlette(routes=[Route("/home", answer, middleware=[compression])])


if __name__ == "__main__":
    asyncio.run(main())
