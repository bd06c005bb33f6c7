"""TMF621 v4 Trouble Ticket: what do we send to ask about a bill, and is it asked already?"""

from dataclasses import dataclass
from typing import Any

import orjson

from bss_adapters.tmf.call import plain_id
from bss_adapters.tmf.ticket_word import DISPUTE, INVOICE, NO_TAX_NUMBER, related_id
from bss_adapters.tmf.wire import Wire
from graphql_schema.types.money import Money
from graphql_schema.types.ticket import DisputeReason, InvoiceTitleKind

_NO_WORDS = "-"
"""TMF621 wants a description."""
_SCHEMA = "https://onehall.example/schema/BillTicket.json"
_UNDECIDED = frozenset({"acknowledged", "pending", "held", "inProgress"})
_STANDING = {DISPUTE: _UNDECIDED, INVOICE: _UNDECIDED | {"resolved", "closed"}}
"""In which states a ticket answers for a new one: an issued invoice stays, a decided dispute may be renewed."""


@dataclass(frozen=True, slots=True)
class TicketForm:
    """A ticket about a bill (``charge_id`` None) or one charge of it; ``facts`` are its other properties."""

    ticket_type: str
    account_id: str
    bill_id: str
    charge_id: str | None
    reference: str
    entities: tuple[dict[str, str], ...]
    facts: dict[str, Any]

    def is_about(self, wire: Wire) -> bool:
        """Whether a ticket of the account is of this type and about the same charge."""
        told = (wire.maybe_text("ticketType"), related_id(wire, "billingAccount"), related_id(wire, "bill"))
        same_bill = told == (self.ticket_type, self.account_id, self.bill_id)
        return same_bill and related_id(wire, "charge") == self.charge_id

    def is_answered_by(self, wire: Wire) -> bool:
        """Whether a ticket about the same charge makes a new one needless: it stands, or this deed made it."""
        mine = related_id(wire, "request") == self.reference
        return mine or wire.text("status").strip() in _STANDING[self.ticket_type]

    def checked(self, wire: Wire) -> Wire:
        """The ticket itself. Raises BssFault ``ticket_garbled`` for one about something else."""
        if not self.is_about(wire):
            raise wire.garbled("the ticket is about something else")
        return wire

    def external_id(self, number: int) -> str:
        """The same for everybody who asks about this charge now; ``number`` counts how often it was asked.

        No id has a slash, so that no two charges share a reference.
        """
        return "/".join((self.ticket_type, self.bill_id, *filter(None, (self.charge_id,)), str(number)))

    def body(self, external_id: str) -> dict[str, Any]:
        """TroubleTicket_Create."""
        return {
            "ticketType": self.ticket_type,
            "severity": "minor",
            "externalId": external_id,
            "relatedEntity": [
                _entity("BillingAccount", "billingAccount", self.account_id),
                _entity("CustomerBill", "bill", self.bill_id),
                *self.entities,
                _entity("Request", "request", self.reference),
            ],
            "@type": "BillTicket",
            "@baseType": "TroubleTicket",
            "@schemaLocation": _SCHEMA,
            **self.facts,
        }


def dispute_form(  # noqa: PLR0913  a dispute's facts
    account_id: str,
    bill_id: str,
    rated_line_id: str | None,
    *,
    amount: Money,
    reason: DisputeReason,
    words: str,
    reference: str,
) -> TicketForm:
    """A dispute. Raises BssFault ``ticket_refused`` for what can be no id."""
    charge = (_entity("AppliedCustomerBillingRate", "charge", rated_line_id),) if rated_line_id else ()
    return TicketForm(
        ticket_type=DISPUTE,
        account_id=plain_id(account_id, system="ticket"),
        bill_id=plain_id(bill_id, system="ticket"),
        charge_id=plain_id(rated_line_id, system="ticket") if rated_line_id else None,
        reference=reference,
        entities=charge,
        facts={"name": reason.value, "description": words or _NO_WORDS, "amount": _money(amount)},
    )


def invoice_form(  # noqa: PLR0913  an invoice's facts
    account_id: str,
    bill_id: str,
    *,
    amount: Money,
    title: str,
    title_kind: InvoiceTitleKind,
    tax_number: str | None,
    reference: str,
) -> TicketForm:
    """A request for an e-invoice. Raises BssFault ``ticket_refused`` for what can be no id."""
    kind = "Organization" if title_kind is InvoiceTitleKind.ORGANIZATION else "Individual"
    return TicketForm(
        ticket_type=INVOICE,
        account_id=plain_id(account_id, system="ticket"),
        bill_id=plain_id(bill_id, system="ticket"),
        charge_id=None,
        reference=reference,
        entities=(_entity(kind, "invoiceTitle", tax_number or NO_TAX_NUMBER) | {"name": title},),
        facts={"name": "e-invoice", "description": _NO_WORDS, "amount": _money(amount)},
    )


def _entity(kind: str, role: str, entity_id: str) -> dict[str, str]:
    return {"id": entity_id, "role": role, "@referredType": kind}


def _money(amount: Money) -> dict[str, Any]:
    return {"unit": amount.currency, "value": orjson.Fragment(format(amount.amount, "f"))}
