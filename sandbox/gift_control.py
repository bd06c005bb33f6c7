"""How is an account granted money from outside?"""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.bss.money import yuan
from sandbox.bss.month import Month
from sandbox.bss.pot import Pot, released_monthly
from sandbox.bss.tmf.body import read_object, wanted, wanted_text
from sandbox.bss.tmf.collection import render_json
from sandbox.bss.tmf.problem import bad_request
from sandbox.bss.tmf.wire import Json
from sandbox.bss.world import World
from sandbox.control import line_asked

_PROPERTIES: Final = frozenset({"number", "amount", "releaseMonths", "validMonths", "usableFor"})
_SUBJECTS: Final = frozenset({"monthly_fee", "voice", "data", "sms", "value_added", "other_party", "late_fee", "other"})
_MOST_YUAN: Final = 10_000
_MOST_MONTHS: Final = 120


def gift_control_routes(world: World) -> list[Route]:
    """``POST /sandbox/gift``."""

    async def grant(request: Request) -> Response:
        wire = await read_object(request, _PROPERTIES)
        account_id = line_asked(world, wanted_text(wire, "number")).account_id
        world.store.gifts.add(account_id, _pot(world.clock.stamp_ms(), wire))
        return render_json({"accountId": account_id}, status=201)

    return [Route("/sandbox/gift", grant, methods=["POST"])]


def _pot(now_ms: int, wire: Json) -> Pot:
    """Frozen with ``releaseMonths``, else spendable at once, to the end of the ``validMonths``-th month from now."""
    amount, usable_for = wanted(wire, "amount"), wire.get("usableFor", [])
    if isinstance(amount, bool) or not isinstance(amount, (int, float)) or not 0.01 <= amount <= _MOST_YUAN:
        raise bad_request("badProperty", f"amount must be yuan, from 0.01 to {_MOST_YUAN}.")
    if not isinstance(usable_for, list) or not set(map(str, usable_for)) <= _SUBJECTS:
        raise bad_request("badProperty", f"usableFor must be a list of {', '.join(sorted(_SUBJECTS))}.")
    amount_li = round(yuan(amount) / 10) * 10
    if "releaseMonths" in wire:
        return released_monthly(now_ms, amount_li, _months(wire["releaseMonths"]), usable_for)
    ends_ms = Month.of(now_ms).plus(_months(wire.get("validMonths", 12))).start_ms
    return Pot("granted", amount_li, ends_ms, now_ms, tuple(usable_for))


def _months(asked: Any) -> int:  # noqa: ANN401  JSON
    if isinstance(asked, bool) or not isinstance(asked, int) or not 1 <= asked <= _MOST_MONTHS:
        raise bad_request("badProperty", f"Months must be a whole number from 1 to {_MOST_MONTHS}.")
    return asked
