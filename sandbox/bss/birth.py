"""From which moment does a persona's story count?"""

from dataclasses import dataclass
from datetime import datetime

from sandbox.bss.draft import account_id
from sandbox.bss.month import CHINA, DAY_MS, Month


@dataclass(frozen=True, slots=True)
class Birth:
    """Whose story it is, and when the world is made, from which the story counts."""

    index: int
    born_ms: int

    def month(self, months: int) -> int:
        """The first instant of the month so many months from the running one."""
        return Month.of(self.born_ms).plus(months).start_ms

    def same_day(self, months: int) -> int:
        """This day, so many months on, at midnight."""
        day = min(datetime.fromtimestamp(self.born_ms / 1000, CHINA).day, 28)
        there = Month.of(self.born_ms).plus(months)
        return int(datetime(there.year, there.number, day, tzinfo=CHINA).timestamp()) * 1000

    def day(self, months: int, day: int) -> int:
        """The first instant of a day (from 1) of the month so many months from the running one."""
        return self.month(months) + (day - 1) * DAY_MS

    @property
    def joined_ms(self) -> int:
        """When the lines were opened, if the story does not say."""
        return self.month(-20 - self.index)

    @property
    def account_id(self) -> str:
        """Of the account that pays."""
        return account_id(self.index)
