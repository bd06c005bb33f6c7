"""Which month of business is meant?"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

BUSINESS_ZONE = ZoneInfo("Asia/Shanghai")
"""Months and days of business are counted here (architecture page, Time)."""

MonthText = str
"""``2026-10``: how a month is written in the graph."""

_WRITTEN = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month of business time."""

    year: int
    number: int

    @classmethod
    def of(cls, moment: datetime) -> "Month":
        """The month in which an aware instant falls."""
        local = moment.astimezone(BUSINESS_ZONE)
        return cls(local.year, local.month)

    @classmethod
    def parse(cls, text: str) -> "Month":
        """``2026-10`` → October 2026. Raises ValueError."""
        written = _WRITTEN.fullmatch(text)
        if written is None:
            raise ValueError("a month is written YYYY-MM")
        return cls(int(written[1]), int(written[2]))

    @property
    def text(self) -> MonthText:
        """``2026-10``."""
        return MonthText(f"{self.year}-{self.number:02}")

    @property
    def first_day(self) -> date:
        """Its first day."""
        return date(self.year, self.number, 1)

    @property
    def starts_at(self) -> datetime:
        """Its first instant (aware UTC)."""
        return datetime(self.year, self.number, 1, tzinfo=BUSINESS_ZONE).astimezone(UTC)

    @property
    def ends_at(self) -> datetime:
        """The first instant after it (aware UTC)."""
        return self.plus(1).starts_at

    def plus(self, months: int) -> "Month":
        """The month so many months later (or earlier)."""
        years, index = divmod(self.year * 12 + self.number - 1 + months, 12)
        return Month(years, index + 1)

    def since(self, earlier: "Month") -> int:
        """How many months lie between."""
        return (self.year - earlier.year) * 12 + self.number - earlier.number


MONTHS_ONLINE = 5
"""Uses and call records are kept online for the running month and so many before it (domain page §4)."""
BILLS_ONLINE = 6
"""The bills of so many ended months are, beside the running month's charges."""
