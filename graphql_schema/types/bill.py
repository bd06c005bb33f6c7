"""What is a bill, and what is it made of?"""

from datetime import date, datetime
from enum import Enum

import strawberry

from graphql_schema.types.dated import Dated
from graphql_schema.types.line import LineKind
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.money import Money
from graphql_schema.types.word import word


@strawberry.enum
class BillState(Enum):
    """TMF678 v4 stateValue, in the field's own words."""

    NEW = "new"
    ON_HOLD = "onHold"
    VALIDATED = "validated"
    SENT = "sent"
    PARTIALLY_PAID = "partiallyPaid"
    SETTLED = "settled"


@strawberry.enum
class SubjectCode(Enum):
    """The subjects (科目) of a bill, domain page §4."""

    MONTHLY_FEE = "monthly_fee"
    VOICE = "voice"
    DATA = "data"
    SMS = "sms"
    VALUE_ADDED = "value_added"
    OTHER_PARTY = "other_party"
    DISCOUNT = "discount"
    LATE_FEE = "late_fee"
    OTHER = "other"


@strawberry.enum
class BillCategory(Enum):
    """TMF678 v4 category. Only NORMAL and LAST bills are what a month cost: a DUPLICATE repeats one, an INTERIM one is
    contained in the next, a TRIAL is never owed, and a CREDIT_NOTE gives back (its total is negative)."""

    NORMAL = "normal"
    LAST = "last"
    INTERIM = "interim"
    DUPLICATE = "duplicate"
    TRIAL = "trial"
    CREDIT_NOTE = "creditNote"


@strawberry.enum
class ChargeKind(Enum):
    """What a rated line is for: a package of the month, use at a tariff, or money given or taken beside both."""

    RECURRING = "recurring"
    USAGE = "usage"
    DISCOUNT = "discount"
    ADJUSTMENT = "adjustment"
    PENALTY = "penalty"
    ONE_TIME = "oneTime"


@word
class RatedLine:
    """One line of a subject (TMF678 AppliedCustomerBillingRate): exact to the 厘, before the subject is rounded.

    ``number`` and ``line_kind`` say whose it is, where it belongs to one line. ``product_id`` is the package that it
    charges (TMF637), ``tariff`` the rate of a USAGE line: two months' lines of one product or tariff are one thing.
    """

    id: str
    name: LocalizedText
    amount: Money
    number: str | None
    line_kind: LineKind | None
    kind: ChargeKind
    product_id: str | None
    tariff: str | None
    roaming: bool


@word
class Subject:
    """A subject's total, rounded half-up to the fen, over the lines that it is made of."""

    code: SubjectCode
    total: Money
    rated_lines: list[RatedLine]


@word
class Bill(Dated):
    """An issued bill (TMF678 CustomerBill): ``total`` is what it asked for, ``remaining`` what is still open.

    ``period_end`` is the first day after the period. ``refers_to`` is the bill that a DUPLICATE repeats or a
    CREDIT_NOTE corrects.
    """

    id: str
    number: str
    category: BillCategory
    refers_to: str | None
    period_start: date
    period_end: date
    issued_on: date
    due_on: date | None
    state: BillState
    total: Money
    remaining: Money


@word
class Payment:
    """A payment that was applied to a bill; ``paid_at`` where the BSS says it (aware UTC)."""

    id: str
    amount: Money
    paid_at: datetime | None


@word
class ItemizedBill(Dated):
    """One bill by subject. The subjects add up to the bill's total, exactly; payments and credit notes are what reduced
    what is open of it, and are no part of the total."""

    bill: Bill
    subjects: list[Subject]
    payments: list[Payment]
    credit_notes: list[Bill]


@word
class CurrentCharges(Dated):
    """What the running month costs so far (TMF678 customerBillOnDemand): not issued, and not owed yet.

    ``period_end`` is the first day after the month.
    """

    total: Money
    period_start: date
    period_end: date
    subjects: list[Subject]


@strawberry.type
class PageInfo:
    """Where a page of a connection stands (Relay)."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type
class BillEdge:
    """A bill in the connection, with its cursor (Relay)."""

    cursor: str
    node: Bill


@strawberry.type
class BillConnection:
    """The bills kept online, newest first (Relay)."""

    edges: list[BillEdge]
    page_info: PageInfo
    total_count: int
    as_of: datetime
    stale: bool
