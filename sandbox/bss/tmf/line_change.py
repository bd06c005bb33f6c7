"""TMF637 PATCH product: which charges of a line are paused?"""

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.bss.brake import PAUSABLE, Brake
from sandbox.bss.hub import Hub
from sandbox.bss.line_deed import LineRefusedError, set_brake
from sandbox.bss.month import parse_instant_ms
from sandbox.bss.portfolio import Line
from sandbox.bss.tmf.body import read_object, wanted
from sandbox.bss.tmf.collection import render_json
from sandbox.bss.tmf.inventory import render_line_now
from sandbox.bss.tmf.problem import Problem, bad_request, not_found
from sandbox.bss.tmf.wire import INVENTORY
from sandbox.bss.world import World

_KNOWN: Final = frozenset({"chargeBrake", "chargeBrakeSince"})


def line_change_routes(world: World, hub: Hub) -> list[Route]:
    """``PATCH /product/{id}`` of a line: its ``chargeBrake``; nothing else of a product is changed from outside."""

    async def change(request: Request) -> Response:
        line = _line(world, request.path_params["id"])
        traits = _traits(
            wanted(await read_object(request, frozenset({"productCharacteristic"})), "productCharacteristic")
        )
        try:
            set_brake(world, hub, line, _brake(traits, world.clock.now_ms()))
        except LineRefusedError as error:
            raise Problem(409, error.code, error.reason) from None
        return render_json(render_line_now(world, world.line(line.id)))

    return [Route(f"{INVENTORY}/product/{{id}}", change, methods=["PATCH"])]


def _line(world: World, id_: str) -> Line:
    try:
        return world.line(id_)
    except LookupError:
        raise not_found("product", id_) from None


def _traits(wire: Any) -> Mapping[str, Any]:  # noqa: ANN401  JSON
    """Characteristics by name. Raises Problem 400: not a list of them, or one that can't be changed."""
    if not isinstance(wire, list) or not all(isinstance(item, dict) and "value" in item for item in wire):
        raise bad_request("badProperty", "productCharacteristic must be a list of {name, value}.")
    traits = {str(item.get("name")): item["value"] for item in wire}
    if not traits or not traits.keys() <= _KNOWN:
        raise bad_request("badProperty", f"Only {', '.join(sorted(_KNOWN))} can be changed.")
    return traits


def _brake(traits: Mapping[str, Any], now_ms: int) -> Brake:
    """What is asked for; the list replaces what was paused. Without ``chargeBrakeSince`` it begins now."""
    asked = wanted(traits, "chargeBrake")
    if not isinstance(asked, list) or not all(charge in PAUSABLE for charge in asked):
        raise bad_request("badProperty", f"chargeBrake must be a list of {', '.join(PAUSABLE)}.")
    try:
        since_ms = parse_instant_ms(traits["chargeBrakeSince"]) if traits.get("chargeBrakeSince") else now_ms
    except (ValueError, TypeError, OverflowError):
        raise bad_request("badProperty", "chargeBrakeSince must be an instant.") from None
    paused = tuple(charge for charge in PAUSABLE if charge in asked)
    return Brake(paused, since_ms) if paused else Brake()
