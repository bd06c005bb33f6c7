"""Which lines have been shown a shared bucket?"""

import asyncio
from collections.abc import Iterable
from datetime import datetime

from bss_adapters.tmf.reading import Readings, reading_key
from bss_adapters.tmf.snapshot import Snapshot
from graphql_schema.ports import UsageReading

LINES_MOST = 50
"""Of a bucket: a family has a handful. A company's pool has more; then the latest readers are told at once, and the
others see a use when their reading ages."""


class BucketSharers:
    """Remembers, beside the readings and as long as they are kept, who has read a shared bucket.

    Only they hold a value that another line's use can outdate. Two who begin to read in the same instant may hide each
    other; the next reading mends that.
    """

    def __init__(self, readings: Readings) -> None:
        self._readings = readings

    async def remember(self, line_id: str, reading: UsageReading) -> None:
        """This line has read these buckets."""
        shared = (bucket.id for bucket in reading.buckets if bucket.shared)
        await asyncio.gather(*(self._add(bucket_id, line_id, reading.as_of) for bucket_id in shared))

    async def find_lines(self, bucket_ids: Iterable[str]) -> frozenset[str]:
        """Every line that has read one of these buckets."""
        found = await asyncio.gather(*(self._recall(bucket_id) for bucket_id in set(bucket_ids)))
        return frozenset(line_id for lines in found for line_id in lines)

    async def _add(self, bucket_id: str, line_id: str, as_of: datetime) -> None:
        known = await self._recall(bucket_id)
        if line_id not in known:
            lines = [*known, line_id][-LINES_MOST:]
            kept = Snapshot(0.0, as_of, tuple(each.encode() for each in lines))
            await self._readings.keep(_key(bucket_id), kept)

    async def _recall(self, bucket_id: str) -> list[str]:
        known = await self._readings.recall(_key(bucket_id))
        return [body.decode() for body in known.bodies] if known else []


def _key(bucket_id: str) -> str:
    return reading_key("sharers", bucket_id)
