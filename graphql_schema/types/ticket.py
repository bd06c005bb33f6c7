"""What does a customer ask of the operator about a bill?"""

from datetime import datetime
from enum import Enum

import strawberry

from graphql_schema.types.dated import Dated
from graphql_schema.types.money import Money
from graphql_schema.types.word import word


@strawberry.enum
class TicketState(Enum):
    """TMF621 v4 status, in the field's own words."""

    ACKNOWLEDGED = "acknowledged"
    REJECTED = "rejected"
    PENDING = "pending"
    HELD = "held"
    IN_PROGRESS = "inProgress"
    CANCELLED = "cancelled"
    CLOSED = "closed"
    RESOLVED = "resolved"


@strawberry.enum
class DisputeReason(Enum):
    """Why a charge is disputed."""

    NOT_ORDERED = "not_ordered"
    NOT_USED = "not_used"
    WRONG_AMOUNT = "wrong_amount"
    BROKEN_PROMISE = "broken_promise"
    OTHER = "other"


@word
class Dispute(Dated):
    """A disputed charge (TMF621 TroubleTicket of type ``billDispute``): the whole bill, or one rated line of it.

    While it is open, a disputed charge of a third party does not count towards suspension. ``answer`` is the operator's
    last note to the customer.
    """

    id: str
    bill_id: str
    rated_line_id: str | None
    amount: Money
    reason: DisputeReason
    state: TicketState
    opened_at: datetime
    changed_at: datetime
    answer: str | None


@strawberry.enum
class InvoiceTitleKind(Enum):
    """Who the e-invoice is made out to."""

    PERSON = "person"
    ORGANIZATION = "organization"


@word
class InvoiceRequest(Dated):
    """An e-invoice that was asked for (TMF621 TroubleTicket of type ``invoiceRequest``). ``invoice_number`` and
    ``document_url`` stand once it is issued (RESOLVED); ``masked_tax_number`` keeps its last four digits."""

    id: str
    bill_id: str
    title: str
    title_kind: InvoiceTitleKind
    masked_tax_number: str | None
    amount: Money
    state: TicketState
    asked_at: datetime
    changed_at: datetime
    invoice_number: str | None
    document_url: str | None
    answer: str | None
