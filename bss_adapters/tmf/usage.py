"""TMF677 v4 Usage Consumption: what is included, and what is used of it?"""

from collections.abc import Iterable
from functools import partial

from bss_adapters.tmf.call import plain_id, query_call
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.reading import Question, Reading, reading_key
from bss_adapters.tmf.sharers import BucketSharers
from bss_adapters.tmf.usage_bucket import parse_bucket
from bss_adapters.tmf.wire import Wire
from graphql_schema.ports import UsageReading

_PATH = "/usageConsumption/v4/queryUsageConsumption"


class TmfUsage:
    """Port ``Usage`` over TMF677."""

    def __init__(self, client: TmfClient, *, currency: str = "CNY") -> None:
        self._client = client
        self._sharers = BucketSharers(client.readings)
        self._currency = currency

    async def fetch_usage(self, line_id: str) -> UsageReading:
        """All buckets that the line can draw from in the running cycle. Raises BssFault ``usage_*``."""
        criteria = {"searchCriteria": {"product": [{"id": plain_id(line_id, system="usage")}]}}
        question = Question(
            system="usage",
            key=reading_key("usage", line_id),
            ask=partial(self._client.ask_once, query_call("usage", _PATH, criteria)),
            parse=partial(parse_usage, line_id=line_id, currency=self._currency),
        )
        reading = await self._client.read(question)
        await self._sharers.remember(line_id, reading)
        return reading

    async def outdate(self, line_id: str, bucket_ids: Iterable[str] = ()) -> frozenset[str]:
        """The line used these buckets: its next reading, and that of every line that shares one of them, comes from the
        BSS, however fresh the last one is. Answers those lines."""
        lines = await self._sharers.find_lines(bucket_ids) | {line_id}
        await self._client.readings.outdate(*(reading_key("usage", each) for each in lines))
        return lines


def parse_usage(reading: Reading, *, line_id: str, currency: str) -> UsageReading:
    """QueryUsageConsumption → UsageReading, as of its ``lastUpdate``. Raises BssFault ``usage_garbled``."""
    answer = Wire(reading.bodies[0], system="usage", currency=currency)
    consumptions = list(answer.children("usageConsumption"))
    if len(consumptions) != 1:
        raise answer.garbled("one usageConsumption was expected")
    wire = consumptions[0]
    if wire.text("state") != "done":
        raise wire.garbled("state is not done")
    period, as_of = wire.child("validPeriod"), wire.instant("lastUpdate")
    cycle_start, cycle_end = period.instant("startDateTime"), period.instant("endDateTime")
    if cycle_start >= cycle_end:
        raise wire.garbled("validPeriod ends before it starts")
    parsed = (
        parse_bucket(each, line_id=line_id, as_of=as_of, stale=reading.stale)
        for each in wire.children("bucketRefOrValue")
    )
    return UsageReading(
        buckets=tuple(bucket for bucket in parsed if bucket is not None),
        cycle_start=cycle_start,
        cycle_end=cycle_end,
        as_of=as_of,
        stale=reading.stale,
    )
