"""How does one bar, close or pass on a line, or change its SIM card, from outside?"""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.bss.hub import Hub
from sandbox.bss.line_deed import LineRefusedError, change_sim, recycle, set_standing
from sandbox.bss.month import render_instant
from sandbox.bss.portfolio import Line
from sandbox.bss.tmf.body import read_object, wanted_text
from sandbox.bss.tmf.collection import render_json
from sandbox.bss.tmf.problem import Problem
from sandbox.bss.tmf.wire import Json
from sandbox.bss.world import World
from sandbox.control import line_asked

Deed = Callable[[World, Hub, Line, Json], Json]


def line_control_routes(world: World, hub: Hub) -> list[Route]:
    """``/sandbox/sim``, ``/sandbox/line`` and ``/sandbox/recycle``."""
    deeds: dict[str, tuple[frozenset[str], Deed]] = {
        "sim": (frozenset({"number"}), _change_sim),
        "line": (frozenset({"number", "status"}), _set_standing),
        "recycle": (frozenset({"number"}), _recycle),
    }
    return [
        Route(f"/sandbox/{name}", _doing(world, hub, known, deed), methods=["POST"])
        for name, (known, deed) in deeds.items()
    ]


def _doing(world: World, hub: Hub, known: frozenset[str], deed: Deed) -> Callable[[Request], object]:
    async def do(request: Request) -> Response:
        wire = await read_object(request, known)
        line = line_asked(world, wanted_text(wire, "number"))
        try:
            return render_json(deed(world, hub, line, wire), status=201)
        except LineRefusedError as error:
            raise Problem(400 if error.code == "badStatus" else 409, error.code, error.reason) from None

    return do


def _change_sim(world: World, hub: Hub, line: Line, _: Json) -> Json:
    changed_ms = change_sim(world, hub, line)
    return {"number": line.number, "lineId": line.id, "simChangedAt": render_instant(changed_ms)}


def _set_standing(world: World, hub: Hub, line: Line, wire: Json) -> Json:
    present = set_standing(world, hub, line, wanted_text(wire, "status"))
    return {"number": line.number, "lineId": line.id, "status": world.standing(present, world.clock.now_ms())}


def _recycle(world: World, hub: Hub, line: Line, _: Json) -> Json:
    heir = recycle(world, hub, line)
    customer = world.portfolio_of(heir.id).customer
    return {
        "number": line.number,
        "formerLineId": line.id,
        "lineId": heir.id,
        "accountId": heir.account_id,
        "customerId": customer.id,
        "identityNumber": customer.person.identity_number,
    }
