"""What is a call record (详单), and how is one looked for?"""

from datetime import date, datetime
from enum import Enum

import strawberry

from graphql_schema.types.bill import PageInfo
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.money import Money
from graphql_schema.types.month import MonthText
from graphql_schema.types.scalar import Long
from graphql_schema.types.word import word


@strawberry.enum
class CallRecordKind(Enum):
    """The kinds of domain page §4."""

    VOICE = "voice"
    SMS = "sms"
    DATA = "data"
    VALUE_ADDED = "value_added"


@strawberry.enum
class CallDirection(Enum):
    """Calling or called (主叫/被叫); data and value-added services are OUTGOING."""

    OUTGOING = "outgoing"
    INCOMING = "incoming"


@strawberry.enum
class CallRecordOrder(Enum):
    """How records are sorted; NEWEST is the usual one. Equal ones follow by time, newest first."""

    NEWEST = "newest"
    OLDEST = "oldest"
    DEAREST = "dearest"
    LARGEST = "largest"


@word
class CallRecord:
    """One rated use (TMF635 Usage): never cached, never logged.

    ``used`` is seconds, messages, bytes or, of a value-added service, times. ``other_number`` is masked unless the
    question asked to reveal it; None for data. ``service`` names the app or service, ``tariff`` the rate that was
    applied.
    """

    id: str
    at: datetime
    kind: CallRecordKind
    direction: CallDirection
    place: str
    roaming: bool
    other_number: str | None
    used: Long
    service: str | None
    tariff: LocalizedText
    fee: Money


@strawberry.input
class CallRecordFilter:
    """Which records: each part that is there must hold. ``number`` is part of the other number, ``place`` part of the
    place; ``fee_from`` keeps what cost at least so much (yuan)."""

    kinds: list[CallRecordKind] | None = None
    direction: CallDirection | None = None
    number: str | None = None
    place: str | None = None
    from_day: date | None = None
    to_day: date | None = None
    fee_from: str | None = None
    charged_only: bool = False


@word
class CallRecordTotal:
    """How many records of a kind were found, how much they used, and what they cost, exact to the 厘."""

    kind: CallRecordKind
    count: int
    used: Long
    fee: Money


@strawberry.type
class CallRecordEdge:
    """A record with its cursor (Relay)."""

    cursor: str
    node: CallRecord


@strawberry.type
class CallRecordConnection:
    """A page of a month's records (Relay). Records are never stale: without the BSS there are none.

    ``total_count`` is how many records match. ``totals`` are null for the plain first look, which asks the BSS once and
    does not read the whole month; with a filter, another order, or where it is asked for, all is read and summed.
    """

    edges: list[CallRecordEdge]
    page_info: PageInfo
    total_count: int
    month: MonthText
    totals: list[CallRecordTotal] | None
    as_of: datetime


@strawberry.type
class CallRecordSearch:
    """How far a search through a month has come: ``read`` of ``of`` records; ``found`` is null until all were read."""

    read: int
    of: int
    found: CallRecordConnection | None


@word
class CallRecordSwitch:
    """Whether call records can be asked for at all (清单禁查), and since when it stands so."""

    locked: bool
    since: datetime | None
