"""TMF620 product catalogue: what can be bought, and at which price?"""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.bss import tariff
from sandbox.bss.catalogue import CATEGORIES, OFFERING, OFFERINGS
from sandbox.bss.month import parse_instant_ms, render_instant
from sandbox.bss.offering import Allowance, Category, Offering
from sandbox.bss.tmf.collection import Collection, Filters, collection_routes, render_json
from sandbox.bss.tmf.wire import CATALOGUE, UNITS, Json, money, quantity, reference
from sandbox.bss.world import World

T = TypeVar("T")
_SCHEMA: Final = f"{CATALOGUE}/schema/LocalizedProductOffering.schema.json"
_SINCE: Final = "2015-01-01T00:00:00+08:00"


def catalogue_routes(world: World) -> list[Route]:
    """TMF620, and the schema of the extension that offerings declare."""
    return [
        *(
            route
            for shelf in (_CATEGORIES, _OFFERINGS, _PRICES)
            for route in collection_routes(world, CATALOGUE, shelf)
        ),
        Route(_SCHEMA, _show_schema, methods=["GET"]),
    ]


def render_category(category: Category) -> Json:
    """Category → TMF620 Category."""
    offerings = [offering for offering in OFFERINGS if offering.category == category.id]
    wire = {
        "id": category.id,
        "href": f"{CATALOGUE}/category/{category.id}",
        "name": category.zh,
        "description": category.en,
        "isRoot": category.parent_id is None,
        "lifecycleStatus": "Active",
        "productOffering": [_offering_reference(offering) for offering in offerings],
        "subCategory": [_category_reference(child) for child in CATEGORIES if child.parent_id == category.id],
        "validFor": {"startDateTime": _instant(_SINCE)},
    }
    return wire | ({"parentId": category.parent_id} if category.parent_id else {})


def render_offering(offering: Offering, now_ms: int) -> Json:
    """Offering → TMF620 ProductOffering, with its English name as a declared extension."""
    ended = offering.valid_until is not None and parse_instant_ms(offering.valid_until) <= now_ms
    category = next(category for category in CATEGORIES if category.id == offering.category)
    valid = {"startDateTime": _instant(offering.valid_from)}
    if offering.valid_until:
        valid["endDateTime"] = _instant(offering.valid_until)
    return {
        "id": offering.id,
        "href": f"{CATALOGUE}/productOffering/{offering.id}",
        "name": offering.zh,
        "description": offering.en,
        "isBundle": bool(offering.bundles),
        "isSellable": offering.ordered and not ended,
        "lifecycleStatus": "Retired" if ended else "Active",
        "validFor": valid,
        "category": [_category_reference(category)],
        "productSpecification": reference(
            f"{CATALOGUE}/productSpecification", offering.kind, "ProductSpecification", name=offering.kind
        ),
        "productOfferingPrice": [_price_reference(price) for price in _offering_prices(offering)],
        "prodSpecCharValueUse": [_included(allowance) for allowance in offering.allowances],
        "bundledProductOffering": [
            {"id": id_, "href": f"{CATALOGUE}/productOffering/{id_}", "name": OFFERING[id_].zh}
            for id_ in offering.bundles
        ],
        "productOfferingRelationship": [
            *(_relationship("requires", id_) for id_ in offering.requires),
            *(_relationship("excludes", id_) for id_ in offering.excludes),
        ],
        "localizedName": [
            {"languageCode": "zh", "value": offering.zh},
            {"languageCode": "en", "value": offering.en},
        ],
        **_order_terms(offering),
        "@type": "LocalizedProductOffering",
        "@baseType": "ProductOffering",
        "@schemaLocation": _SCHEMA,
    }


def _order_terms(offering: Offering) -> Json:
    """How it can be ordered (properties of the extension), and for how long it binds."""
    wire: Json = {
        "orderStart": list(offering.starts),
        "orderByText": offering.by_text,
        "ofThirdParty": offering.of_third_party,
    }
    if offering.allowances:
        wire["allowance"] = [_allowance_terms(allowance) for allowance in offering.allowances]
    if offering.sold_in:
        wire["soldIn"] = list(offering.sold_in)
    if offering.terms:
        wire["terms"] = [
            {"languageCode": code, "value": text} for code, text in zip(("zh", "en"), offering.terms, strict=True)
        ]
    spells = (("contract", "合约期", offering.contract_months), ("benefit", "优惠期", offering.given_months))
    terms = [{"name": name, "description": zh, "duration": quantity(n, "month")} for name, zh, n in spells if n]
    return wire | ({"productOfferingTerm": terms} if terms else {})


def _offering_prices(offering: Offering) -> list[Json]:
    """What the offering itself costs or takes off each month, what it costs once, and for each month that is left of
    its contract."""
    prices = []
    if offering.fee_li:
        prices.append(_monthly(f"fee-{offering.id}", offering, "recurring", {"price": money(offering.fee_li)}))
    if offering.discount_li:
        prices.append(
            _monthly(f"discount-{offering.id}", offering, "discount", {"price": money(-offering.discount_li)})
        )
    if offering.discount_percent:
        share = {"percentage": offering.discount_percent}
        prices.append(_monthly(f"discount-{offering.id}", offering, "discount", share))
    if offering.once_li:
        once = _price(f"once-{offering.id}", f"{offering.zh}一次性费用", f"{offering.en}, once", "oneTime")
        prices.append({**once, "price": money(offering.once_li)})
    if offering.early_exit_li:
        zh, en = f"{offering.zh}提前解约违约金", f"Early exit from {offering.en}"
        exit_ = _price(f"exit-{offering.id}", zh, en, "penalty")
        left = {"price": money(offering.early_exit_li), "unitOfMeasure": quantity(1, "month")}
        prices.append({**exit_, **left})
    return prices


def _monthly(id_: str, offering: Offering, price_type: str, price: Json) -> Json:
    period = {"recurringChargePeriodType": "month", "recurringChargePeriodLength": 1}
    return {**_price(id_, offering.zh, offering.en, price_type), **period, **price}


def _tariff_prices() -> list[Json]:
    """What uses cost that no bucket covers: for each started unit."""
    return [
        {
            **_price(rate.id, rate.zh, rate.en, "usage"),
            "price": money(rate.price_li),
            "unitOfMeasure": quantity(rate.unit_amount, rate.units),
            "prodSpecCharValueUse": _applies_to(rate),
        }
        for rate in tariff.RATES
    ]


def _applies_to(rate: tariff.Rate) -> list[Json]:
    """Which uses a rate is for, beside its unit: on which subject it stands, which service, and whether abroad."""
    traits: dict[str, object] = {"subject": rate.subject, "roaming": rate.roaming}
    if rate.service:
        traits["service"] = rate.service
    return [{"name": name, "productSpecCharacteristicValue": [{"value": value}]} for name, value in traits.items()]


def _late_fee_price() -> Json:
    return {
        **_price("late-fee", "违约金", "Late fee, for each day that begins past due, of what is unpaid", "penalty"),
        "percentage": tariff.LATE_FEE_PER_MILLE / 10,
        "unitOfMeasure": quantity(1, "day"),
    }


def _price(id_: str, zh: str, en: str, price_type: str) -> Json:
    return {
        "id": id_,
        "href": f"{CATALOGUE}/productOfferingPrice/{id_}",
        "name": zh,
        "description": en,
        "priceType": price_type,
        "isBundle": False,
        "lifecycleStatus": "Active",
        "validFor": {"startDateTime": _instant(_SINCE)},
    }


def _price_reference(price: Json) -> Json:
    return reference(f"{CATALOGUE}/productOfferingPrice", price["id"], "ProductOfferingPrice", name=price["name"])


def _offering_reference(offering: Offering) -> Json:
    return reference(f"{CATALOGUE}/productOffering", offering.id, "ProductOffering", name=offering.zh)


def _category_reference(category: Category) -> Json:
    return reference(f"{CATALOGUE}/category", category.id, "Category", name=category.zh)


def _relationship(kind: str, id_: str) -> Json:
    return {**_offering_reference(OFFERING[id_]), "relationshipType": kind}


def _included(allowance: Allowance) -> Json:
    """An allowance: ``data:general``, ``data:dedicated``, ``voice:general``, ``sms:general``, with what it holds a
    month."""
    scope = f"dedicated({allowance.app})" if allowance.app else "general"
    value: Json = {"value": "unlimited", "valueType": "string"}
    if allowance.total is not None:
        value = {"value": allowance.total, "valueType": "integer", "unitOfMeasure": UNITS[allowance.kind]}
    traits = [allowance.en, "rolls over one month" if allowance.rolls_over else "does not roll over"]
    if allowance.shared:
        traits.append("shared with secondary lines")
    if allowance.throttle_after:
        traits.append(f"slower after {allowance.throttle_after} bytes")
    return {
        "name": f"{allowance.kind}:{scope}",
        "description": "; ".join(traits),
        "productSpecCharacteristicValue": [value],
    }


def _allowance_terms(allowance: Allowance) -> Json:
    """What TMF620 has no property for, one for each ``prodSpecCharValueUse``."""
    wire: Json = {
        "name": allowance.zh,
        "nameEn": allowance.en,
        "shared": allowance.shared,
        "rollsOver": allowance.rolls_over,
    }
    return wire | ({"throttleAfter": allowance.throttle_after} if allowance.throttle_after else {})


def _instant(text: str) -> str:
    return render_instant(parse_instant_ms(text))


async def _show_schema(_: Request) -> Response:
    name = {
        "type": "object",
        "required": ["languageCode", "value"],
        "properties": {"languageCode": {"type": "string"}, "value": {"type": "string"}},
        "additionalProperties": False,
    }
    words = {"type": "array", "items": name}
    text, flag = {"type": "string"}, {"type": "boolean"}
    allowance = {
        "type": "object",
        "required": ["name", "nameEn", "shared", "rollsOver"],
        "properties": {
            "name": text, "nameEn": text, "shared": flag, "rollsOver": flag, "throttleAfter": {"type": "integer"},
        },
        "additionalProperties": False,
    }  # fmt: skip
    return render_json(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "LocalizedProductOffering",
            "description": "A TMF620 ProductOffering with its name in several languages and how it is ordered.",
            "type": "object",
            "properties": {
                "localizedName": words,
                "terms": words,
                "allowance": {"type": "array", "items": allowance},
                "orderStart": {"type": "array", "items": {"enum": ["nextCycle", "atOnce"]}},
                "soldIn": {"type": "array", "items": {"type": "string"}},
                "orderByText": {"type": "boolean"},
                "ofThirdParty": {"type": "boolean"},
            },
        }
    )


def _all(items: Sequence[T]) -> Callable[[World, Filters], Sequence[T]]:
    return lambda _world, _filters: items


_PRICE_LIST: Final = [
    *(price for offering in OFFERINGS for price in _offering_prices(offering)), *_tariff_prices(), _late_fee_price()
]  # fmt: skip

_CATEGORIES: Collection[Category] = Collection(
    path="/category",
    properties=frozenset({
        "id", "href", "name", "description", "isRoot", "lifecycleStatus", "productOffering", "subCategory",
        "parentId", "validFor",
    }),
    select=_all(CATEGORIES),
    render=lambda _, category: render_category(category),
)  # fmt: skip

_OFFERINGS: Collection[Offering] = Collection(
    path="/productOffering",
    properties=frozenset({
        "id", "href", "name", "description", "isBundle", "isSellable", "lifecycleStatus", "validFor", "category",
        "productSpecification", "productOfferingPrice", "prodSpecCharValueUse", "bundledProductOffering",
        "productOfferingRelationship", "localizedName", "productOfferingTerm", "terms", "orderStart", "soldIn",
        "allowance", "orderByText", "ofThirdParty",
    }),
    select=_all(OFFERINGS),
    render=lambda world, offering: render_offering(offering, world.clock.now_ms()),
    quick={"id": lambda offering: offering.id},
)  # fmt: skip

_PRICES: Collection[Json] = Collection(
    path="/productOfferingPrice",
    properties=frozenset({
        "id", "href", "name", "description", "priceType", "isBundle", "lifecycleStatus", "validFor", "price",
        "percentage", "prodSpecCharValueUse",
        "unitOfMeasure", "recurringChargePeriodType", "recurringChargePeriodLength",
    }),
    select=_all(_PRICE_LIST),
    render=lambda _, price: price,
)  # fmt: skip
