"""Which addresses does the sandbox answer?"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import UTC, datetime
from email.utils import format_datetime

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.bss.herald import Herald
from sandbox.bss.hub import Hub
from sandbox.bss.month import render_instant
from sandbox.bss.tmf.account import account_routes
from sandbox.bss.tmf.balance import balance_routes
from sandbox.bss.tmf.balance_action import balance_action_routes
from sandbox.bss.tmf.bill import bill_routes
from sandbox.bss.tmf.catalogue import catalogue_routes
from sandbox.bss.tmf.consumption import consumption_routes
from sandbox.bss.tmf.hub import hub_routes
from sandbox.bss.tmf.inventory import inventory_routes
from sandbox.bss.tmf.line_change import line_change_routes
from sandbox.bss.tmf.loyalty import loyalty_routes
from sandbox.bss.tmf.order import order_routes
from sandbox.bss.tmf.party import customer_routes, party_routes
from sandbox.bss.tmf.payment import payment_routes
from sandbox.bss.tmf.problem import Problem, render_numbered_problem, render_problem
from sandbox.bss.tmf.qualification import qualification_routes
from sandbox.bss.tmf.ticket import ticket_routes
from sandbox.bss.tmf.usage import usage_routes
from sandbox.bss.tmf.wire import (
    ACCOUNT,
    BALANCE,
    BILL,
    CATALOGUE,
    CONSUMPTION,
    CUSTOMER,
    HOST,
    INVENTORY,
    LOYALTY,
    ORDER,
    PARTY,
    PAYMENT,
    QUALIFICATION,
    TICKET,
    USAGE,
    Json,
)  # fmt: skip
from sandbox.bss.world import World
from sandbox.cause_control import cause_routes
from sandbox.control import control_routes
from sandbox.fault import Faults, FaultyWay, fault_routes
from sandbox.gift_control import gift_control_routes
from sandbox.line_control import line_control_routes
from sandbox.order_control import order_control_routes
from sandbox.pay.signature import Merchant
from sandbox.payments import PLAY_MERCHANT, open_pay_house
from sandbox.ticket_control import ticket_control_routes
from sandbox.voucher_control import voucher_control_routes

SYSTEM_OF = {
    CUSTOMER: "customer",
    PARTY: "customer",
    ACCOUNT: "account",
    CATALOGUE: "catalogue",
    INVENTORY: "line",
    USAGE: "usage",
    CONSUMPTION: "usage",
    BALANCE: "balance",
    PAYMENT: "payment",
    LOYALTY: "loyalty",
    BILL: "bill",
    TICKET: "ticket",
    QUALIFICATION: "order",
    ORDER: "order",
}
"""Which system an address belongs to: what ``/sandbox/outage`` breaks."""

Lifespan = Callable[[Hub], AbstractAsyncContextManager[None]]


def create_app(
    world: World,
    *,
    extra_routes: Sequence[BaseRoute] = (),
    life: Lifespan | None = None,
    merchant: Merchant = PLAY_MERCHANT,
) -> Starlette:
    """The sandbox over HTTP. Its lifespan delivers events (and runs ``life``); without a lifespan events wait in the
    store."""
    hub = Hub(world.store)
    herald = Herald(world, hub)
    faults = Faults()
    pay_house = open_pay_house(world.store.database, world.clock, merchant)

    def announce(api: str, event_type: str, event: Json) -> None:
        hub.announce(api, event_type, render_instant(world.clock.now_ms()), event)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await hub.start()
        try:
            async with herald.at_work(), pay_house.at_work(), life(hub) if life else nullcontext():
                yield
        finally:
            await hub.stop()

    return Starlette(
        routes=[
            *customer_routes(world),
            *party_routes(world),
            *account_routes(world),
            *catalogue_routes(world),
            *inventory_routes(world),
            *line_change_routes(world, hub),
            *usage_routes(world),
            *balance_routes(world),
            *balance_action_routes(world, announce, herald.tell_lines),
            *payment_routes(world),
            *loyalty_routes(world),
            *consumption_routes(world),
            *bill_routes(world),
            *ticket_routes(world, herald.look),
            *qualification_routes(world),
            *order_routes(world, herald.look),
            *order_control_routes(world, herald.look),
            *fault_routes(faults),
            *(route for address in SYSTEM_OF for route in hub_routes(hub, address)),
            *control_routes(world, hub, moved=herald.look),
            *line_control_routes(world, hub),
            *ticket_control_routes(world, herald.look),
            *cause_routes(world),
            *voucher_control_routes(world),
            *gift_control_routes(world),
            *pay_house.routes,
            *extra_routes,
        ],
        middleware=[Middleware(FaultyWay, faults=faults), Middleware(_BusinessHours, world=world)],
        exception_handlers={Problem: _say_no, HTTPException: _say_http_no},
        lifespan=lifespan,
    )


class _BusinessHours:
    """Puts the business time into ``Date``, and answers 503 for a system that is out."""

    def __init__(self, app: ASGIApp, world: World) -> None:
        self._app = app
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        host = dict(scope["headers"]).get(b"host", b"127.0.0.1").decode("latin-1")
        HOST.set(f"{scope['scheme']}://{host}")
        now = datetime.fromtimestamp(self._world.clock.now_ms() / 1000, UTC)
        date = (b"date", format_datetime(now, usegmt=True).encode())

        async def send_dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), date]
            await send(message)

        address = "/".join(scope["path"].split("/")[:4])
        app = _unavailable if SYSTEM_OF.get(address) in self._world.outages else self._app
        await app(scope, receive, send_dated)


async def _unavailable(scope: Scope, receive: Receive, send: Send) -> None:
    answer = render_problem(Problem(503, "outOfService", "This system is out of service."))
    await answer(scope, receive, send)


async def _say_no(request: Request, error: Exception) -> Response:
    return _said(request, error if isinstance(error, Problem) else Problem(500, "internalError", "Something failed."))


async def _say_http_no(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    codes = {404: "notFound", 405: "methodNotAllowed"}
    return _said(
        request, Problem(status, codes.get(status, "httpError"), getattr(error, "detail", "Something failed."))
    )


def _said(request: Request, problem: Problem) -> Response:
    """TMF658's Error has numbers where all others have texts."""
    return (render_numbered_problem if request.url.path.startswith(LOYALTY) else render_problem)(problem)
