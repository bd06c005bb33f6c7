"""How do facts about orders, vouchers, rewards and what rests sound inside a sentence of a call?"""

from collections.abc import Mapping, Sequence
from typing import Any

from channels.ivr.menu import Menu
from channels.ivr.speech import speak_count, speak_day, speak_instant, speak_money
from channels.rendering import Language

_TRY: Mapping[Language, str] = {"zh": "次", "en": "try"}
_POINT: Mapping[Language, str] = {"zh": "分", "en": "point"}
_PIECE: Mapping[Language, str] = {"zh": "份", "en": "item"}


def speak_deal(facts: Mapping[str, Any], menu: Menu, language: Language) -> dict[str, str]:
    """What the sentences about deals may name, of the facts that a call has: ``amount``, ``tries``, ``name``,
    ``day``, ``why`` (an order's failure and what to do), ``obstacles``, ``why_not`` (of a reward), ``reason`` and
    ``rests``."""
    names, spoken = menu.names[language], {}
    if "amount" in facts:
        spoken["amount"] = speak_money(facts["amount"], language)
    if "tries_left" in facts:
        spoken["tries"] = speak_count(facts["tries_left"], _TRY[language], language).replace("trys", "tries")
    if "order" in facts:
        order = facts["order"]
        spoken["name"] = order["name"][language]
        spoken["day"] = speak_day(order["startsOn"], language) if order["startsOn"] else ""
        failure = order["failure"][language] if order["failure"] else ""
        step = names["next_step"][order["nextStep"]] if order["nextStep"] else ""
        spoken["why"] = names["between"]["sentences"].join(part for part in (failure, step) if part)
    if "obstacles" in facts:
        said = (_speak_obstacle(each, menu, language) for each in facts["obstacles"])
        spoken["obstacles"] = names["between"]["sentences"].join(said)
    if "why_not" in facts:
        spoken["why_not"] = speak_why_not(facts["why_not"], menu, language)
    if "rests" in facts:
        spoken["rests"] = "".join(_speak_rest(each, menu, language) for each in facts["rests"])
    return spoken


def speak_why_not(obstacles: Sequence[Mapping[str, Any]], menu: Menu, language: Language) -> str:
    """Every reason why a reward can't be had."""
    said = (_speak_reward_obstacle(each, menu, language) for each in obstacles)
    return menu.names[language]["between"]["sentences"].join(said)


def _speak_reward_obstacle(obstacle: Mapping[str, Any], menu: Menu, language: Language) -> str:
    facts = {
        "until": speak_day(obstacle["until"], language) if obstacle["until"] else "",
        "at": speak_instant(obstacle["until"], language) if obstacle["until"] else "",
        "most": speak_count(obstacle["most"] or 0, _PIECE[language], language),
        "missing": speak_count(obstacle["missing"] or 0, _POINT[language], language),
    }
    return menu.names[language]["reward_obstacle"][obstacle["code"]].format(**facts)


def _speak_obstacle(obstacle: Mapping[str, Any], menu: Menu, language: Language) -> str:
    names = menu.names[language]
    about = names["between"]["something"]
    if obstacle["offering"]:
        about = obstacle["offering"][language]
    elif obstacle["until"]:
        about = speak_day(obstacle["until"], language)
    return names["obstacle"][obstacle["code"]].replace("{}", about)


def _speak_rest(rest: Mapping[str, Any], menu: Menu, language: Language) -> str:
    """One that rests now or soon: what, why, from when and until when."""
    words, names = menu.sentences[language], menu.names[language]
    what = names["between"]["areas"].join(names["area"][area] for area in rest["areas"])
    begins = speak_instant(rest["begins"], language) if rest["begins"] else ""
    said = words["rests_soon" if begins else "rests_now"].format(
        reason=rest["reason"][language], what=what, begins=begins
    )
    return said + (words["rests_until"].format(until=speak_instant(rest["until"], language)) if rest["until"] else "")
