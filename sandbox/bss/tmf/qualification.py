"""TMF679 product offering qualification: can a line have this, and what would come of it?"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.bss.change import Wanted
from sandbox.bss.change_case import UnknownThingError
from sandbox.bss.month import render_instant
from sandbox.bss.qualification import preview
from sandbox.bss.tmf.body import check_types, read_object
from sandbox.bss.tmf.change_wish import parse_wish
from sandbox.bss.tmf.collection import Collection, Filters, collection_routes, render_json
from sandbox.bss.tmf.problem import bad_request
from sandbox.bss.tmf.qualification_wire import SCHEMA, item_schema, render_qualified_item
from sandbox.bss.tmf.wire import QUALIFICATION, Json
from sandbox.bss.world import World

_ITEMS: Final = "productOfferingQualificationItem"
_TEXTS: Final = frozenset({"description", "requestedPOQCompletionDate"})
_FLAGS: Final = frozenset({
    "instantSyncQualification", "provideAlternative", "provideOnlyAvailable", "provideUnavailabilityReason",
})  # fmt: skip
_OBJECTS: Final = frozenset({"category", "channel"})
_LISTS: Final = frozenset({"note", "place", _ITEMS, "relatedParty"})


class Qualification(NamedTuple):
    """An answer as it was given."""

    serial: int
    at_ms: int
    answer: Json

    @property
    def id(self) -> str:
        """``Q7``."""
        return f"Q{self.serial}"


def qualification_routes(world: World) -> list[Route]:
    """TMF679 (its hub is with the others)."""

    async def qualify(request: Request) -> Response:
        wire = await read_object(request, _TEXTS | _FLAGS | _OBJECTS | _LISTS)
        return render_json(_render(world, _qualify(world, wire)), status=201)

    async def show_schema(_: Request) -> Response:
        return render_json(item_schema())

    return [
        Route(f"{QUALIFICATION}/productOfferingQualification", qualify, methods=["POST"]),
        Route(SCHEMA, show_schema, methods=["GET"]),
        *collection_routes(world, QUALIFICATION, _QUALIFICATIONS),
    ]


def find_qualification(world: World, id_: str) -> Qualification | None:
    """The answer of an id."""
    digits = id_.removeprefix("Q")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 16):
        return None
    found = world.store.orders.find_remembered(int(digits))
    return Qualification(*found) if found else None


def unknown_thing(error: UnknownThingError) -> Exception:
    """The Problem that says so."""
    return bad_request(error.code, str(error))


def _qualify(world: World, wire: Json) -> Qualification:
    """Judges a wish and keeps the answer. Raises Problem 400."""
    check_types(wire, texts=_TEXTS, flags=_FLAGS, objects=_OBJECTS, lists=_LISTS)
    item = _wish_of(wire)
    try:
        said = preview(world, item)
    except UnknownThingError as error:
        raise unknown_thing(error) from None
    now = render_instant(world.clock.now_ms())
    answer = {
        **wire,
        "state": "done",
        "qualificationResult": "unqualified" if said.obstacles else "qualified",
        "productOfferingQualificationDate": now,
        "effectiveQualificationDate": now,
        _ITEMS: [render_qualified_item(wire[_ITEMS][0], said)],
    }
    at_ms = world.clock.now_ms()
    return Qualification(world.store.orders.remember(at_ms, answer), at_ms, answer)


def _wish_of(wire: Json) -> Wanted:
    items = wire.get(_ITEMS) or [{}]
    start = items[0].get("expectedActivationDate") if isinstance(items[0], dict) else None
    return parse_wish(wire, _ITEMS, start=start, channel=wire.get("channel"))


def _render(_: World, said: Qualification) -> Json:
    href = f"{QUALIFICATION}/productOfferingQualification/{said.id}"
    return {"id": said.id, "href": href, **said.answer}


def _select(world: World, _: Filters) -> Sequence[Qualification]:
    now_ms = world.clock.now_ms()
    found = (Qualification(*kept) for kept in world.store.orders.remembered())
    return [said for said in found if said.at_ms <= now_ms]


_QUALIFICATIONS: Collection[Qualification] = Collection(
    path="/productOfferingQualification",
    properties=frozenset({
        "id", "href", "state", "qualificationResult", "productOfferingQualificationDate",
        "effectiveQualificationDate", *_TEXTS, *_FLAGS, *_OBJECTS, *_LISTS,
    }),
    select=_select,
    find=find_qualification,
    render=_render,
    quick={"id": lambda said: said.id},
)  # fmt: skip
