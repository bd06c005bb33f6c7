"""Does a criterion of a campaign hold for these facts, and how is it said?"""

from calendar import isleap
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from graphql_schema.types.month import BUSINESS_ZONE
from loyalty.rules.effects import Sentence
from loyalty.rules.facts import Facts


class Listed(StrEnum):
    """A fact that is one of a list or not: the name of its field in ``Facts``."""

    CHANNEL = "channel"
    PACKAGE = "package"
    OFFERING = "offering"
    REGION = "region"


class Measured(StrEnum):
    """A fact that is a whole number: the name of its field in ``Facts``."""

    TENURE = "tenure_months"
    STARS = "stars"
    ARREARS_FREE = "arrears_free_months"


class Span(StrEnum):
    """Of a birthday: the day itself, or any day of its month."""

    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class OneOf:
    """The fact is one of ``values``; where they are excluded, it is none of them. What is not known is none."""

    what: Listed
    values: frozenset[str]
    are_excluded: bool = False

    def holds(self, facts: Facts) -> bool:
        return (getattr(facts, self.what) in self.values) is not self.are_excluded

    @property
    def sentence(self) -> Sentence:
        key = f"{self.what}_is_none_of" if self.are_excluded else f"{self.what}_is_one_of"
        return Sentence(key, (("values", ",".join(sorted(self.values))),))


@dataclass(frozen=True, slots=True)
class Between:
    """The number is at least ``least`` and at most ``most``; None: that end is open."""

    what: Measured
    least: int | None = None
    most: int | None = None

    def holds(self, facts: Facts) -> bool:
        number: int = getattr(facts, self.what)
        return (self.least is None or number >= self.least) and (self.most is None or number <= self.most)

    @property
    def sentence(self) -> Sentence:
        ends = (("least", self.least), ("most", self.most))
        return Sentence(f"{self.what}_between", tuple((end, str(number)) for end, number in ends if number is not None))


@dataclass(frozen=True, slots=True)
class FirstTime:
    """It is the line's first happening of its kind; or, where ``is_first`` is False, a later one."""

    is_first: bool = True

    def includes(self, is_first: bool) -> bool:
        return is_first is self.is_first

    def holds(self, facts: Facts) -> bool:
        return self.includes(facts.is_first)

    @property
    def sentence(self) -> Sentence:
        return Sentence("first_time" if self.is_first else "not_first_time")


@dataclass(frozen=True, slots=True)
class Birthday:
    """It is the customer's birthday, or its month."""

    span: Span = Span.DAY

    def includes(self, span: Span | None) -> bool:
        return span is Span.DAY or span is self.span

    def holds(self, facts: Facts) -> bool:
        return self.includes(find_birthday(facts))

    @property
    def sentence(self) -> Sentence:
        return Sentence(f"birthday_{self.span}")


@dataclass(frozen=True, slots=True)
class DailyHours:
    """From a minute of the business day (0 is midnight) until before another (at most 1440). A window that ends before
    it begins goes through midnight."""

    begins: int
    ends: int

    def includes(self, minute: int) -> bool:
        if self.begins < self.ends:
            return self.begins <= minute < self.ends
        return minute >= self.begins or minute < self.ends

    def holds(self, facts: Facts) -> bool:
        return self.includes(find_minute(facts))

    @property
    def sentence(self) -> Sentence:
        return Sentence("hours_between", (("begins", render_minute(self.begins)), ("ends", render_minute(self.ends))))


@dataclass(frozen=True, slots=True)
class Weekdays:
    """The business day is one of these: 1 is Monday, 7 Sunday."""

    days: frozenset[int]

    def includes(self, day: int) -> bool:
        return day in self.days

    def holds(self, facts: Facts) -> bool:
        return self.includes(find_weekday(facts))

    @property
    def sentence(self) -> Sentence:
        return Sentence("weekday_is_one_of", (("values", ",".join(str(day) for day in sorted(self.days))),))


@dataclass(frozen=True, slots=True)
class Period:
    """From an instant until before another (aware); None: that end is open."""

    begins_at: datetime | None = None
    ends_at: datetime | None = None

    def holds(self, facts: Facts) -> bool:
        begun = self.begins_at is None or facts.at >= self.begins_at
        return begun and (self.ends_at is None or facts.at < self.ends_at)

    @property
    def sentence(self) -> Sentence:
        ends = (("begins_at", self.begins_at), ("ends_at", self.ends_at))
        return Sentence("period", tuple((end, moment.isoformat()) for end, moment in ends if moment is not None))


Condition = OneOf | Between | FirstTime | Birthday | DailyHours | Weekdays | Period

DAY_MINUTES: Final = 24 * 60


def find_birthday(facts: Facts) -> Span | None:
    """What of a birthday it is. Who was born on 29 February has it on the 28th in common years."""
    if facts.birthday is None or facts.birthday[0] != facts.day.month:
        return None
    born = 28 if facts.birthday == (2, 29) and not isleap(facts.day.year) else facts.birthday[1]
    return Span.DAY if facts.day.day == born else Span.MONTH


def find_minute(facts: Facts) -> int:
    """The minute of the business day, 0-1439."""
    local = facts.at.astimezone(BUSINESS_ZONE)
    return local.hour * 60 + local.minute


def find_weekday(facts: Facts) -> int:
    """1 is Monday, 7 Sunday."""
    return facts.day.isoweekday()


def render_minute(minute: int) -> str:
    """``08:30``; the end of the day is ``24:00``."""
    return f"{minute // 60:02}:{minute % 60:02}"
