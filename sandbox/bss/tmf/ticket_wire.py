"""How does a ticket look as TMF621?"""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from sandbox.bss.charge import total_li
from sandbox.bss.month import render_instant
from sandbox.bss.ticket import (
    OPEN,
    Change,
    changes_of,
    disputed_charges,
    invoice_number,
    is_issued,
    status_of,
    ticket_id,
)
from sandbox.bss.ticket_book import StoredTicket
from sandbox.bss.tmf.collection import render_json
from sandbox.bss.tmf.wire import HOST, TICKET, Json, money
from sandbox.bss.world import World

SCHEMA: Final = f"{TICKET}/schema/BillTicket.schema.json"
ECHOED: Final = (
    "externalId", "name", "description", "severity", "priority", "ticketType", "relatedEntity", "relatedParty",
    "channel",
)  # fmt: skip
"""What is shown as it was asked."""


def render_ticket(world: World, ticket: StoredTicket, at_ms: int) -> Json:
    """A ticket as it stood at an instant → TMF621 TroubleTicket, with the amount in question (an extension)."""
    changes = changes_of(ticket, world.store.tickets.deeds(ticket.serial), at_ms)
    status, id_ = status_of(changes), ticket_id(ticket)
    reached = [change for change in changes if change.status]
    wire: Json = {
        "id": id_,
        "href": f"{TICKET}/troubleTicket/{id_}",
        **{name: ticket.request[name] for name in ECHOED if name in ticket.request},
        "status": status,
        "creationDate": render_instant(ticket.at_ms),
        "lastUpdate": render_instant(changes[-1].at_ms),
        "statusChangeDate": render_instant(reached[-1].at_ms),
        "statusChange": [{"status": change.status, "changeDate": render_instant(change.at_ms)} for change in reached],
        "note": _notes(id_, changes),
        "attachment": [_attachment(ticket)] if is_issued(ticket, changes) else [],
        "amount": money(_amount_li(ticket)),
        "@type": "BillTicket",
        "@baseType": "TroubleTicket",
        "@schemaLocation": SCHEMA,
    }
    if status not in OPEN:
        wire["resolutionDate"] = render_instant(reached[-1].at_ms)
    return wire


async def show_ticket_schema(_: Request) -> Response:
    """The schema of a ticket about a bill."""
    amount = {
        "type": "object",
        "required": ["unit", "value"],
        "properties": {"unit": {"type": "string"}, "value": {"type": "number"}},
        "additionalProperties": False,
    }
    return render_json(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "BillTicket",
            "description": "A TMF621 TroubleTicket about a bill, with the amount in question.",
            "type": "object",
            "properties": {"amount": amount},
        }
    )


def _notes(id_: str, changes: list[Change]) -> list[Json]:
    said = [change for change in changes if change.note]
    return [
        {
            "id": f"{id_}-{order}",
            "author": change.author,
            "date": render_instant(change.at_ms),
            "text": change.note,
        }
        for order, change in enumerate(said, start=1)
    ]


def _attachment(ticket: StoredTicket) -> Json:
    """The e-invoice, at an address of this sandbox."""
    number = invoice_number(ticket)
    return {
        "id": number,
        "name": number,
        "attachmentType": "eInvoice",
        "mimeType": "application/xml",
        "url": f"{HOST.get()}/sandbox/invoice/{number}.xml",
    }


def _amount_li(ticket: StoredTicket) -> int:
    if ticket.kind == "invoiceRequest":
        amount_li: int = ticket.facts["amountLi"]
        return amount_li
    charges = disputed_charges(ticket)
    return charges[0].amount_li if len(charges) == 1 else total_li(charges)
