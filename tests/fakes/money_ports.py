"""What do the ports of bills, use and records answer in tests? Facts of one made-up line, kept in plain lists."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from graphql_schema.client import Caller
from graphql_schema.identity_ports import Deed
from graphql_schema.money_ports import (
    BrakeReading,
    KeptPromise,
    NewPromise,
    RatedDay,
    RatedMonth,
    RecordPage,
    RecordPosition,
)
from graphql_schema.problems import ExportUnderWay, NotFound
from graphql_schema.types.bill_share import BillShare
from graphql_schema.types.bucket import UsageType
from graphql_schema.types.call_record import CallDirection, CallRecord, CallRecordFilter, CallRecordKind
from graphql_schema.types.charge_brake import PausableCharge
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.money import Money
from graphql_schema.types.month import Month
from graphql_schema.types.promise import PromiseSource
from graphql_schema.types.record_export import ExportFormat, ExportState, RecordExport
from graphql_schema.types.scalar import Long
from graphql_schema.types.ticket import Dispute, DisputeReason, InvoiceRequest, InvoiceTitleKind, TicketState

AS_OF = datetime(2026, 11, 16, 3, 59, 30, tzinfo=UTC)
DATED: dict[str, Any] = {"as_of": AS_OF, "stale": False}
GIB = 1024**3


def _yuan(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="CNY")


def make_record(order: int = 1, **changes: Any) -> CallRecord:
    facts: dict[str, Any] = {
        "id": f"U{order}",
        "at": AS_OF - timedelta(minutes=order),
        "kind": CallRecordKind.VOICE,
        "direction": CallDirection.OUTGOING,
        "place": "广州",
        "roaming": False,
        "other_number": "13900000001",
        "used": Long(61),
        "service": None,
        "tariff": LocalizedText(zh="本地通话费", en="Local calls"),
        "fee": _yuan("0.80"),
    }
    return CallRecord(**(facts | changes))


def make_dispute(**changes: Any) -> Dispute:
    facts: dict[str, Any] = {
        "id": "T1",
        "bill_id": "B10",
        "rated_line_id": "R1",
        "amount": _yuan("8.00"),
        "reason": DisputeReason.NOT_ORDERED,
        "state": TicketState.ACKNOWLEDGED,
        "opened_at": AS_OF,
        "changed_at": AS_OF,
        "answer": None,
    }
    return Dispute(**(DATED | facts | changes))


def make_invoice(**changes: Any) -> InvoiceRequest:
    facts: dict[str, Any] = {
        "id": "T2",
        "bill_id": "B10",
        "title": "陈晓彤",
        "title_kind": InvoiceTitleKind.PERSON,
        "masked_tax_number": None,
        "amount": _yuan("86.50"),
        "state": TicketState.ACKNOWLEDGED,
        "asked_at": AS_OF,
        "changed_at": AS_OF,
        "invoice_number": None,
        "document_url": None,
        "answer": None,
    }
    return InvoiceRequest(**(DATED | facts | changes))


def make_promise(**changes: Any) -> KeptPromise:
    facts: dict[str, Any] = {
        "id": "V1",
        "line_id": "L1",
        "offering_id": "plan-59",
        "name": LocalizedText(zh="畅享59", en="Enjoy 59"),
        "monthly_price": _yuan("59.00"),
        "gift": None,
        "starts_on": date(2026, 6, 1),
        "ends_on": date(2027, 6, 1),
        "source": PromiseSource.SELLER,
        "made_by": "staff-1",
        "made_at": AS_OF,
        "note": "",
    }
    return KeptPromise(**(facts | changes))


def make_export(export_id: str = "X1", **changes: Any) -> RecordExport:
    facts: dict[str, Any] = {
        "id": export_id,
        "month": Month(2026, 11).text,
        "format": ExportFormat.CSV,
        "state": ExportState.WAITING,
        "progress": 0,
        "rows": None,
        "bytes": None,
        "filtered": False,
        "asked_at": AS_OF,
        "ready_at": None,
        "expires_at": None,
        "failure": None,
    }
    return RecordExport(**(facts | changes))


@dataclass
class FakeUse:
    """Stands behind UsageHistory and CallRecords: ``months`` by month, ``records`` of every month, newest first."""

    months: dict[Month, tuple[RatedDay, ...]] = field(
        default_factory=lambda: {
            Month(2026, 11): (RatedDay(date(2026, 11, 2), UsageType.DATA, None, GIB, Decimal(0), roaming=False),)
        }
    )
    records: list[CallRecord] = field(default_factory=lambda: [make_record(order) for order in range(1, 4)])
    pages_asked: int = 0

    async def fetch_month(self, line_id: str, month: Month) -> RatedMonth:
        return RatedMonth(month=month, days=self.months.get(month, ()), currency="CNY", as_of=AS_OF, stale=False)

    async def fetch_page(self, line_id: str, month: Month, *, after: RecordPosition | None, limit: int) -> RecordPage:
        self.pages_asked += 1
        records = [record for record in self.records if Month.of(record.at) == month]
        left = [each for each in records if after is None or (each.at, each.id) < (after.at, after.id)]
        return RecordPage(tuple(left[:limit]), total=len(records), more=len(left) > limit, as_of=AS_OF)

    async def read_month(self, line_id: str, month: Month) -> AsyncIterator[RecordPage]:
        after: RecordPosition | None = None
        while True:
            page = await self.fetch_page(line_id, month, after=after, limit=1000)
            yield page
            if not page.more:
                return
            after = RecordPosition(page.records[-1].at, page.records[-1].id)


@dataclass
class FakeTickets:
    """Stands behind Tickets; ``asked`` notes every reference with what was asked."""

    disputes: list[Dispute] = field(default_factory=list)
    invoices: list[InvoiceRequest] = field(default_factory=list)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def dispute(self, account_id: str, bill_id: str, rated_line_id: str | None, **facts: Any) -> Dispute:
        self.asked.append((facts["reference"], facts))
        open_one = next((each for each in self.disputes if each.rated_line_id == rated_line_id), None)
        if open_one is None:
            open_one = make_dispute(
                bill_id=bill_id, rated_line_id=rated_line_id, amount=facts["amount"], reason=facts["reason"]
            )
            self.disputes.append(open_one)
        return open_one

    async def fetch_disputes(self, account_id: str) -> Sequence[Dispute]:
        return list(self.disputes)

    async def request_invoice(self, account_id: str, bill_id: str, **facts: Any) -> InvoiceRequest:
        self.asked.append((facts["reference"], facts))
        kept = next((each for each in self.invoices if each.bill_id == bill_id), None)
        if kept is None:
            kept = make_invoice(bill_id=bill_id, title=facts["title"], title_kind=facts["title_kind"])
            self.invoices.append(kept)
        return kept

    async def fetch_invoices(self, account_id: str) -> Sequence[InvoiceRequest]:
        return list(self.invoices)


@dataclass
class FakeBrakes:
    """Stands behind ChargeBrakes."""

    reading: BrakeReading = field(default_factory=lambda: BrakeReading(frozenset(), None, AS_OF, stale=False))

    async def fetch_brake(self, line_id: str) -> BrakeReading:
        return self.reading

    async def change_brake(
        self, line_id: str, *, pause: Collection[PausableCharge] = (), resume: Collection[PausableCharge] = ()
    ) -> BrakeReading:
        paused = (self.reading.paused | frozenset(pause)) - frozenset(resume)
        self.reading = replace(self.reading, paused=paused, since=(self.reading.since or AS_OF) if paused else None)
        return self.reading


@dataclass
class FakePromises:
    """Stands behind Promises."""

    promises: list[KeptPromise] = field(default_factory=list)

    async def fetch_promises(self, line_id: str) -> Sequence[KeptPromise]:
        return list(self.promises)

    async def keep(self, deed: Deed, promise: NewPromise) -> KeptPromise:
        if promise.number != "13800138001":
            raise NotFound
        kept = make_promise(offering_id=promise.offering_id, note=promise.note)
        self.promises.append(kept)
        return kept


@dataclass
class FakeExports:
    """Stands behind RecordExports."""

    exports: list[RecordExport] = field(default_factory=list)
    begun: dict[str, tuple[str, tuple[Any, ...]]] = field(default_factory=dict)
    """By export: which deed began it, and what that asked."""

    async def fetch_exports(self, caller: Caller) -> Sequence[RecordExport]:
        return list(self.exports)

    async def begin(
        self, deed: Deed, month: Month, export_format: ExportFormat, wanted: CallRecordFilter | None, *, reveal: bool
    ) -> RecordExport:
        wish = (deed.caller.subscriber, month, export_format, wanted, reveal)
        known = [(export, *self.begun[export.id]) for export in self.exports if export.id in self.begun]
        for export, deed_id, _ in known:
            if deed_id == deed.id:
                return export
        for export, _, asked in known:
            if asked == wish and export.state in {ExportState.WAITING, ExportState.WORKING}:
                raise ExportUnderWay(export_id=export.id, progress=export.progress)
        export = make_export(f"X{len(self.exports) + 1}", month=month.text, format=export_format)
        self.exports.append(export)
        self.begun[export.id] = (deed.id, wish)
        return export

    async def delete(self, deed: Deed, export_id: str) -> None:
        if not any(export.id == export_id for export in self.exports):
            raise NotFound
        self.exports = [export for export in self.exports if export.id != export_id]


@dataclass
class FakeShares:
    """Stands behind BillShares."""

    shares: list[BillShare] = field(default_factory=list)

    async def fetch_shares(self, caller: Caller) -> Sequence[BillShare]:
        return list(self.shares)

    async def open_share(self, deed: Deed, account_id: str, bill_id: str, *, days: int) -> BillShare:
        share = BillShare(
            id=f"H{len(self.shares) + 1}",
            bill_id=bill_id,
            url="http://localhost/shared/abc",
            made_at=AS_OF,
            expires_at=AS_OF + timedelta(days=days),
            opened=0,
        )
        self.shares.append(share)
        return share

    async def end_share(self, deed: Deed, share_id: str) -> None:
        if not any(share.id == share_id for share in self.shares):
            raise NotFound
        self.shares = [share for share in self.shares if share.id != share_id]
