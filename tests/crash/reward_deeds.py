"""What can be done with points, rewards, campaigns and invitations in a house that may die of it?"""

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import select

from bss_adapters.tmf.fulfilment import TmfFulfilment
from bss_adapters.tmf.loyalty_customer import TmfLoyaltyCustomers
from gateway.identity.seal import Seal
from gateway.reach import reach_bss
from gateway.referral_ties import KnownTies
from gateway.rewards import EARNINGS, TIERS
from graphql_schema.client import Caller, Channel, Role, Staff
from graphql_schema.identity_ports import Deed
from graphql_schema.loyalty_ports import Delivery
from graphql_schema.types.bill import BillCategory
from graphql_schema.types.bill_event import BillEvent
from graphql_schema.types.line import mask_number
from graphql_schema.types.promotion import Grant
from graphql_schema.types.reward import RewardKind
from loyalty.campaign_tables import grant_part, happening, loyalty_decision
from loyalty.campaigns.desk import CampaignDesk
from loyalty.campaigns.document import read_campaign
from loyalty.campaigns.happenings import Happening, note_happening
from loyalty.campaigns.invitation_rewards import InvitationRewards
from loyalty.campaigns.live import CampaignShelf
from loyalty.campaigns.needs import Bureau
from loyalty.campaigns.promotions import SqlPromotions
from loyalty.campaigns.returning import Returns
from loyalty.campaigns.spend import BilledSpend
from loyalty.campaigns.work import CampaignWork
from loyalty.desk.campaigns import StaffCampaigns
from loyalty.earning.bills import BillEarnings, Books
from loyalty.points.answers import Kind
from loyalty.points.audit import audit
from loyalty.points.earning import Earning, earn
from loyalty.points.policies import MONTHS_36
from loyalty.points.statement import fetch_balance
from loyalty.referral.invitations import SqlReferrals
from loyalty.referral.needs import Hospitality
from loyalty.referral.rewarding import ReferralWork, note_paid_bill
from loyalty.reward_tables import reward_item, reward_item_change
from loyalty.rewards.items import WantedItem
from loyalty.rewards.ledger_holds import LedgerHolds
from loyalty.rewards.needs import Mall
from loyalty.rewards.redemptions import SqlRewardsMall
from loyalty.rewards.shelf import Shelf
from loyalty.rewards.work import RedemptionWork
from loyalty.rules.facts import HappeningKind
from tests.crash.house import SECRET, DeedOfHouse, House

PAUSES_SECONDS = (0, 3, 10, 31, 45, 65, 100, 180)
COLLEAGUE = Caller(Channel.DESK, staff=Staff("2001", Role.OPERATIONS), assurance=2)
HOME = Delivery("陈晓彤", "13800138001", "广东省广州市天河区体育西路1号")
ITEMS = {
    "HF10": WantedItem("HF10", RewardKind.BALANCE, 500, "5元话费", "Five yuan", amount_fen=500, stock=9),
    "CUP": WantedItem("CUP", RewardKind.GOODS, 300, "保温杯", "A vacuum cup", goods="goods-cup", stock=9),
    "PLAN": WantedItem("PLAN", RewardKind.DATA, 300, "套餐", "What nobody gives", offering_id="plan-59", stock=9),
}


class _NoStars:
    """Nobody was rated here."""

    async def fetch_stars(self, line_id: str) -> int:
        return 0


def open_mall(house: House) -> Mall:
    return Mall(
        transaction=house.transaction,
        reading=house.view,
        customers=TmfLoyaltyCustomers(house.client),
        fulfilment=TmfFulfilment(house.client),
        points=LedgerHolds(),
        seal=Seal(secret=SECRET, purpose="redemption"),
        now=house.clock,
        secret=SECRET,
        cross=house.cross,
    )


def open_bureau(house: House) -> Bureau:
    return Bureau(
        transaction=house.transaction,
        reading=house.view,
        customers=TmfLoyaltyCustomers(house.client),
        stars=_NoStars(),
        spend=BilledSpend(reach_bss(house.client).bills),
        fulfilment=TmfFulfilment(house.client),
        policies=(MONTHS_36,),
        read_campaign=read_campaign,
        seal=Seal(secret=SECRET, purpose="redemption"),
        now=house.clock,
        cross=house.cross,
    )


def open_hospitality(house: House) -> Hospitality:
    return Hospitality(
        transaction=house.transaction,
        reading=house.view,
        customers=TmfLoyaltyCustomers(house.client),
        ties=KnownTies(house.engine, secret=SECRET),
        rewards=InvitationRewards(open_bureau(house), CampaignShelf(read_campaign)),
        mask=mask_number,
        link=lambda code: f"http://localhost:1/invited/{code}",
        now=house.clock,
        secret=SECRET,
        cross=house.cross,
    )


async def stock(house: House) -> None:
    """Every item stands in the mall, and the line has so many points."""
    await Shelf(open_mall(house)).load_items(list(ITEMS.values()))
    async with house.transaction() as connection:
        line_id = house.asked["line"]
        earning = Earning(f"gift:{line_id}", line_id, house.asked["points"], Kind.REWARD, "gift")
        await earn(connection, earning, (MONTHS_36,), now=house.clock())


async def may_win(house: House) -> bool:
    """Whether the line can be given whatever these tests give: money, packs, and a reward for points."""
    customer = await TmfLoyaltyCustomers(house.client).fetch_customer(house.asked["line"])
    if customer is None or customer.suspended or customer.owes or not customer.real_name:
        return False
    return house.clock().date() - customer.since > timedelta(days=100)


async def put_item(house: House) -> int:
    deed = Deed(house.asked["deed"], COLLEAGUE)
    return (await Shelf(open_mall(house)).put_item(deed, ITEMS["HF10"])).version


async def switch_item(house: House) -> bool:
    deed = Deed(house.asked["deed"], COLLEAGUE)
    return (await Shelf(open_mall(house)).switch_item(deed, "HF10", is_on=False)).item.is_on


async def look_at_shelf(house: House) -> dict[str, Any]:
    async with house.view() as connection:
        items = (await connection.execute(select(reward_item.c.version, reward_item.c.is_on))).all()
        changes = (await connection.execute(select(reward_item_change.c.id))).scalars().all()
    return {"items": [[row.version, row.is_on] for row in items], "changes": len(changes)}


async def redeem(house: House) -> str:
    item = ITEMS[house.asked["code"]]
    to = HOME if item.kind is RewardKind.GOODS else None
    deed = Deed(house.asked["deed"], house.caller)
    return (await SqlRewardsMall(open_mall(house)).redeem(deed, item.code, points=item.points, to=to)).state.value


async def begin_return(house: House) -> str:
    deed = Deed(house.asked["deed"], COLLEAGUE)
    return (await SqlRewardsMall(open_mall(house)).begin_return(deed, house.asked["redemption"])).state.value


async def finish_return(house: House) -> str:
    deed = Deed(house.asked["deed"], COLLEAGUE)
    return (await SqlRewardsMall(open_mall(house)).finish_return(deed, house.asked["redemption"])).state.value


async def drop_return(house: House) -> str:
    deed = Deed(house.asked["deed"], COLLEAGUE)
    return (await SqlRewardsMall(open_mall(house)).drop_return(deed, house.asked["redemption"])).state.value


async def watch_bill(house: House) -> None:
    """It was issued, the operator says."""
    event = BillEvent(house.asked["bill"], house.asked["account"], BillCategory.NORMAL)
    await open_earnings(house).watch(event)


def open_earnings(house: House) -> BillEarnings:
    bss = reach_bss(house.client)
    return BillEarnings(
        Books(
            transaction=house.transaction,
            reading=house.view,
            lines=bss.lines,
            bills=bss.bills,
            customers=TmfLoyaltyCustomers(house.client),
            lots=(MONTHS_36,),
            earnings=EARNINGS,
            tiers=TIERS,
            now=house.clock,
            cross=house.cross,
        )
    )


async def put_campaign(house: House) -> int:
    document = json.dumps(house.asked["campaign"], ensure_ascii=False)
    desk = CampaignDesk(open_bureau(house), CampaignShelf(read_campaign))
    return await desk.put_campaign(read_campaign(document), document, by="staff:2001")


async def switch_campaign(house: House) -> bool:
    desk = CampaignDesk(open_bureau(house), CampaignShelf(read_campaign))
    return await desk.switch(house.asked["campaign"]["id"], on=True, by="staff:2001")


async def propose_campaign(house: House) -> int:
    """By a colleague at the desk; the version that it is."""
    document = json.dumps(house.asked["campaign"], ensure_ascii=False)
    desk = StaffCampaigns(open_bureau(house), CampaignShelf(read_campaign))
    return (await desk.propose(Deed(house.asked["deed"], COLLEAGUE), document)).version


async def switch_proposed(house: House) -> bool:
    """By another one."""
    other = Caller(Channel.DESK, staff=Staff("2002", Role.OPERATIONS), assurance=2)
    desk = StaffCampaigns(open_bureau(house), CampaignShelf(read_campaign))
    return (await desk.switch_on(Deed(house.asked["deed"], other), house.asked["campaign"]["id"], 1)).on


async def look_at_campaigns(house: House) -> list[list[Any]]:
    desk = CampaignDesk(open_bureau(house), CampaignShelf(read_campaign))
    return [[each.campaign.id, each.campaign.version, each.is_on] for each in await desk.fetch_standings()]


async def happens(house: House) -> None:
    """A recharge of so many fen is in the books."""
    asked = house.asked
    noted = Happening(
        id=f"recharge:{asked['deed']}",
        kind=HappeningKind.RECHARGE,
        line_id=asked["line"],
        account_id=asked["account"],
        at=house.clock(),
        amount_fen=asked["fen"],
        channel="web",
    )
    async with house.transaction() as connection:
        await note_happening(connection, noted)


async def goes_back(house: House) -> None:
    """So much of it, in all, was given back."""
    returns = Returns(open_bureau(house), CampaignShelf(read_campaign))
    async with house.transaction() as connection:
        await returns.take_back_for(connection, f"recharge:{house.asked['deed']}", back_fen=house.asked["back_fen"])


async def choose(house: House) -> str:
    promotions = SqlPromotions(open_bureau(house), CampaignShelf(read_campaign))
    [grant] = await promotions.fetch_grants(house.asked["line"], limit=9)
    deed = Deed(house.asked["deed"], house.caller)
    return (await promotions.choose(deed, grant.id, house.asked["option"], to=None)).state.value


async def invite(house: House) -> str:
    """The line's code."""
    return (await SqlReferrals(open_hospitality(house)).fetch_referral(house.caller)).code


async def accept(house: House) -> str:
    deed = Deed(house.asked["deed"], house.caller)
    return (await SqlReferrals(open_hospitality(house)).accept(deed, house.asked["code"])).state.value


async def first_bill(house: House) -> None:
    """A bill of the line was paid."""
    async with house.transaction() as connection:
        await note_paid_bill(connection, house.asked["line"], at=house.clock())


async def look_at_invitations(house: House) -> list[str]:
    referral = await SqlReferrals(open_hospitality(house)).fetch_referral(house.caller)
    return [each.state.value for each in referral.invitations]


async def look(house: House) -> dict[str, Any]:
    """What the customer sees, what was decided, and which accounts of points do not add up."""
    line_id = house.asked["line"]
    redeemed = await SqlRewardsMall(open_mall(house)).fetch_redemptions(line_id, limit=9)
    grants = await SqlPromotions(open_bureau(house), CampaignShelf(read_campaign)).fetch_grants(line_id, limit=9)
    async with house.view() as connection:
        points = await fetch_balance(connection, line_id, now=house.clock())
        decided = (await connection.execute(select(loyalty_decision.c.happening_id))).scalars().all()
        happened = (await connection.execute(select(happening.c.kind))).scalars().all()
        parts = (await connection.execute(select(grant_part.c.state).order_by(grant_part.c.number))).scalars().all()
        taken = dict((await connection.execute(select(reward_item.c.code, reward_item.c.taken))).tuples().all())
    return {
        "redemptions": [[each.code, each.state.value, each.tracking or ""] for each in redeemed],
        "grants": {_name(each): each.state.value for each in grants},
        "points": [points.spendable, points.held, points.owed],
        "decided": len(decided),
        "happened": sorted(happened),
        "parts": list(parts),
        "taken": {code: count for code, count in taken.items() if count},
        "differences": [repr(each) async for each in audit(house.view)],
    }


def _name(grant: Grant) -> str:
    return grant.reward.key if grant.reward else "?"


Work = Callable[[House], Callable[[], Awaitable[int]]]


def _redeeming(house: House) -> Callable[[], Awaitable[int]]:
    return RedemptionWork(open_mall(house), LedgerHolds()).work


def _earning(house: House) -> Callable[[], Awaitable[int]]:
    return open_earnings(house).work


def _granting(house: House) -> Callable[[], Awaitable[int]]:
    return CampaignWork(open_bureau(house), CampaignShelf(read_campaign), at_once=1).work


def _inviting(house: House) -> Callable[[], Awaitable[int]]:
    return ReferralWork(open_hospitality(house)).work


async def _work(house: House, *, of: Work) -> int:
    return await of(house)()


async def _heal(house: House, *, of: Work) -> None:
    """A worker works, and time passes, until everything is at rest."""
    work, began = of(house), house.clock.later_seconds
    for pause in PAUSES_SECONDS:
        house.clock.later_seconds = began + pause
        await work()


REWARD_DEEDS: Mapping[str, DeedOfHouse] = {
    "stock_mall": stock,
    "may_win": may_win,
    "put_item": put_item,
    "switch_item": switch_item,
    "look_at_shelf": look_at_shelf,
    "redeem_item": redeem,
    "begin_return": begin_return,
    "finish_return": finish_return,
    "drop_return": drop_return,
    "watch_bill": watch_bill,
    "put_campaign": put_campaign,
    "switch_campaign": switch_campaign,
    "propose_campaign": propose_campaign,
    "switch_proposed": switch_proposed,
    "look_at_campaigns": look_at_campaigns,
    "happens": happens,
    "goes_back": goes_back,
    "choose": choose,
    "invite": invite,
    "accept": accept,
    "first_bill": first_bill,
    "look_at_invitations": look_at_invitations,
    "look_at_rewards": look,
    "work_on_redemptions": partial(_work, of=_redeeming),
    "heal_redemptions": partial(_heal, of=_redeeming),
    "work_on_bills": partial(_work, of=_earning),
    "heal_bills": partial(_heal, of=_earning),
    "work_on_grants": partial(_work, of=_granting),
    "heal_grants": partial(_heal, of=_granting),
    "work_on_invitations": partial(_work, of=_inviting),
    "heal_invitations": partial(_heal, of=_inviting),
}
