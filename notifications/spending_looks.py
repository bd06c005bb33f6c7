"""Whose spending is looked at after a fee?

A fee raises an alert row that is a question: is this spending far above the line's own mean? It is asked a little
later, so that a run of fees is looked at together. Yes makes it the alert of that month; no withdraws it, and the next
fee asks again.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import case
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.types.month import Month
from graphql_schema.types.usage_event import UsageEvent
from notifications.alert_tables import alert

SPENDING_UNUSUAL: Final = "spending_unusual"
LOOK_AFTER: Final = timedelta(minutes=1)
"""Each look costs the BSS a reading of the month."""
_MICROSECOND: Final = timedelta.resolution
_EPOCH: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


async def raise_looks(
    connection: AsyncConnection, events: Iterable[UsageEvent], *, now_us: int, after: timedelta
) -> None:
    """Asks for a look at every line that one of these uses cost something: once a line and month, and never again in a
    month in which it was told. One that was given up, since nobody answered for hours, is asked for anew. ``now_us`` is
    this machine's clock; the look is ``after`` that.
    """
    fees = {(event.line_id, Month.of(event.at).text): event for event in events if event.fee.amount}
    rows = [
        {
            "topic": f"spending:{line_id}:{month}",
            "step": 0,
            "name": SPENDING_UNUSUAL,
            "line_id": line_id,
            "facts": {"month": month, "asOfUs": (event.at - _EPOCH) // _MICROSECOND},
            "state": "due",
            "attempts": 0,
            "free_at_us": now_us + after // _MICROSECOND,
            "created_at_us": now_us,
        }
        for (line_id, month), event in sorted(fees.items())
    ]
    if not rows:
        return
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    again, given_up = insert(alert).values(rows), alert.c.state == "dead"
    await connection.execute(
        again.on_conflict_do_update(
            index_elements=["topic", "step"],
            set_={
                "created_at_us": again.excluded.created_at_us,
                "state": "due",
                "attempts": case((given_up, 0), else_=alert.c.attempts),
                "free_at_us": case((given_up, again.excluded.free_at_us), else_=alert.c.free_at_us),
                "ended_at_us": None,
            },
            where=alert.c.state != "said",
        )
    )
