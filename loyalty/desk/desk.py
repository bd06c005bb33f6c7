"""What do the operator's people do with rewards, all in one place?"""

from datetime import datetime, timedelta
from typing import Final

from graphql_schema.types.loyalty_desk import PointsDifference, PointsVerdict
from graphql_schema.types.scalar import Long
from loyalty.campaigns.live import CampaignShelf
from loyalty.campaigns.needs import Bureau
from loyalty.desk.campaigns import StaffCampaigns
from loyalty.desk.mall import StaffMall
from loyalty.rewards.needs import Mall
from loyalty.runs.work import AuditVerdict, RunWork

OLDEST: Final = timedelta(hours=36)
"""A verdict is a night old at most; one more day without any is a reason to look why."""


class SqlLoyaltyDesk(StaffCampaigns, StaffMall):
    """The ``LoyaltyDesk`` of graphql_schema.loyalty_ports over SQL."""

    def __init__(self, bureau: Bureau, shelf: CampaignShelf, mall: Mall, runs: RunWork) -> None:
        StaffCampaigns.__init__(self, bureau, shelf)
        StaffMall.__init__(self, mall)
        self._runs, self._now = runs, bureau.now

    async def fetch_verdict(self) -> PointsVerdict | None:
        """What the last nightly audit found; None: none was made yet."""
        verdict = await self._runs.fetch_verdict()
        return None if verdict is None else tell_verdict(verdict, now=self._now())


def tell_verdict(verdict: AuditVerdict, *, now: datetime) -> PointsVerdict:
    """In the graph's words."""
    return PointsVerdict(
        day=verdict.day,
        ended_at=verdict.ended_at,
        overdue=now - verdict.ended_at > OLDEST,
        count=verdict.count,
        differences=[
            PointsDifference(account=each.account, what=each.what, kept=Long(each.kept), summed=Long(each.summed))
            for each in verdict.differences
        ],
    )
