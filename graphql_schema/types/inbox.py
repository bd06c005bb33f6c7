"""What has the house told this line of its own accord?"""

from datetime import date, datetime
from enum import Enum

import strawberry

from graphql_schema.types.bucket import UsageType
from graphql_schema.types.money import Money
from graphql_schema.types.scalar import Long
from graphql_schema.types.word import word


@strawberry.enum
class InboxTopic(Enum):
    """What a message is about."""

    USAGE_THRESHOLD = "usage_threshold"
    BILL_ISSUED = "bill_issued"
    SPENDING_UNUSUAL = "spending_unusual"


@word
class InboxMessage:
    """One thing that the line was told, as facts; the channels word it. What a topic does not speak of is null.

    A usage threshold: ``percent`` is the step that was crossed, ``used`` and ``total`` are the summed general allowance
    of ``usage_type`` at ``raised_at`` (bytes, seconds or messages). An issued bill: ``bill_id``, its ``amount``, the
    day it is ``due_on`` and its ``period_start``. Unusual spending: ``amount`` is what was spent so far in the month.
    """

    id: str
    topic: InboxTopic
    raised_at: datetime
    usage_type: UsageType | None = None
    percent: int | None = None
    used: Long | None = None
    total: Long | None = None
    bill_id: str | None = None
    amount: Money | None = None
    due_on: date | None = None
    period_start: date | None = None
