"""What does the graph need from others to answer for the money: use by day, records, tickets, promises, papers?

Faults of a system are ``ports.BssFault``; refusals are raised as ``Problem``.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from graphql_schema.client import Caller
from graphql_schema.identity_ports import Deed
from graphql_schema.types.bill_share import BillShare
from graphql_schema.types.bucket import UsageType
from graphql_schema.types.call_record import CallRecord, CallRecordFilter
from graphql_schema.types.charge_brake import PausableCharge
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.money import Money
from graphql_schema.types.month import Month
from graphql_schema.types.promise import PromiseSource
from graphql_schema.types.record_export import ExportFormat, RecordExport
from graphql_schema.types.ticket import Dispute, DisputeReason, InvoiceRequest, InvoiceTitleKind


@dataclass(frozen=True, slots=True)
class RatedDay:
    """What a line used at one tariff on one business day, as the BSS rated it; ``fee`` is exact to the 厘.

    ``used`` is bytes, seconds or messages of both directions; ``tariff`` is the rate's id, None for what an allowance
    covered or was free; ``usage_type`` None is a value-added service. ``places`` are where, for what was used roaming.
    ``counted`` is how much of it an allowance of the home country is asked for: each call in whole started minutes, and
    nothing of what is free.
    """

    day: date
    usage_type: UsageType | None
    tariff: str | None
    used: int
    fee: Decimal
    roaming: bool
    places: tuple[str, ...] = ()
    counted: int = 0


@dataclass(frozen=True, slots=True)
class RatedMonth:
    """A line's month, summed by day and tariff: totals, never single records."""

    month: Month
    days: tuple[RatedDay, ...]
    currency: str
    as_of: datetime
    stale: bool


class UsageHistory(Protocol):
    """What was used in a month (TMF635, read to its end and summed). Raises BssFault."""

    async def fetch_month(self, line_id: str, month: Month) -> RatedMonth:
        """The month so far, or the whole of an ended one, which is kept: it does not change any more."""
        ...


@dataclass(frozen=True, slots=True)
class RecordPosition:
    """Where a page of records, newest first, goes on: after the record of this instant and id."""

    at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class RecordPage:
    """Records in the order of time, newest first, other numbers in full; ``total`` of the month; ``more`` follow."""

    records: tuple[CallRecord, ...]
    total: int
    more: bool
    as_of: datetime


class CallRecords(Protocol):
    """Rated uses one by one (TMF635). Nothing of them is kept. Raises BssFault, and never answers a last known one."""

    async def fetch_page(self, line_id: str, month: Month, *, after: RecordPosition | None, limit: int) -> RecordPage:
        """The next ``limit`` (1-1000) records of the month, newest first, in one call. ``total`` is the month's on its
        first page; after a position a BSS may count from there."""
        ...

    def read_month(self, line_id: str, month: Month) -> AsyncIterator[RecordPage]:
        """All of a month, newest first, page by page: one page is held at a time."""
        ...


class Tickets(Protocol):
    """What customers ask about bills (TMF621). ``reference`` is the deed's id: asked again with it, one ticket is there
    and answered. Raises BssFault."""

    async def dispute(  # noqa: PLR0913  a dispute's facts
        self,
        account_id: str,
        bill_id: str,
        rated_line_id: str | None,
        *,
        amount: Money,
        reason: DisputeReason,
        words: str,
        reference: str,
    ) -> Dispute:
        """Opens a dispute; one that is open for the same charge is answered instead of a second."""
        ...

    async def fetch_disputes(self, account_id: str) -> Sequence[Dispute]:
        """Newest first."""
        ...

    async def request_invoice(  # noqa: PLR0913  an invoice's facts
        self,
        account_id: str,
        bill_id: str,
        *,
        amount: Money,
        title: str,
        title_kind: InvoiceTitleKind,
        tax_number: str | None,
        reference: str,
    ) -> InvoiceRequest:
        """Asks for an e-invoice of a bill; one that was asked for, and not rejected, is answered and no second made."""
        ...

    async def fetch_invoices(self, account_id: str) -> Sequence[InvoiceRequest]:
        """Newest first."""
        ...


@dataclass(frozen=True, slots=True)
class BrakeReading:
    """Which charges of a line are paused, and since when any is."""

    paused: frozenset[PausableCharge]
    since: datetime | None
    as_of: datetime
    stale: bool


class ChargeBrakes(Protocol):
    """The brake on charges that run away (a characteristic of the line, TMF637). Raises BssFault."""

    async def fetch_brake(self, line_id: str) -> BrakeReading:
        """What is paused now."""
        ...

    async def change_brake(
        self, line_id: str, *, pause: Collection[PausableCharge] = (), resume: Collection[PausableCharge] = ()
    ) -> BrakeReading:
        """Pauses and resumes these beside what is paused already, and says what holds then. Doing it twice is doing it
        once; an unknown outcome is asked for."""
        ...


@dataclass(frozen=True, slots=True)
class KeptPromise:
    """A promise as it was made: no bill has been held against it yet."""

    id: str
    line_id: str
    offering_id: str
    name: LocalizedText
    monthly_price: Money
    gift: Money | None
    starts_on: date
    ends_on: date
    source: PromiseSource
    made_by: str
    made_at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class NewPromise:
    """What is promised to the line of a number; the offering's name comes from the catalogue or the caller."""

    number: str
    offering_id: str
    monthly_price: Decimal
    gift: Decimal | None
    starts_on: date
    months: int
    source: PromiseSource
    note: str


class Promises(Protocol):
    """What lines were promised; implemented by ordering."""

    async def fetch_promises(self, line_id: str) -> Sequence[KeptPromise]:
        """Those whose term has begun or will, and ended ones while their bills are online; newest first."""
        ...

    async def keep(self, deed: Deed, promise: NewPromise) -> KeptPromise:
        """Keeps a promise on a line and tells it by SMS. Raises NotFound, BadArgument, TooMany, BssFault."""
        ...


class RecordExports(Protocol):
    """Exports of call records as jobs; implemented by statements."""

    async def fetch_exports(self, caller: Caller) -> Sequence[RecordExport]:
        """Those of the caller's line, newest first; gone ones for a day."""
        ...

    async def begin(
        self, deed: Deed, month: Month, export_format: ExportFormat, wanted: CallRecordFilter | None, *, reveal: bool
    ) -> RecordExport:
        """Queues one; the same deed is answered the same export. Raises ExportUnderWay where another deed asks what one
        that waits or works will hold (line, month, format, filter, reveal), TooMany (3 at once)."""
        ...

    async def delete(self, deed: Deed, export_id: str) -> None:
        """It is gone at once, ready or not. Raises NotFound."""
        ...


class BillShares(Protocol):
    """Links that show one bill; implemented by statements."""

    async def fetch_shares(self, caller: Caller) -> Sequence[BillShare]:
        """Living ones of the caller's line, newest first."""
        ...

    async def open_share(self, deed: Deed, account_id: str, bill_id: str, *, days: int) -> BillShare:
        """A link for so many days (1-30); the same deed answers the same link. Raises TooMany (10 living ones)."""
        ...

    async def end_share(self, deed: Deed, share_id: str) -> None:
        """It shows nothing any more. Raises NotFound."""
        ...
