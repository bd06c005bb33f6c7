"""Which records are exported in these tests, and who stands around the worker?"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.client import Caller
from graphql_schema.identity_ports import Deed
from graphql_schema.money_ports import RecordPage, RecordPosition
from graphql_schema.queries.call_records import mask_record, matches
from graphql_schema.types.call_record import CallRecord, CallRecordKind, CallRecordSwitch
from graphql_schema.types.month import Month
from graphql_schema.types.scalar import Long
from statements.export_work import ExportSources
from statements.wording import Language
from tests.fakes.money_ports import AS_OF, make_record

OCTOBER = Month(2026, 10)
PAGE = 1000
KINDS = tuple(CallRecordKind)


def make_october(order: int, **changes: Any) -> CallRecord:
    """The record with this place in the month, counted from its end."""
    kind = KINDS[order % 4]
    facts: dict[str, Any] = {
        "at": OCTOBER.ends_at - timedelta(seconds=order * 2),
        "kind": kind,
        "other_number": None if kind is CallRecordKind.DATA else f"139{order:08}",
        "used": Long(1 + order % 3600 if kind is not CallRecordKind.DATA else order * 1_000_003),
        "service": "短视频" if kind is CallRecordKind.DATA else None,
    }
    return make_record(order, **(facts | changes))


@dataclass
class Records:
    """A month of so many records; ``before_page`` runs before each page is given out."""

    total: int = 10
    before_page: Callable[[int], Any] | None = None
    special: list[CallRecord] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)
    pages_asked: int = 0

    async def fetch_page(self, line_id: str, month: Month, *, after: RecordPosition | None, limit: int) -> RecordPage:
        raise NotImplementedError("an export reads the whole month")

    async def read_month(self, line_id: str, month: Month) -> AsyncIterator[RecordPage]:
        total = len(self.special) or self.total
        for begin in range(0, max(total, 1), PAGE):
            self.pages_asked += 1
            if self.before_page is not None:
                await self.before_page(begin // PAGE)
            if self.faults:
                raise self.faults.pop(0)
            end = min(begin + PAGE, total)
            page = self.special[begin:end] or [make_october(order) for order in range(begin, end)]
            yield RecordPage(tuple(page), total=total, more=end < total, as_of=AS_OF)


@dataclass
class Lock:
    """The customer's switch."""

    locked: bool = False

    async def fetch_switch(self, caller: Caller) -> CallRecordSwitch:
        return CallRecordSwitch(locked=self.locked, since=None)

    async def is_locked(self, line_id: str) -> bool:
        return self.locked

    async def set_switch(self, deed: Deed, *, locked: bool) -> CallRecordSwitch:
        self.locked = locked
        return CallRecordSwitch(locked=locked, since=datetime.now(AS_OF.tzinfo))


def make_sources(records: Records, lock: Lock | None = None, language: Language = "zh") -> ExportSources:
    async def language_of(_connection: AsyncConnection, _number: str) -> Language:
        return language

    operators: dict[Language, str] = {"zh": "一厅电信", "en": "OneHall Telecom"}
    return ExportSources(records, matches, mask_record, lock or Lock(), language_of, operators)
