"""Which points, rewards and promotions do the tests of the graph and the channels meet?"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from graphql_schema.client import Caller, Channel
from graphql_schema.identity_ports import Deed
from graphql_schema.loyalty_ports import Delivery
from graphql_schema.problems import BadArgument, InvitationRefused, NotFound, Problem, RedemptionRefused
from graphql_schema.types.line import mask_number
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.money import Money
from graphql_schema.types.month import Month
from graphql_schema.types.points import (
    Points,
    PointsEntry,
    PointsExpiry,
    PointsKind,
    PointsMonth,
    PointsTransferred,
)
from graphql_schema.types.promotion import (
    ExpectedReward,
    Grant,
    GrantPart,
    GrantState,
    Invitation,
    InvitationState,
    Odds,
    PartState,
    PromisedReward,
    Promotion,
    PromotionTier,
    PromotionTrigger,
    Referral,
    RewardEffect,
    RewardForecast,
    RuleParameter,
    RuleSentence,
)
from graphql_schema.types.reward import (
    MaskedDelivery,
    Redemption,
    RedemptionObstacle,
    RedemptionObstacleCode,
    RedemptionPreview,
    RedemptionState,
    RewardItem,
    RewardKind,
)

AT = datetime(2026, 11, 21, 0, 32, tzinfo=UTC)
FRIEND = "13800138003"


def yuan(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="CNY")


def named(zh: str, en: str) -> LocalizedText:
    return LocalizedText(zh=zh, en=en)


def make_item(code: str, kind: RewardKind, points: int, zh: str, en: str, **more: object) -> RewardItem:
    usual = RewardItem(
        code=code,
        kind=kind,
        points=points,
        name=named(zh, en),
        terms=named("兑换后不可退回。", "Can not be given back."),
        amount=None,
        offering_id=None,
        left=None,
        starts_at=None,
        ends_at=None,
        per_month=None,
        on=True,
        obstacles=[],
    )
    return replace(usual, **more)  # type: ignore[arg-type]


def make_reward(key: str, effect: RewardEffect, zh: str, en: str, **more: object) -> PromisedReward:
    usual = PromisedReward(
        key=key,
        effect=effect,
        name=named(zh, en),
        amount=None,
        months=1,
        least_spend=None,
        usable_for=[],
        points=None,
        left=None,
        odds=[],
    )
    return replace(usual, **more)  # type: ignore[arg-type]


ITEMS = (
    make_item("HF10", RewardKind.BALANCE, 1000, "10元话费", "10 yuan of credit", amount=yuan("10")),
    make_item("LL1G", RewardKind.DATA, 800, "1GB流量包", "1 GB of data", offering_id="pack-data-1", per_month=2),
    make_item("KF", RewardKind.VOUCHER, 1500, "咖啡券", "A coffee", left=3),
    make_item("BWB", RewardKind.GOODS, 3000, "保温杯", "A thermos flask", left=12),
    make_item("AX", RewardKind.DONATION, 100, "爱心捐赠", "A donation"),
)
FROZEN = make_reward(
    "back", RewardEffect.FROZEN_MONEY, "分月返还100元", "100 yuan, month by month", amount=yuan("100"), months=10
)  # fmt: skip
BONUS = make_reward("bonus", RewardEffect.POINTS, "500积分", "500 points", points=500)
FLASK = make_reward("flask", RewardEffect.GOODS, "保温杯", "A thermos flask", left=12)
DRAW = make_reward(
    "draw",
    RewardEffect.LOTTERY,
    "抽奖",
    "A draw",
    odds=[Odds(name=named("一年话费", "A year free"), in_a_billion=10_000)],
)
REASON = RuleSentence(key="amount_at_least", parameters=[RuleParameter(name="amount", value="10000")])
PROMOTION = Promotion(
    id="recharge-gift",
    version=3,
    name=named("存费赠礼", "Recharge and win"),
    trigger=PromotionTrigger.RECHARGE,
    begins_at=AT - timedelta(days=10),
    ends_at=AT + timedelta(days=20),
    conditions=[REASON],
    tiers=[
        PromotionTier(from_amount=yuan("100"), rewards=[BONUS, FLASK], is_choice=True),
        PromotionTier(from_amount=yuan("200"), rewards=[FROZEN, DRAW], is_choice=False),
    ],
    taken_back_within_months=0,
    on_its_face=[],
)


@dataclass
class FakeLoyalty:
    """Points, the mall, promotions and referrals of one line. ``refusal`` is raised by the next deed."""

    points: Points = field(
        default_factory=lambda: Points(
            available=2680,
            held=0,
            owed=0,
            stars=3,
            stars_until=date(2027, 12, 31),
            factor=Decimal("2.5"),
            redeemable=True,
            expiring=[PointsExpiry(on=date(2026, 11, 30), points=180), PointsExpiry(on=date(2026, 12, 31), points=420)],
            as_of=AT,
            stale=False,
        )
    )
    items: Sequence[RewardItem] = ITEMS
    entries: list[PointsEntry] = field(
        default_factory=lambda: [
            PointsEntry(id="1", at=AT, kind=PointsKind.EARNED, points=216, balance=3480, name=None),
            PointsEntry(id="2", at=AT, kind=PointsKind.REDEEMED, points=-800, balance=2680, name=ITEMS[1].name),
        ]
    )
    redemptions: list[Redemption] = field(default_factory=list)
    promotions: list[Promotion] = field(default_factory=lambda: [PROMOTION])
    grants: list[Grant] = field(default_factory=lambda: [make_grant()])
    invitations: list[Invitation] = field(default_factory=list)
    refusal: Problem | None = None

    async def fetch_points(self, line_id: str) -> Points:
        return self.points

    async def fetch_month(self, line_id: str, month: Month) -> PointsMonth:
        opening = self.entries[0].balance - self.entries[0].points if self.entries else self.points.available
        return PointsMonth(
            month=month.text,
            opening=opening,
            closing=opening + sum(e.points for e in self.entries),
            entries=self.entries,
            unlisted=0,
        )

    async def transfer(self, deed: Deed, number: str, points: int) -> PointsTransferred:
        self._refuse()
        if number != FRIEND:
            raise NotFound
        self._spend(points)
        return PointsTransferred(
            id=deed.id, masked_number=mask_number(number), points=points, available=self.points.available
        )

    async def fetch_items(self, line_id: str | None) -> Sequence[RewardItem]:
        return self.items

    async def preview(self, caller: Caller, code: str) -> RedemptionPreview:
        item, left = self._item(code), self.points.available - self._item(code).points
        missing = RedemptionObstacle(code=RedemptionObstacleCode.TOO_FEW_POINTS, missing=-left)
        return RedemptionPreview(
            item=item if left >= 0 else replace(item, obstacles=[missing]),
            points=self.points.available,
            points_left=left if left >= 0 else None,
            usable_from=AT if item.kind not in {RewardKind.GOODS, RewardKind.DONATION} else None,
            usable_until=None,
            needs_delivery=item.kind is RewardKind.GOODS,
        )

    async def redeem(self, deed: Deed, code: str, *, points: int, to: Delivery | None) -> Redemption:
        self._refuse()
        item = self._item(code)
        if item.points != points:
            raise RedemptionRefused(obstacles=[RedemptionObstacle(code=RedemptionObstacleCode.ITEM_CHANGED)])
        if item.kind is RewardKind.GOODS and to is None:
            raise BadArgument(name="delivery")
        self._spend(points)
        self.redemptions.insert(0, make_redemption(item, id=deed.id, delivery=to))
        return self.redemptions[0]

    async def fetch_redemptions(self, line_id: str, *, limit: int) -> Sequence[Redemption]:
        return self.redemptions[:limit]

    async def fetch_redemption(self, line_id: str, redemption_id: str) -> Redemption:
        for each in self.redemptions:
            if each.id == redemption_id:
                return each
        raise NotFound

    async def fetch_promotions(self, line_id: str | None) -> Sequence[Promotion]:
        return self.promotions

    async def expect(self, line_id: str, amount: Money, *, channel: Channel) -> RewardForecast:
        tiers = [tier for each in self.promotions for tier in each.tiers]
        reached = [tier for tier in tiers if tier.from_amount.amount <= amount.amount]
        more = next((tier.from_amount for tier in tiers if tier.from_amount.amount > amount.amount), None)
        rewards = [
            ExpectedReward(
                promotion_id=PROMOTION.id,
                name=PROMOTION.name,
                rewards=tier.rewards,
                choose_one=tier.is_choice,
                reasons=[REASON],
                scarce=any(reward.left is not None for reward in tier.rewards),
            )
            for tier in reached[-1:]
        ]
        return RewardForecast(amount=amount, rewards=rewards, more_from=more)

    async def fetch_grants(self, line_id: str, *, limit: int) -> Sequence[Grant]:
        return self.grants[:limit]

    async def fetch_grant(self, line_id: str, grant_id: str) -> Grant:
        for each in self.grants:
            if each.id == grant_id:
                return each
        raise NotFound

    async def choose(self, deed: Deed, grant_id: str, reward_key: str, *, to: Delivery | None) -> Grant:
        self._refuse()
        for place, grant in enumerate(self.grants):
            chosen = next((option for option in grant.options if option.key == reward_key), None)
            if grant.id == grant_id and chosen is not None:
                if chosen.effect is RewardEffect.GOODS and to is None:
                    raise BadArgument(name="delivery")
                self.grants[place] = replace(grant, reward=chosen, options=[], state=GrantState.GRANTING)
                return self.grants[place]
        raise NotFound

    async def fetch_referral(self, caller: Caller) -> Referral:
        return Referral(
            code="H7K4M9QX",
            link="http://localhost:8000/invited/H7K4M9QX",
            rewards=[BONUS],
            invitations=self.invitations,
            most=10,
        )

    async def fetch_rewards(self) -> Sequence[PromisedReward]:
        return [BONUS]

    async def accept(self, deed: Deed, code: str) -> Invitation:
        self._refuse()
        if code != "H7K4M9QX":
            raise InvitationRefused(reason="unknown")
        return Invitation(masked_number=mask_number(FRIEND), state=InvitationState.ACCEPTED, at=AT)

    def _item(self, code: str) -> RewardItem:
        for item in self.items:
            if item.code.casefold() == code.casefold():
                return item
        raise NotFound

    def _spend(self, points: int) -> None:
        if points > self.points.available:
            missing = points - self.points.available
            raise RedemptionRefused(
                obstacles=[RedemptionObstacle(code=RedemptionObstacleCode.TOO_FEW_POINTS, missing=missing)]
            )
        self.points = replace(self.points, available=self.points.available - points)

    def _refuse(self) -> None:
        if self.refusal is not None:
            raise self.refusal


def make_grant(**more: object) -> Grant:
    """A reward of money that is released month by month; the first part is there."""
    parts = [
        GrantPart(
            on=date(2026 + (10 + n) // 12, (10 + n) % 12 + 1, 1),
            amount=yuan("10"),
            state=PartState.GIVEN if n == 0 else PartState.WAITING,
        )
        for n in range(10)
    ]
    usual = Grant(
        id="G1",
        promotion_id=PROMOTION.id,
        promotion=PROMOTION.name,
        state=GrantState.RUNNING,
        reward=FROZEN,
        options=[],
        choose_until=None,
        recharge_id="R1",
        at=AT,
        parts=parts,
        taken_back=None,
        points_taken_back=None,
        code=None,
        late=False,
    )
    return replace(usual, **more)  # type: ignore[arg-type]


def make_redemption(item: RewardItem, *, id: str = "D1", delivery: Delivery | None = None) -> Redemption:  # noqa: A002
    """One that is done; of goods, one that is on its way."""
    is_goods = item.kind is RewardKind.GOODS
    return Redemption(
        id=id,
        code=item.code,
        kind=item.kind,
        name=item.name,
        terms=item.terms,
        amount=item.amount,
        points=item.points,
        state=RedemptionState.SENT if is_goods else RedemptionState.DONE,
        began_at=AT,
        done_at=None if is_goods else AT,
        usable_until=None,
        voucher_code="CAFE-2026-77" if item.kind is RewardKind.VOUCHER else None,
        tracking="SF1234567890" if is_goods else None,
        delivery=None if delivery is None else MaskedDelivery(person="王*", number="138****8001", address="北京市****"),
        returnable_until=AT + timedelta(days=7) if is_goods else None,
        failure=None,
        late=False,
    )
