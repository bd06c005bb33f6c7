"""How are points, the mall, campaigns and invitations put together?"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bss_adapters.tmf.fulfilment import TmfFulfilment
from bss_adapters.tmf.loyalty_customer import TmfLoyaltyCustomers
from bss_adapters.tmf.points_platform import TmfPointsPlatform
from gateway.database import read, write
from gateway.identity.number import parse_number
from gateway.identity.personal_data.periods import DELIVERIES
from gateway.identity.seal import Seal
from gateway.keys import identity_secret
from gateway.reach import Bss
from gateway.referral_ties import KnownTies
from gateway.reward_events import LinesLeft, OrdersDone, RechargeRewards, note_bill
from gateway.settings import Settings
from graphql_schema.loyalty_ports import PointsBook
from graphql_schema.types.bill_event import BillEvent
from graphql_schema.types.line import mask_number
from graphql_schema.types.localized_text import LocalizedText
from loyalty.campaigns.desk import CampaignDesk
from loyalty.campaigns.document import read_campaign
from loyalty.campaigns.invitation_rewards import InvitationRewards
from loyalty.campaigns.live import CampaignShelf
from loyalty.campaigns.naming import fetch_campaign_names
from loyalty.campaigns.needs import Bureau
from loyalty.campaigns.promotions import SqlPromotions
from loyalty.campaigns.returning import Returns
from loyalty.campaigns.spend import BilledSpend
from loyalty.campaigns.work import CampaignWork
from loyalty.desk.desk import SqlLoyaltyDesk
from loyalty.earning.bills import BillEarnings, Books
from loyalty.notices import LineNotices
from loyalty.points.book import Shelf as PointsShelf
from loyalty.points.book import SqlPointsBook
from loyalty.points.elsewhere import PlatformPointsBook
from loyalty.points.policies import MONTHS_36, EarningPolicy, LotPolicy, TierPolicy, live_to_third_year
from loyalty.points.tiers import fetch_tier
from loyalty.referral.invitations import SqlReferrals
from loyalty.referral.needs import Hospitality
from loyalty.referral.rewarding import ReferralWork
from loyalty.rewards.ledger_holds import LedgerHolds
from loyalty.rewards.looking import fetch_names
from loyalty.rewards.needs import Mall
from loyalty.rewards.redemptions import SqlRewardsMall
from loyalty.rewards.retention import forget_deliveries
from loyalty.rewards.shelf import Shelf
from loyalty.rewards.work import RedemptionWork
from loyalty.runs.work import Calendar, RunWork
from ordering.behind import Behind
from ordering.needs import Teller

EARNINGS: Final = (EarningPolicy(date(2000, 1, 1), on_time=10, tenure=((12, 5), (36, 10), (60, 20))),)
TIERS: Final = (TierPolicy("yuan12m", date(2000, 1, 1), (30_000, 80_000, 150_000, 300_000, 600_000)),)
"""What the house gives unless an operator says otherwise in its own version of these values."""


def lot_policies(settings: Settings) -> Sequence[LotPolicy]:
    """How long points live: what was earned before a policy's day keeps the one before."""
    day = settings.points_third_year_from
    return (MONTHS_36,) if day is None else (MONTHS_36, live_to_third_year(day))


HERE, ON_PLATFORM = "here", "platform"


@dataclass(frozen=True, slots=True)
class RewardNeeds:
    """What rewards are made from."""

    engine: AsyncEngine
    bss: Bss
    teller: Teller
    announce: Callable[[str], Awaitable[None]]
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Rewards:
    """Points, the mall, campaigns and invitations, and who works on them."""

    points: PointsBook
    mall: SqlRewardsMall
    shelf: Shelf
    promotions: SqlPromotions
    referrals: SqlReferrals
    campaigns: CampaignDesk
    desk: SqlLoyaltyDesk
    of_recharges: RechargeRewards
    of_orders: OrdersDone
    left: LinesLeft
    earnings: BillEarnings
    runs: RunWork
    works: tuple[Behind, ...]
    mall_rows: Mall

    async def forget_deliveries(self) -> int:
        """Forgets where goods went whose way ended long ago; how many."""
        async with self.mall_rows.transaction() as connection:
            return await forget_deliveries(connection, now=self.mall_rows.now(), keep=DELIVERIES)

    async def wake(self) -> None:
        """Goes on with whatever is due."""
        for work in self.works:
            await work.wake()

    async def close(self) -> None:
        """Leaves what is under way to its leases."""
        for work in self.works:
            await work.stop()

    async def watch_bill(self, event: BillEvent) -> None:
        """A bill was issued: once it is paid, it earns."""
        await self.earnings.watch(event)


def assemble_rewards(settings: Settings, needs: RewardNeeds) -> Rewards:
    """Everything over one database and one BSS."""
    transaction, view = partial(write, needs.engine), partial(read, needs.engine)
    now, lines = needs.bss.client.clock.now, needs.bss.lines
    notices = LineNotices(transaction, view, lines, needs.teller, now=now)
    mall = _open_mall(settings, needs, notices)
    lots = None if mall.points is None else lot_policies(settings)
    bureau, shelf = _open_bureau(needs, mall, lots), CampaignShelf(read_campaign)
    returns = Returns(bureau, shelf)
    hospitality = _open_house(settings, needs, mall, InvitationRewards(bureau, shelf))
    earnings = BillEarnings(_open_books(needs, mall, lots))
    runs = RunWork(Calendar(transaction, view, lines, needs.teller, TIERS, now))
    works = {
        "redemptions": RedemptionWork(mall, LedgerHolds()).work,
        "campaigns": CampaignWork(bureau, shelf).work,
        "invitations": ReferralWork(hospitality).work,
        "earnings": earnings.work,
        "runs": runs.work,
        "notices": notices.work,
    }
    return Rewards(
        points=_open_points(needs, mall, shelf),
        mall=SqlRewardsMall(mall),
        shelf=Shelf(mall),
        promotions=SqlPromotions(bureau, shelf),
        referrals=SqlReferrals(hospitality),
        campaigns=CampaignDesk(bureau, shelf),
        desk=SqlLoyaltyDesk(bureau, shelf, mall, runs),
        of_recharges=RechargeRewards(returns),
        of_orders=OrdersDone(returns, now),
        left=LinesLeft(returns, now),
        earnings=earnings,
        runs=runs,
        works=tuple(Behind(name, work) for name, work in works.items()),
        mall_rows=mall,
    )


def _open_mall(settings: Settings, needs: RewardNeeds, notices: LineNotices) -> Mall:
    secret = identity_secret(settings)
    return Mall(
        transaction=partial(write, needs.engine),
        reading=partial(read, needs.engine),
        customers=TmfLoyaltyCustomers(needs.bss.client),
        fulfilment=TmfFulfilment(needs.bss.client),
        points=LedgerHolds() if settings.points == HERE else None,
        seal=Seal(secret=secret, purpose="redemption"),
        now=needs.bss.client.clock.now,
        secret=secret,
        announce=needs.announce,
        teller=notices,
    )


def _open_bureau(needs: RewardNeeds, mall: Mall, lots: Sequence[LotPolicy] | None) -> Bureau:
    return Bureau(
        transaction=mall.transaction,
        reading=mall.reading,
        customers=mall.customers,
        stars=_RatedStars(needs.engine),
        spend=BilledSpend(needs.bss.bills),
        fulfilment=mall.fulfilment,
        policies=lots,
        read_campaign=read_campaign,
        seal=mall.seal,
        now=mall.now,
        announce=mall.announce,
        teller=mall.teller,
    )


def _open_house(settings: Settings, needs: RewardNeeds, mall: Mall, rewards: InvitationRewards) -> Hospitality:
    return Hospitality(
        transaction=mall.transaction,
        reading=mall.reading,
        customers=mall.customers,
        ties=KnownTies(needs.engine, secret=mall.secret),
        rewards=rewards,
        mask=mask_number,
        link=lambda code: f"{settings.public_url.rstrip('/')}/invited/{code}",
        now=mall.now,
        secret=mall.secret,
    )


def _open_books(needs: RewardNeeds, mall: Mall, lots: Sequence[LotPolicy] | None) -> Books:
    return Books(
        transaction=mall.transaction,
        reading=mall.reading,
        lines=needs.bss.lines,
        bills=needs.bss.bills,
        customers=mall.customers,
        lots=lots,
        earnings=EARNINGS,
        tiers=TIERS,
        now=mall.now,
        told=(note_bill,),
    )


def _open_points(needs: RewardNeeds, mall: Mall, campaigns: CampaignShelf) -> PointsBook:
    if mall.points is None:
        return PlatformPointsBook(TmfPointsPlatform(needs.bss.client))
    lines, customers, names = needs.bss.lines, mall.customers, partial(name_references, campaigns)
    book = PointsShelf(mall.transaction, mall.reading, lines, customers, EARNINGS, names, parse_number, mall.now)
    return SqlPointsBook(book)


class _RatedStars:
    """The ``Stars`` of loyalty/campaigns/needs.py: those of our own rating."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._read = partial(read, engine)

    async def fetch_stars(self, line_id: str) -> int:
        """None are those of a line that was never rated."""
        async with self._read() as connection:
            tier = await fetch_tier(connection, line_id)
        return 0 if tier is None else tier.stars


async def name_references(
    campaigns: CampaignShelf, connection: AsyncConnection, references: Collection[str]
) -> Mapping[str, LocalizedText]:
    """What points went for, and the campaigns that they came from, by the references of their postings."""
    asked = list(references)
    redeemed = await fetch_names(connection, asked)
    return {**redeemed, **await fetch_campaign_names(connection, campaigns, asked)}
