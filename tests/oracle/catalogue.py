"""Which prices and allowances does the BSS publish (TMF620)?"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx

from tests.oracle.wire import Wire, fetch_all

CATALOGUE = "/productCatalogManagement/v4"
SUBJECT_OF_CATEGORY = {"value-added": "value_added", "other-party": "other_party", "benefit": "discount"}
TYPE_OF_UNIT = {"second": "voice", "message": "sms", "byte": "data"}
ALLOWANCE = re.compile(r"(?P<kind>data|voice|sms):(?:general|dedicated\((?P<app>.+)\))")
THROTTLE = re.compile(r"slower after (\d+) bytes")


@dataclass(frozen=True)
class UnitPrice:
    """So many yuan for each started ``unit`` (bytes, seconds, messages, events), billed under ``subject``."""

    id: str
    yuan: Decimal
    unit: int
    subject: str


@dataclass(frozen=True)
class Allowance:
    """What an offering includes in a month. ``total`` None: without limit."""

    kind: str
    app: str | None
    total: int | None
    rolls_over: bool
    shared: bool
    throttle_after: int | None


@dataclass(frozen=True)
class Offering:
    """What one month of an offering brings: yuan to pay, yuan off, a percentage off, allowances; and what it costs
    ``once``, or to leave it early for each month that is left."""

    id: str
    is_plan: bool
    is_gift: bool
    subject: str
    fee: Decimal
    discount: Decimal
    discount_percent: Decimal
    allowances: tuple[Allowance, ...]
    once: Decimal = Decimal(0)
    early_exit: Decimal = Decimal(0)


@dataclass(frozen=True)
class Catalogue:
    """The price list. ``abroad`` is by type of use, ``services`` by value-added service; ``late_fee_percent`` is per
    day."""

    offerings: Mapping[str, Offering]
    local_call: UnitPrice
    long_distance: UnitPrice
    long_distance_at_night: UnitPrice
    message: UnitPrice
    data: UnitPrice
    abroad: Mapping[str, UnitPrice]
    services: Mapping[str, UnitPrice]
    late_fee_percent: Decimal


async def fetch_catalogue(client: httpx.AsyncClient) -> Catalogue:
    """Everything that a bill can be made of."""
    prices = {price["id"]: price for price in await fetch_all(client, f"{CATALOGUE}/productOfferingPrice")}
    offerings = await fetch_all(client, f"{CATALOGUE}/productOffering")
    return Catalogue(
        offerings={wire["id"]: _parse_offering(wire, prices) for wire in offerings},
        local_call=_parse_unit_price(prices["tariff-local-call"]),
        long_distance=_parse_unit_price(prices["tariff-long-distance"]),
        long_distance_at_night=_parse_unit_price(prices["tariff-long-distance-night"]),
        message=_parse_unit_price(prices["tariff-sms"]),
        data=_parse_unit_price(prices["tariff-data"]),
        abroad=dict(_parse_abroad(prices.values())),
        services=dict(_parse_services(prices.values())),
        late_fee_percent=Decimal(prices["late-fee"]["percentage"]),
    )


def _parse_unit_price(price: Wire) -> UnitPrice:
    unit = int(price["unitOfMeasure"]["amount"])
    return UnitPrice(price["id"], Decimal(price["price"]["value"]), unit, _traits(price)["subject"])


def _parse_abroad(prices: Iterable[Wire]) -> Iterator[tuple[str, UnitPrice]]:
    for price in prices:
        if _traits(price).get("roaming"):
            yield TYPE_OF_UNIT[price["unitOfMeasure"]["units"]], _parse_unit_price(price)


def _parse_services(prices: Iterable[Wire]) -> Iterator[tuple[str, UnitPrice]]:
    for price in prices:
        if service := _traits(price).get("service"):
            yield service, _parse_unit_price(price)


def _traits(price: Wire) -> Mapping[str, Any]:
    """What the price says of the uses that it is for."""
    uses = price.get("prodSpecCharValueUse", ())
    return {use["name"]: use["productSpecCharacteristicValue"][0]["value"] for use in uses}


def _parse_offering(wire: Wire, prices: Mapping[str, Wire]) -> Offering:
    own = [prices[reference["id"]] for reference in wire.get("productOfferingPrice", ())]
    discounts = [price for price in own if price["priceType"] == "discount"]
    category = wire["category"][0]["id"]
    return Offering(
        id=wire["id"],
        is_plan=wire["productSpecification"]["id"] == "plan",
        is_gift=category == "benefit",
        subject=SUBJECT_OF_CATEGORY.get(category, "monthly_fee"),
        fee=_sum(price["price"]["value"] for price in own if price["priceType"] == "recurring"),
        discount=_sum(price["price"]["value"] for price in discounts if "price" in price),
        discount_percent=_sum(price["percentage"] for price in discounts if "percentage" in price),
        allowances=tuple(_parse_allowance(use) for use in wire.get("prodSpecCharValueUse", ())),
        once=_sum(price["price"]["value"] for price in own if price["priceType"] == "oneTime"),
        early_exit=_sum(price["price"]["value"] for price in own if price["priceType"] == "penalty"),
    )


def _parse_allowance(use: Wire) -> Allowance:
    named = ALLOWANCE.fullmatch(use["name"])
    assert named, use["name"]
    traits = use["description"].split("; ")
    [value] = use["productSpecCharacteristicValue"]
    throttles = [int(match[1]) for trait in traits if (match := THROTTLE.fullmatch(trait))]
    return Allowance(
        kind=named["kind"],
        app=named["app"],
        total=None if value["value"] == "unlimited" else int(value["value"]),
        rolls_over="rolls over one month" in traits,
        shared="shared with secondary lines" in traits,
        throttle_after=throttles[0] if throttles else None,
    )


def _sum(values: Iterable[Any]) -> Decimal:
    return sum((Decimal(value) for value in values), Decimal(0))
