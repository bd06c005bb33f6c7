"""How does a preview look as TMF679?"""

from typing import Any, Final

from sandbox.bss.change import Cost, Loss, Named, Obstacle, Preview
from sandbox.bss.month import render_day
from sandbox.bss.tmf.wire import QUALIFICATION, Json, money

SCHEMA: Final = f"{QUALIFICATION}/schema/ChangeQualificationItem.schema.json"
_LABELS: Final = {
    "excluded": "与已订业务互斥",
    "required": "缺少或影响依赖的业务",
    "notOnSale": "不在销售期",
    "notInThisChannel": "本渠道不办理",
    "alreadyHeld": "已经办理",
    "notHeld": "未办理",
    "contract": "合约期内只能变更为同价或更高档套餐",
    "onceACycle": "本账期已变更过套餐",
    "underWay": "有在途订单",
    "inArrears": "欠费或余额不足",
    "suspended": "已停机",
    "lineClosed": "已销户",
    "start": "不支持该生效时间",
    "numberTaken": "号码不可选",
    "notOffered": "不可办理",
    "members": "名下有副卡",
}


def render_qualified_item(item: Json, said: Preview) -> Json:
    """The item as it was asked, judged, with the preview as a declared extension."""
    wire: Json = {
        **item,
        "state": "done",
        "qualificationItemResult": "unqualified" if said.obstacles else "qualified",
        "changePreview": render_preview(said),
        "@type": "ChangeQualificationItem",
        "@baseType": "ProductOfferingQualificationItem",
        "@schemaLocation": SCHEMA,
    }
    if said.obstacles:
        wire["eligibilityUnavailabilityReason"] = [
            {"code": obstacle.code, "label": _LABELS[obstacle.code]} for obstacle in said.obstacles
        ]
    return wire


def render_preview(said: Preview) -> Json:
    """``changePreview``: days are China's."""
    wire: Json = {
        "name": said.name.zh,
        "nameEn": said.name.en,
        "repeats": said.repeats,
        "starts": list(said.starts),
        "charges": [_cost(cost) for cost in said.costs],
        "losses": [_loss(loss) for loss in said.losses],
        "takesAway": [render_named(gone) for gone in said.takes_away],
        "monthlyBefore": money(said.monthly_before_li),
        "monthlyAfter": money(said.monthly_after_li),
    }
    if said.price_li is not None:
        wire["price"] = money(said.price_li)
    if said.terms is not None:
        wire["terms"] = render_terms(said.terms)
    if said.obstacles:
        return {**wire, "starts": [], "reasonDetail": [_detail(obstacle) for obstacle in said.obstacles]}
    if said.contract_until_ms is not None:
        wire["contractUntil"] = render_day(said.contract_until_ms)
    return {**wire, "start": said.start, "startsOn": render_day(said.effect_ms)}


def render_named(thing: Named) -> Json:
    """An id with its name in both languages."""
    return {"id": thing.id, "name": thing.zh, "nameEn": thing.en}


def render_terms(terms: tuple[str, str]) -> list[Json]:
    """(zh, en) → texts by language."""
    return [{"languageCode": code, "value": text} for code, text in zip(("zh", "en"), terms, strict=True)]


def item_schema() -> Json:
    """The schema of the extension."""
    text, flag, day = {"type": "string"}, {"type": "boolean"}, {"type": "string", "format": "date"}
    price = _object({"unit": text, "value": {"type": "number"}}, required=("unit", "value"))
    named = _object({"id": text, "name": text, "nameEn": text}, required=("id", "name", "nameEn"))
    word = {"languageCode": text, "value": text}
    cost = {"kind": text, "name": text, "nameEn": text, "amount": price, "since": day}
    loss = {"kind": text, "name": text, "nameEn": text, "on": day, "left": {"type": "integer"}, "amount": price}
    detail = {"code": text, "offering": named, "until": day, "orderId": text}
    said = _object(
        {
            "name": text, "nameEn": text, "repeats": flag, "starts": _list(text), "start": text, "startsOn": day,
            "price": price, "charges": _list(_object(cost, required=tuple(cost))),
            "losses": _list(_object(loss, required=("kind", "name", "nameEn", "on"))), "takesAway": _list(named),
            "monthlyBefore": price, "monthlyAfter": price, "contractUntil": day,
            "terms": _list(_object(word, required=tuple(word))),
            "reasonDetail": _list(_object(detail, required=("code",))),
        },
        required=("name", "nameEn", "repeats", "starts", "charges", "losses", "takesAway", "monthlyBefore",
                  "monthlyAfter"),
    )  # fmt: skip
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "ChangeQualificationItem",
        "description": "A TMF679 ProductOfferingQualificationItem with what the change would do.",
        "type": "object",
        "required": ["changePreview"],
        "properties": {"changePreview": said},
    }


def _object(properties: dict[str, Any], *, required: tuple[str, ...]) -> Json:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


def _cost(cost: Cost) -> Json:
    return {
        "kind": cost.kind,
        "name": cost.zh,
        "nameEn": cost.en,
        "amount": money(cost.amount_li),
        "since": render_day(cost.since_ms),
    }


def _loss(loss: Loss) -> Json:
    wire: Json = {"kind": loss.kind, "name": loss.zh, "nameEn": loss.en, "on": render_day(loss.on_ms)}
    if loss.left is not None:
        wire["left"] = loss.left
    return wire | ({} if loss.amount_li is None else {"amount": money(loss.amount_li)})


def _detail(obstacle: Obstacle) -> Json:
    wire: Json = {"code": obstacle.code}
    if obstacle.offering is not None:
        wire["offering"] = render_named(obstacle.offering)
    if obstacle.until_ms is not None:
        wire["until"] = render_day(obstacle.until_ms)
    return wire | ({} if obstacle.order_id is None else {"orderId": obstacle.order_id})
