"""Which billing month does an instant belong to?"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, order=True)
class BillingMonth:
    """A calendar month in China: a use belongs to the month in which it began."""

    year: int
    month: int

    @property
    def start(self) -> datetime:
        """Its first instant."""
        return datetime(self.year, self.month, 1, tzinfo=CHINA)

    @property
    def next(self) -> "BillingMonth":
        """The month after it."""
        return BillingMonth(self.year + self.month // 12, self.month % 12 + 1)

    @property
    def end(self) -> datetime:
        """The first instant after it."""
        return self.next.start


def month_of(instant: datetime) -> BillingMonth:
    """The month of an aware instant."""
    here = instant.astimezone(CHINA)
    return BillingMonth(here.year, here.month)


def parse_instant(text: str) -> datetime:
    """RFC 3339 → an aware instant."""
    return datetime.fromisoformat(text)
