"""What does the sandbox's hall begin with: a mall, campaigns that run, and some points for its people?"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from gateway.database import write
from gateway.rewards import HERE, lot_policies
from gateway.wiring import Hall
from graphql_schema.types.month import Month
from loyalty.campaigns.document import read_campaign
from loyalty.defaults import read_campaigns, read_items
from loyalty.points.answers import Kind
from loyalty.points.earning import Earning, earn_many
from loyalty.points.policies import MONTHS_36
from loyalty.rewards.codes import put_codes
from loyalty.rewards.item_file import parse_items

SEEDED_BY: Final = "system:seed"
PEOPLE: Final = 4
"""So many of the demo people, the first ones, have points."""
OLD_POINTS, NEW_POINTS = 800, 5000
CODES: Final = {"book-20": tuple(f"DEMO-BOOK-{number:04}" for number in range(1, 51))}
"""Vouchers that buy nothing anywhere."""


async def seed_rewards(hall: Hall, personas: Sequence[dict[str, Any]]) -> None:
    """Puts there what is not there yet; what somebody changed or switched off since stays so. Done twice, it is done
    once, and without the sandbox's people nothing of it is."""
    if not personas:
        return
    await hall.rewards.shelf.load_items(parse_items(read_items()))
    for batch, codes in CODES.items():
        await put_codes(hall.rewards.mall_rows, batch, codes)
    await _seed_campaigns(hall)
    if hall.settings.points == HERE:
        await _seed_points(hall, personas[:PEOPLE], now=hall.client.clock.now())


async def _seed_campaigns(hall: Hall) -> None:
    desk = hall.rewards.campaigns
    there = {standing.campaign.id for standing in await desk.fetch_standings()}
    for document in read_campaigns():
        campaign = read_campaign(document)
        if campaign.id not in there:
            await desk.put_campaign(campaign, document, by=SEEDED_BY)
            await desk.switch(campaign.id, on=True, by=SEEDED_BY)


async def _seed_points(hall: Hall, people: Sequence[dict[str, Any]], *, now: datetime) -> None:
    """Points of the last days, and some that were earned just as long ago as makes them end with this month."""
    long_ago = Month.of(now).plus(-MONTHS_36.months).starts_at + timedelta(hours=12)
    for age, points, at in (("old", OLD_POINTS, long_ago), ("new", NEW_POINTS, now)):
        earnings = [
            Earning(f"seed:{age}:{person['lineId']}", person["lineId"], points, Kind.REWARD, "seed")
            for person in people
        ]
        async with write(hall.engine) as connection:
            await earn_many(connection, earnings, lot_policies(hall.settings), now=at)
