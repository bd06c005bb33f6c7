"""TMF654 prepay balance: which money is at hand?"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.bss.bucket import END_OF_TIME_MS, BucketState
from sandbox.bss.catalogue import OFFERING
from sandbox.bss.month import Month, render_day, render_instant
from sandbox.bss.portfolio import Portfolio
from sandbox.bss.pot import Standing
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
from sandbox.bss.tmf.wire import ACCOUNT, BALANCE, UNITS, Json, period, quantity, reference
from sandbox.bss.world import World

RESTRICTED_SCHEMA: Final = f"{BALANCE}/schema/RestrictedBucket.schema.json"


class HeldBucket(NamedTuple):
    """Granted money (``Standing``), the account's own (None), or an allowance of the running month."""

    portfolio: Portfolio
    held: Standing | BucketState | None

    @property
    def id(self) -> str:
        """The bucket's id."""
        if isinstance(self.held, BucketState):
            return self.held.bucket.id
        return self.held.id if self.held else f"M{self.portfolio.account.id[1:]}-own"


def balance_routes(world: World) -> list[Route]:
    """TMF654's buckets and totals (its actions are in ``balance_action``, its hub is with the others)."""
    shelves = (_BUCKETS, _TOTALS)
    return [
        Route(RESTRICTED_SCHEMA, _show_schema, methods=["GET"]),
        *(route for shelf in shelves for route in collection_routes(world, BALANCE, shelf)),
    ]


def render_pot(portfolio: Portfolio, pot: Standing | None, own_li: int, now_ms: int) -> Json:
    """A pot of money → TMF654 Bucket, with what it is good for and when it is set free (an extension)."""
    name = pot.name if pot else "own"
    amount_li = pot.left_li if pot else max(0, own_li)
    id_ = HeldBucket(portfolio, pot).id
    wire = {
        "id": id_,
        "href": f"{BALANCE}/bucket/{id_}",
        "name": name,
        "remainingValueName": {"own": "本金", "granted": "赠款", "frozen": "冻结赠款"}[name],
        "usageType": "monetary",
        "isShared": len(portfolio.lines) > 1,
        "status": "active" if pot is None or pot.until_ms > now_ms else "expired",
        "remainingValue": quantity(amount_li / 1000, "CNY"),
        "partyAccount": account_reference(portfolio),
        "relatedParty": [party_reference(portfolio.customer, "customer")],
    }
    if pot is None:  # the customer's own money does not expire
        return wire
    restricted = {"@type": "RestrictedBucket", "@baseType": "Bucket", "@schemaLocation": RESTRICTED_SCHEMA}
    release = [{"date": render_day(at_ms), "amount": quantity(li / 1000, "CNY")} for at_ms, li in pot.releases]
    return {
        **wire,
        "validFor": valid_for(pot.since_ms, pot.until_ms),
        **({"usableFor": list(pot.usable_for)} if pot.usable_for else {}),
        **({"release": release} if release else {}),
        **(restricted if pot.usable_for or release else {}),
    }


def valid_for(since_ms: int, until_ms: int) -> Json:
    """TMF TimePeriod; money that does not end has no end."""
    if until_ms < END_OF_TIME_MS:
        return period(since_ms, until_ms)
    return {"startDateTime": render_instant(since_ms)}


async def _show_schema(_: Request) -> Response:
    """The schema of a pot that is not good for everything, or not yet."""
    amount = {
        "type": "object",
        "required": ["amount", "units"],
        "properties": {"amount": {"type": "number"}, "units": {"type": "string"}},
        "additionalProperties": False,
    }
    release = {
        "type": "object",
        "required": ["date", "amount"],
        "properties": {"date": {"type": "string", "format": "date"}, "amount": amount},
        "additionalProperties": False,
    }
    return render_json({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "RestrictedBucket",
        "description": "A TMF654 Bucket of money that pays some subjects alone, or is set free in parts.",
        "type": "object",
        "properties": {
            "usableFor": {"type": "array", "items": {"type": "string"}, "minItems": 1},
            "release": {"type": "array", "items": release, "minItems": 1},
        },
    })  # fmt: skip


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


def _pots(world: World, portfolio: Portfolio) -> list[HeldBucket]:
    """In the order in which they are spent; then what is frozen, and what has ended."""
    if not world.pots(portfolio.account, world.clock.now_ms()):
        return [HeldBucket(portfolio, None)]
    granted = world.books(portfolio, world.clock.now_ms()).granted
    spendable = [pot for pot in granted if pot.name == "granted" and pot.until_ms > world.clock.now_ms()]
    rest = [pot for pot in granted if pot not in spendable]
    return [HeldBucket(portfolio, pot) for pot in (*spendable, None, *rest)]


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
    books, id_ = world.books(portfolio, now_ms), _total_id(portfolio)
    pots = [bucket for bucket in _pots(world, portfolio) if _is_spendable(bucket, now_ms)]
    return {
        "id": id_,
        "href": f"{BALANCE}/accumulatedBalance/{id_}",
        "name": "可用余额",
        "description": "Money that can be spent",
        "totalBalance": quantity((max(0, books.own_li) + books.granted_li()) / 1000, "CNY"),
        "bucket": [
            reference(f"{BALANCE}/bucket", bucket.id, "Bucket", name="granted" if bucket.held else "own")
            for bucket in pots
        ],
        "partyAccount": account_reference(portfolio),
    }


def _is_spendable(bucket: HeldBucket, now_ms: int) -> bool:
    held = bucket.held
    return held is None or (isinstance(held, Standing) and held.name == "granted" and held.until_ms > now_ms)


def _total_id(portfolio: Portfolio) -> str:
    return f"S{portfolio.account.id[1:]}"


_BUCKETS: Collection[HeldBucket] = Collection(
    path="/bucket",
    properties=frozenset({
        "id", "href", "name", "description", "remainingValueName", "usageType", "isShared", "status", "validFor",
        "remainingValue", "partyAccount", "relatedParty", "product", "usableFor", "release",
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
