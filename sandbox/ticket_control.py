"""How does one decide a ticket from outside, and fetch an e-invoice?"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.bss.charge import total_li
from sandbox.bss.invoice import issued_invoice, render_invoice
from sandbox.bss.ticket import OPEN, STATUSES, changes_of, disputed_charges, find_ticket, status_of
from sandbox.bss.ticket_book import StoredTicket, TicketDeed
from sandbox.bss.tmf.body import read_object, wanted_text
from sandbox.bss.tmf.collection import render_json
from sandbox.bss.tmf.problem import Problem, bad_request, not_found
from sandbox.bss.tmf.ticket_wire import render_ticket
from sandbox.bss.tmf.wire import Json
from sandbox.bss.world import World

_LONGEST_NOTE: Final = 1000


def ticket_control_routes(world: World, told: Callable[[], None]) -> list[Route]:
    """``/sandbox/ticket`` and ``/sandbox/invoice``; ``told`` is called when there is something to announce."""

    async def decide(request: Request) -> Response:
        wire = await read_object(request, frozenset({"id", "status", "note", "credit"}))
        ticket = find_ticket(world.store, wanted_text(wire, "id"), world.clock.now_ms())
        if ticket is None:
            raise not_found("ticket", wire["id"])
        world.store.tickets.add_deed(ticket.serial, _deed_asked(world, ticket, wire))
        told()
        return render_json(render_ticket(world, ticket, world.clock.now_ms()), status=201)

    async def show_invoice(request: Request) -> Response:
        number = request.path_params["number"]
        invoice = issued_invoice(world, number)
        if invoice is None:
            raise not_found("invoice", number)
        return Response(render_invoice(invoice), media_type="application/xml")

    return [
        Route("/sandbox/ticket", decide, methods=["POST"]),
        Route("/sandbox/invoice/{number}.xml", show_invoice, methods=["GET"]),
    ]


def _deed_asked(world: World, ticket: StoredTicket, wire: Json) -> TicketDeed:
    """Raises Problem: 400 for what is not understood, 409 for a ticket that is decided."""
    status, note = wanted_text(wire, "status"), wire.get("note")
    if status not in STATUSES:
        raise bad_request("badStatus", f"status must be one of {', '.join(sorted(STATUSES))}.")
    if note is not None and (not isinstance(note, str) or not 0 < len(note) <= _LONGEST_NOTE):
        raise bad_request("badProperty", f"note must be a text of at most {_LONGEST_NOTE} characters.")
    before = status_of(changes_of(ticket, world.store.tickets.deeds(ticket.serial), world.clock.now_ms()))
    if before not in OPEN:
        raise Problem(409, "decided", f"This ticket is {before}.")
    credit_li = _credit_li(ticket, status, wire["credit"]) if "credit" in wire else 0
    return TicketDeed(world.clock.stamp_ms(), status, note, "客服", credit_li)


def _credit_li(ticket: StoredTicket, status: str, credit: Any) -> int:  # noqa: ANN401  JSON
    if isinstance(credit, bool) or not isinstance(credit, (int, float)):
        raise bad_request("badProperty", "credit must be a number of yuan.")
    fen = Decimal(str(credit)) * 100
    if ticket.kind != "billDispute" or status != "resolved" or fen != fen.to_integral_value():
        raise bad_request("badProperty", "credit goes with a resolved dispute, in whole fen.")
    if not 0 < int(fen) * 10 <= total_li(disputed_charges(ticket)):
        raise bad_request("badProperty", "credit must be above 0 and at most what is disputed.")
    return int(fen) * 10
