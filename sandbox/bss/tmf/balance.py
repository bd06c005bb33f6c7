"""TMF654 prepay balance: which money is at hand?"""

from collections.abc import Sequence
from typing import NamedTuple

from starlette.routing import Route

from sandbox.bss.bucket import BucketState
from sandbox.bss.catalogue import OFFERING
from sandbox.bss.month import Month
from sandbox.bss.portfolio import Portfolio, Pot
from sandbox.bss.tmf.collection import (
    Collection,
    Filters,
    collection_routes,
    of_portfolios,
    owner_by_id,
)  # fmt: skip
from sandbox.bss.tmf.inventory import product_reference
from sandbox.bss.tmf.party import party_reference
from sandbox.bss.tmf.wire import ACCOUNT, BALANCE, UNITS, Json, period, quantity, reference
from sandbox.bss.world import World


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


def balance_routes(world: World) -> list[Route]:
    """TMF654's buckets and totals (its actions are in ``balance_action``, its hub is with the others)."""
    return [route for shelf in (_BUCKETS, _TOTALS) for route in collection_routes(world, BALANCE, shelf)]


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
        "partyAccount": account_reference(portfolio),
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
        "partyAccount": account_reference(portfolio),
    }
    if state.remaining is not None:
        wire["remainingValue"] = quantity(state.remaining, UNITS[bucket.kind])
    return wire


def account_reference(portfolio: Portfolio) -> Json:
    """Who pays, as TMF654 refers to it."""
    account = portfolio.account
    name = f"{portfolio.customer.name}的账户"
    return reference(f"{ACCOUNT}/billingAccount", account.id, "BillingAccount", name=name, status="active")


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
        "partyAccount": account_reference(portfolio),
    }


def _total_id(portfolio: Portfolio) -> str:
    return f"S{portfolio.account.id[1:]}"


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
