"""TMF635 v4 Usage Management: which calls, messages, sessions and services did a line use, one by one?"""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from bss_adapters.tmf.call import Answer, plain_id, read_call
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.fault import FaultKind, bss_fault
from bss_adapters.tmf.wire import Wire
from graphql_schema.money_ports import RecordPage, RecordPosition
from graphql_schema.types.call_record import CallDirection, CallRecord, CallRecordKind
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.money import Money
from graphql_schema.types.month import Month
from graphql_schema.types.scalar import Long

_PATH = "/usageManagement/v4/usage"
_FIELDS = "id,usageDate,usageType,usageCharacteristic,ratedProductUsage,relatedParty"
_PAGE_MOST = 1000
_TIES = 20
"""So many more are asked for than are wanted where a page goes on after an instant: what happened in that instant comes
again. Where even more did, it takes a second call."""
_SEARCHES_AT_ONCE = 3
"""Of one line, in this process: whoever lets a month be read again and again at once waits for themselves."""
_PAGES_MOST = 20_000
"""Of one month. A list that never ends is no list."""

_KINDS = {
    "voice": CallRecordKind.VOICE,
    "sms": CallRecordKind.SMS,
    "data": CallRecordKind.DATA,
    "valueAdded": CallRecordKind.VALUE_ADDED,
}
_DIRECTIONS = {direction.value: direction for direction in CallDirection}
_AMOUNTS = {
    CallRecordKind.VOICE: "durationSeconds",
    CallRecordKind.SMS: "messageCount",
    CallRecordKind.DATA: "volumeBytes",
    CallRecordKind.VALUE_ADDED: "eventCount",
}
_SERVICES = {CallRecordKind.DATA: "application", CallRecordKind.VALUE_ADDED: "service"}
_TWO_SIDED = frozenset({CallRecordKind.VOICE, CallRecordKind.SMS})
_LONGEST_ID, _LONGEST_NUMBER, _LONGEST_NAME = 128, 32, 200


class TmfCallRecords:
    """Port ``CallRecords`` over TMF635. No record passes the snapshots: what the BSS does not say now is not said."""

    def __init__(self, client: TmfClient, *, currency: str = "CNY") -> None:
        self._client = client
        self._currency = currency
        self._searched: Counter[str] = Counter()

    async def fetch_page(self, line_id: str, month: Month, *, after: RecordPosition | None, limit: int) -> RecordPage:
        """The next ``limit`` (1-1000) records of the month, newest first, in one call. ``total`` is of the month on its
        first page, later of what was left from ``after`` on. Raises BssFault ``usage_*``."""
        offset = 0
        while True:
            wanted = limit if after is None else min(limit + _TIES, _PAGE_MOST)
            asked = _Asked(plain_id(line_id, system="usage"), month, after, limit=wanted, offset=offset)
            answer = await self._client.fetch(read_call("usage", _PATH, asked.query))
            found = parse_records(answer, asked, currency=self._currency)
            fresh = found if after is None else _drop_seen(found, after)
            total, read = _read_total(answer, len(found), asked), offset + len(found)
            if fresh or read >= total:
                page = tuple(fresh[:limit])
                more = total > read - len(fresh) + len(page)
                return RecordPage(page, total=total - (read - len(fresh)), more=more, as_of=answer.as_of)
            offset = read

    async def read_month(self, line_id: str, month: Month) -> AsyncIterator[RecordPage]:
        """All of a month, newest first; each page says the month's total. Raises BssFault ``usage_*``, at whichever
        page it happens: what was read until then is no month."""
        if self._searched[line_id] >= _SEARCHES_AT_ONCE:
            raise bss_fault("usage", FaultKind.OVERLOADED, "too many searches of one line at once")
        self._searched[line_id] += 1
        try:
            async for page in self._read_pages(line_id, month):
                yield page
        finally:
            self._searched -= Counter({line_id: 1})

    async def _read_pages(self, line_id: str, month: Month) -> AsyncIterator[RecordPage]:
        page = await self.fetch_page(line_id, month, after=None, limit=_PAGE_MOST)
        total = page.total
        yield page
        for _ in range(_PAGES_MOST):
            if not page.more:
                return
            last = page.records[-1]
            after = RecordPosition(last.at, last.id)
            del last, page  # one page is held at a time
            page = await self.fetch_page(line_id, month, after=after, limit=_PAGE_MOST)
            yield replace(page, total=total)
        raise bss_fault("usage", FaultKind.GARBLED, "the month does not end")


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question about a month, and what its answer must keep to."""

    line_id: str
    month: Month
    after: RecordPosition | None
    limit: int
    offset: int

    @property
    def query(self) -> dict[str, str]:
        before = {} if self.after is None else {"usageDate.lte": _render_instant(self.after.at)}
        return {
            "relatedParty.id": self.line_id,
            "usageDate.gte": _render_instant(self.month.starts_at),
            "usageDate.lt": _render_instant(self.month.ends_at),
            **before,
            "sort": "-usageDate",
            "fields": _FIELDS,
            "offset": str(self.offset),
            "limit": str(self.limit),
        }

    def holds(self, at: datetime) -> bool:
        """Whether a record of this instant can be an answer."""
        return self.month.starts_at <= at < self.month.ends_at and (self.after is None or at <= self.after.at)


def parse_records(answer: Answer, asked: _Asked, *, currency: str) -> list[CallRecord]:
    """A list of TMF635 Usage → records, newest first. Raises BssFault ``usage_garbled``, also for a record of another
    line or month, for one too many, and for a list in another order."""
    if not isinstance(answer.json, list) or len(answer.json) > asked.limit:
        raise bss_fault("usage", FaultKind.GARBLED, "a list of at most as many as were asked for was expected")
    records = [parse_record(item, line_id=asked.line_id, currency=currency) for item in answer.json]
    if not all(asked.holds(record.at) for record in records):
        raise bss_fault("usage", FaultKind.GARBLED, "usageDate lies outside what was asked for")
    if any(later.at > earlier.at for earlier, later in pairwise(records)):
        raise bss_fault("usage", FaultKind.GARBLED, "the list is not sorted by -usageDate")
    return records


def parse_record(item: Any, *, line_id: str, currency: str) -> CallRecord:  # noqa: ANN401  any JSON value
    """TMF635 Usage → CallRecord, its other number in full. Raises BssFault ``usage_garbled``."""
    wire = Wire(item, system="usage", currency=currency)
    if not any(party.maybe_text("role") == "line" and party.text("id") == line_id for party in _parties(wire)):
        raise wire.garbled("relatedParty is not the line that was asked for")
    traits, kind = _read_traits(wire, item, currency), wire.code("usageType", _KINDS)
    return CallRecord(
        id=_bounded(wire, "id", wire.text("id"), longest=_LONGEST_ID),
        at=_parse_instant(wire),
        kind=kind,
        direction=traits.code("direction", _DIRECTIONS) if kind in _TWO_SIDED else CallDirection.OUTGOING,
        place=_bounded(wire, "place", traits.maybe_text("place") or "", longest=_LONGEST_NAME),
        roaming=bool(traits.maybe_flag("roaming")),
        other_number=_other_number(traits, kind),
        used=Long(traits.whole(_AMOUNTS[kind])),
        service=_name_service(traits, kind),
        tariff=_name_tariff(wire, traits),
        fee=_add_up_fees(wire, currency),
    )


def _parties(wire: Wire) -> Iterator[Wire]:
    return wire.children("relatedParty")


def _read_traits(wire: Wire, item: Any, currency: str) -> Wire:  # noqa: ANN401  any JSON value
    """The characteristics by name, each read once: a page has thousands. Of two with one name the first counts."""
    listed = item.get("usageCharacteristic")
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise wire.garbled("usageCharacteristic is not a list of objects")
    by_name = {str(each.get("name")): each.get("value") for each in reversed(listed)}
    return Wire(by_name, system=wire.system, currency=currency)


def _other_number(traits: Wire, kind: CallRecordKind) -> str | None:
    number = None if kind is CallRecordKind.DATA else traits.maybe_text("otherNumber")
    return _bounded(traits, "otherNumber", number, longest=_LONGEST_NUMBER) if number else None


def _name_service(traits: Wire, kind: CallRecordKind) -> str | None:
    name = traits.maybe_text(_SERVICES[kind]) if kind in _SERVICES else None
    return None if name is None else _bounded(traits, _SERVICES[kind], name, longest=_LONGEST_NAME)


def _name_tariff(wire: Wire, traits: Wire) -> LocalizedText:
    """The tariff's name in both languages; without one the id of the rate."""
    name = traits.maybe_text("tariffName")
    if not name:
        rate = next((each.maybe_text("offerTariffType") for each in wire.children("ratedProductUsage")), None)
        name = rate or ""
    name = _bounded(wire, "tariffName", name, longest=_LONGEST_NAME)
    english = traits.maybe_text("tariffNameEn") or name
    return LocalizedText(zh=name, en=_bounded(wire, "tariffNameEn", english, longest=_LONGEST_NAME))


def _add_up_fees(wire: Wire, currency: str) -> Money:
    rated = (each.money("taxIncludedRatingAmount").amount for each in wire.children("ratedProductUsage"))
    return Money(amount=sum(rated, Decimal(0)), currency=currency)


def _bounded(wire: Wire, name: str, value: str, *, longest: int) -> str:
    if len(value) > longest or not value.isprintable():
        raise wire.garbled(f"{name} is too long or not printable")
    return value


def _parse_instant(wire: Wire) -> datetime:
    """Not by way of the cache that instants of bills share: a month of records would sweep it clean."""
    try:
        at = datetime.fromisoformat(wire.text("usageDate"))
    except ValueError as error:
        raise wire.garbled("usageDate is not an instant") from error
    if at.tzinfo is None:
        raise wire.garbled("usageDate has no offset")
    return at.astimezone(UTC)


def _render_instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _drop_seen(records: list[CallRecord], after: RecordPosition) -> list[CallRecord]:
    """Without those up to the position: of its instant some were on the page before. Where its own record is there,
    that tells which; else the order of ids does."""
    same_instant = sum(1 for record in records if record.at == after.at)
    ids = [record.id for record in records[:same_instant]]
    if after.id in ids:
        return records[ids.index(after.id) + 1 :]
    return [record for record in records[:same_instant] if record.id < after.id] + records[same_instant:]


def _read_total(answer: Answer, found: int, asked: _Asked) -> int:
    total = answer.total_count
    if total is None:
        raise bss_fault("usage", FaultKind.GARBLED, "X-Total-Count is missing")
    if total < asked.offset + found or (not found and total > asked.offset):
        raise bss_fault("usage", FaultKind.GARBLED, "X-Total-Count does not fit the list")
    return total
