"""How do the BSS's events reach our journal, and how does the BSS know where to send them?"""

import asyncio
import hmac
from collections.abc import Callable
from pathlib import Path

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bss_adapters.tmf.hub import TmfHub
from bss_adapters.tmf.usage_event import parse_usage_event
from gateway.database import DatabaseFault
from gateway.keys import hub_token
from gateway.wiring import Hall
from graphql_schema.ports import BssFault

log = structlog.get_logger(__name__)

LARGEST_EVENT_BYTES = 256 * 1024
RENEWED_EVERY_SECONDS = 600
RETRIED_AFTER_SECONDS = 5


def hub_routes(hall: Hall, wake_worker: "WakeWorker") -> list[BaseRoute]:
    """``POST /bss/<token>/listener/usageCreateEvent``: 204 once the event stands in our journal, never before."""
    token = hub_token(hall.settings)

    async def listen(request: Request) -> Response:
        if not hmac.compare_digest(request.path_params["token"].encode(), token.encode()):
            return JSONResponse({"code": "not_found", "reason": "no such listener"}, 404)
        body = await _read_bounded(request)
        if body is None:
            return JSONResponse({"code": "too_large", "reason": f"more than {LARGEST_EVENT_BYTES} bytes"}, 413)
        try:
            event = parse_usage_event(body)
        except BssFault:
            return JSONResponse({"code": "bad_event", "reason": "not a rated TMF635 usage"}, 400)
        try:
            await hall.journal.append([event])
        except DatabaseFault:
            return JSONResponse({"code": "unavailable", "reason": "not stored; send it again"}, 503)
        await hall.usage.outdate(event.line_id)
        await wake_worker()
        await hall.wake_ups.announce(event.line_id)
        return Response(status_code=204)

    return [Route("/bss/{token}/listener/usageCreateEvent", listen, methods=["POST"])]


async def _read_bounded(request: Request) -> bytes | None:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_EVENT_BYTES:
            return None
    return body


class WakeWorker:
    """Tells a worker that the journal has grown. It may fail: the worker's sweep finds the event within seconds."""

    def __init__(self, send_task: Callable[..., object]) -> None:
        self._send_task = send_task

    async def __call__(self) -> None:
        """Sends the task in a thread, since Celery's client blocks."""
        try:
            await asyncio.to_thread(self._send_task, "count_usage", expires=10)
        except Exception as fault:  # noqa: BLE001  a broker that is away costs two seconds, never the event
            log.warning("worker_not_woken", error=type(fault).__name__)


async def keep_registered(hall: Hall) -> None:
    """Registers our listener at the BSS and renews it, for as long as the gateway runs.

    The id of the registration is kept in the data folder, so that a restart replaces it. The new one is made before the
    old one is ended: an event may come twice then, which its id tells, but none falls between.
    """
    settings = hall.settings
    base = settings.hub_callback_url or f"http://{settings.host}:{settings.port}"
    hub = TmfHub(hall.client, callback=f"{base}/bss/{hub_token(settings)}")
    kept = settings.data_folder / "hub-registration"
    while True:
        try:
            await _renew(hub, kept)
            await asyncio.sleep(RENEWED_EVERY_SECONDS)
        except BssFault as fault:
            log.warning("hub_not_registered", code=fault.code, retry_seconds=RETRIED_AFTER_SECONDS)
            await asyncio.sleep(RETRIED_AFTER_SECONDS)


async def _renew(hub: TmfHub, kept: Path) -> None:
    before = await asyncio.to_thread(lambda: kept.read_text(encoding="utf-8") if kept.exists() else None)
    now = await hub.register()
    await asyncio.to_thread(kept.write_text, now, encoding="utf-8")
    if before is not None and before != now:
        await hub.unregister(before)
