"""What is counted, timed and traced of a request?"""

import time

from opentelemetry import propagate, trace
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REGISTRY = CollectorRegistry()
REQUESTS = Counter("onehall_http_requests", "Answered HTTP requests.", ["method", "route", "status"], registry=REGISTRY)
SECONDS = Histogram(
    "onehall_http_request_seconds",
    "Time to the end of an answer.",
    ["route"],
    registry=REGISTRY,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
WAITING = Gauge("onehall_waiting_rows", "Rows that wait for somebody's deed.", ["table"], registry=REGISTRY)
AUDIT_AGE = Gauge(
    "onehall_points_audit_age_seconds", "Since the last audit of all points; +Inf: none ever.", registry=REGISTRY
)
UNWELL = Gauge("onehall_bss_unwell", "1 while calls to this system are being spared.", ["system"], registry=REGISTRY)


TRACER = trace.get_tracer(__name__)

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Those that are counted by name: a method is whatever a client says, and each new one would be a series for ever."""


class CountRequests:
    """Counts, times and traces requests by route pattern, never by path: a path may hold an id, a query a number."""

    def __init__(self, app: ASGIApp, routes: list[BaseRoute]) -> None:
        self._app = app
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on and counts its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500
        begun = time.perf_counter()
        route = self._pattern_of(scope)
        caller = propagate.extract(
            {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        )

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        span = TRACER.start_as_current_span(
            f"{scope['method']} {route}", context=caller, kind=trace.SpanKind.SERVER, attributes={"http.route": route}
        )
        try:
            with span as current:
                await self._app(scope, receive, watch)
                current.set_attribute("http.response.status_code", status)
        finally:
            method = scope["method"] if scope["method"] in METHODS else "other"
            REQUESTS.labels(method, route, str(status)).inc()
            SECONDS.labels(route).observe(time.perf_counter() - begun)

    def _pattern_of(self, scope: Scope) -> str:
        for route in self._routes:
            if route.matches(scope)[0] is not Match.NONE:
                return str(getattr(route, "path", "other"))
        return "unknown"
