"""Which plan would have suited the caller's line better, and can the line have it?"""

import asyncio

import strawberry

from graphql_schema.client import Channel
from graphql_schema.context import Context, Facts
from graphql_schema.order_ports import WantedChange
from graphql_schema.ports import BssFault
from graphql_schema.problems import DeadlineExceeded, NotFound
from graphql_schema.queries.recommendation import (
    LivedMonth,
    add_up_paid,
    decide_recommendations,
    find_candidates,
)
from graphql_schema.types.bill import BillCategory
from graphql_schema.types.change import ChangeAction, ObstacleCode
from graphql_schema.types.line import Line, LineKind
from graphql_schema.types.month import Month
from graphql_schema.types.package import Package, PackageKind
from graphql_schema.types.recommendation import Recommendation

MONTHS = 3
SHOWN_MOST = 5
ASKED_MOST = 8
"""Plans that the BSS is asked about at once."""
_FOR_GOOD = frozenset({
    ObstacleCode.EXCLUDED, ObstacleCode.REQUIRED, ObstacleCode.NOT_ON_SALE, ObstacleCode.NOT_IN_THIS_CHANNEL,
    ObstacleCode.ALREADY_HELD, ObstacleCode.NOT_OFFERED, ObstacleCode.MEMBERS,
})  # fmt: skip
"""What keeps a plan from this line, where others only say "not yet"."""
Info = strawberry.Info[Context, None]


@strawberry.type
class MyRecommendations:
    """Plans held against what was really used."""

    facts: strawberry.Private[Facts]

    @strawberry.field
    async def recommendations(self, info: Info) -> list[Recommendation] | None:
        """The own plan and at most four others, by what the last three bills would have been; empty where no whole
        month of the own plan was billed yet."""
        return await recommend(self.facts, channel=info.context.caller.channel)


async def recommend(facts: Facts, *, channel: Channel) -> list[Recommendation]:
    """The same. Raises BssFault, PaidByOther."""
    line, packages, catalogue = await asyncio.gather(facts.line(), facts.packages(), facts.catalogue())
    own = next((package for package in packages if package.kind is PackageKind.PLAN), None)
    if own is None or line.kind is not LineKind.MOBILE:
        return []
    months = await _read_lived_months(facts, line, own)
    candidates = find_candidates(own, packages, catalogue)
    ranked = decide_recommendations(own, months, catalogue, among=candidates)
    mine, asked = ranked[:1], ranked[1 : 1 + ASKED_MOST]
    can_have = await asyncio.gather(*(_can_have(facts, each.offering_id, channel) for each in asked))
    return [*mine, *(each for each, can in zip(asked, can_have, strict=True) if can)][:SHOWN_MOST]


async def _read_lived_months(facts: Facts, line: Line, own: Package) -> list[LivedMonth]:
    """Those of the last three that were billed, and in which the plan was held from the first day."""
    running = Month.of(facts.ports.clock.now())
    months = [month for month in (running.plus(-ago) for ago in range(1, MONTHS + 1)) if own.since <= month.first_day]
    bills = {bill.period_start: bill.id for bill in (await facts.bills()).bills if bill.category is BillCategory.NORMAL}
    billed = [(month, bills[month.first_day]) for month in months if month.first_day in bills]
    return await asyncio.gather(*(_read_month(facts, line, own, month, bill_id) for month, bill_id in billed))


async def _read_month(facts: Facts, line: Line, own: Package, month: Month, bill_id: str) -> LivedMonth:
    use, bill = await asyncio.gather(facts.month_of_use(month), facts.known_bill(bill_id))
    return LivedMonth(use, add_up_paid(bill, own, line.number))


async def _can_have(facts: Facts, offering_id: str, channel: Channel) -> bool:
    """Whether nothing keeps this plan from the line for good; where the BSS does not tell, the preview will."""
    wanted = WantedChange(ChangeAction.CHANGE_PLAN, offering_id=offering_id)
    try:
        preview = await facts.preview(wanted, channel=channel)
    except NotFound:
        return False
    except (BssFault, DeadlineExceeded):
        return True
    return not any(obstacle.code in _FOR_GOOD for obstacle in preview.obstacles)
