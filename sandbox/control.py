"""How does one see and move the sandbox from outside?"""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.bss.happening import UseRefusedError, Wish, use_now
from sandbox.bss.hub import Hub
from sandbox.bss.month import parse_instant_ms, render_instant
from sandbox.bss.number import line_by_number
from sandbox.bss.offering import UsageKind
from sandbox.bss.personas import PERSONAS, Persona
from sandbox.bss.portfolio import Line
from sandbox.bss.tmf.body import read_object, wanted, wanted_text
from sandbox.bss.tmf.collection import render_json
from sandbox.bss.tmf.problem import Problem, bad_request
from sandbox.bss.tmf.usage import render_usage
from sandbox.bss.tmf.wire import Json
from sandbox.bss.world import World

SYSTEMS = (
    "account", "balance", "bill", "catalogue", "customer", "line", "loyalty", "order", "payment", "ticket", "usage",
)  # fmt: skip
_KINDS: dict[str, UsageKind] = {"data": "data", "voice": "voice", "sms": "sms", "valueAdded": "valueAdded"}
_SOMEWHERE_ABROAD = "日本·东京"
_SOME_SERVICE = "游戏道具"
_USE = frozenset({"number", "usageType", "amount", "service", "roaming", "place"})
_GREATEST_USE = 10**12
_PASSED_ON = {"zh": "号码已回收,现在属于新的机主", "en": "The number was passed on to a new holder"}


def control_routes(world: World, hub: Hub, *, moved: Callable[[], None]) -> list[Route]:
    """Everything below ``/sandbox`` that is about the whole; ``moved`` is called when the clock was."""
    return [
        Route("/sandbox/personas", _personas(world), methods=["GET"]),
        Route("/sandbox/clock", _show_clock(world), methods=["GET"]),
        Route("/sandbox/clock", _move_clock(world, moved), methods=["POST"]),
        Route("/sandbox/usage", _use(world, hub), methods=["POST"]),
        Route("/sandbox/outage", _show_outage(world), methods=["GET"]),
        Route("/sandbox/outage", _break(world), methods=["POST"]),
    ]


def line_asked(world: World, number: str) -> Line:
    """The line that has this number now (or had it last). Raises Problem 404."""
    line = line_by_number(world, number)
    if line is None:
        raise Problem(404, "notFound", "There is no line of this number.")
    return line


def _personas(world: World) -> Callable[[Request], object]:
    async def show(_: Request) -> Response:
        return render_json([_render_persona(world, persona) for persona in PERSONAS])

    return show


def _render_persona(world: World, persona: Persona) -> Json:
    """Who has the number now: after it was passed on, no longer the one whose story it is."""
    line = line_asked(world, persona.number)
    portfolio = world.portfolio_of(line.id)
    its_own = portfolio.index == persona.portfolio_index
    now_ms = world.clock.now_ms()
    others = [other.number for other in portfolio.lines if other.id != line.id and not other.is_ended(now_ms)]
    return {
        "number": persona.number,
        "servicePassword": persona.service_password,
        "lineId": line.id,
        "accountId": line.account_id,
        "identityNumber": portfolio.customer.person.identity_number,
        **({"otherNumbers": others} if others else {}),
        "story": {"zh": persona.zh, "en": persona.en} if its_own else _PASSED_ON,
    }


def _show_clock(world: World) -> Callable[[Request], object]:
    async def show(_: Request) -> Response:
        return render_json({"now": render_instant(world.clock.now_ms())})

    return show


def _move_clock(world: World, moved: Callable[[], None]) -> Callable[[Request], object]:
    async def move(request: Request) -> Response:
        try:
            world.move_clock(_instant_asked(world, await read_object(request, frozenset({"now", "advanceSeconds"}))))
        except (ValueError, OverflowError) as error:
            raise bad_request("badProperty", f"This is no time for the clock: {error}.") from None
        moved()
        return render_json({"now": render_instant(world.clock.now_ms())})

    return move


def _instant_asked(world: World, wire: Json) -> int:
    if "now" in wire:
        return parse_instant_ms(wanted_text(wire, "now"))
    seconds = wanted(wire, "advanceSeconds")
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise bad_request("badProperty", "advanceSeconds must be a number.")
    return world.clock.now_ms() + round(seconds * 1000)


def _use(world: World, hub: Hub) -> Callable[[Request], object]:
    async def use(request: Request) -> Response:
        wire = await read_object(request, _USE)
        found = line_asked(world, wanted_text(wire, "number"))
        wish = _wish(wire)
        try:
            rated = use_now(world, hub, found, wish)
        except UseRefusedError as error:
            raise Problem(409, error.code, error.reason) from None
        return render_json(render_usage(rated, found, world.clock.now_ms()), status=201)

    return use


def _wish(wire: Json) -> Wish:
    """What is to be used, where it is said also of what service and where; ``roaming`` alone is somewhere abroad."""
    kind, amount = _KINDS.get(wanted_text(wire, "usageType")), wanted(wire, "amount")
    if kind is None or type(amount) is not int or not 0 < amount <= _GREATEST_USE:
        raise bad_request(
            "badProperty", f"usageType must be one of {', '.join(_KINDS)}, amount a whole number above 0."
        )
    if type(wire.get("roaming", False)) is not bool:
        raise bad_request("badProperty", "roaming must be true or false.")
    place = wanted_text(wire, "place") if "place" in wire else _SOMEWHERE_ABROAD
    app = wanted_text(wire, "service") if "service" in wire else _SOME_SERVICE if kind == "valueAdded" else "浏览器"
    return Wish(kind, amount, app, place if wire.get("roaming") else "")


def _show_outage(world: World) -> Callable[[Request], object]:
    async def show(_: Request) -> Response:
        return render_json({"systems": sorted(world.outages)})

    return show


def _break(world: World) -> Callable[[Request], object]:
    async def break_(request: Request) -> Response:
        systems = wanted(await read_object(request, frozenset({"systems"})), "systems")
        if not isinstance(systems, list) or not all(system in SYSTEMS for system in systems):
            raise bad_request("badProperty", f"systems must be a list of {', '.join(SYSTEMS)}.")
        world.outages = frozenset(systems)
        return render_json({"systems": sorted(world.outages)})

    return break_
