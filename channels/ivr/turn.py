"""What does a key, or a silence, lead to?"""

from dataclasses import dataclass, field, replace

from channels.ivr.call import Call
from channels.ivr.menu import Menu
from channels.ivr.texting import not_texted
from channels.ivr.way import may_text, ways_of_a_stranger

KEYED_NUMBER_DIGITS = range(10, 13)
PASSWORD_DIGITS = 6
CODE_DIGITS = 6
CONTACT_CODE_DIGITS = 8
CARD_DIGITS = 18
PAUSABLE = frozenset({"OUT_OF_BUCKET", "THIRD_PARTY", "ROAMING"})
DIGITS = {
    "number": KEYED_NUMBER_DIGITS,
    "password": range(PASSWORD_DIGITS, PASSWORD_DIGITS + 1),
    "code": range(CODE_DIGITS, CODE_DIGITS + 1),
    "contact_code": range(CONTACT_CODE_DIGITS, CONTACT_CODE_DIGITS + 1),
    "card": range(CARD_DIGITS, CARD_DIGITS + 1),
    "drop_number": range(1, 4),
}
"""Places where more than one key is the answer, and how many."""

MENUS = ("main", "safety", "services")
BRAKE_DEEDS = ("pause_charges", "resume_charges")
"""What yes and no do at the charge brake."""
BY_NUMBER = ("contact_check", "change_password", "voucher")
"""What begins with the number of a caller whose line is not proven, and asks for the rest itself."""
KEYED_AT = {"contact_check": "contact_code", "voucher": "card"}
"""Where what is asked for is keyed in, if that is another place."""
SHOWN_FIRST = ("report_loss", "resume_line")
"""Places that ask nothing of their own: what they would do is prepared, and then said at ``change``."""
KEYED_DEEDS = {"contact_code": "contact_check", "card": "redeem_voucher"}
"""What is done with the digits of a place."""
PICKED_AT = {"helpers": "end_help", "rewards": "redemption_preview"}
"""What a key does to one of the list that was read out."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the voice browser heard: ``event`` is ``key``, ``silence`` or ``unknown``; ``keys`` what was pressed,
    ``passwords`` the old service password, the new one, and the new one again. Neither shows: they may be secrets."""

    event: str
    keys: str = field(default="", repr=False)
    passwords: tuple[str, str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Check:
    """The caller keyed in a password or a code (by the call's place): somebody with a door has to judge it."""

    call: Call
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SendCode:
    """The caller wants to prove the line by a code that is texted to it."""

    call: Call


@dataclass(frozen=True, slots=True)
class Do:
    """The caller wants something done; ``secrets`` are what was keyed in for it."""

    call: Call
    deed: str
    accept: bool = True
    secrets: tuple[str, ...] = field(default=(), repr=False)


Turn = Call | Check | SendCode | Do


def decide_turn(menu: Menu, call: Call, heard: Heard) -> Turn:
    """Domain page §11: ``*`` back, ``#`` end, ``0`` agent; three wrong keys or two silences lead to an agent.

    Where no agent is, that place asks what to do instead; who does not answer there either is told goodbye. Somebody's
    request to help needs no answer: whatever else is pressed goes on to the menu.
    """
    if call.place in ("help_asked", "text_offer"):
        return _after_request(menu, call, heard) if call.place == "help_asked" else _after_offer(menu, call, heard)
    if heard.event == "silence":
        return _after_silence(menu, call)
    if heard.event != "key":
        return _after_wrong_key(menu, call)
    listening = replace(call, wrong_keys=0, silences=0)
    if call.place in DIGITS and heard.keys != menu.keys.back and not _asks_for_code(menu, call, heard.keys):
        return _after_digits(menu, call, heard.keys)
    if call.place == "change_password" and heard.passwords:
        turn: Turn | None = _after_passwords(listening, heard.passwords)
    else:
        turn = _after_key(menu, listening, heard.keys)
    return turn or _after_wrong_key(menu, call)


def ask_answer(menu: Menu, call: Call, answer: str) -> Call:
    """The call on its way to an answer: straight there for a proven line (the graph says what it needs), else over the
    number, and a proof of it unless the answer is open to everybody."""
    item, free = menu.item_for(answer), call.lets_go()
    place = KEYED_AT.get(answer, answer)
    if call.caller or (item and not item.level and answer not in BY_NUMBER):
        return free.goes_to(place)
    if call.number is None:
        return free.goes_to("number", wanted=answer)
    if answer in BY_NUMBER:
        return free.goes_to(place, wanted=answer)
    return free.goes_to("password", wanted=answer, ways=ways_of_a_stranger(call.number))


def brake_keys(menu: Menu, call: Call) -> tuple[str, ...]:
    """Yes pauses what is not paused yet, no lets go on what is; neither where the brake could not be read."""
    paused = call.facts.get("paused")
    if paused is None:
        return ()
    pause = () if set(paused) >= PAUSABLE else (menu.keys.yes,)
    return (*pause, menu.keys.no) if paused else pause


def _after_request(menu: Menu, call: Call, heard: Heard) -> Turn:
    listening = replace(call, wrong_keys=0, silences=0)
    if heard.event == "key" and heard.keys in (menu.keys.yes, menu.keys.no):
        return Do(listening, "answer_help", accept=heard.keys == menu.keys.yes)
    if heard.event == "key" and heard.keys in (menu.keys.agent, menu.keys.end):
        return _after_key(menu, listening, heard.keys) or listening
    return listening.lets_go().goes_to("main")


def _after_offer(menu: Menu, call: Call, heard: Heard) -> Turn:
    """What was told may be texted now; whatever else is pressed, and silence, ends the call."""
    if heard.event == "key" and heard.keys == menu.keys.yes:
        return Do(call, "text_results")
    return call.goes_to("goodbye")


def _asks_for_code(menu: Menu, call: Call, keys: str) -> bool:
    return keys == menu.keys.code and (call.place == "code" or (call.place == "password" and "CODE" in call.ways))


def _after_key(menu: Menu, call: Call, key: str) -> Turn | None:
    """The keys that every menu shares, then those of the place; None for a key that the menu does not have."""
    if key == menu.keys.agent:
        return _to_agent(call, "asked")
    if key == menu.keys.end:
        return call.goes_to("text_offer" if may_text(call) and not_texted(call) else "goodbye")
    if call.place == "language":
        return call.goes_to("main", language=menu.languages[key]) if key in menu.languages else None
    if key == menu.keys.back:
        return _back(call)
    if _asks_for_code(menu, call, key):
        return SendCode(call)
    return _after_voice_key(menu, call, key) or _after_place_key(menu, call, key)


def _after_voice_key(menu: Menu, call: Call, key: str) -> Call | None:
    if key == menu.keys.slower:
        return call.goes_to(call.place, slow=not call.slow, lead="normal_speed" if call.slow else "slow")
    if key == menu.keys.louder:
        return call.goes_to(call.place, loud=not call.loud, lead="normal_volume" if call.loud else "loud")
    return None


def _after_place_key(menu: Menu, call: Call, key: str) -> Turn | None:
    if call.place in MENUS:
        item = menu.item_at(key, call.place)
        return ask_answer(menu, call, item.answer) if item else None
    if call.place == "send_code":
        return SendCode(call) if key == menu.keys.code else None
    if call.place in PICKED_AT and key in menu.keys.pick[: len(call.offered)]:
        return Do(replace(call, chosen=call.offered[menu.keys.pick.index(key)][0]), PICKED_AT[call.place])
    if call.place == "subscribed" and key == menu.keys.drop and call.offered:
        return call.goes_to("drop_number")
    asked = {
        "end_sessions": {menu.keys.yes: "end_sessions"},
        "change": {menu.keys.yes: "confirm_change", menu.keys.no: "withdraw_change"},
        "redeem": {menu.keys.yes: "redeem_reward", menu.keys.no: "leave_reward"},
        "charge_brake": {each: BRAKE_DEEDS[each == menu.keys.no] for each in brake_keys(menu, call)},
    }
    if call.place in asked:
        deed = asked[call.place].get(key)
        return Do(call, deed) if deed else None
    return _after_answer_key(menu, call, key)


def _after_answer_key(menu: Menu, call: Call, key: str) -> Turn | None:
    if key == menu.keys.text and may_text(call) and call.place in not_texted(call):
        return Do(call, "text_details")
    item = menu.item_at(key, call.place)
    if item is not None:
        return ask_answer(menu, call, item.answer)
    return call.goes_to(call.place) if key == menu.keys.again else None


def _back(call: Call) -> Call:
    if call.place == "drop_number":
        return call.goes_to("subscribed")
    if call.place == "main" or (call.place == "agent" and call.was_at == "language"):
        return call.goes_to("language")
    if call.place == "code" and "PASSWORD" in call.ways:
        return call.goes_to("password", challenge="")
    if call.place in ("password", "contact_code", "change_password", "card") and call.number and not call.caller:
        return call.goes_to("number", number=None)
    return call.lets_go().goes_to("main")


def _after_digits(menu: Menu, call: Call, digits: str) -> Turn:
    if not (digits.isascii() and digits.isdecimal()):
        return _after_wrong_key(menu, call)
    listening = replace(call, wrong_keys=0, silences=0)
    if len(digits) not in DIGITS[call.place]:
        return _after_wrong_key(menu, call, lead="invalid_number" if call.place == "number" else "unknown_key")
    if call.place == "number":
        return ask_answer(menu, replace(listening, number=digits), call.wanted or "main")
    if call.place == "drop_number":
        return _after_item_number(menu, listening, call, int(digits))
    if call.place in KEYED_DEEDS:
        return Do(listening, KEYED_DEEDS[call.place], secrets=(digits,))
    return Check(listening, digits)


def _after_item_number(menu: Menu, listening: Call, call: Call, number: int) -> Turn:
    """Items have their own numbers, which are those of every channel, and not keys: there may be more than keys."""
    chosen = next((package_id for package_id, position in call.offered if position == str(number)), None)
    if chosen is None:
        return _after_wrong_key(menu, call, lead="no_such_item")
    return Do(replace(listening, chosen=chosen), "prepare_change")


def _after_passwords(call: Call, passwords: tuple[str, str, str]) -> Do | None:
    right = all(len(each) == PASSWORD_DIGITS and each.isascii() and each.isdecimal() for each in passwords)
    return Do(call, "change_password", secrets=passwords) if right else None


def _after_wrong_key(menu: Menu, call: Call, *, lead: str = "unknown_key") -> Call:
    wrong_keys = call.wrong_keys + 1
    if wrong_keys >= menu.wrong_keys_until_agent:
        return _to_agent(call, "wrong_keys")
    return call.goes_to(call.place, lead=lead, wrong_keys=wrong_keys)


def _after_silence(menu: Menu, call: Call) -> Call:
    silences = call.silences + 1
    if silences >= menu.silences_until_agent:
        return _to_agent(call, "silence")
    return call.goes_to(call.place, lead="silence", silences=silences)


def _to_agent(call: Call, reason: str) -> Call:
    if call.place == "agent":
        return call.goes_to("agent" if reason == "asked" else "goodbye")
    return call.goes_to("agent", reason=reason, was_at=call.place, wrong_keys=0, silences=0)
