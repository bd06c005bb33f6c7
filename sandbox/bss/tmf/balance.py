"""TMF654 prepay balance: which money is at hand, and how is more put in?"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.bss.bucket import BucketState
from sandbox.bss.catalogue import OFFERING
from sandbox.bss.month import Month, render_instant
from sandbox.bss.portfolio import Portfolio, Pot
from sandbox.bss.store import StoredTopup
from sandbox.bss.tmf.body import read_object, wanted, wanted_text
from sandbox.bss.tmf.collection import (
    Collection,
    Filters,
    collection_routes,
    of_portfolios,
    owner_by_id,
    render_json,
)  # fmt: skip
from sandbox.bss.tmf.inventory import product_reference
from sandbox.bss.tmf.party import party_reference
from sandbox.bss.tmf.problem import Problem, bad_request
from sandbox.bss.tmf.wire import ACCOUNT, BALANCE, UNITS, Json, period, quantity, reference
from sandbox.bss.world import World

Announce = Callable[[str, str, Json], None]
"""(API, event type, its payload)."""
_WISHES = frozenset({
    "description", "isAutoTopup", "numberOfPeriods", "reason", "voucher", "amount", "balanceTopup", "bucket",
    "channel", "logicalResource", "partyAccount", "paymentMethod", "product", "recurringPeriod", "requestor",
    "usageType", "validFor",
})  # fmt: skip
_GREATEST_TOPUP_LI = 50_000_000


class HeldBucket(NamedTuple):
    """A pot of money (``Pot``, or None for the account's own), or an allowance of the running month."""

    portfolio: Portfolio
    held: Pot | BucketState | None

    @property
    def id(self) -> str:
        """The bucket's id."""
        if isinstance(self.held, BucketState):
            return self.held.bucket.id
        return f"M{self.portfolio.account.id[1:]}-{self.held.name if self.held else 'own'}"


def balance_routes(world: World, announce: Announce) -> list[Route]:
    """TMF654 (its hub is with the others)."""

    async def top_up(request: Request) -> Response:
        wire = await read_object(request, _WISHES)
        topup = _top_up(world, wire, request.headers.get("idempotency-key"))
        answer = _render_topup(world, topup)
        announce("prepayBalanceManagement", "TopupBalanceCreateEvent", {"topupBalance": answer})
        return render_json(answer, status=201)

    return [
        Route(f"{BALANCE}/topupBalance", top_up, methods=["POST"]),
        *(route for shelf in (_BUCKETS, _TOTALS, _TOPUPS) for route in collection_routes(world, BALANCE, shelf)),
    ]


def render_pot(portfolio: Portfolio, pot: Pot | None, own_li: int, now_ms: int) -> Json:
    """A pot of money → TMF654 Bucket."""
    name = pot.name if pot else "own"
    amount_li = pot.amount_li if pot else max(0, own_li)
    id_ = HeldBucket(portfolio, pot).id
    wire = {
        "id": id_,
        "href": f"{BALANCE}/bucket/{id_}",
        "name": name,
        "remainingValueName": {"own": "本金", "granted": "赠款", "frozen": "冻结赠款"}[name],
        "usageType": "monetary",
        "isShared": len(portfolio.lines) > 1,
        "status": "active" if pot is None or pot.valid_until_ms > now_ms else "expired",
        "remainingValue": quantity(amount_li / 1000, "CNY"),
        "partyAccount": _account_reference(portfolio),
        "relatedParty": [party_reference(portfolio.customer, "customer")],
    }
    if pot:  # the customer's own money does not expire
        wire["validFor"] = period(min(line.since_ms for line in portfolio.lines), pot.valid_until_ms)
    return wire


def render_allowance_bucket(portfolio: Portfolio, state: BucketState) -> Json:
    """An allowance of the running month → TMF654 Bucket."""
    bucket = state.bucket
    names = {package.id: package.offering_id for line in portfolio.lines for package in line.packages}
    wire = {
        "id": bucket.id,
        "href": f"{BALANCE}/bucket/{bucket.id}",
        "name": bucket.zh,
        "description": bucket.en,
        "remainingValueName": f"{'dedicated' if bucket.app else 'general'}:{bucket.origin}",
        "usageType": bucket.kind,
        "isShared": bucket.shared,
        "status": "suspended" if state.is_throttled else "active",
        "validFor": period(bucket.month.start_ms, bucket.month.end_ms),
        "product": [product_reference(bucket.package_id, OFFERING[names[bucket.package_id]].zh)],
        "partyAccount": _account_reference(portfolio),
    }
    if state.remaining is not None:
        wire["remainingValue"] = quantity(state.remaining, UNITS[bucket.kind])
    return wire


def _account_reference(portfolio: Portfolio) -> Json:
    account = portfolio.account
    name = f"{portfolio.customer.name}的账户"
    return reference(f"{ACCOUNT}/billingAccount", account.id, "BillingAccount", name=name, status="active")


def _top_up(world: World, wire: Json, key: str | None) -> StoredTopup:
    """Credits the account, once for a key. Raises Problem: 400 bad wish, 409 the key was used for another wish."""
    account_id = wanted_text(wire, "partyAccount", "id")
    portfolio = world.find_portfolio(account_id)
    if portfolio is None or portfolio.account.id != account_id:
        raise bad_request("unknownAccount", f"There is no account {account_id}.")
    if wanted_text(wire, "usageType") != "monetary":
        raise bad_request("badProperty", "Only a monetary bucket can be topped up.")
    bucket_id = wanted_text(wire, "bucket", "id")
    if bucket_id != HeldBucket(portfolio, None).id:
        raise bad_request("unknownBucket", f"{bucket_id} is not the account's own money.")
    amount_li = _amount_li(wanted(wire, "amount"))
    topup = world.store.add_topup(StoredTopup(0, account_id, world.clock.stamp_ms(), amount_li, key, wire))
    if topup.request != wire:
        raise Problem(409, "keyReused", "This Idempotency-Key was used for another top-up.")
    return topup


def _amount_li(amount: Any) -> int:  # noqa: ANN401  JSON
    value = wanted(amount, "amount")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise bad_request("badProperty", "amount.amount must be a number.")
    fen = Decimal(str(value)) * 100
    if wanted(amount, "units") != "CNY" or fen != int(fen) or not 0 < int(fen) * 10 <= _GREATEST_TOPUP_LI:
        raise bad_request("badProperty", "amount must be in CNY, in whole fen, above 0 and at most 50000.")
    return int(fen) * 10


def _render_topup(world: World, topup: StoredTopup) -> Json:
    portfolio = world.portfolio_of(topup.account_id)
    id_ = _topup_id(topup)
    own = HeldBucket(portfolio, None).id
    asked: Json = {name: topup.request[name] for name in ("description", "reason", "voucher") if name in topup.request}
    return {
        "id": id_,
        "href": f"{BALANCE}/topupBalance/{id_}",
        **asked,
        "amount": quantity(topup.amount_li / 1000, "CNY"),
        "usageType": "monetary",
        "status": "completed",
        "requestedDate": render_instant(topup.at_ms),
        "confirmationDate": render_instant(topup.at_ms),
        "bucket": reference(f"{BALANCE}/bucket", own, "Bucket", name="own"),
        "partyAccount": _account_reference(portfolio),
    }


def _pots(_: World, portfolio: Portfolio) -> list[HeldBucket]:
    return [HeldBucket(portfolio, None), *(HeldBucket(portfolio, pot) for pot in portfolio.account.pots)]


def _held(world: World, portfolio: Portfolio) -> Sequence[HeldBucket]:
    now_ms = world.clock.now_ms()
    states = world.months.usage(portfolio, Month.of(now_ms), as_of_ms=now_ms).buckets
    return [*_pots(world, portfolio), *(HeldBucket(portfolio, state) for state in states)]


_select_held = of_portfolios(_held, {"id": owner_by_id, "partyAccount.id": owner_by_id, "product.id": owner_by_id})
_select_pots = of_portfolios(_pots, {"id": owner_by_id, "partyAccount.id": owner_by_id})


def _select_buckets(world: World, filters: Filters) -> Sequence[HeldBucket]:
    """Money needs no rating, so it is quick to find."""
    only_money = filters.get("usageType") == frozenset({"monetary"})
    return (_select_pots if only_money else _select_held)(world, filters)


def _render_held(world: World, bucket: HeldBucket) -> Json:
    portfolio, held = bucket
    if isinstance(held, BucketState):
        return render_allowance_bucket(portfolio, held)
    now_ms = world.clock.now_ms()
    return render_pot(portfolio, held, world.books(portfolio, now_ms).own_li if held is None else 0, now_ms)


def _portfolios(_: World, portfolio: Portfolio) -> Sequence[Portfolio]:
    return [portfolio]


def _render_total(world: World, portfolio: Portfolio) -> Json:
    """All money that can be spent → TMF654 AccumulatedBalance."""
    now_ms = world.clock.now_ms()
    granted = [pot for pot in portfolio.account.pots if pot.name == "granted" and pot.valid_until_ms > now_ms]
    own_li = max(0, world.books(portfolio, now_ms).own_li)
    id_ = _total_id(portfolio)
    pots: list[Pot | None] = [None, *granted]
    return {
        "id": id_,
        "href": f"{BALANCE}/accumulatedBalance/{id_}",
        "name": "可用余额",
        "description": "Money that can be spent",
        "totalBalance": quantity((own_li + sum(pot.amount_li for pot in granted)) / 1000, "CNY"),
        "bucket": [
            reference(f"{BALANCE}/bucket", HeldBucket(portfolio, pot).id, "Bucket", name=pot.name if pot else "own")
            for pot in pots
        ],
        "partyAccount": _account_reference(portfolio),
    }


def _total_id(portfolio: Portfolio) -> str:
    return f"S{portfolio.account.id[1:]}"


def _topups(world: World, _: Filters) -> Sequence[StoredTopup]:
    return world.store.stored_topups()


def _topup_id(topup: StoredTopup) -> str:
    return f"T{topup.account_id[1:]}-{topup.id}"


_BUCKETS: Collection[HeldBucket] = Collection(
    path="/bucket",
    properties=frozenset({
        "id", "href", "name", "description", "remainingValueName", "usageType", "isShared", "status", "validFor",
        "remainingValue", "partyAccount", "relatedParty", "product",
    }),
    select=_select_buckets,
    render=_render_held,
    quick={
        "id": lambda bucket: bucket.id,
        "partyAccount.id": lambda bucket: bucket.portfolio.account.id,
        "usageType": lambda bucket: bucket.held.bucket.kind if isinstance(bucket.held, BucketState) else "monetary",
    },
)  # fmt: skip

_TOTALS: Collection[Portfolio] = Collection(
    path="/accumulatedBalance",
    properties=frozenset({"id", "href", "name", "description", "totalBalance", "bucket", "partyAccount"}),
    select=of_portfolios(_portfolios, {"id": owner_by_id, "partyAccount.id": owner_by_id}),
    render=_render_total,
    quick={"id": _total_id, "partyAccount.id": lambda portfolio: portfolio.account.id},
)

_TOPUPS: Collection[StoredTopup] = Collection(
    path="/topupBalance",
    properties=frozenset({
        "id", "href", "description", "reason", "voucher", "amount", "usageType", "status", "requestedDate",
        "confirmationDate", "bucket", "partyAccount",
    }),
    select=_topups,
    render=_render_topup,
    quick={"id": _topup_id, "partyAccount.id": lambda topup: topup.account_id},
)  # fmt: skip
