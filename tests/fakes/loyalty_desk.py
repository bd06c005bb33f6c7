"""Which campaigns, items and redemptions do the tests of the graph and the desk meet?"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from hashlib import sha256

from graphql_schema.identity_ports import Deed
from graphql_schema.loyalty_ports import WantedReward
from graphql_schema.problems import BadArgument, CampaignRefused, NeedsOtherEyes, NotFound, NotReturnable, Problem
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.loyalty_desk import (
    CampaignCheck,
    CampaignCriteria,
    CampaignFault,
    CampaignFile,
    CampaignTrial,
    CampaignVersion,
    CodeBatch,
    CodesPut,
    LateRedemption,
    PointsDifference,
    PointsVerdict,
    RefusedGrant,
    RewardStock,
    RewardTroubles,
    ServedRedemption,
    ShelfItem,
    StandingCampaign,
)
from graphql_schema.types.money import Money
from graphql_schema.types.promotion import RuleParameter, RuleSentence
from graphql_schema.types.reward import MaskedDelivery, RedemptionState, RewardItemChange, RewardKind
from graphql_schema.types.scalar import Long
from tests.fakes.loyalty_ports import AT, FLASK, ITEMS, PROMOTION, REASON, make_item, named, yuan

DOCUMENT = '{\n  "@type": "Campaign",\n  "id": "recharge-gift"\n}\n'
BAD_DOCUMENT = '{\n  "id": "recharge-gift",\n  "budget": 3.5\n}\n'
FAULTS = [
    CampaignFault(
        line=1, pointer="/name", code="missing_member", parameters=[RuleParameter(name="member", value="name")]
    ),
    CampaignFault(line=3, pointer="/budget", code="not_money", parameters=[]),
]
STARS = RuleSentence(key="stars_between", parameters=[RuleParameter(name="least", value="4")])


def make_version(version: int, document: str = DOCUMENT, by: str = "staff:1001") -> CampaignVersion:
    return CampaignVersion(
        version=version,
        document=document,
        digest=sha256(document.encode()).hexdigest(),
        proposed_by=by,
        proposed_at=AT - timedelta(days=3 - version),
        trial=make_trial(),
    )


def make_standing(**changes: object) -> StandingCampaign:
    usual = StandingCampaign(
        promotion=PROMOTION,
        on=True,
        live_version=1,
        waiting=None,
        any_group=False,
        criteria=[
            CampaignCriteria(any_one=False, conditions=[REASON]),
            CampaignCriteria(any_one=True, conditions=[STARS, RuleSentence(key="first_time", parameters=[])]),
        ],
        switched_by="staff:1002",
        switched_at=AT,
        grants=123,
        most_grants=500,
        cost=yuan("6150"),
        budget=yuan("10000"),
        stock=[RewardStock(key="flask", name=FLASK.name, given=88, stock=100)],
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def make_shelf_item(code: str, **changes: object) -> ShelfItem:
    item = next(each for each in ITEMS if each.code == code)
    of_kind: dict[RewardKind, dict[str, object]] = {
        RewardKind.VOUCHER: {"batch": "coffee"},
        RewardKind.GOODS: {"goods": "thermos", "stock": 20, "taken": 8},
        RewardKind.BALANCE: {"valid_days": 90},
    }
    usual = ShelfItem(
        item=item,
        stock=None,
        taken=8,
        under_way=2,
        done=5,
        given_back=1,
        version=1,
        position=0,
        batch=None,
        goods=None,
        valid_days=None,
    )
    return replace(usual, **(of_kind.get(item.kind, {}) | changes))  # type: ignore[arg-type]


def make_served(**changes: object) -> ServedRedemption:
    usual = ServedRedemption(
        id="D1",
        code="BWB",
        kind=RewardKind.GOODS,
        name=named("保温杯", "A thermos flask"),
        points=3000,
        state=RedemptionState.DONE,
        began_at=AT - timedelta(days=3),
        done_at=AT,
        tracking="SF1234567890",
        delivery=MaskedDelivery(person="王*", number="138****8001", address="北京市****"),
        returnable_until=AT + timedelta(days=7),
        returned_by=None,
        failure=None,
        late=False,
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def make_troubles() -> RewardTroubles:
    late = LateRedemption(
        id="D1", code="BWB", name=FLASK.name, state=RedemptionState.SENT, began_at=AT - timedelta(days=9)
    )
    refused = RefusedGrant(id="G1", campaign_id="recharge-gift", reward_key="data", failure="no_such_pack", at=AT)
    return RewardTroubles(late=[late], refused=[refused])


def make_trial(**changes: object) -> CampaignTrial:
    usual = CampaignTrial(
        month=date(2026, 10, 1),
        happenings=1200,
        looked_at=1200,
        grants=310,
        winners=287,
        cost=yuan("9990"),
        budget=yuan("10000"),
        budget_ended_at=AT - timedelta(days=30),
        rewards=[RewardStock(key="flask", name=FLASK.name, given=60, stock=100)],
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def make_verdict(*differences: PointsDifference, **changes: object) -> PointsVerdict:
    usual = PointsVerdict(
        day=AT.date(), ended_at=AT, overdue=False, count=len(differences), differences=list(differences)
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


DIFFERS = PointsDifference(account="line:L9", what="balance", kept=Long(500), summed=Long(480))


@dataclass
class FakeLoyaltyDesk:
    """One campaign with a version, the items of the mall, a batch and a redemption. A document that says ``budget`` is
    bad. ``refusal`` is raised by the next deed; ``deeds`` are what was done, in order."""

    standing: StandingCampaign = field(default_factory=make_standing)
    versions: list[CampaignVersion] = field(default_factory=lambda: [make_version(1)])
    trial: CampaignTrial = field(default_factory=make_trial)
    items: dict[str, ShelfItem] = field(
        default_factory=lambda: {each.code: make_shelf_item(each.code) for each in ITEMS}
    )
    batches: dict[str, list[str]] = field(default_factory=lambda: {"coffee": ["AAAA", "BBBB"]})
    redemption: ServedRedemption = field(default_factory=make_served)
    troubles: RewardTroubles = field(default_factory=make_troubles)
    verdict: PointsVerdict | None = field(default_factory=make_verdict)
    refusal: Problem | None = None
    deeds: list[str] = field(default_factory=list)

    async def fetch_campaigns(self) -> Sequence[StandingCampaign]:
        return [self._stand()]

    async def fetch_campaign(self, campaign_id: str) -> CampaignFile:
        self._know(campaign_id)
        return CampaignFile(standing=self._stand(), versions=self.versions[::-1])

    async def check(self, document: str) -> CampaignCheck:
        if "budget" in document:
            return CampaignCheck(faults=FAULTS, promotion=None, trial=None)
        return CampaignCheck(faults=[], promotion=PROMOTION, trial=self.trial)

    async def propose(self, deed: Deed, document: str) -> CampaignVersion:
        self._do("propose")
        if "budget" in document:
            raise CampaignRefused(faults=FAULTS)
        self.versions.append(make_version(len(self.versions) + 1, document, deed.caller.actor))
        return self.versions[-1]

    async def switch_on(self, deed: Deed, campaign_id: str, version: int) -> StandingCampaign:
        self._do("switch_on")
        self._know(campaign_id)
        if not 1 <= version <= len(self.versions):
            raise NotFound
        if self.versions[version - 1].proposed_by == deed.caller.actor:
            raise NeedsOtherEyes
        self.standing = replace(self.standing, on=True, live_version=version, switched_by=deed.caller.actor)
        return self._stand()

    async def switch_off(self, deed: Deed, campaign_id: str) -> StandingCampaign:
        self._do("switch_off")
        self._know(campaign_id)
        self.standing = replace(self.standing, on=False, switched_by=deed.caller.actor)
        return self._stand()

    async def fetch_items(self) -> Sequence[ShelfItem]:
        return list(self.items.values())

    async def fetch_item_changes(self, code: str) -> Sequence[RewardItemChange]:
        found = self.items.get(code)
        return [] if found is None else [RewardItemChange(version=1, changed_by="system", at=AT, item=found.item)]

    async def put_item(self, deed: Deed, wanted: WantedReward) -> ShelfItem:
        self._do("put_item")
        if not wanted.name_zh:
            raise BadArgument(name="name_zh")
        amount = None if wanted.amount is None else Money(amount=wanted.amount, currency="CNY")
        names = wanted.name_zh, wanted.name_en
        item = make_item(wanted.code, wanted.kind, wanted.points, *names, amount=amount, on=wanted.is_on)
        item = replace(item, terms=LocalizedText(zh=wanted.terms_zh, en=wanted.terms_en))
        self.items[wanted.code] = ShelfItem(
            item=item,
            stock=wanted.stock,
            taken=0,
            under_way=0,
            done=0,
            given_back=0,
            version=1,
            position=wanted.position,
            batch=wanted.batch,
            goods=wanted.goods,
            valid_days=wanted.valid_days,
        )
        return self.items[wanted.code]

    async def switch_item(self, deed: Deed, code: str, *, on: bool) -> ShelfItem:
        self._do("switch_item")
        if code not in self.items:
            raise NotFound
        found = self.items[code]
        self.items[code] = replace(found, item=replace(found.item, on=on))
        return self.items[code]

    async def fetch_batches(self) -> Sequence[CodeBatch]:
        return [CodeBatch(batch=name, total=len(codes), given=1) for name, codes in self.batches.items()]

    async def put_codes(self, deed: Deed, batch: str, codes: Sequence[str]) -> CodesPut:
        self._do("put_codes")
        kept = self.batches.setdefault(batch, [])
        new = [code for code in dict.fromkeys(codes) if code not in kept]
        kept += new
        return CodesPut(batch=batch, new=len(new), left=len(kept))

    async def fetch_troubles(self) -> RewardTroubles:
        return self.troubles

    async def fetch_redemption(self, redemption_id: str) -> ServedRedemption:
        if redemption_id != self.redemption.id:
            raise NotFound
        return self.redemption

    async def begin_return(self, deed: Deed, redemption_id: str) -> ServedRedemption:
        return await self._step(deed, redemption_id, RedemptionState.DONE, RedemptionState.RETURNING)

    async def finish_return(self, deed: Deed, redemption_id: str) -> ServedRedemption:
        return await self._step(deed, redemption_id, RedemptionState.RETURNING, RedemptionState.RETURNED)

    async def drop_return(self, deed: Deed, redemption_id: str) -> ServedRedemption:
        return await self._step(deed, redemption_id, RedemptionState.RETURNING, RedemptionState.DONE)

    async def fetch_verdict(self) -> PointsVerdict | None:
        return self.verdict

    async def _step(
        self, deed: Deed, redemption_id: str, before: RedemptionState, after: RedemptionState
    ) -> ServedRedemption:
        self._do(f"return:{after.value}")
        found = await self.fetch_redemption(redemption_id)
        if found.state is not before:
            raise NotReturnable(reason="not_there")
        self.redemption = replace(found, state=after, returned_by=deed.caller.actor, returnable_until=None)
        return self.redemption

    def _stand(self) -> StandingCampaign:
        newest = self.versions[-1]
        return replace(self.standing, waiting=newest if newest.version > (self.standing.live_version or 0) else None)

    def _know(self, campaign_id: str) -> None:
        if campaign_id != PROMOTION.id:
            raise NotFound

    def _do(self, deed: str) -> None:
        self.deeds.append(deed)
        if self.refusal is not None:
            raise self.refusal
