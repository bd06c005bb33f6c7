"""What was used day by day and month by month, and where does the month lead?"""

from datetime import date
from enum import Enum

import strawberry

from graphql_schema.types.bucket import UsageType
from graphql_schema.types.dated import Dated
from graphql_schema.types.money import Money
from graphql_schema.types.month import MonthText
from graphql_schema.types.scalar import Long
from graphql_schema.types.word import word


@word
class DayOfUse:
    """What a line used of one type on one business day (bytes, seconds or messages, outgoing and incoming), and what
    of that was charged outside every allowance."""

    day: date
    usage_type: UsageType
    used: Long
    fee: Money


@word
class MonthOfUse(Dated):
    """One month's use by day; a day without use is left out. The running month ends at ``as_of``."""

    month: MonthText
    days: list[DayOfUse]


@word
class MonthTotal:
    """A month's use of one type, and its fee outside the allowances."""

    month: MonthText
    usage_type: UsageType
    used: Long
    fee: Money


@word
class UsageHistory(Dated):
    """The running month and the five before, newest first, a total for each type that was used."""

    months: list[MonthTotal]


@strawberry.enum
class ForecastGround(Enum):
    """What a forecast rests on: this month's own trend, or, in its first days, mostly the months before."""

    TREND = "trend"
    HISTORY = "history"


@word
class ChargeForecast(Dated):
    """What the running month will cost by its end: ``expected``, and the range in which four of five such months end.

    ``least`` is never below what is charged already. ``so_far`` is the running month's charges now.
    """

    so_far: Money
    expected: Money
    least: Money
    most: Money
    ground: ForecastGround


@word
class OutOfBucket(Dated):
    """What use outside every allowance cost so far in the running month, by type and together."""

    total: Money
    data: Money
    voice: Money
    sms: Money
    roaming: Money
