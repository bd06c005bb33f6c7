"""How many points is a paid bill worth, and until when can they be spent?

Policies are values with the day from which they hold; what was earned before keeps the policy of its day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, Protocol, TypeVar

from graphql_schema.types.month import BUSINESS_ZONE, Month


class Dated(Protocol):
    """Whatever holds from a business day on."""

    @property
    def from_day(self) -> date:
        """Its first day."""
        ...


SomePolicy = TypeVar("SomePolicy", bound=Dated)


@dataclass(frozen=True, slots=True)
class LotPolicy:
    """Until when points of a day live: so many months from the end of their month, or, with ``years``, until 31
    December of so many calendar years, the one in which they were earned being the first. ``key`` ≤ 16 characters
    stands in each lot."""

    key: str
    from_day: date
    months: int = 36
    years: int | None = None


@dataclass(frozen=True, slots=True)
class EarningPolicy:
    """``factors`` by stars 0-5; extras in points: for paying in time, and by months of tenure (the highest step that
    was reached counts), both only where something was paid."""

    from_day: date
    factors: tuple[Decimal, ...] = tuple(Decimal(each) for each in ("1", "1.5", "2", "2.5", "3", "5"))
    on_time: int = 0
    tenure: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class TierPolicy:
    """From which sum, paid in twelve months, on a line has 1, 2, 3, 4, 5 stars: whole fen, ascending."""

    key: str
    from_day: date
    thresholds_fen: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Deserved:
    """What a paid bill earns: on the bill, for being in time, for tenure."""

    bill: int
    on_time: int
    tenure: int


MONTHS_36: Final = LotPolicy(key="36m", from_day=date(2000, 1, 1), months=36)


def live_to_third_year(from_day: date) -> LotPolicy:
    """Points that are earned from this day on live until 31 December of their third year."""
    return LotPolicy(key="year3", from_day=from_day, years=3)


SOON: Final = timedelta(days=90)
"""Points that end within it are said to."""


def find_business_day(now: datetime) -> date:
    """The day in Asia/Shanghai on which an aware instant falls."""
    return now.astimezone(BUSINESS_ZONE).date()


def decide_policy(policies: Sequence[SomePolicy], day: date) -> SomePolicy:
    """The one that holds on a day: the latest that has begun. Raises LookupError where none has."""
    begun = [each for each in policies if each.from_day <= day]
    if not begun:
        raise LookupError(f"no policy holds on {day}: let the first begin earlier")
    return max(begun, key=lambda each: each.from_day)


def decide_expiry(policy: LotPolicy, earned_on: date) -> date:
    """The last business day on which points of that day can be spent."""
    if policy.years is not None:
        return date(earned_on.year + policy.years - 1, 12, 31)
    after = Month(earned_on.year, earned_on.month).plus(policy.months + 1).first_day
    return date.fromordinal(after.toordinal() - 1)


def decide_bill_points(policy: EarningPolicy, *, paid_fen: int, stars: int) -> int:
    """One point a yuan paid × the factor of the stars, rounded up (domain §8). Nothing for nothing or less."""
    if paid_fen <= 0:
        return 0
    above, below = policy.factors[stars].as_integer_ratio()
    return -(-paid_fen * above // (100 * below))


def decide_deserved(policy: EarningPolicy, *, paid_fen: int, stars: int, in_time: bool, tenure_months: int) -> Deserved:
    """All that a paid bill earns."""
    bill = decide_bill_points(policy, paid_fen=paid_fen, stars=stars)
    if not bill:
        return Deserved(0, 0, 0)
    reached = [step for step in policy.tenure if step[0] <= tenure_months]
    return Deserved(bill, policy.on_time if in_time else 0, max(reached)[1] if reached else 0)


def decide_stars(policy: TierPolicy, paid_fen: int) -> int:
    """0-5 by what was paid in the last twelve months."""
    return sum(1 for each in policy.thresholds_fen if paid_fen >= each)
