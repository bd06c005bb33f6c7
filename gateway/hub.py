"""How do the BSS's events reach our journal, and how does the BSS know where to send them?"""

import asyncio
import hmac

import orjson
import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bss_adapters.tmf.hub import UsageEventHub
from bss_adapters.tmf.usage_event import parse_usage_event
from gateway.database import DatabaseFault
from gateway.keys import keep_secret
from gateway.settings import Settings
from gateway.wiring import Hall
from graphql_schema.ports import BssFault

log = structlog.get_logger(__name__)

LARGEST_EVENT_BYTES = 256 * 1024
RENEWED_EVERY_SECONDS = 60


def hub_token(settings: Settings) -> str:
    """The secret in the callback address: whoever does not know it is not the BSS."""
    return settings.hub_token or keep_secret(settings.data_folder, "hub")


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
            event = parse_usage_event(orjson.loads(body))
        except (orjson.JSONDecodeError, BssFault):
            return JSONResponse({"code": "bad_event", "reason": "not a rated TMF635 usage"}, 400)
        try:
            await hall.journal.append([event])
        except DatabaseFault:
            return JSONResponse({"code": "unavailable", "reason": "not stored; send it again"}, 503)
        await hall.usage.outdate_usage(event.line_id)
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

    def __init__(self, send_task) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        self._send_task = send_task

    async def __call__(self) -> None:
        """Sends the task in a thread, since Celery's client blocks."""
        try:
            await asyncio.to_thread(self._send_task, "count_usage", expires=10)
        except Exception as fault:  # noqa: BLE001  a broker that is away costs two seconds, never the event
            log.warning("worker_not_woken", error=type(fault).__name__)


async def keep_registered(hall: Hall) -> None:
    """Registers our listener at the BSS and renews it, for as long as the gateway runs."""
    settings = hall.settings
    base = settings.hub_callback_url or f"http://{settings.host}:{settings.port}"
    hub = UsageEventHub(hall.client, callback=f"{base}/bss/{hub_token(settings)}")
    while True:
        try:
            await hub.register()
        except BssFault as fault:
            log.warning("hub_not_registered", code=fault.code, retry_seconds=RENEWED_EVERY_SECONDS // 12)
            await asyncio.sleep(RENEWED_EVERY_SECONDS / 12)
            continue
        await asyncio.sleep(RENEWED_EVERY_SECONDS)
