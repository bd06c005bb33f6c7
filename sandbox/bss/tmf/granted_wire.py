"""How does money that is granted by a reference look as TMF654?"""

from itertools import pairwise
from typing import Any, Final, get_args

from starlette.requests import Request
from starlette.responses import Response

from sandbox.bss.bucket import END_OF_TIME_MS
from sandbox.bss.grant_book import Terms
from sandbox.bss.money_book import MoneyDeed
from sandbox.bss.month import parse_instant_ms
from sandbox.bss.offering import Subject
from sandbox.bss.pot import pot_id
from sandbox.bss.tmf.amount import amount_li
from sandbox.bss.tmf.body import wanted_text
from sandbox.bss.tmf.collection import render_json
from sandbox.bss.tmf.problem import bad_request
from sandbox.bss.tmf.wire import BALANCE, Json, reference
from sandbox.bss.world import World

GRANTED: Final = "GrantedTopupBalance"
"""The ``@type`` of a top-up that makes a pot of its own."""
GRANTED_SCHEMA: Final = f"{BALANCE}/schema/{GRANTED}.schema.json"
GRANT_WISHES: Final = frozenset({"usableFor", "release"})
_SUBJECTS: Final = frozenset(get_args(Subject))
_MOST_RELEASES: Final = 120


def parse_terms(wire: Json, at_ms: int) -> Terms:
    """What is asked for at an instant: what is due by then can be spent from then. Raises Problem 400."""
    total_li = amount_li(wire, least_li=10)
    usable_for, listed = wire.get("usableFor", []), wire.get("release")
    if not isinstance(usable_for, list) or not set(map(str, usable_for)) <= _SUBJECTS:
        raise bad_request("badProperty", f"usableFor must be a list of {', '.join(sorted(_SUBJECTS))}.")
    if not isinstance(listed, list) or not 1 <= len(listed) <= _MOST_RELEASES:
        raise bad_request("badProperty", f"release must be a list of 1 to {_MOST_RELEASES} parts.")
    releases = tuple((max(_day_ms(each), at_ms), amount_li(each, least_li=10)) for each in listed)
    until_ms = _until_ms(wire)
    in_order = all(before < after for (before, _), (after, _) in pairwise(releases))
    if not in_order or releases[-1][0] >= until_ms or sum(li for _, li in releases) != total_li:
        raise bad_request("badProperty", "The releases must come day after day, before the end, and be the amount.")
    return Terms(releases, tuple(usable_for), until_ms)


def render_granted(deed: MoneyDeed) -> Json:
    """What a grant adds to its TopupBalance: its terms as they were asked for, and its type."""
    shown = ("usableFor", "release", "validFor")
    return {
        **{name: deed.request[name] for name in shown if name in deed.request},
        "@type": GRANTED,
        "@baseType": "TopupBalance",
        "@schemaLocation": GRANTED_SCHEMA,
    }


def render_pot_of(world: World, deed: MoneyDeed) -> Json:
    """The pot that a grant made, or that something was taken back of."""
    pot = world.store.grants.pot(world.store.grants.granted_of(deed), deed.at_ms)
    if pot is None:
        raise LookupError(deed.serial)
    return reference(f"{BALANCE}/bucket", pot_id(deed.account_id, pot), "Bucket", name=pot.name)


async def show_granted_schema(_: Request) -> Response:
    """The schema of a top-up that makes a pot of its own."""
    text, number = {"type": "string"}, {"type": "number"}
    amount = _object({"amount": number, "units": text}, "amount", "units")
    release = _object({"date": text | {"format": "date"}, "amount": amount}, "date", "amount")
    return render_json({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": GRANTED,
        "description": "A TMF654 TopupBalance of a pot of its own, which is set free in parts.",
        "type": "object",
        "required": ["release"],
        "properties": {
            "usableFor": {"type": "array", "items": text},
            "release": {"type": "array", "items": release, "minItems": 1},
        },
    })  # fmt: skip


def _object(properties: dict[str, Any], *required: str) -> Json:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def _day_ms(release: Any) -> int:  # noqa: ANN401  JSON
    """Where a day begins in China."""
    day = wanted_text(release, "date")
    try:
        return parse_instant_ms(f"{day}T00:00:00")
    except (ValueError, OverflowError):
        raise bad_request("badProperty", "release.date must be a day.") from None


def _until_ms(wire: Json) -> int:
    if "validFor" not in wire:
        return END_OF_TIME_MS
    try:
        return min(parse_instant_ms(wanted_text(wire, "validFor", "endDateTime")), END_OF_TIME_MS)
    except (ValueError, OverflowError):
        raise bad_request("badProperty", "validFor.endDateTime must be an instant.") from None
