"""How do the BSS's events reach our journal, whoever must look at a line again, and whoever tells of a bill?"""

import asyncio
import hmac
import time
from collections.abc import Awaitable, Callable
from functools import partial

import structlog
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bss_adapters.tmf import bill_event, line_event, order_event, usage_event
from gateway.body import BodyRefusal, read_body
from gateway.database import DatabaseFault
from gateway.keys import hub_token
from gateway.wiring import Hall
from graphql_schema.ports import BssFault, answering_by
from graphql_schema.types.bill_event import BillEvent
from graphql_schema.types.usage_event import UsageEvent

log = structlog.get_logger(__name__)

LineChanged = Callable[[str], Awaitable[None]]
"""What is done when a line (by its id) was closed, barred, given away or got another SIM card."""
BillIssued = Callable[[BillEvent], Awaitable[object]]
"""What is done when a bill was issued: it stands then that whoever pays is to be told."""
Listener = Callable[[bytes], Awaitable[Response]]

LARGEST_EVENT_BYTES = 256 * 1024
LINE_WITHIN_SECONDS = 4.0
"""To look at a line again, or at the lines of a bill's account. The BSS waits for it meanwhile."""
REFUSED_BODIES = {
    BodyRefusal.TOO_LARGE: (413, {"code": "too_large", "reason": f"more than {LARGEST_EVENT_BYTES} bytes"}),
    BodyRefusal.TOO_SLOW: (408, {"code": "too_slow", "reason": "the event did not arrive in time; send it again"}),
    BodyRefusal.GONE: (400, {"code": "bad_event", "reason": "the event broke off"}),
}


def hub_routes(
    hall: Hall, wake_worker: "WakeWorker", line_changed: LineChanged, bill_issued: BillIssued
) -> list[BaseRoute]:
    """``POST /bss/<token>/listener/<event>``: 204 once our part is done, never before, so that the BSS sends it again.

    A use stands in our journal then. A line that changed has been told to ``line_changed``, after all that shows it was
    outdated, and a new bill to ``bill_issued``; both may raise BssFault or DatabaseFault.
    """
    use, line = partial(_take_use, hall, wake_worker), partial(_take_line, hall, line_changed)
    listeners: dict[str, Listener] = {
        usage_event.EVENT: use,
        **dict.fromkeys(line_event.LISTENERS, line),
        bill_event.LISTENER: partial(_take_bill, bill_issued),
        order_event.LISTENER: partial(_take_order, hall),
    }
    token = hub_token(hall.settings)
    return [
        Route(f"/bss/{{token}}/listener/{name}", _listening(token, take), methods=["POST"])
        for name, take in listeners.items()
    ]


def _listening(token: str, take: Listener) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that lets the BSS in, and nobody else."""

    async def listen(request: Request) -> Response:
        if not hmac.compare_digest(request.path_params["token"].encode(), token.encode()):
            return JSONResponse({"code": "not_found", "reason": "no such listener"}, 404)
        body = await read_body(request, most_bytes=LARGEST_EVENT_BYTES)
        if isinstance(body, BodyRefusal):
            status, said = REFUSED_BODIES[body]
            return JSONResponse(said, status)
        return await take(body)

    return listen


async def _take_use(hall: Hall, wake_worker: "WakeWorker", body: bytes) -> Response:
    try:
        event = usage_event.parse_usage_event(body)
    except BssFault:
        return JSONResponse({"code": "bad_event", "reason": "not a rated TMF635 usage"}, 400)
    try:
        await hall.journal.append([event])
    except DatabaseFault:
        return JSONResponse({"code": "unavailable", "reason": "not stored; send it again"}, 503)
    wake_worker()
    return Response(status_code=204, background=BackgroundTask(_tell, hall, event))


async def _take_line(hall: Hall, line_changed: LineChanged, body: bytes) -> Response:
    try:
        line_id = line_event.parse_line_event(body)
    except BssFault:
        return JSONResponse({"code": "bad_event", "reason": "not a change of a TMF637 product"}, 400)
    with answering_by(time.monotonic() + LINE_WITHIN_SECONDS):
        await hall.use_effects.outdate_line(line_id)
        return await _do("line_not_looked_at", line_changed(line_id))


async def _take_order(hall: Hall, body: bytes) -> Response:
    """The line's orders, and what it has, are read anew by whoever looks; the worker follows those that are ours."""
    try:
        line_id = order_event.parse_order_event(body)
    except BssFault:
        return JSONResponse({"code": "bad_event", "reason": "not a change of a TMF622 product order"}, 400)
    with answering_by(time.monotonic() + LINE_WITHIN_SECONDS):
        await hall.use_effects.outdate_line(line_id)
        await hall.wake_ups.announce(line_id)
        return await _do("order_not_followed", hall.deals.change_work.hasten(line_id))


async def _take_bill(bill_issued: BillIssued, body: bytes) -> Response:
    try:
        event = bill_event.parse_bill_event(body)
    except BssFault:
        return JSONResponse({"code": "bad_event", "reason": "not a new TMF678 customer bill"}, 400)
    with answering_by(time.monotonic() + LINE_WITHIN_SECONDS):
        return await _do("bill_not_told", bill_issued(event))


async def _do(failure: str, deed: Awaitable[object]) -> Response:
    """204 once it is done, 503 where doing it again can help; else it would fail each time, and what comes after it
    would wait behind it."""
    try:
        await deed
    except (BssFault, DatabaseFault) as fault:
        log.warning(failure, code=getattr(fault, "code", type(fault).__name__))
        if getattr(fault, "retryable", True):
            return JSONResponse({"code": "unavailable", "reason": "not done; send it again"}, 503)
    return Response(status_code=204)


async def _tell(hall: Hall, event: UsageEvent) -> None:
    """Lets everybody who sees the use read anew, and its line's standing order be looked at if it cost something.
    The BSS does not wait for it: what we ask it may be part of this."""
    for line_id in await hall.use_effects.outdate(event):
        await hall.wake_ups.announce(line_id)
    if event.fee.amount:
        try:
            await hall.deals.auto_work.note_low(event.line_id)
        except DatabaseFault:
            log.warning("standing_order_not_hastened")  # it is looked at every ten minutes anyway


class WakeWorker:
    """Tells a worker that the journal has grown, and lets nobody wait for it: the event stands already.

    One message is under way at a time, and all events that come meanwhile share the next one. It may fail: the
    worker's sweep finds the events within seconds.
    """

    def __init__(self, send_task: Callable[..., object]) -> None:
        self._send_task = send_task
        self._asked_again = False
        self._sending: asyncio.Task[None] | None = None

    def __call__(self) -> None:
        """Begins to send, unless that is under way."""
        self._asked_again = True
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send(), name="wake worker")

    async def _send(self) -> None:
        while self._asked_again:
            self._asked_again = False
            try:
                await asyncio.to_thread(self._send_task, "count_usage", expires=10)  # Celery's client blocks
            except Exception as fault:  # noqa: BLE001  a broker that is away costs seconds, never an event
                log.warning("worker_not_woken", error=type(fault).__name__)
