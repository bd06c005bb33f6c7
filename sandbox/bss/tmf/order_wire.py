"""How does an order look as TMF622?"""

from typing import Any, Final

from sandbox.bss.month import render_instant
from sandbox.bss.order_book import StoredOrder
from sandbox.bss.order_life import GIVEN, TROUBLES, Life, can_be_cancelled, life_of, step_state
from sandbox.bss.tmf.inventory import product_reference
from sandbox.bss.tmf.reward_wish import PRIVATE, shown_item
from sandbox.bss.tmf.wire import ACCOUNT, ORDER, Json, money, reference
from sandbox.bss.world import World

SCHEMA: Final = f"{ORDER}/schema/TrackedProductOrder.schema.json"
_SYSTEMS: Final = ("order", "resource", "activation", "billing", "field", "documents")
_ECHOED: Final = (
    "category", "description", "priority", "requestedStartDate", "requestedCompletionDate", "channel", "note",
    "productOfferingQualification", "notificationContact",
)  # fmt: skip


def render_order(world: World, order: StoredOrder, at_ms: int) -> Json:
    """An order as it stood at an instant → TMF622 ProductOrder with its milestones (a declared extension)."""
    life, facts = life_of(order), order.facts
    portfolio = world.portfolio(order.portfolio)
    wire: Json = {
        "id": order.id,
        "href": f"{ORDER}/productOrder/{order.id}",
        **({"externalId": order.reference} if order.reference else {}),
        **{name: order.request[name] for name in _ECHOED if name in order.request and not _is_private(order, name)},
        "orderDate": render_instant(order.at_ms),
        "state": life.state(at_ms),
        "relatedParty": [{**product_reference(order.line_id), "role": "line"}],
        "billingAccount": reference(f"{ACCOUNT}/billingAccount", portfolio.account.id, "BillingAccount"),
        "productOrderItem": [_item(order, life, place, at_ms) for place in range(len(facts["items"]))],
        "action": "add" if facts["action"] in GIVEN else facts["action"],
        "name": facts["zh"],
        "nameEn": facts["en"],
        "repeats": facts["repeats"],
        "milestone": [_milestone(life, place, at_ms) for place in range(len(life.steps))],
        "cancellable": can_be_cancelled(order, life, at_ms),
        "@type": "TrackedProductOrder",
        "@baseType": "ProductOrder",
        "@schemaLocation": SCHEMA,
    }
    if facts["priceLi"] is not None:
        wire["price"] = money(facts["priceLi"])
    return wire | _dates(order, life, at_ms) | _trouble(life, at_ms)


def _is_private(order: StoredOrder, name: str) -> bool:
    return order.facts["action"] == "goods" and name in PRIVATE


def order_schemas() -> Json:
    """The schemas of the extensions."""
    text, flag = {"type": "string"}, {"type": "boolean"}
    instant = {"type": "string", "format": "date-time"}
    price = _object({"unit": text, "value": {"type": "number"}}, "unit", "value")
    failure = _object({"code": text, "name": text, "nameEn": text, "nextStep": text}, "code", "name", "nameEn",
                      "nextStep")  # fmt: skip
    step = {
        "name": text,
        "nameEn": text,
        "system": {"enum": list(_SYSTEMS)},
        "state": {"enum": ["planned", "active", "done", "failed", "skipped"]},
        "date": instant,
    }
    milestones = {"type": "array", "items": _object(step, "name", "nameEn", "system", "state")}
    order = {
        "action": text, "name": text, "nameEn": text, "repeats": flag, "price": price, "milestone": milestones,
        "cancellable": flag, "failure": failure,
    }  # fmt: skip
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": {
            "TrackedProductOrder": {
                "type": "object",
                "required": ["action", "name", "nameEn", "repeats", "milestone", "cancellable"],
                "properties": order,
            },
            "NamedProductOrderItem": {
                "type": "object",
                "required": ["name", "nameEn"],
                "properties": {"name": text, "nameEn": text, "failure": failure},
            },
        },
    }


def _object(properties: dict[str, Any], *required: str) -> Json:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def _dates(order: StoredOrder, life: Life, at_ms: int) -> Json:
    """When it is expected to be done, and when it was, or was called off."""
    wire: Json = {}
    last_ms = life.steps[-1].at_ms
    if last_ms is not None and life.ended_ms is None:
        wire["expectedCompletionDate"] = render_instant(last_ms)
    if life.is_over(at_ms):
        over_ms = life.changes[-1].at_ms
        state = life.state(at_ms)
        wire["cancellationDate" if state == "cancelled" else "completionDate"] = render_instant(over_ms)
        if state == "cancelled" and order.deeds:
            wire["cancellationReason"] = order.deeds[-1].reason
    return wire


def _trouble(life: Life, at_ms: int) -> Json:
    if life.trouble is None or life.state(at_ms) not in ("failed", "partial", "held"):
        return {}
    return {"failure": _failure(life.trouble)}


def _failure(code: str) -> Json:
    trouble = TROUBLES[code]
    return {"code": code, "name": trouble.zh, "nameEn": trouble.en, "nextStep": trouble.next_step}


def _milestone(life: Life, place: int, at_ms: int) -> Json:
    step = life.steps[place]
    state = step_state(life, place, at_ms)
    wire: Json = {"name": step.name.zh, "nameEn": step.name.en, "system": step.name.system, "state": state}
    tells = step.at_ms is not None and (state == "done" or life.ended_ms is None)
    return wire | ({"date": render_instant(step.at_ms or 0)} if tells else {})


def _item(order: StoredOrder, life: Life, place: int, at_ms: int) -> Json:
    """The item that was asked for, and after it those that come with it."""
    facts = order.facts
    named = facts["items"][place]
    state = life.state(at_ms)
    wire: Json = shown_item(order, life, at_ms) if not place else {"id": str(place + 1), "action": named["action"]}
    wire["state"] = state if state != "partial" else "failed" if place else "completed"
    wire |= {"name": named["zh"], "nameEn": named["en"]}
    if not place and facts["priceLi"] is not None:
        wire["itemTotalPrice"] = [_price(facts)]
    if wire["state"] == "failed" and life.trouble:
        wire["failure"] = _failure(life.trouble)
    return wire | {"@type": "NamedProductOrderItem", "@baseType": "ProductOrderItem", "@schemaLocation": SCHEMA}


def _price(facts: Json) -> Json:
    price: Json = {
        "name": facts["zh"],
        "priceType": "recurring" if facts["repeats"] else "oneTime",
        "price": {"taxIncludedAmount": money(facts["priceLi"])},
    }
    return price | ({"recurringChargePeriod": "month"} if facts["repeats"] else {})
