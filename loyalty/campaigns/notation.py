"""How do rewards, reasons and draws stand in a row?"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from typing import Any, Final

from loyalty.rules.action import Action, Draw
from loyalty.rules.effects import Bonus, Code, Effect, Goods, Lottery, Pack, PointsGift, Prize, Reward, Sentence

_EFFECTS: Final[Mapping[str, type[Effect]]] = {
    "money": Bonus,
    "pack": Pack,
    "points": PointsGift,
    "goods": Goods,
    "code": Code,
    "lottery": Lottery,
}


def name_effect(effect: Effect) -> str:
    """The graph's word for it: ``frozen_money`` is money in more than one part."""
    if isinstance(effect, Bonus) and effect.months > 1:
        return "frozen_money"
    return next(name for name, kind in _EFFECTS.items() if isinstance(effect, kind))


def render_reward(reward: Reward) -> str:
    """As it was promised."""
    return json.dumps(_write(reward), ensure_ascii=False)


def render_rewards(rewards: Sequence[Reward]) -> str:
    """In their order."""
    return json.dumps([_write(reward) for reward in rewards], ensure_ascii=False)


def parse_reward(text: str) -> Reward:
    """The same reward again."""
    return _read(json.loads(text))


def parse_rewards(text: str) -> tuple[Reward, ...]:
    """The same rewards again."""
    return tuple(_read(each) for each in json.loads(text))


def write_action(action: Action) -> dict[str, Any]:
    """What a decision says of one campaign, for whoever asks later why."""
    return {
        "campaign": action.campaign.id,
        "version": action.campaign.version,
        "tier": action.tier_from_fen,
        "rewards": [reward.key for reward in action.rewards],
        "options": [option.key for option in action.options],
        "draws": [_write_draw(draw) for draw in action.draws],
        "gone": [reward.key for reward in action.gone],
        "cost_fen": action.cost_fen,
        "reasons": [write_sentence(reason) for reason in action.reasons],
    }


def write_sentence(sentence: Sentence) -> dict[str, Any]:
    """A key with its parameters."""
    return {"key": sentence.key, **dict(sentence.parameters)}


def derive_id(*names: object) -> str:
    """A reference of its own for what follows from others: 32 hex digits, always the same."""
    return sha256("\n".join(str(name) for name in names).encode()).hexdigest()[:32]


def _write_draw(draw: Draw) -> dict[str, Any]:
    return {"lottery": draw.lottery, "number": draw.number, "prize": draw.prize, "gone": draw.is_gone}


def _write(reward: Reward) -> dict[str, Any]:
    name = next(name for name, kind in _EFFECTS.items() if isinstance(reward.effect, kind))
    return {**asdict(reward), "effect": {"is": name, **asdict(reward.effect)}}


def _read(written: Mapping[str, Any]) -> Reward:
    effect = dict(written["effect"])
    kind = _EFFECTS[effect.pop("is")]
    if "usable_for" in effect:
        effect["usable_for"] = tuple(effect["usable_for"])
    if "prizes" in effect:
        effect["prizes"] = tuple(Prize(**prize) for prize in effect["prizes"])
    said = written["sentence"]
    sentence = Sentence(said["key"], tuple((name, value) for name, value in said["parameters"]))
    return Reward(**{**written, "effect": kind(**effect), "sentence": sentence})
