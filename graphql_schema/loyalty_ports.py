"""What does the room of rewards need from others to give what was promised, and to know whom?

Faults of a system are ``ports.BssFault``. Every write carries our reference and happens once, however often it is asked
for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from graphql_schema.client import Caller, Channel
from graphql_schema.identity_ports import Deed
from graphql_schema.types.bill import SubjectCode
from graphql_schema.types.loyalty_desk import (
    CampaignCheck,
    CampaignFile,
    CampaignVersion,
    CodeBatch,
    CodesPut,
    PointsVerdict,
    RewardTroubles,
    ServedRedemption,
    ShelfItem,
    StandingCampaign,
)
from graphql_schema.types.money import Money
from graphql_schema.types.month import Month
from graphql_schema.types.points import Points, PointsMonth, PointsTransferred
from graphql_schema.types.promotion import Grant, Invitation, PromisedReward, Promotion, Referral, RewardForecast
from graphql_schema.types.reward import Redemption, RedemptionPreview, RewardItem, RewardItemChange, RewardKind


class FulfilmentState(StrEnum):
    """What the operator says of a reward that it was asked for. UNKNOWN: it never heard of it."""

    WORKING = "working"
    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Fulfilled:
    """A reward as the operator knows it. ``reason`` says why it was refused, ``taken_back`` how much of granted money
    was taken back, ``tracking`` where goods are."""

    reference: str
    state: FulfilmentState
    at: datetime | None = None
    reason: str = ""
    taken_back: Money | None = None
    tracking: str = ""


@dataclass(frozen=True, slots=True)
class GrantedMoney:
    """Money to be put into a pot of its own. ``releases`` are when how much of it may be spent, in order: one part that
    is due is money at once, more are frozen until their days. It all ends as the day ``valid_until`` begins (None: it
    does not end by itself)."""

    amount: Money
    releases: Sequence[tuple[date, Money]]
    usable_for: Sequence[SubjectCode]
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where goods are sent, and to whom: kept sealed by us, and handed to nobody but the operator."""

    person: str
    number: str
    address: str


class Fulfilment(Protocol):
    """The operator's side of rewards (TMF654 granted money, TMF622 packs and goods). Raises BssFault."""

    async def grant_money(self, reference: str, account_id: str, wanted: GrantedMoney) -> Fulfilled:
        """Puts it into a pot of its own."""
        ...

    async def add_pack(self, reference: str, line_id: str, *, offering_id: str, months: int | None = None) -> Fulfilled:
        """Adds an offering to the line, free of charge, for so many months (None: for as long as it is held)."""
        ...

    async def send_goods(self, reference: str, line_id: str, *, item: str, to: Delivery) -> Fulfilled:
        """Has a thing sent."""
        ...

    async def find(self, account_id: str, reference: str) -> Fulfilled:
        """What became of any of these."""
        ...

    async def take_back(self, reference: str, account_id: str, *, granted: str, most: Money | None) -> Fulfilled:
        """Takes back what is left of the money that was granted as ``granted``: frozen first, then what is not spent;
        at most so much (None: all of it). DONE with ``taken_back``, which may be nothing."""
        ...


@dataclass(frozen=True, slots=True)
class LoyaltyCustomer:
    """Whom a reward is for, as the operator knows them (TMF629, TMF632, TMF637, TMF666).

    ``since`` is the line's first day, ``birthday`` month and day. ``owes``: a bill is past due. ``real_name``: the
    owner's identity was checked. ``arrears_free_months`` counts whole months back from now, at most 24.
    ``paid_by_organization``: the account, and whatever money comes to it, is not the line's own.
    """

    line_id: str
    account_id: str
    customer_id: str
    since: date
    package: str | None
    region: str | None
    birthday: tuple[int, int] | None
    suspended: bool
    owes: bool
    real_name: bool
    arrears_free_months: int
    paid_by_organization: bool = False


class LoyaltyCustomers(Protocol):
    """Who a line's customer is, for rewards. Raises BssFault."""

    async def fetch_customer(self, line_id: str) -> LoyaltyCustomer | None:
        """None: there is no such line (any more)."""
        ...

    async def fetch_paid(self, account_id: str, month: date) -> Money:
        """What was paid of the bill of a month (its first day): points are earned on that."""
        ...


@dataclass(frozen=True, slots=True)
class PlatformLot:
    """Points of an operator's platform that end together. ``ends_on`` is the last business day on which they can be
    spent; None: they have no end."""

    points: int
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class PlatformEntry:
    """One row of its ledger: points that came (above nothing) or went."""

    id: str
    at: datetime
    points: int
    words: str


@dataclass(frozen=True, slots=True)
class PlatformPoints:
    """An account of an operator's own points platform (TMF658 LoyaltyProgramMember, LoyaltyBalance)."""

    points: int
    lots: Sequence[PlatformLot]
    as_of: datetime
    stale: bool = False


class PointsPlatform(Protocol):
    """Points that live elsewhere (TMF658): they can be read here, and not written. Raises BssFault."""

    async def fetch_points(self, line_id: str) -> PlatformPoints:
        """The balance, and what ends when."""
        ...

    async def fetch_entries(self, line_id: str, *, after: date, before: date) -> Sequence[PlatformEntry]:
        """Its ledger of these days, oldest first."""
        ...


class PointsBook(Protocol):
    """The points of lines: our own ledger (loyalty/points), or an operator's platform that can only be read. Raises
    BssFault where it is a platform."""

    async def fetch_points(self, line_id: str) -> Points:
        """What is there now; nothing, where there never was any."""
        ...

    async def fetch_month(self, line_id: str, month: Month) -> PointsMonth:
        """Every movement of a business month, oldest first. Raises MonthNotKept."""
        ...

    async def transfer(self, deed: Deed, number: str, points: int) -> PointsTransferred:
        """Moves points to another line of the same customer. Raises RedemptionRefused, NotFound."""
        ...


class RewardsMall(Protocol):
    """What points can buy, implemented by loyalty/rewards. Refusals: RedemptionRefused, NotFound."""

    async def fetch_items(self, line_id: str | None) -> Sequence[RewardItem]:
        """What is offered now, in its order; for a line, with what keeps it from it."""
        ...

    async def preview(self, caller: Caller, code: str) -> RedemptionPreview:
        """What a redemption would cost and give, before anyone confirms it."""
        ...

    async def redeem(self, deed: Deed, code: str, *, points: int, to: Delivery | None) -> Redemption:
        """Takes the points that were shown (``points``) and gives the reward; on an unknown outcome it is under way and
        resolves itself. Raises BadArgument where goods have no delivery."""
        ...

    async def fetch_redemptions(self, line_id: str, *, limit: int) -> Sequence[Redemption]:
        """Newest first."""
        ...

    async def fetch_redemption(self, line_id: str, redemption_id: str) -> Redemption:
        """One of them. Raises NotFound."""
        ...


class Promotions(Protocol):
    """Campaigns for customers, implemented by loyalty/campaigns."""

    async def fetch_promotions(self, line_id: str | None) -> Sequence[Promotion]:
        """Those that run now, for a line those that could be for it, soonest to end first."""
        ...

    async def expect(self, line_id: str, amount: Money, *, channel: Channel) -> RewardForecast:
        """What a recharge of so much would earn now. Raises NotFound, BssFault."""
        ...

    async def fetch_grants(self, line_id: str, *, limit: int) -> Sequence[Grant]:
        """What the line won, newest first."""
        ...

    async def fetch_grant(self, line_id: str, grant_id: str) -> Grant:
        """One of them. Raises NotFound."""
        ...

    async def choose(self, deed: Deed, grant_id: str, reward_key: str, *, to: Delivery | None) -> Grant:
        """Chooses one of a grant's options; the first choice counts. Raises NotFound, RedemptionRefused, BadArgument
        where goods have no delivery."""
        ...


class Referrals(Protocol):
    """Invitations, implemented by loyalty. Refusals: InvitationRefused."""

    async def fetch_referral(self, caller: Caller) -> Referral:
        """The caller's code, and who came by it."""
        ...

    async def fetch_rewards(self) -> Sequence[PromisedReward]:
        """What an invitation gives now, whoever asks."""
        ...

    async def accept(self, deed: Deed, code: str) -> Invitation:
        """A new line says who invited it."""
        ...


@dataclass(frozen=True, slots=True)
class WantedReward:
    """A thing of the mall as the desk wants it. By kind it gives ``amount`` (for ``valid_days``), an ``offering_id``, a
    code of a ``batch``, or ``goods``. ``stock`` and ``per_month`` None: no end. Instants are aware."""

    code: str
    kind: RewardKind
    points: int
    name_zh: str
    name_en: str
    terms_zh: str = ""
    terms_en: str = ""
    amount: Decimal | None = None
    valid_days: int | None = None
    offering_id: str | None = None
    batch: str | None = None
    goods: str | None = None
    stock: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    per_month: int | None = None
    is_on: bool = True
    position: int = 0


class LoyaltyDesk(Protocol):
    """Rewards for the operator's people, implemented by loyalty/desk. Refusals: NotFound and what is said of each."""

    async def fetch_campaigns(self) -> Sequence[StandingCampaign]:
        """All of them, also those that were never switched on, by id."""
        ...

    async def fetch_campaign(self, campaign_id: str) -> CampaignFile:
        """One with all of its versions. Raises NotFound."""
        ...

    async def check(self, document: str) -> CampaignCheck:
        """What is wrong with a document, or what it would have done last month; nothing is kept. Raises BssFault where
        it asks for what only the operator's systems know."""
        ...

    async def propose(self, deed: Deed, document: str) -> CampaignVersion:
        """Keeps it as the campaign's next version, which counts for nothing before somebody else switches it on. The
        same document as the newest version changes nothing. Raises CampaignRefused."""
        ...

    async def switch_on(self, deed: Deed, campaign_id: str, version: int) -> StandingCampaign:
        """Lets this version count from now on. Raises NotFound, NeedsOtherEyes for who proposed it, CampaignRefused
        where it can't stand beside what was switched on since."""
        ...

    async def switch_off(self, deed: Deed, campaign_id: str) -> StandingCampaign:
        """At once: nothing more is granted by it. Anybody may, alone. Raises NotFound."""
        ...

    async def fetch_items(self) -> Sequence[ShelfItem]:
        """The whole mall in its order, also what was put away."""
        ...

    async def fetch_item_changes(self, code: str) -> Sequence[RewardItemChange]:
        """What was made of an item and by whom, newest first; none of an item that is not there."""
        ...

    async def put_item(self, deed: Deed, wanted: WantedReward) -> ShelfItem:
        """Adds it, or changes all of it but its kind. Raises BadArgument."""
        ...

    async def switch_item(self, deed: Deed, code: str, *, on: bool) -> ShelfItem:
        """Shows it to customers, or puts it away at once. Raises NotFound."""
        ...

    async def fetch_batches(self) -> Sequence[CodeBatch]:
        """Every batch of codes, by name."""
        ...

    async def put_codes(self, deed: Deed, batch: str, codes: Sequence[str]) -> CodesPut:
        """Adds codes, sealed; one that any batch has is left out."""
        ...

    async def fetch_troubles(self) -> RewardTroubles:
        """Redemptions that take too long, and rewards that were refused."""
        ...

    async def fetch_redemption(self, redemption_id: str) -> ServedRedemption:
        """Anybody's. Raises NotFound."""
        ...

    async def begin_return(self, deed: Deed, redemption_id: str) -> ServedRedemption:
        """Goods are on their way back. Raises NotFound, NotReturnable."""
        ...

    async def finish_return(self, deed: Deed, redemption_id: str) -> ServedRedemption:
        """The goods are here: the points go back. Raises NotFound, NotReturnable."""
        ...

    async def drop_return(self, deed: Deed, redemption_id: str) -> ServedRedemption:
        """The goods never came. Raises NotFound, NotReturnable."""
        ...

    async def fetch_verdict(self) -> PointsVerdict | None:
        """What the last nightly audit found; None: none was made yet."""
        ...
