"""Which page of a month's call records answers a question, and what do all that match add up to?"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from graphql_schema.money_ports import RecordPage, RecordPosition
from graphql_schema.queries.record_cursor import RecordCursors, RecordPlace
from graphql_schema.queries.record_filter import spell_place
from graphql_schema.types.bill import PageInfo
from graphql_schema.types.call_record import (
    CallRecord,
    CallRecordConnection,
    CallRecordEdge,
    CallRecordFilter,
    CallRecordKind,
    CallRecordOrder,
    CallRecordTotal,
)
from graphql_schema.types.line import mask_number
from graphql_schema.types.money import Money
from graphql_schema.types.month import BUSINESS_ZONE, Month
from graphql_schema.types.scalar import Long

Key = tuple[Any, ...]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SERVICE_NUMBER = re.compile(r"106[0-9]{1,17}|10[0-9]{1,6}|1[12][0-9]{1,4}|9[56][0-9]{3,6}|[48]00[0-9]{7}")
"""Numbers of services (10086, 12345, 95588, 400…, 106… of texts): they name no person. Behind a prefix (10193…) a
person's number can follow, which makes it longer."""


@dataclass(frozen=True, slots=True)
class RecordQuestion:
    """What is asked of one line's month: ``wanted`` in its one spelling (record_filter), ``first`` records after the
    place ``after``."""

    line_id: str
    month: Month
    wanted: CallRecordFilter | None
    order: CallRecordOrder
    first: int
    after: RecordPlace | None
    totals: bool
    reveal: bool

    @property
    def plain(self) -> bool:
        """Whether the BSS can answer it by one page, as it is."""
        return self.wanted is None and self.order is CallRecordOrder.NEWEST and not self.totals


def name_question(line_id: str, month: Month, wanted: CallRecordFilter | None, order: CallRecordOrder) -> list[str]:
    """All that the place of a cursor depends on."""
    return [line_id, month.text, order.value, "" if wanted is None else repr(sorted(asdict(wanted).items()))]


def matches(record: CallRecord, wanted: CallRecordFilter | None) -> bool:
    """Whether a record is one of those that are looked for; ``wanted`` as ``parse_filter`` spells it."""
    return wanted is None or all(_list_judgements(record, wanted))


def _list_judgements(record: CallRecord, wanted: CallRecordFilter) -> Iterator[bool]:
    """Cheap ones first: the first that fails ends it."""
    yield wanted.kinds is None or record.kind in wanted.kinds
    yield wanted.direction is None or record.direction is wanted.direction
    yield not wanted.charged_only or record.fee.amount > 0
    yield wanted.number is None or wanted.number in (record.other_number or "")
    yield wanted.fee_from is None or record.fee.amount >= Decimal(wanted.fee_from)
    if wanted.from_day is not None or wanted.to_day is not None:
        day = record.at.astimezone(BUSINESS_ZONE).date()
        yield (wanted.from_day is None or wanted.from_day <= day) and (wanted.to_day is None or day <= wanted.to_day)
    yield wanted.place is None or wanted.place in spell_place(record.place)


def mask_record(record: CallRecord) -> CallRecord:
    """The same without the middle of a person's number; a service's number stays readable."""
    number = record.other_number
    if number is None or _SERVICE_NUMBER.fullmatch(number):
        return record
    return replace(record, other_number=mask_number(number))


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def _by_time(record: CallRecord) -> Key:
    return (_microseconds(record.at), record.id)


def _by_fee(record: CallRecord) -> Key:
    return (int(record.fee.amount.scaleb(6)), *_by_time(record))


def _by_use(record: CallRecord) -> Key:
    return (record.used, *_by_time(record))


_KEYS: Final[Mapping[CallRecordOrder, Callable[[CallRecord], Key]]] = {
    CallRecordOrder.NEWEST: _by_time,
    CallRecordOrder.OLDEST: _by_time,
    CallRecordOrder.DEAREST: _by_fee,
    CallRecordOrder.LARGEST: _by_use,
}
"""What is sorted by, in whole numbers and texts, so that a cursor can say it; all but OLDEST descend."""


def key_of(record: CallRecord, order: CallRecordOrder) -> Key:
    """By what a record is sorted: no two records of a line have the same."""
    return _KEYS[order](record)


def position_of(place: RecordPlace | None) -> RecordPosition | None:
    """Where the BSS's own order, newest first, goes on."""
    if place is None:
        return None
    microseconds, record_id = place.key
    return RecordPosition(_EPOCH + timedelta(microseconds=microseconds), record_id)


@dataclass(slots=True)
class _Sum:
    count: int = 0
    used: int = 0
    fee: Decimal = Decimal(0)


@dataclass(slots=True)
class RecordSieve:
    """Takes a month's records in any order and number, and keeps the page, the count and the sums: its memory is that
    of two pages."""

    question: RecordQuestion
    read: int = 0
    matched: int = 0
    followed: int = 0
    currency: str = ""
    _sums: dict[CallRecordKind, _Sum] = field(default_factory=dict)
    _page: list[tuple[Key, CallRecord]] = field(default_factory=list)

    def take(self, records: Iterable[CallRecord]) -> None:
        """Looks at these."""
        for record in records:
            self.read += 1
            if matches(record, self.question.wanted):
                self._count(record)

    @property
    def page(self) -> list[CallRecord]:
        """The first records after the place that was asked for, in their order, of those taken until now."""
        self._cut()
        return [record for _, record in self._page]

    @property
    def totals(self) -> list[CallRecordTotal]:
        """By kind, exact; kinds without a record are left out."""
        return [
            CallRecordTotal(
                kind=kind,
                count=self._sums[kind].count,
                used=Long(self._sums[kind].used),
                fee=Money(amount=self._sums[kind].fee, currency=self.currency),
            )
            for kind in CallRecordKind
            if kind in self._sums
        ]

    def _count(self, record: CallRecord) -> None:
        self.matched += 1
        self.currency = record.fee.currency
        of_kind = self._sums.setdefault(record.kind, _Sum())
        of_kind.count += 1
        of_kind.used += record.used
        of_kind.fee += record.fee.amount
        key, after = key_of(record, self.question.order), self.question.after
        if after is not None and not self._precedes(after.key, key):
            return
        self.followed += 1
        self._page.append((key, record))
        if len(self._page) >= 2 * self.question.first:
            self._cut()

    def _precedes(self, one: Key, other: Key) -> bool:
        return one < other if self.question.order is CallRecordOrder.OLDEST else one > other

    def _cut(self) -> None:
        descending = self.question.order is not CallRecordOrder.OLDEST
        self._page.sort(key=lambda kept: kept[0], reverse=descending)
        del self._page[self.question.first :]


def connect_page(page: RecordPage, question: RecordQuestion, cursors: RecordCursors) -> CallRecordConnection:
    """What the BSS gave for a plain question. How many there are is said as of the first page: a later one is asked for
    by its place, and the BSS then counts from there."""
    total = page.total if question.after is None else question.after.total
    return _connect(page.records, question, cursors, total=total, more=page.more, as_of=page.as_of, totals=None)


def connect_sieve(
    sieve: RecordSieve, question: RecordQuestion, cursors: RecordCursors, *, as_of: datetime
) -> CallRecordConnection:
    """What was found in a whole month, with its sums."""
    page, more = sieve.page, sieve.followed > question.first
    return _connect(page, question, cursors, total=sieve.matched, more=more, as_of=as_of, totals=sieve.totals)


def _connect(  # noqa: PLR0913  a connection's facts
    records: Iterable[CallRecord],
    question: RecordQuestion,
    cursors: RecordCursors,
    *,
    total: int,
    more: bool,
    as_of: datetime,
    totals: list[CallRecordTotal] | None,
) -> CallRecordConnection:
    edges = [
        CallRecordEdge(
            cursor=cursors.make(RecordPlace(key_of(record, question.order), total)),
            node=record if question.reveal else mask_record(record),
        )
        for record in records
    ]
    return CallRecordConnection(
        edges=edges,
        page_info=PageInfo(
            has_next_page=more,
            has_previous_page=question.after is not None,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        ),
        total_count=total,
        month=question.month.text,
        totals=totals,
        as_of=as_of,
    )
