"""What did a line use just now?"""

from dataclasses import dataclass
from datetime import datetime

from graphql_schema.types.bucket import UsageType
from graphql_schema.types.money import Money


@dataclass(frozen=True, slots=True)
class UsageEvent:
    """One rated use, as a BSS's event tells it (TMF635 usageCreateEvent). It is no part of the graph.

    ``id`` is the use's own, the same however often the event comes. ``usage_type`` is None for what no bucket counts
    (a value-added service). ``consumption`` says what it took from which bucket: (bucket id, bytes, seconds or
    messages).
    """

    id: str
    line_id: str
    usage_type: UsageType | None
    at: datetime
    consumption: tuple[tuple[str, int], ...]
    fee: Money
