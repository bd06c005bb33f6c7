"""What is a customer told of points that live on the operator's own platform?"""

from datetime import timedelta

from graphql_schema.identity_ports import Deed
from graphql_schema.loyalty_ports import PlatformEntry, PointsPlatform
from graphql_schema.problems import RedemptionRefused
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.month import Month
from graphql_schema.types.points import Points, PointsEntry, PointsExpiry, PointsKind, PointsMonth, PointsTransferred
from graphql_schema.types.reward import RedemptionObstacle, RedemptionObstacleCode
from loyalty.points.policies import SOON, find_business_day
from loyalty.points.statement import check_month


class PlatformPointsBook:
    """The ``PointsBook`` over a platform that is read and not written (TMF658 v4). Raises BssFault."""

    def __init__(self, platform: PointsPlatform) -> None:
        self._platform = platform

    async def fetch_points(self, line_id: str) -> Points:
        """As the platform said it last."""
        there = await self._platform.fetch_points(line_id)
        day = find_business_day(there.as_of)
        ending = [lot for lot in there.lots if lot.ends_on is not None and day <= lot.ends_on <= day + SOON]
        return Points(
            available=there.points,
            held=0,
            owed=0,
            stars=None,
            stars_until=None,
            factor=None,
            redeemable=False,
            expiring=[PointsExpiry(on=lot.ends_on, points=lot.points) for lot in ending if lot.ends_on is not None],
            as_of=there.as_of,
            stale=there.stale,
        )

    async def fetch_month(self, line_id: str, month: Month) -> PointsMonth:
        """Its ledger of a month; the balance after each entry is reckoned back from what was there when it was asked.
        Raises MonthNotKept as our own book does."""
        now = await self._platform.fetch_points(line_id)
        check_month(month, now=now.as_of)
        first, after = month.first_day, month.plus(1).first_day
        tomorrow = find_business_day(now.as_of) + timedelta(days=1)
        found = await self._platform.fetch_entries(line_id, after=first, before=tomorrow)
        since = [each for each in found if each.at <= now.as_of]
        opening = balance = now.points - sum(each.points for each in since)
        entries = list[PointsEntry]()
        for each in since:
            if find_business_day(each.at) >= after:
                break
            balance += each.points
            entries.append(_tell(each, balance))
        return PointsMonth(month=month.text, opening=opening, closing=balance, entries=entries, unlisted=0)

    async def transfer(self, deed: Deed, number: str, points: int) -> PointsTransferred:
        """Raises RedemptionRefused: that is done on the platform."""
        raise RedemptionRefused(obstacles=[RedemptionObstacle(code=RedemptionObstacleCode.POINTS_ELSEWHERE)])


def _tell(entry: PlatformEntry, balance: int) -> PointsEntry:
    name = LocalizedText(zh=entry.words, en=entry.words) if entry.words else None
    return PointsEntry(id=entry.id, at=entry.at, kind=PointsKind.MOVED, points=entry.points, balance=balance, name=name)
