"""How is a reward written as an action (TMF671 v4 PromotionAction), with our extensions?"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from graphql_schema.types.bill import SubjectCode
from loyalty.campaigns.document_criteria import take_annotations
from loyalty.campaigns.document_members import Members, render_fen
from loyalty.rules.effects import ONE_BILLION, Bonus, Code, Effect, Goods, Lottery, Pack, PointsGift, Prize, Reward
from loyalty.rules.sentences import say_effect

KEY: Final = r"[a-z0-9][a-z0-9-]{0,63}"
"""Ids of campaigns and rewards."""

_SUBJECTS: Final = {subject.value for subject in SubjectCode}
_NOTHING = PointsGift(1)


def parse_reward(action: Members) -> Reward:
    """What could not be read stands as nothing, and was refused."""
    kind = action.word("actionType", READERS, needed=True)
    effect = READERS[kind](action) if kind else None
    key = action.text("id", needed=True, pattern=KEY)
    name_zh, name_en = action.text("name", needed=True), action.text("nameEn", needed=True)
    cost_fen, stock = action.money("cost"), action.whole("stock")
    take_annotations(action)
    if kind:
        action.close()
    effect = effect or _NOTHING
    if cost_fen is None:
        cost_fen = effect.amount_fen if isinstance(effect, Bonus) else 0
    return Reward(key or "", effect, say_effect(effect), name_zh or "", name_en or "", cost_fen, stock)


def render_reward(reward: Reward) -> dict[str, Any]:
    """The action that is read as this reward."""
    written = {"id": reward.key, "name": reward.name_zh, "nameEn": reward.name_en, **_write(reward.effect)}
    written["cost"] = render_fen(reward.cost_fen)
    return written if reward.stock is None else written | {"stock": reward.stock}


def _read_bonus(action: Members) -> Effect | None:
    amount_fen = action.money("actionValue", needed=True, least_fen=1)
    release = action.members("release")
    months, least_spend_fen = 1, 0
    if release is not None:
        months = release.whole("months", needed=True, least=1, most=120) or 1
        least_spend_fen = release.money("leastSpend") or 0
        release.close()
    valid_days = action.whole("validDays", least=1, most=3660)
    usable_for = action.texts("usableFor")
    for subject in usable_for:
        if subject not in _SUBJECTS:
            action.refuse(None, "unknown_subject", subject=subject, subjects=",".join(sorted(_SUBJECTS)))
    return Bonus(amount_fen, months, least_spend_fen, usable_for, valid_days) if amount_fen else None


def _read_pack(action: Members) -> Effect | None:
    offering_id = _read_entity(action)
    months = action.whole("months", least=1, most=120)
    return Pack(offering_id, months) if offering_id else None


def _read_points(action: Members) -> Effect | None:
    points = action.text("actionValue", needed=True, pattern=r"[1-9][0-9]{0,8}")
    return PointsGift(int(points)) if points else None


def _read_goods(action: Members) -> Effect | None:
    item = _read_entity(action)
    return Goods(item) if item else None


def _read_code(action: Members) -> Effect | None:
    batch = _read_entity(action)
    return Code(batch) if batch else None


def _read_lottery(action: Members) -> Effect | None:
    prizes = []
    for node in action.elements("prize", needed=True):
        prize = Members(node, action.faults)
        reward = prize.text("reward", needed=True, pattern=KEY)
        chances = prize.whole("chances", needed=True, least=1, most=ONE_BILLION)
        prize.close()
        prizes.append(Prize(reward or "", chances or 1))
    return Lottery(tuple(prizes))


def _read_entity(action: Members) -> str | None:
    entity = action.members("actionEntityRef", needed=True)
    if entity is None:
        return None
    found = entity.text("id", needed=True)
    entity.text("name")
    entity.text("@referredType")
    take_annotations(entity)
    entity.close()
    return found


READERS: Final[Mapping[str, Callable[[Members], Effect | None]]] = {
    "currency": _read_bonus,
    "an existing offering": _read_pack,
    "bonus point": _read_points,
    "physical gift": _read_goods,
    "voucher": _read_code,
    "lottery": _read_lottery,
}
"""TMF671's words, and one of ours."""


def _write(effect: Effect) -> dict[str, Any]:
    match effect:
        case Bonus():
            return _write_bonus(effect)
        case Pack():
            pack = {
                "actionType": "an existing offering",
                "actionEntityRef": _refer(effect.offering_id, "ProductOffering"),
            }
            return pack if effect.months is None else pack | {"months": effect.months}
        case PointsGift():
            return {"actionType": "bonus point", "actionValue": str(effect.points)}
        case Goods():
            return {"actionType": "physical gift", "actionEntityRef": _refer(effect.item, "PhysicalGift")}
        case Code():
            return {"actionType": "voucher", "actionEntityRef": _refer(effect.batch, "VoucherBatch")}
        case Lottery():
            prizes = [{"reward": prize.reward, "chances": prize.chances} for prize in effect.prizes]
            return {"actionType": "lottery", "prize": prizes}


def _write_bonus(effect: Bonus) -> dict[str, Any]:
    written: dict[str, Any] = {"actionType": "currency", "actionValue": render_fen(effect.amount_fen)}
    if effect.months != 1 or effect.least_spend_fen:
        written["release"] = {"months": effect.months, "leastSpend": render_fen(effect.least_spend_fen)}
    if effect.usable_for:
        written["usableFor"] = list(effect.usable_for)
    return written if effect.valid_days is None else written | {"validDays": effect.valid_days}


def _refer(entity: str, kind: str) -> dict[str, str]:
    return {"id": entity, "@referredType": kind}
