"""Do spans leave the process behind a setting, and without personal data?"""

import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

TELL = """
import asyncio, sys
import httpx
from opentelemetry import trace
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from gateway.metrics import CountRequests
from gateway.telemetry import configure_tracing

configure_tracing(sys.argv[1], process="test")
routes = [Route("/bills/{bill_id}", lambda _: PlainTextResponse("ok"))]
app = CountRequests(Starlette(routes=routes), routes)

async def ask() -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hall") as client:
        await client.get("/bills/B-secret-17?caller=13800138001")

asyncio.run(ask())
provider = trace.get_tracer_provider()
getattr(provider, "shutdown", lambda: None)()
"""


class Collector(BaseHTTPRequestHandler):
    received: ClassVar[list[tuple[str, bytes]]] = []

    def do_POST(self) -> None:
        self.received.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def collect(endpoint: str | None) -> list[tuple[str, bytes]]:
    Collector.received = []
    server = HTTPServer(("127.0.0.1", 0), Collector)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        address = f"http://127.0.0.1:{server.server_port}" if endpoint is None else endpoint
        subprocess.run([sys.executable, "-c", TELL, address], check=True, timeout=60)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    return Collector.received


def test_a_collector_gets_the_request_by_its_route_and_nothing_personal() -> None:
    [(path, body)] = collect(None)
    assert path == "/v1/traces"
    assert b"GET /bills/{bill_id}" in body
    assert b"onehall-test" in body
    assert b"13800138001" not in body
    assert b"B-secret-17" not in body


def test_without_the_setting_nothing_is_sent() -> None:
    assert collect("") == []
