"""How do facts about orders, vouchers and what rests sound inside a sentence of a call?"""

from collections.abc import Mapping
from typing import Any

from channels.ivr.menu import Menu
from channels.ivr.speech import speak_count, speak_day, speak_instant, speak_money
from channels.rendering import Language

_TRY: Mapping[Language, str] = {"zh": "次", "en": "try"}


def speak_deal(facts: Mapping[str, Any], menu: Menu, language: Language) -> dict[str, str]:
    """What the sentences about deals may name, of the facts that a call has: ``amount``, ``tries``, ``name``,
    ``day``, ``why`` (an order's failure and what to do), ``obstacles``, ``reason`` and ``rests``."""
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
    if "rests" in facts:
        spoken["rests"] = "".join(_speak_rest(each, menu, language) for each in facts["rests"])
    return spoken


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
