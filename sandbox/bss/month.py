"""When does a billing month begin and end?"""

from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import NamedTuple, Self

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China keeps one time and no summer time, so a fixed offset is exact (and quick)."""

DAY_MS = 86_400_000
_OFFSET_MS = 8 * 3_600_000


class Month(NamedTuple):
    """A billing month: a calendar month in China. Instants are milliseconds since 1970, UTC."""

    year: int
    number: int

    @classmethod
    def of(cls, instant_ms: int) -> Self:
        """The month that an instant falls in."""
        local = datetime.fromtimestamp(instant_ms / 1000, CHINA)
        return cls(local.year, local.month)

    @property
    def start_ms(self) -> int:
        """Its first instant."""
        return _start_ms(self.year, self.number)

    @property
    def end_ms(self) -> int:
        """The first instant of the next month."""
        return self.plus(1).start_ms

    def plus(self, months: int) -> "Month":
        """The month so many months later (or earlier)."""
        years, index = divmod(self.year * 12 + self.number - 1 + months, 12)
        return Month(years, index + 1)

    def since(self, earlier: "Month") -> int:
        """How many months lie between."""
        return (self.year - earlier.year) * 12 + self.number - earlier.number

    @property
    def label(self) -> str:
        """``202610``."""
        return f"{self.year:04}{self.number:02}"


@cache
def _start_ms(year: int, number: int) -> int:
    return int(datetime(year, number, 1, tzinfo=CHINA).timestamp()) * 1000


def parse_instant_ms(text: str) -> int:
    """ISO 8601 → milliseconds. A text without an offset is China's time. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return round((moment if moment.tzinfo else moment.replace(tzinfo=CHINA)).timestamp() * 1000)


def render_instant(instant_ms: int) -> str:
    """Milliseconds → ``2026-10-31T16:00:00.000Z``."""
    whole_seconds, milliseconds = divmod(instant_ms, 1000)
    return f"{datetime.fromtimestamp(whole_seconds, UTC):%Y-%m-%dT%H:%M:%S}.{milliseconds:03}Z"


def render_day(instant_ms: int) -> str:
    """Milliseconds → the day in China, ``2026-11-01``."""
    return f"{datetime.fromtimestamp(instant_ms / 1000, CHINA):%Y-%m-%d}"


def midnight_after(instant_ms: int, days: int) -> int:
    """The first instant in China of the day so many days after the one of an instant."""
    return ((instant_ms + _OFFSET_MS) // DAY_MS + days) * DAY_MS - _OFFSET_MS


def months_later(instant_ms: int, months: int) -> int:
    """The same day and hour so many months later; where that month is too short, its last day."""
    local = datetime.fromtimestamp(instant_ms / 1000, CHINA)
    month = Month(local.year, local.month).plus(months)
    last = (month.plus(1).start_ms - month.start_ms) // DAY_MS
    moved = local.replace(year=month.year, month=month.number, day=min(local.day, last))
    return round(moved.timestamp() * 1000)


def months_left(instant_ms: int, until_ms: int) -> int:
    """How many months of an end are left at an instant; a begun one counts."""
    months = max(0, Month.of(until_ms).since(Month.of(instant_ms)))
    months -= months > 0 and months_later(instant_ms, months - 1) >= until_ms
    return months + (months_later(instant_ms, months) < until_ms)


def hour_in_china(instant_ms: int) -> int:
    """0-23."""
    return (instant_ms + _OFFSET_MS) // 3_600_000 % 24
