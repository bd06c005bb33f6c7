"""TMF621 trouble ticket: what do customers ask about their bills?"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.bss.charge import Charge
from sandbox.bss.paper import OF_A_MONTH
from sandbox.bss.ticket import (
    KINDS,
    OPEN,
    changes_of,
    credits_of,
    dispute_facts,
    find_ticket,
    status_of,
    ticket_id,
)
from sandbox.bss.ticket_book import StoredTicket, TicketDeed
from sandbox.bss.tmf.bill import find_bill
from sandbox.bss.tmf.bill_wire import KnownBill, charges_of
from sandbox.bss.tmf.body import read_object, wanted_text
from sandbox.bss.tmf.collection import Collection, Filters, collection_routes, render_json
from sandbox.bss.tmf.problem import Problem, bad_request, not_found
from sandbox.bss.tmf.ticket_wire import SCHEMA, render_ticket, show_ticket_schema
from sandbox.bss.tmf.wire import TICKET, Json
from sandbox.bss.world import World

_TEXTS: Final = frozenset({
    "description", "severity", "ticketType", "externalId", "name", "priority", "status", "creationDate", "lastUpdate",
    "expectedResolutionDate", "requestedResolutionDate", "resolutionDate", "statusChangeDate", "statusChangeReason",
})  # fmt: skip
_LISTS: Final = {
    "relatedEntity": ("id", "role", "@referredType"),
    "relatedParty": ("id", "@referredType"),
    "note": (),
    "attachment": (),
    "statusChange": (),
    "troubleTicketRelationship": (),
}
"""Lists of objects, with the texts that each must have."""
_OBJECTS: Final = frozenset({"channel", "amount"})
_CHANGEABLE: Final = frozenset({"status", "statusChangeReason", "note"})
_WITHDRAWN: Final = {"cancelled": OPEN, "closed": frozenset({"resolved", "rejected"})}
"""What a customer can make of a ticket, and from which status."""
_LONGEST_NOTE: Final = 1000
_CUSTOMER: Final = "客户"


def ticket_routes(world: World, told: Callable[[], None]) -> list[Route]:
    """TMF621 (its hub is with the others); ``told`` is called when there is something to announce."""

    async def open_(request: Request) -> Response:
        wire = await read_object(request, _TEXTS | _LISTS.keys() | _OBJECTS)
        ticket = _open(world, wire)
        told()
        known_ms = max(ticket.at_ms, world.clock.now_ms())  # the clock may have been moved back
        return render_json(render_ticket(world, ticket, known_ms), status=201)

    async def change(request: Request) -> Response:
        ticket = find_ticket(world.store, request.path_params["id"], world.clock.now_ms())
        if ticket is None:
            raise not_found("troubleTicket", request.path_params["id"])
        _change(world, ticket, await read_object(request, _TEXTS | _LISTS.keys() | _OBJECTS))
        told()
        return render_json(render_ticket(world, ticket, world.clock.now_ms()))

    return [
        Route(f"{TICKET}/troubleTicket", open_, methods=["POST"]),
        Route(f"{TICKET}/troubleTicket/{{id}}", change, methods=["PATCH"]),
        Route(SCHEMA, show_ticket_schema, methods=["GET"]),
        *collection_routes(world, TICKET, _TICKETS),
    ]


def _open(world: World, wire: Json) -> StoredTicket:
    """Opens a ticket, or answers the one that stands for the same reference, charge or bill. Raises Problem: 400 for
    what is not understood, 409 for what cannot be disputed or invoiced."""
    for name in ("description", "severity", "ticketType"):
        wanted_text(wire, name)
    _check_types(wire)
    kind = wire["ticketType"]
    if kind not in KINDS:
        raise bad_request("badProperty", f"ticketType must be one of {', '.join(sorted(KINDS))}.")
    standing = world.store.tickets.find_by_reference(wire["externalId"]) if "externalId" in wire else None
    if standing is not None:
        return standing
    bill = _bill_asked(world, wire)
    facts = _dispute(world, wire, bill) if kind == "billDispute" else _invoice(wire, bill)
    standing = _standing(world, bill, kind, facts)
    account_id = bill.portfolio.account.id
    asked = StoredTicket(0, account_id, world.clock.stamp_ms(), kind, wire.get("externalId"), wire, facts)
    return standing or world.store.tickets.open(asked)


def _check_types(wire: Json) -> None:
    for name in _TEXTS & wire.keys():
        wanted_text(wire, name)
    for name, texts in _LISTS.items():
        items = wire.get(name, [])
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise bad_request("badProperty", f"{name} must be a list of objects.")
        for item in items:
            for text in texts:
                wanted_text(item, text)
    for name in _OBJECTS & wire.keys():
        if not isinstance(wire[name], dict):
            raise bad_request("badProperty", f"{name} must be an object.")
    if "channel" in wire:
        wanted_text(wire, "channel", "id")


def _entity(wire: Json, role: str) -> Json | None:
    return next((entity for entity in wire.get("relatedEntity", []) if entity["role"] == role), None)


def _bill_asked(world: World, wire: Json) -> KnownBill:
    entity, payer = _entity(wire, "bill"), _entity(wire, "billingAccount")
    bill = find_bill(world, entity["id"]) if entity else None
    if bill is None or (payer and payer["id"] != bill.portfolio.account.id):
        raise bad_request("unknownBill", "relatedEntity with role bill must name a bill of the account.")
    if bill.paper.category not in OF_A_MONTH:
        raise Problem(409, "notTheMonthsBill", f"{bill.id} is no bill of a month: {bill.paper.category}.")
    return bill


def _dispute(world: World, wire: Json, bill: KnownBill) -> Json:
    """What is known of a dispute. Raises Problem 400 for a charge that is not on the bill."""
    entity = _entity(wire, "charge")
    found = {rate.id: rate.charge for rate in charges_of(bill) if entity is None or rate.id == entity["id"]}
    if not found:
        raise bad_request("unknownCharge", "relatedEntity with role charge must name a rated line of the bill.")
    return dispute_facts(bill.id, found, given_back=_were_given_back(world, bill, found))


def _were_given_back(world: World, bill: KnownBill, charges: dict[str, Charge]) -> bool:
    now_ms = world.clock.now_ms()
    before = world.store.tickets.of_account(bill.portfolio.account.id)
    return any(
        charges.keys() & ticket.facts["charges"].keys() and any(credits_of(world.store, ticket, now_ms))
        for ticket in before
        if ticket.kind == "billDispute" and ticket.facts["billId"] == bill.id
    )


def _invoice(wire: Json, bill: KnownBill) -> Json:
    """What is known of a wish for an e-invoice. Raises Problem 400 without a title."""
    entity = _entity(wire, "invoiceTitle")
    if entity is None:
        raise bad_request("missingProperty", "relatedEntity with role invoiceTitle is missing.")
    return {
        "billId": bill.id,
        "title": wanted_text(entity, "name"),
        "titleType": entity["@referredType"],
        "taxNumber": entity["id"],
        "amountLi": bill.paper.total_li,
    }


def _standing(world: World, bill: KnownBill, kind: str, facts: Json) -> StoredTicket | None:
    """The dispute of the same charges that is open, or the wish for the same invoice that was not turned down."""
    now_ms = world.clock.now_ms()
    for ticket in world.store.tickets.of_account(bill.portfolio.account.id):
        if (ticket.kind, ticket.facts["billId"]) != (kind, bill.id) or ticket.at_ms > now_ms:
            continue
        status = status_of(changes_of(ticket, world.store.tickets.deeds(ticket.serial), now_ms))
        if kind == "invoiceRequest" and status not in {"rejected", "cancelled"}:
            return ticket
        if kind == "billDispute" and status in OPEN and ticket.facts["charges"].keys() == facts["charges"].keys():
            return ticket
    return None


def _change(world: World, ticket: StoredTicket, wire: Json) -> None:
    """What a customer does to a ticket. Raises Problem: 400 for what cannot be changed, 409 for a status that does not
    follow."""
    _check_types(wire)
    if fixed := sorted(name for name in wire if name not in _CHANGEABLE and not name.startswith("@")):
        raise bad_request("fixedProperty", f"{', '.join(fixed)} cannot be changed.")
    now_ms = world.clock.now_ms()
    status = status_of(changes_of(ticket, world.store.tickets.deeds(ticket.serial), now_ms))
    asked = wire.get("status")
    if asked is not None and asked not in _WITHDRAWN:
        raise bad_request("badProperty", "status can be set to cancelled or closed.")
    if asked is not None and status not in _WITHDRAWN[asked]:
        raise Problem(409, "badStatus", f"A ticket that is {status} cannot be {asked}.")
    for item in wire.get("note", []):
        world.store.tickets.add_deed(ticket.serial, TicketDeed(world.clock.stamp_ms(), None, _note(item), _CUSTOMER))
    if asked is not None:
        reason = wire.get("statusChangeReason")
        world.store.tickets.add_deed(ticket.serial, TicketDeed(world.clock.stamp_ms(), asked, reason, _CUSTOMER))


def _note(item: Any) -> str:  # noqa: ANN401  JSON
    text = wanted_text(item, "text")
    if len(text) > _LONGEST_NOTE:
        raise bad_request("badProperty", f"note.text may have {_LONGEST_NOTE} characters.")
    return text


def _select(world: World, filters: Filters) -> Sequence[StoredTicket]:
    """The newest first."""
    book, now_ms = world.store.tickets, world.clock.now_ms()
    entities = filters.get("relatedEntity.id", frozenset())
    if entities and all(id_.startswith("A") for id_ in entities):
        found = [ticket for id_ in sorted(entities) for ticket in book.of_account(id_)]
    elif "externalId" in filters:
        found = [ticket for id_ in sorted(filters["externalId"]) if (ticket := book.find_by_reference(id_))]
    else:
        found = book.all()
    return [ticket for ticket in reversed(found) if ticket.at_ms <= now_ms]


_TICKETS: Collection[StoredTicket] = Collection(
    path="/troubleTicket",
    properties=frozenset({
        "id", "href", "externalId", "name", "description", "severity", "priority", "ticketType", "status",
        "creationDate", "lastUpdate", "statusChangeDate", "statusChange", "resolutionDate", "relatedEntity",
        "relatedParty", "channel", "note", "attachment", "amount",
    }),
    select=_select,
    find=lambda world, id_: find_ticket(world.store, id_, world.clock.now_ms()),
    render=lambda world, ticket: render_ticket(world, ticket, world.clock.now_ms()),
    quick={"id": ticket_id, "ticketType": lambda ticket: ticket.kind},
)  # fmt: skip
