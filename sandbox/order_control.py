"""How does one hold, release or spoil an order from outside?"""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.bss.order import OrderRefusedError, control
from sandbox.bss.order_book import StoredOrder
from sandbox.bss.tmf.body import read_object, wanted_text
from sandbox.bss.tmf.collection import render_json
from sandbox.bss.tmf.order import find_order
from sandbox.bss.tmf.order_wire import render_order
from sandbox.bss.tmf.problem import Problem
from sandbox.bss.world import World

_SOME_REASON = {"fail": "resourceUnavailable", "partial": "notAtHome", "hold": "systemBusy"}


def order_control_routes(world: World, told: Callable[[], None]) -> list[Route]:
    """``POST /sandbox/order {"id", "deed", "reason"}``: the id or reference of an order, what is done, and why."""

    async def do(request: Request) -> Response:
        wire = await read_object(request, frozenset({"id", "deed", "reason"}))
        deed = wanted_text(wire, "deed")
        reason = wanted_text(wire, "reason") if "reason" in wire else _SOME_REASON.get(deed, "")
        try:
            changed = control(world, _order_asked(world, wanted_text(wire, "id")), deed, reason)
        except OrderRefusedError as error:
            raise Problem(400 if error.code == "badDeed" else 409, error.code, error.reason) from None
        told()
        return render_json(render_order(world, changed, world.clock.now_ms()), status=201)

    return [Route("/sandbox/order", do, methods=["POST"])]


def _order_asked(world: World, id_: str) -> StoredOrder:
    order = find_order(world, id_) or world.store.orders.find_by_reference(id_)
    if order is None:
        raise Problem(404, "notFound", "There is no order of this id or reference.")
    return order
