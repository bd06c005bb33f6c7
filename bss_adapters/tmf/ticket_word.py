"""TMF621 v4 Trouble Ticket: which dispute, or which request for an invoice, does a ticket describe?"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson

from bss_adapters.tmf.call import Answer
from bss_adapters.tmf.fault import FaultKind, bss_fault
from bss_adapters.tmf.reading import Reading
from bss_adapters.tmf.wire import Wire, wire_items
from graphql_schema.types.ticket import Dispute, DisputeReason, InvoiceRequest, InvoiceTitleKind, TicketState

DISPUTE, INVOICE = "billDispute", "invoiceRequest"
NO_TAX_NUMBER = "-"
_STATES = {state.value: state for state in TicketState}
_REASONS = {reason.value: reason for reason in DisputeReason}
_TITLES = {"Organization": InvoiceTitleKind.ORGANIZATION, "Individual": InvoiceTitleKind.PERSON}
_SHOWN = 4
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def parse_disputes(reading: Reading, *, account_id: str, currency: str) -> list[Dispute]:
    """Pages of TroubleTicket → the account's disputes, newest first. Raises BssFault ``ticket_garbled``."""
    found = [parse_dispute(wire, reading) for wire in _of_account(reading, DISPUTE, account_id, currency)]
    return sorted(found, key=lambda dispute: (dispute.opened_at, dispute.id), reverse=True)


def parse_invoices(reading: Reading, *, account_id: str, currency: str) -> list[InvoiceRequest]:
    """Pages of TroubleTicket → the account's invoices asked for, newest first. Raises BssFault ``ticket_garbled``."""
    found = [parse_invoice(wire, reading) for wire in _of_account(reading, INVOICE, account_id, currency)]
    return sorted(found, key=lambda asked: (asked.asked_at, asked.id), reverse=True)


def parse_dispute(wire: Wire, reading: Reading) -> Dispute:
    """TroubleTicket → Dispute. Raises BssFault ``ticket_garbled``."""
    opened_at = wire.instant("creationDate")
    return Dispute(
        id=wire.text("id"),
        bill_id=_demanded(wire, "bill").text("id"),
        rated_line_id=related_id(wire, "charge"),
        amount=wire.money("amount"),
        reason=_REASONS.get(wire.maybe_text("name") or "", DisputeReason.OTHER),
        state=wire.code("status", _STATES),
        opened_at=opened_at,
        changed_at=wire.maybe_instant("lastUpdate") or wire.maybe_instant("statusChangeDate") or opened_at,
        answer=_parse_answer(wire),
        as_of=reading.as_of,
        stale=reading.stale,
    )


def parse_invoice(wire: Wire, reading: Reading) -> InvoiceRequest:
    """TroubleTicket → InvoiceRequest, the tax number masked. Raises BssFault ``ticket_garbled``."""
    title, asked_at = _demanded(wire, "invoiceTitle"), wire.instant("creationDate")
    document = next(iter(wire.children("attachment")), None)
    return InvoiceRequest(
        id=wire.text("id"),
        bill_id=_demanded(wire, "bill").text("id"),
        title=title.text("name"),
        title_kind=title.code("@referredType", _TITLES),
        masked_tax_number=_mask(title.text("id")),
        amount=wire.money("amount"),
        state=wire.code("status", _STATES),
        asked_at=asked_at,
        changed_at=wire.maybe_instant("lastUpdate") or wire.maybe_instant("statusChangeDate") or asked_at,
        invoice_number=document.maybe_text("name") if document else None,
        document_url=_parse_address(document) if document else None,
        answer=_parse_answer(wire),
        as_of=reading.as_of,
        stale=reading.stale,
    )


def related_id(wire: Wire, role: str) -> str | None:
    """The id of the entity that a ticket has in this role."""
    found = _related(wire, role)
    return found.text("id") if found else None


def hide_private(page: Answer) -> Answer:
    """The same page of tickets with tax numbers masked and without the customer's words: a snapshot holds no more than
    is shown.

    Raises BssFault ``ticket_garbled`` for a page that can't be written again."""
    hidden = [_hide(ticket) for ticket in page.json]
    try:
        return replace(page, json=hidden, body=orjson.dumps(hidden, default=_write_exactly))
    except TypeError as error:
        raise bss_fault("ticket", FaultKind.GARBLED, "the page has values that no JSON has") from error


def _hide(ticket: Any) -> Any:  # noqa: ANN401  any JSON value: the parser judges it
    if not isinstance(ticket, dict):
        return ticket
    shown = {name: value for name, value in ticket.items() if name != "description"}
    entities = shown.get("relatedEntity")
    if isinstance(entities, list):
        shown["relatedEntity"] = [_hide_entity(each) for each in entities]
    return shown


def _hide_entity(entity: Any) -> Any:  # noqa: ANN401  any JSON value
    titled = isinstance(entity, dict) and entity.get("role") == "invoiceTitle" and isinstance(entity.get("id"), str)
    return entity | {"id": _mask(entity["id"]) or NO_TAX_NUMBER, "href": ""} if titled else entity


def _write_exactly(value: Any) -> orjson.Fragment:  # noqa: ANN401  orjson asks for whatever it can't write
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError


def _of_account(reading: Reading, ticket_type: str, account_id: str, currency: str) -> Iterator[Wire]:
    """Without what has no bill or no amount: somebody else opened it, in a shape of their own."""
    for wire in wire_items(reading.bodies, system="ticket", currency=currency):
        theirs = related_id(wire, "bill") is None or wire.maybe_child("amount") is None
        if (
            wire.maybe_text("ticketType") == ticket_type
            and related_id(wire, "billingAccount") == account_id
            and not theirs
        ):
            yield wire


def _related(wire: Wire, role: str) -> Wire | None:
    return next((each for each in wire.children("relatedEntity") if each.maybe_text("role") == role), None)


def _demanded(wire: Wire, role: str) -> Wire:
    found = _related(wire, role)
    if found is None:
        raise wire.garbled(f"relatedEntity has no {role}")
    return found


def _mask(tax_number: str) -> str | None:
    return None if tax_number == NO_TAX_NUMBER else f"****{tax_number[-_SHOWN:]}"


def _parse_answer(wire: Wire) -> str | None:
    """The newest note; one without a date is older than any with."""
    notes = [(note.maybe_instant("date") or _LONG_AGO, note.maybe_text("text")) for note in wire.children("note")]
    return max((note for note in notes if note[1]), key=lambda note: note[0], default=(_LONG_AGO, None))[1]


def _parse_address(document: Wire) -> str | None:
    """Only an address that a browser may be led to."""
    url = document.maybe_text("url") or ""
    return url if url.isprintable() and url.startswith(("https://", "http://")) else None
