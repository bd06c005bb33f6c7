"""Which runs are due at a moment?

Each kind has a period and a moment in it, by business time. What was missed while nobody worked is done when somebody
does again: of a kind the latest period is enough, since each looks at all that is there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from graphql_schema.types.month import BUSINESS_ZONE

NOTICE_DAY: Final = 16
NOTICE_HOUR: Final = time(10)
"""On the morning of the sixteenth whoever has points that end with the month is told: there is time to spend them."""
AUDIT_HOUR: Final = time(3)


class RunKind(StrEnum):
    """EXPIRY ends points, on the first of a month. NOTICE tells of it before. RATING gives new stars where a year is
    over, every day. AUDIT compares every account with its postings, every night."""

    EXPIRY = "expiry"
    NOTICE = "notice"
    RATING = "rating"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class Due:
    """A run of a kind for a period, which is its first day."""

    kind: RunKind
    period: date

    @property
    def id(self) -> str:
        """``expiry:2026-12-01``."""
        return f"{self.kind.value}:{self.period.isoformat()}"


def find_due(now: datetime) -> Iterator[Due]:
    """The latest run of each kind that has begun by an aware instant."""
    local = now.astimezone(BUSINESS_ZONE)
    first = local.date().replace(day=1)
    yield Due(RunKind.EXPIRY, first)
    told = datetime.combine(first.replace(day=NOTICE_DAY), NOTICE_HOUR, BUSINESS_ZONE)
    yield Due(RunKind.NOTICE, first if local >= told else (first - timedelta(days=1)).replace(day=1))
    yield Due(RunKind.RATING, local.date())
    night = local.date() if local.time() >= AUDIT_HOUR else local.date() - timedelta(days=1)
    yield Due(RunKind.AUDIT, night)


def find_month_end(period: date) -> date:
    """The last day of the month that begins on a day."""
    return (period.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
