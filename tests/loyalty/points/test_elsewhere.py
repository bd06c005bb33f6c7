"""What is said of points on an operator's platform, which can only be read?"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest

from graphql_schema.loyalty_ports import PlatformEntry, PlatformLot, PlatformPoints
from graphql_schema.problems import MonthNotKept
from graphql_schema.types.month import Month
from loyalty.points.elsewhere import PlatformPointsBook

pytestmark = pytest.mark.anyio
AS_OF = datetime(2026, 11, 22, 4, tzinfo=UTC)


@dataclass
class Platform:
    """Says what it is told to say, and what it was asked for."""

    points: PlatformPoints
    entries: Sequence[PlatformEntry] = ()
    asked: list[tuple[date, date]] = field(default_factory=list)

    async def fetch_points(self, line_id: str) -> PlatformPoints:
        return self.points

    async def fetch_entries(self, line_id: str, *, after: date, before: date) -> Sequence[PlatformEntry]:
        self.asked.append((after, before))
        return self.entries


def entry(name: str, at: datetime, points: int) -> PlatformEntry:
    return PlatformEntry(id=name, at=at, points=points, words="")


async def test_what_came_after_the_balance_was_read_does_not_change_what_a_month_opened_with() -> None:
    october, november = datetime(2026, 10, 5, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC)
    entries = [entry("1", october, 40), entry("2", november, -10), entry("3", AS_OF + timedelta(seconds=1), 500)]
    platform = Platform(PlatformPoints(100, (), AS_OF), entries)
    book = PlatformPointsBook(platform)
    told = await book.fetch_month("L1", Month(2026, 10))
    assert (told.opening, [(each.id, each.balance) for each in told.entries], told.closing) == (70, [("1", 110)], 110)
    assert platform.asked == [(date(2026, 10, 1), date(2026, 11, 23))]


@pytest.mark.parametrize("month", [Month(2023, 10), Month(2026, 12), Month(1999, 1)])
async def test_a_month_that_is_not_kept_is_refused_and_not_asked_for(month: Month) -> None:
    platform = Platform(PlatformPoints(100, (), AS_OF))
    with pytest.raises(MonthNotKept):
        await PlatformPointsBook(platform).fetch_month("L1", month)
    assert platform.asked == []


@pytest.mark.parametrize("stale", [True, False])
async def test_an_old_reading_is_shown_as_one(stale: bool) -> None:
    day = date(2026, 11, 22)
    lots = [PlatformLot(7, each) for each in (day - timedelta(days=1), day, day + timedelta(days=90), None)]
    points = await PlatformPointsBook(Platform(PlatformPoints(28, lots, AS_OF, stale))).fetch_points("L1")
    assert (points.available, points.stale, points.as_of) == (28, stale, AS_OF)
    assert [each.on for each in points.expiring] == [day, day + timedelta(days=90)]
