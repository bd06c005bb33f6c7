"""TMF658 loyalty: which points does a line have at the operator's own platform, and how did they come and go?"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.bss.month import parse_instant_ms, render_instant
from sandbox.bss.points import STORIES, Entry, PointLot, ledger_of
from sandbox.bss.portfolio import Portfolio
from sandbox.bss.tmf.collection import SORT, Collection, Filters, collection_routes, render_json
from sandbox.bss.tmf.inventory import product_reference
from sandbox.bss.tmf.wire import LOYALTY, Json, period
from sandbox.bss.world import World

_SCHEMA: Final = f"{LOYALTY}/schema/LinePoints.schema.json"
_MEMBER: Final = "LineLoyaltyProgramMember"
_EVENT: Final = "LoyaltyPointsEvent"


class Member(NamedTuple):
    """A line that takes part: the first of its portfolio."""

    portfolio: Portfolio

    @property
    def id(self) -> str:
        """``G000001-1``."""
        return f"G{self.line_id[1:]}"

    @property
    def line_id(self) -> str:
        """The line's id."""
        return self.portfolio.lines[0].id


class Kept(NamedTuple):
    """A member's points that end together."""

    member: Member
    lot: PointLot

    @property
    def id(self) -> str:
        """``G000001-1-2026``."""
        return f"{self.member.id}-{self.lot.year}"


class Told(NamedTuple):
    """A row of a member's ledger."""

    member: Member
    entry: Entry

    @property
    def id(self) -> str:
        """``G000001-1-e7``."""
        return f"{self.member.id}-e{self.entry.serial}"


def loyalty_routes(world: World) -> list[Route]:
    """TMF658, as far as it is read (its hub is with the others)."""

    async def show_schema(_: Request) -> Response:
        return render_json(_schemas())

    shelves = (_MEMBERS, _BALANCES, _EVENTS)
    return [
        Route(_SCHEMA, show_schema, methods=["GET"]),
        *(route for shelf in shelves for route in collection_routes(world, LOYALTY, shelf)),
    ]


def _members(world: World) -> list[Member]:
    return [Member(world.portfolio(index)) for index in STORIES if index < world.size]


def _select_members(world: World, _: Filters) -> Sequence[Member]:
    return _members(world)


def _select_kept(world: World, _: Filters) -> Sequence[Kept]:
    now_ms = world.clock.now_ms()
    return [
        Kept(member, lot)
        for member in _members(world)
        for lot in ledger_of(member.portfolio.index, born_ms=world.born_ms, at_ms=now_ms).lots
    ]


def _select_told(world: World, filters: Filters) -> Sequence[Told]:
    now_ms = world.clock.now_ms()
    found = [
        Told(member, entry)
        for member in _members(world)
        for entry in ledger_of(member.portfolio.index, born_ms=world.born_ms, at_ms=now_ms).entries
    ]
    for asked, wanted in filters.items():
        compare = _COMPARE.get(asked.removeprefix("eventTime"))
        if compare is not None:
            asked_ms = parse_instant_ms(next(iter(wanted)))
            found = [told for told in found if compare(told.entry.at_ms, asked_ms)]
    found.sort(key=lambda told: (told.entry.at_ms, told.id))
    return found[::-1] if "-eventTime" in filters.get(SORT, ()) else found


def _render_member(_: World, member: Member) -> Json:
    return {
        "id": member.id,
        "href": f"{LOYALTY}/loyaltyProgramMember/{member.id}",
        "name": member.portfolio.customer.name,
        "status": "active",
        "relatedParty": [{**product_reference(member.line_id), "role": "line"}],
        "@type": _MEMBER,
        "@baseType": "LoyaltyProgramMember",
        "@schemaLocation": _SCHEMA,
    }


def _render_kept(_: World, kept: Kept) -> Json:
    member_id = kept.member.id
    return {
        "id": kept.id,
        "href": f"{LOYALTY}/loyaltyBalance/{kept.id}",
        "loyaltyProgramMember": {"id": member_id, "href": f"{LOYALTY}/loyaltyProgramMember/{member_id}"},
        "quantity": {"unit": "point", "value": kept.lot.points},
        "validFor": period(kept.lot.since_ms, kept.lot.until_ms),
    }


def _render_told(_: World, told: Told) -> Json:
    entry = told.entry
    return {
        "id": told.id,
        "href": f"{LOYALTY}/loyaltyEvent/{told.id}",
        "eventTime": render_instant(entry.at_ms),
        "eventType": entry.kind,
        "memberId": told.member.id,
        "event": {"quantity": {"unit": "point", "value": entry.points}, "description": entry.words},
        "@type": _EVENT,
        "@baseType": "LoyaltyEvent",
        "@schemaLocation": _SCHEMA,
    }


def _schemas() -> Json:
    """The schemas of the extensions: a member names its line, an event has an id and says how many points."""
    text = {"type": "string"}
    party = dict.fromkeys(("id", "href", "name", "role", "@referredType"), text)
    quantity = {"type": "object", "properties": {"unit": text, "value": {"type": "number"}}}
    event = {"type": "object", "properties": {"quantity": quantity, "description": text}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": {
            _MEMBER: {
                "type": "object",
                "required": ["relatedParty"],
                "properties": {"relatedParty": {"type": "array", "items": {"type": "object", "properties": party}}},
            },
            _EVENT: {"type": "object", "properties": {"id": text, "href": text, "event": event}},
        },
    }


_COMPARE: Final[dict[str, Callable[[int, int], bool]]] = {
    ".gt": lambda at_ms, asked_ms: at_ms > asked_ms,
    ".gte": lambda at_ms, asked_ms: at_ms >= asked_ms,
    ".lt": lambda at_ms, asked_ms: at_ms < asked_ms,
    ".lte": lambda at_ms, asked_ms: at_ms <= asked_ms,
}
_MEMBERS: Collection[Member] = Collection(
    path="/loyaltyProgramMember",
    properties=frozenset({"id", "href", "name", "status", "relatedParty"}),
    select=_select_members,
    render=_render_member,
    quick={"id": lambda member: member.id, "relatedParty.id": lambda member: member.line_id},
)
_BALANCES: Collection[Kept] = Collection(
    path="/loyaltyBalance",
    properties=frozenset({"id", "href", "loyaltyProgramMember", "quantity", "validFor"}),
    select=_select_kept,
    render=_render_kept,
    quick={"id": lambda kept: kept.id, "loyaltyProgramMember.id": lambda kept: kept.member.id},
)
_EVENTS: Collection[Told] = Collection(
    path="/loyaltyEvent",
    properties=frozenset({"id", "href", "eventTime", "eventType", "memberId", "event"}),
    select=_select_told,
    render=_render_told,
    quick={"id": lambda told: told.id, "memberId": lambda told: told.member.id},
    ordered={"eventTime": parse_instant_ms},
)
