"""What has the house told this line of its own accord?"""

from datetime import datetime
from enum import Enum

import strawberry

from graphql_schema.types.bucket import UsageType
from graphql_schema.types.scalar import Long
from graphql_schema.types.word import word


@strawberry.enum
class InboxTopic(Enum):
    """What a message is about."""

    USAGE_THRESHOLD = "usage_threshold"


@word
class InboxMessage:
    """One thing that the line was told, as facts; the channels word it.

    A usage threshold: ``percent`` is the step that was crossed, ``used`` and ``total`` are the summed general allowance
    of ``usage_type`` at ``raised_at`` (bytes, seconds or messages).
    """

    id: str
    topic: InboxTopic
    raised_at: datetime
    usage_type: UsageType
    percent: int
    used: Long
    total: Long
