"""TMF635 v4 Usage Management: what was used in a month?"""

import asyncio
import time
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple
from weakref import WeakValueDictionary

from bss_adapters.tmf.call import Answer, plain_id, read_call
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.fault import FaultKind, bss_fault
from bss_adapters.tmf.reading import Question, reading_key
from bss_adapters.tmf.usage_sum import UsageSum, parse_rated_month
from bss_adapters.tmf.wire import Wire, wire_list
from graphql_schema.money_ports import RatedMonth
from graphql_schema.ports import answering_by
from graphql_schema.types.month import Month

_PATH = "/usageManagement/v4/usage"
_FIELDS = "usageDate,usageType,usageCharacteristic,ratedProductUsage,relatedParty"
PAGE = 1000
RECORDS_MOST = 500_000
"""Of a line in a month: with more something is wrong, and reading on would never end."""
MONTH_SECONDS = 60.0
"""For a month of many records. Who asks waits no longer than for anything else; the next one gets the answer."""
MONTHS_AT_ONCE = 2
"""Of one line: a long history waits for itself, and for nobody else."""
ENDED_FRESH_SECONDS = 24 * 3600.0
"""An ended month does not change any more…"""
SETTLES_WITHIN = timedelta(days=3)
"""…once records that came late (from abroad, say) have landed. Until then it is read anew like the running one."""


class TmfUsageHistory:
    """Port ``UsageHistory`` over TMF635: reads a month to its end, page by page, and keeps nothing but its sums."""

    def __init__(self, client: TmfClient, *, currency: str = "CNY") -> None:
        self._client = client
        self._currency = currency
        self._reading: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def fetch_month(self, line_id: str, month: Month) -> RatedMonth:
        """The month so far, or the whole of an ended one, which is kept for a day. Raises BssFault ``usage_*``: a read
        that breaks off is a fault, never half a sum."""
        settled = self._client.clock.now() >= month.ends_at + SETTLES_WITHIN
        question = Question(
            system="usage",
            key=_month_key(plain_id(line_id, system="usage"), month, settled=settled),
            ask=partial(self._ask_month, line_id, month),
            parse=partial(parse_rated_month, month=month, currency=self._currency),
            fresh_seconds=ENDED_FRESH_SECONDS if settled else None,
        )
        return await self._client.read(question)

    async def outdate(self, line_id: str, at: datetime) -> None:
        """The line used something at that instant: its month is read anew. Never fails."""
        month = Month.of(at)
        keys = (_month_key(line_id, month, settled=settled) for settled in (False, True))
        await self._client.readings.outdate(*keys)

    async def _ask_month(self, line_id: str, month: Month) -> list[Answer]:
        async with self._reading.setdefault(line_id, asyncio.Semaphore(MONTHS_AT_ONCE)):
            with answering_by(time.monotonic() + MONTH_SECONDS):
                return [await self._sum_up(line_id, month)]

    async def _sum_up(self, line_id: str, month: Month) -> Answer:
        """Newest first, each page from the instant of the last record on: what comes meanwhile shifts no page."""
        query = {
            "relatedParty.id": line_id,
            "usageDate.gte": month.starts_at.isoformat(),
            "usageDate.lt": month.ends_at.isoformat(),
            "sort": "-usageDate",
            "fields": _FIELDS,
            "limit": str(PAGE),
        }
        summed, edge = UsageSum(line_id, month, currency=self._currency), _Edge()
        first = page = await self._add_page(query, edge, summed)
        while not page.last:
            if not page.added:
                raise bss_fault("usage", FaultKind.GARBLED, "the records do not go on")
            if edge.passed > RECORDS_MOST:
                raise bss_fault("usage", FaultKind.GARBLED, f"a month of more than {RECORDS_MOST} records")
            page = await self._add_page(query | edge.query, edge, summed)
        if first.total is not None and edge.passed < first.total:
            raise bss_fault("usage", FaultKind.GARBLED, "the records end before their total")
        return summed.answer(as_of=first.as_of)

    async def _add_page(self, query: dict[str, str], edge: "_Edge", summed: UsageSum) -> "_Page":
        """Reads one page into the sums and lets it go."""
        answer = await self._client.fetch(read_call("usage", _PATH, query))
        usages = list(wire_list(answer.json, system="usage", currency=self._currency))
        fresh = edge.pass_over(usages)
        for usage, at in fresh:
            summed.add(usage, at)
        last = len(usages) < PAGE if answer.total_count is None else len(usages) >= answer.total_count
        return _Page(len(fresh), answer.total_count, answer.as_of, last)


class _Page(NamedTuple):
    added: int
    total: int | None
    as_of: datetime
    last: bool


class _Edge:
    """Where the next page begins: at the last record's instant, without those of that instant that came already."""

    def __init__(self) -> None:
        self._at: datetime | None = None
        self._ids: set[str] = set()
        self.passed = 0

    @property
    def query(self) -> dict[str, str]:
        return {} if self._at is None else {"usageDate.lte": self._at.isoformat()}

    def pass_over(self, usages: list[Wire]) -> list[tuple[Wire, datetime]]:
        """Those that did not come before. Raises BssFault ``usage_garbled`` for an order that goes up."""
        fresh: list[tuple[Wire, datetime]] = []
        for usage in usages:
            id_, at = usage.text("id"), usage.instant("usageDate")
            if at == self._at and id_ in self._ids:
                continue
            if self._at is not None and at > self._at:
                raise usage.garbled("usageDate goes up")
            if at != self._at:
                self._at, self._ids = at, set()
            self._ids.add(id_)
            fresh.append((usage, at))
        self.passed += len(fresh)
        return fresh


def _month_key(line_id: str, month: Month, *, settled: bool) -> str:
    return reading_key("usage month", line_id, month.text, "settled" if settled else "moving")
