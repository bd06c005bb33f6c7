"""What is included, what is used of it, and at which pace?"""

from datetime import datetime
from decimal import Decimal
from enum import Enum

import strawberry

from graphql_schema.types.dated import Dated
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.scalar import Long
from graphql_schema.types.word import word


@strawberry.enum
class UsageType(Enum):
    """What a bucket counts: DATA in bytes, VOICE in seconds, SMS in messages."""

    DATA = "data"
    VOICE = "voice"
    SMS = "sms"


@strawberry.enum
class BucketScope(Enum):
    """GENERAL serves any use of its type, DEDICATED only one app or region."""

    GENERAL = "general"
    DEDICATED = "dedicated"


@strawberry.enum
class BucketOrigin(Enum):
    """Where an allowance came from."""

    PLAN = "plan"
    ADD_ON = "add_on"
    ROLLED_OVER = "rolled_over"
    GIFT = "gift"


@word
class PoolMember:
    """What one line took from a shared allowance, in its unit; ``own`` marks the asking line."""

    masked_number: str
    used: Long
    own: bool


@word
class Bucket(Dated):
    """One allowance of the running cycle (TMF677 bucket with its counters).

    ``total`` and ``remaining`` are None where there is no total (unlimited); ``throttle_after`` then says from which
    use on the speed drops (达量降速) and ``throttled`` whether it has. Amounts are bytes, seconds or messages by
    ``usage_type``. ``used`` of a shared bucket counts all who share it; ``used_by_line`` is this line's own part,
    and ``members`` (empty where nothing is shared) everybody's.
    """

    id: str
    name: LocalizedText
    usage_type: UsageType
    scope: BucketScope
    origin: BucketOrigin
    shared: bool
    total: Long | None
    used: Long
    used_by_line: Long
    remaining: Long | None
    throttle_after: Long | None
    throttled: bool
    valid_until: datetime | None
    members: list[PoolMember]


@strawberry.enum
class PaceState(Enum):
    """AHEAD: used faster than the cycle runs; GONE: nothing is left."""

    ON_TRACK = "on_track"
    AHEAD = "ahead"
    GONE = "gone"


@word
class Pace(Dated):
    """Share of the general data allowance used, against the share of the cycle elapsed: both 0-1, used may exceed 1.

    ``share_used`` is None where no total exists.
    """

    share_used: Decimal | None
    share_elapsed: Decimal
    state: PaceState
    cycle_start: datetime
    cycle_end: datetime
