"""What do the ports of orders and money answer in tests? One made-up line's, kept in plain lists."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from graphql_schema.client import Caller, Channel
from graphql_schema.identity_ports import Deed
from graphql_schema.order_ports import CatalogueReading, Qualified, WantedChange, WantedSwitch
from graphql_schema.payment_ports import WantedAutoRecharge
from graphql_schema.problems import ChangeRefused, ConfirmationExpired, NotCancellable, NotFound
from graphql_schema.types.bucket import UsageType
from graphql_schema.types.change import (
    ChangeAction,
    ChangeCharge,
    ChangeChargeKind,
    ChangePreview,
    ChangeStart,
    PreparedChange,
    PreparedState,
)
from graphql_schema.types.deed_switch import ServiceNotice
from graphql_schema.types.line import mask_number
from graphql_schema.types.line_service import FreeNumber, LineLife, Puk, ServiceSwitch, Standing
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.money import Money
from graphql_schema.types.offering import OfferedAllowance, Offering, OfferingCategory
from graphql_schema.types.order import HoldingSystem, MilestoneState, Order, OrderItem, OrderMilestone, OrderState
from graphql_schema.types.package import PackageKind
from graphql_schema.types.recharge import (
    AutoRecharge,
    AutoRechargeState,
    BalanceTransfer,
    PayOffer,
    PayWay,
    Recharge,
    RechargeOptions,
    RechargeProvider,
    RechargeSource,
    RechargeStarted,
    RechargeState,
    Reconciliation,
    TransferState,
    TransferTerms,
)
from graphql_schema.types.scalar import Long

AS_OF = datetime(2026, 11, 16, 3, 59, 30, tzinfo=UTC)
DATED: dict[str, Any] = {"as_of": AS_OF, "stale": False}
GIB = 1024**3


def _yuan(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="CNY")


def _text(zh: str, en: str) -> LocalizedText:
    return LocalizedText(zh=zh, en=en)


def make_offering(id_: str = "pack-data-5", **changes: Any) -> Offering:
    facts: dict[str, Any] = {
        "id": id_,
        "name": _text("5GB流量加油包", "5 GB pack"),
        "kind": PackageKind.ADD_ON,
        "category_id": "pack",
        "monthly_fee": _yuan("15"),
        "once_fee": None,
        "discount": None,
        "discount_percent": None,
        "allowances": [
            OfferedAllowance(
                usage_type=UsageType.DATA,
                name=_text("国内通用流量", "National data"),
                total=Long(5 * GIB),
                application=None,
                shared=False,
                throttle_after=None,
                rolls_over=False,
            )
        ],
        "requires": [],
        "excludes": [],
        "starts": [ChangeStart.AT_ONCE, ChangeStart.NEXT_CYCLE],
        "contract_months": None,
        "early_exit_fee": None,
        "terms": None,
        "only_in": [],
        "by_text": False,
        "of_third_party": False,
        "on_sale": True,
        "on_sale_from": date(2015, 1, 1),
        "on_sale_until": None,
    }
    return Offering(**(DATED | facts | changes))


def make_plan(id_: str = "plan-79", **changes: Any) -> Offering:
    facts: dict[str, Any] = {
        "name": _text("5G畅享79元套餐", "5G Smart 79"),
        "kind": PackageKind.PLAN,
        "category_id": "mobile-plan",
        "monthly_fee": _yuan("79"),
        "starts": [ChangeStart.NEXT_CYCLE],
    }
    return make_offering(id_, **(facts | changes))


def make_preview(**changes: Any) -> ChangePreview:
    facts: dict[str, Any] = {
        "action": ChangeAction.ADD,
        "offering_id": "pack-data-5",
        "package_id": None,
        "service": None,
        "number": None,
        "name": _text("5GB流量加油包", "5 GB pack"),
        "allowed": True,
        "obstacles": [],
        "start": ChangeStart.AT_ONCE,
        "starts": [ChangeStart.AT_ONCE, ChangeStart.NEXT_CYCLE],
        "starts_on": date(2026, 11, 16),
        "price": _yuan("15"),
        "repeats": True,
        "charges": [
            ChangeCharge(
                kind=ChangeChargeKind.MONTHLY,
                name=_text("5GB流量加油包", "5 GB pack"),
                amount=_yuan("15"),
                since=date(2026, 11, 16),
            )
        ],
        "losses": [],
        "takes_away": [],
        "monthly_before": _yuan("59"),
        "monthly_after": _yuan("74"),
        "contract_until": None,
        "terms": None,
    }
    return ChangePreview(**(DATED | facts | changes))


def make_order(id_: str = "O1", **changes: Any) -> Order:
    facts: dict[str, Any] = {
        "id": id_,
        "action": ChangeAction.ADD,
        "name": _text("5GB流量加油包", "5 GB pack"),
        "price": _yuan("15"),
        "repeats": True,
        "state": OrderState.IN_PROGRESS,
        "placed_at": AS_OF,
        "starts_on": date(2026, 11, 16),
        "completed_at": None,
        "channel": Channel.WEB,
        "cancellable": True,
        "failure": None,
        "next_step": None,
        "items": [OrderItem(name=_text("5GB流量加油包", "5 GB pack"), state=OrderState.IN_PROGRESS, failure=None)],
        "milestones": [
            OrderMilestone(
                name=_text("受理", "Accepted"), system=HoldingSystem.ORDER, state=MilestoneState.DONE, at=AS_OF
            ),
            OrderMilestone(
                name=_text("开通", "Activation"), system=HoldingSystem.ACTIVATION, state=MilestoneState.ACTIVE, at=AS_OF
            ),
        ],
    }
    return Order(**(DATED | facts | changes))


def make_prepared(id_: str = "D1", **changes: Any) -> PreparedChange:
    facts: dict[str, Any] = {
        "id": id_,
        "preview": make_preview(),
        "state": PreparedState.WAITING,
        "channel": Channel.WEB,
        "prepared_at": AS_OF,
        "expires_at": AS_OF + timedelta(minutes=30),
        "order_id": None,
    }
    return PreparedChange(**(facts | changes))


def make_recharge(id_: str = "R1", **changes: Any) -> Recharge:
    facts: dict[str, Any] = {
        "id": id_,
        "receipt": f"receipt-{id_}",
        "masked_number": "138****8001",
        "amount": _yuan("50"),
        "source": RechargeSource.SANDBOX,
        "way": PayWay.PAGE,
        "state": RechargeState.WAITING,
        "automatic": False,
        "began_at": AS_OF,
        "paid_at": None,
        "credited_at": None,
        "expires_at": AS_OF + timedelta(minutes=15),
        "given_back": None,
        "arrears_settled": None,
        "late": False,
    }
    return Recharge(**(facts | changes))


@dataclass
class FakeOrders:
    """Stands behind the ports of order_ports."""

    offerings: list[Offering] = field(default_factory=lambda: [make_plan(), make_offering()])
    categories: list[OfferingCategory] = field(
        default_factory=lambda: [
            OfferingCategory(id="mobile-plan", name=_text("手机套餐", "Mobile plans"), parent_id=None),
            OfferingCategory(id="pack", name=_text("加油包", "Packs"), parent_id=None),
        ]
    )
    preview_is: ChangePreview = field(default_factory=make_preview)
    orders: list[Order] = field(default_factory=list)
    prepared: dict[str, PreparedChange] = field(default_factory=dict)
    services: list[ServiceSwitch] = field(
        default_factory=lambda: [
            ServiceSwitch(
                **DATED, id="roaming", name=_text("国际漫游", "Roaming"), on=False, changing_to=None, monthly_fee=None
            )
        ]
    )
    resting: dict[str, ServiceNotice] = field(default_factory=dict)
    standing: Standing = Standing.USUAL

    async def fetch_catalogue(self) -> CatalogueReading:
        return CatalogueReading(tuple(self.categories), tuple(self.offerings), AS_OF, stale=False)

    async def preview(self, line_id: str, wanted: WantedChange, *, channel: Channel) -> Qualified:
        known = {offering.id for offering in self.offerings}
        if wanted.offering_id is not None and wanted.offering_id not in known:
            raise NotFound
        return Qualified(
            "Q1", replace(self.preview_is, action=wanted.action, offering_id=wanted.offering_id, service=wanted.service)
        )

    async def fetch_switches(self, line_id: str) -> Sequence[ServiceSwitch]:
        return self.services

    async def fetch_life(self, line_id: str) -> LineLife:
        return LineLife(**DATED, standing=self.standing, since=None, closes_on=None)

    async def fetch_puk(self, line_id: str) -> Puk | None:
        return Puk(**DATED, puk="12345678", tries_of_card=10)

    async def fetch_free_numbers(self, ending: str, *, limit: int) -> Sequence[FreeNumber]:
        return (
            [FreeNumber(number=f"1380000{number:04}", monthly_least=None) for number in range(limit)][:3]
            if not ending
            else []
        )

    async def prepare(self, deed: Deed, wanted: WantedChange) -> PreparedChange:
        qualified = await self.preview(deed.caller.subscriber or "", wanted, channel=deed.caller.channel)
        if not qualified.preview.allowed:
            raise ChangeRefused(obstacles=qualified.preview.obstacles)
        self.prepared[deed.id] = make_prepared(deed.id, preview=qualified.preview, channel=deed.caller.channel)
        return self.prepared[deed.id]

    async def fetch_prepared(self, caller: Caller, prepared_id: str) -> PreparedChange:
        if prepared_id not in self.prepared:
            raise NotFound
        return self.prepared[prepared_id]

    async def fetch_waiting(self, caller: Caller) -> Sequence[PreparedChange]:
        return [each for each in self.prepared.values() if each.state is PreparedState.WAITING]

    async def confirm(self, deed: Deed, prepared_id: str) -> Order:
        prepared = await self.fetch_prepared(deed.caller, prepared_id)
        if prepared.state in {PreparedState.WITHDRAWN, PreparedState.EXPIRED}:
            raise ConfirmationExpired
        if prepared.state is PreparedState.WAITING:
            self.orders.insert(0, make_order(prepared_id, action=prepared.preview.action, name=prepared.preview.name))
            self.prepared[prepared_id] = replace(prepared, state=PreparedState.CONFIRMED, order_id=prepared_id)
        return next(order for order in self.orders if order.id == prepared_id)

    async def withdraw(self, deed: Deed, prepared_id: str) -> None:
        prepared = await self.fetch_prepared(deed.caller, prepared_id)
        if prepared.state is PreparedState.CONFIRMED:
            raise ConfirmationExpired
        self.prepared[prepared_id] = replace(prepared, state=PreparedState.WITHDRAWN)

    async def fetch_orders(self, caller: Caller) -> Sequence[Order]:
        return self.orders

    async def cancel(self, deed: Deed, order_id: str) -> Order:
        for position, order in enumerate(self.orders):
            if order.id == order_id:
                if not order.cancellable:
                    raise NotCancellable(state=order.state)
                self.orders[position] = replace(order, state=OrderState.CANCELLED, cancellable=False)
                return self.orders[position]
        raise NotFound


@dataclass
class FakeSwitches:
    """Which deeds rest, in a list."""

    notices: list[ServiceNotice] = field(default_factory=list)

    async def find_resting(self, deed: str) -> ServiceNotice | None:
        return next((each for each in self.notices if each.resting and {deed, "*"} & set(each.deeds)), None)

    async def fetch_notices(self) -> Sequence[ServiceNotice]:
        return self.notices

    async def switch_off(self, deed: Deed, wanted: WantedSwitch) -> ServiceNotice:
        made = ServiceNotice(
            id=deed.id,
            deeds=list(wanted.deeds),
            resting=wanted.begins_at <= AS_OF,
            begins_at=wanted.begins_at,
            ends_at=wanted.ends_at,
            reason=_text(wanted.reason_zh, wanted.reason_en),
        )
        self.notices.append(made)
        return made

    async def end(self, deed: Deed, notice_id: str) -> None:
        if notice_id not in {each.id for each in self.notices}:
            raise NotFound
        self.notices = [each for each in self.notices if each.id != notice_id]


@dataclass
class FakeMoney:
    """Stands behind the ports of payment_ports."""

    recharges: list[Recharge] = field(default_factory=list)
    standing_order: AutoRecharge | None = None
    given: list[BalanceTransfer] = field(default_factory=list)
    cards: dict[str, str] = field(default_factory=lambda: {"123456789012345678": "50"})
    reconciled: list[Reconciliation] = field(default_factory=list)

    def options(self) -> RechargeOptions:
        return RechargeOptions(
            suggested=[_yuan(amount) for amount in ("10", "20", "30", "50", "100", "200", "300", "500")],
            least=_yuan("1"),
            most=_yuan("1000"),
            providers=[RechargeProvider(source=RechargeSource.SANDBOX, ways=list(PayWay), agreements=True)],
        )

    async def start(
        self, deed: Deed, number: str | None, amount: Money, source: RechargeSource, way: PayWay
    ) -> RechargeStarted:
        made = make_recharge(
            deed.id, amount=amount, source=source, way=way, masked_number=mask_number(number or "13800138001")
        )
        self.recharges.insert(0, made)
        return RechargeStarted(recharge=made, pay=self._offer(made))

    async def redeem_voucher(self, deed: Deed, number: str | None, card: str) -> Recharge:
        if card not in self.cards:
            raise NotFound
        made = make_recharge(
            deed.id,
            amount=_yuan(self.cards.pop(card)),
            source=RechargeSource.VOUCHER,
            way=None,
            masked_number=mask_number(number or "13800138001"),
            state=RechargeState.CREDITED,
        )
        self.recharges.insert(0, made)
        return made

    async def cancel(self, deed: Deed, receipt: str) -> Recharge:
        found = await self.fetch_by_receipt(receipt)
        if found.state is RechargeState.WAITING:
            closed = replace(found, state=RechargeState.CLOSED)
            self.recharges[self.recharges.index(found)] = closed
            return closed
        return found

    async def fetch_by_receipt(self, receipt: str) -> Recharge:
        found = next((each for each in self.recharges if each.receipt == receipt), None)
        if found is None:
            raise NotFound
        return found

    async def fetch_pay_offer(self, receipt: str) -> RechargeStarted:
        found = await self.fetch_by_receipt(receipt)
        return RechargeStarted(recharge=found, pay=self._offer(found) if found.state is RechargeState.WAITING else None)

    async def fetch_of_line(self, line_id: str, *, limit: int) -> Sequence[Recharge]:
        return self.recharges[:limit]

    async def fetch_mine(self, line_id: str, recharge_id: str) -> Recharge:
        found = next((each for each in self.recharges if each.id == recharge_id), None)
        if found is None:
            raise NotFound
        return found

    async def refund(self, deed: Deed, recharge_id: str, amount: Money) -> Recharge:
        for position, each in enumerate(self.recharges):
            if each.id == recharge_id:
                self.recharges[position] = replace(each, state=RechargeState.REFUNDING)
                return self.recharges[position]
        raise NotFound

    async def fetch_reconciliations(self, day: date) -> Sequence[Reconciliation]:
        return [each for each in self.reconciled if each.day == day]

    async def fetch(self, caller: Caller) -> AutoRecharge | None:
        return self.standing_order

    async def set_up(self, deed: Deed, wanted: WantedAutoRecharge) -> AutoRecharge:
        self.standing_order = AutoRecharge(
            id=deed.id,
            rule=wanted.rule,
            threshold=wanted.threshold,
            day=wanted.day,
            amount=wanted.amount,
            monthly_cap=wanted.monthly_cap,
            spent_this_month=_yuan("0"),
            source=wanted.source,
            state=AutoRechargeState.SIGNING,
            sign_page="http://localhost:8100/pay/sign/1",
            agreed_at=None,
            next_on=None,
        )
        return self.standing_order

    async def end(self, deed: Deed) -> None:
        if self.standing_order is None:
            raise NotFound
        self.standing_order = None

    async def fetch_terms(self, caller: Caller) -> TransferTerms:
        return TransferTerms(least=_yuan("1"), most=_yuan("200"), left_today=_yuan("200"), available=_yuan("120"))

    async def fetch_transfers(self, caller: Caller) -> Sequence[BalanceTransfer]:
        return self.given

    async def transfer(self, deed: Deed, number: str, amount: Money) -> BalanceTransfer:
        made = BalanceTransfer(
            id=deed.id,
            masked_number=mask_number(number),
            amount=amount,
            state=TransferState.DONE,
            asked_at=AS_OF,
            done_at=AS_OF,
        )
        self.given.insert(0, made)
        return made

    @staticmethod
    def _offer(recharge: Recharge) -> PayOffer:
        return PayOffer(page=f"http://localhost:8100/pay/{recharge.id}", qr=None, app=[])
