"""Which lines must the BSS be asked about before their uses are counted?"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from notifications.alert_tables import alert, usage_counter
from notifications.journal import JournalEntry
from notifications.thresholds import decide_step, usage_topic


async def find_lines_to_read(connection: AsyncConnection, entries: Sequence[JournalEntry]) -> set[str]:
    """Lines that lack a counter for a bucket or a cycle, and those that these uses take over a step."""
    lines = {entry.line_id for entry in entries}
    oldest_first = (
        select(usage_counter).where(usage_counter.c.line_id.in_(lines)).order_by(usage_counter.c.cycle_end_at_us)
    )
    rows = (await connection.execute(oldest_first)).all()
    return _lines_without_counters(rows, entries) | await _lines_about_to_cross(connection, rows, entries)


def _lines_without_counters(rows: Sequence[Row[Any]], entries: Sequence[JournalEntry]) -> set[str]:
    ends = {(row.line_id, row.bucket_id): row.cycle_end_at_us for row in rows}
    return {
        entry.line_id
        for entry in entries
        for bucket_id, _ in entry.consumption
        if entry.at_us >= ends.get((entry.line_id, bucket_id), 0)
    }


async def _lines_about_to_cross(
    connection: AsyncConnection, rows: Sequence[Row[Any]], entries: Sequence[JournalEntry]
) -> set[str]:
    """Lines that these uses take over a step that was not said yet: an add-on bought meanwhile must count first."""
    taken: Counter[str] = Counter()
    for entry in entries:
        for bucket_id, amount in entry.consumption:
            taken[bucket_id] += amount
    newest = {row.line_id: row.cycle_start_at_us for row in rows}
    watched = [row for row in rows if row.counts and row.cycle_start_at_us == newest[row.line_id]]
    used, total, line_of = Counter[str](), Counter[str](), {}
    for row in watched:
        topic = usage_topic(row.line_id, row.usage_type, row.cycle_start_at_us)
        used[topic] += row.used + taken[row.bucket_id]
        total[topic] += row.total
        line_of[topic] = row.line_id
    reached = [topic for topic in line_of if decide_step(used=used[topic], total=total[topic], said_percent=0)]
    steps = select(alert.c.topic, func.max(alert.c.step).label("step")).where(alert.c.topic.in_(reached))
    said = {row.topic: row.step for row in await connection.execute(steps.group_by(alert.c.topic))} if reached else {}
    return {
        line_of[topic]
        for topic in reached
        if decide_step(used=used[topic], total=total[topic], said_percent=said.get(topic, 0)) is not None
    }
