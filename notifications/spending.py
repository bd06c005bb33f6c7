"""What is a line told of spending far above its own mean?"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from graphql_schema.types.month import Month
from notifications.outbox import WITHDRAWN, Withdrawn


def read_spending(facts: Mapping[str, Any], me: Mapping[str, Any]) -> Mapping[str, Any] | Withdrawn | None:
    """The alert's facts with the figures of the brake; WITHDRAWN where it is not offered, or another month has begun;
    None while the figures can't be had, or are old."""
    brake = me["chargeBrake"]
    if brake is None or brake["stale"] or brake["spent"] is None:
        return None
    if not brake["offered"] or Month.of(datetime.fromisoformat(brake["asOf"])).text != facts["month"]:
        return WITHDRAWN
    return {
        **facts,
        "amount": brake["spent"]["amount"],
        "currency": brake["spent"]["currency"],
        "mean": brake["mean"]["amount"],
    }
