"""What did a line use just now?"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from graphql_schema.types.bucket import UsageType


@dataclass(frozen=True, slots=True)
class Consumption:
    """What one use took from one bucket: bytes, seconds or messages."""

    bucket_id: str
    amount: int


@dataclass(frozen=True, slots=True)
class UsageEvent:
    """One rated use, as a BSS's event tells it (TMF635 usageCreateEvent). It is no part of the graph."""

    id: str
    line_id: str
    usage_type: UsageType | None
    at: datetime
    consumption: tuple[Consumption, ...]
    fee: Decimal
