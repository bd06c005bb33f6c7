"""What does a place of a call ask, and which keys does it hear?"""

from channels.ivr.call import Call
from channels.ivr.menu import Menu
from channels.ivr.texting import not_texted
from channels.ivr.turn import DIGITS, MENUS, brake_keys
from channels.ivr.way import may_text

PASSWORD_FIELDS = ("old_password", "new_password", "new_again")
"""Keyed in one after the other and submitted together, so that none is kept between two documents."""


def digits_at(place: str) -> str | None:
    """The builtin grammar of a place where more than one key is the answer."""
    if place not in DIGITS:
        return None
    least, most = DIGITS[place].start, DIGITS[place].stop - 1
    return f"digits?length={least}" if least == most else f"digits?minlength={least};maxlength={most}"


def choices_at(menu: Menu, call: Call) -> tuple[str, ...]:
    """The single keys that are heard at a place."""
    keys, place = menu.keys, call.place
    if place in DIGITS:
        return (keys.code, keys.back) if place == "code" or "CODE" in _offered(call) else (keys.back,)
    if place == "language":
        return (*menu.languages, keys.agent, keys.end)
    own = {
        **{each: menu.keys_of(each) for each in MENUS},
        "send_code": (keys.code,),
        "end_sessions": (keys.yes,),
        "help_asked": (keys.yes, keys.no),
        "helpers": (keys.again, *keys.pick[: len(call.offered)]),
        "subscribed": (keys.again, *((keys.drop,) if call.offered else ())),
        **dict.fromkeys(("change", "redeem"), (keys.yes, keys.no)),
        "rewards": (keys.again, *keys.pick[: len(call.offered)]),
        "charge_brake": brake_keys(menu, call),
        "text_offer": (keys.yes,),
    }
    text = (keys.text,) if _offers_text(call) else ()
    return (
        *own.get(place, (keys.again, *text, *menu.keys_of(place))),
        keys.slower,
        keys.louder,
        keys.agent,
        keys.back,
        keys.end,
    )


def questions_at(menu: Menu, call: Call, *, has_agent: bool) -> list[str]:
    """What a place asks, in the language of the call, sentence by sentence."""
    words, place = menu.sentences[call.language], call.place
    agent = [words["agent_key"]] if has_agent else []
    leave = [words["back_to_main"], *agent, words["end_key"]]
    voice = [words["normal_speed" if call.slow else "slower"], words["normal_volume" if call.loud else "louder"]]
    if place in DIGITS:
        instead = [words["code_instead"]] if "CODE" in _offered(call) else []
        return [words[f"ask_{place}"], *instead, words["back"]]
    items = [item.words[call.language] for item in menu.items_of(place)]
    own = {
        "main": [words["main_intro"], *items, *voice, *agent, words["back_to_language"], words["end_key"]],
        "safety": [words["safety_intro"], *items, *leave],
        "services": [words["services_intro"], *items, *leave],
        "change": [words["ask_change"], *leave],
        "redeem": [words["ask_redeem"], *leave],
        "agent": [words["no_agent"], words["text_hall"], words["back_to_main"], words["end_key"]],
        "help_asked": [words["help_asked"], words["help_asked_keys"]],
        "send_code": [words["ask_send_code"], *leave],
        "end_sessions": [words["ask_end_sessions"], *leave],
        "text_offer": [words["ask_text"]],
        "charge_brake": [*_brake_questions(menu, call), *leave],
    }
    told = [words["forgotten"]] if place == "forgotten" else []
    text = [words["text_details"]] if _offers_text(call) else []
    text += [words["drop_one"]] if place == "subscribed" and call.offered else []
    return own.get(
        place, [*told, words["again"], *text, *items, *voice, words["back_to_main"], *agent, words["end_key"]]
    )


def _brake_questions(menu: Menu, call: Call) -> list[str]:
    words, keys = menu.sentences[call.language], brake_keys(menu, call)
    asked = {menu.keys.yes: "ask_pause_charges", menu.keys.no: "ask_resume_charges"}
    return [words[asked[key]] for key in keys]


def _offers_text(call: Call) -> bool:
    return may_text(call) and call.place in not_texted(call)


def _offered(call: Call) -> tuple[str, ...]:
    return call.ways if call.place == "password" else ()
