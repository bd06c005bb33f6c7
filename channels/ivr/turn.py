"""What does a key, or a silence, lead to?"""

from dataclasses import dataclass, replace

from channels.ivr.call import Call
from channels.ivr.menu import Menu

KEYED_NUMBER_DIGITS = range(10, 13)
PASSWORD_DIGITS = 6
LEVEL_OF_A_PASSWORD = 2


@dataclass(frozen=True, slots=True)
class Heard:
    """What the voice browser heard: ``event`` is ``key``, ``silence`` or ``unknown``; ``keys`` what was pressed."""

    event: str
    keys: str = ""

    def __repr__(self) -> str:
        """Never shows the keys: they may be a password."""
        return f"Heard({self.event!r})"


@dataclass(frozen=True, slots=True)
class Check:
    """The caller keyed in a password: somebody with a door has to judge it."""

    call: Call
    password: str

    def __repr__(self) -> str:
        """Never shows the password."""
        return f"Check({self.call.place!r})"


def decide_turn(menu: Menu, call: Call, heard: Heard) -> Call | Check:
    """Domain page §11: ``*`` back, ``#`` end, ``0`` agent; three wrong keys or two silences lead to an agent.

    Where no agent is, that place asks what to do instead; who does not answer there either is told goodbye.
    """
    if heard.event == "silence":
        return _after_silence(menu, call)
    if heard.event != "key":
        return _after_wrong_key(menu, call)
    if call.place in ("number", "password") and heard.keys != menu.keys.back:
        return _after_digits(menu, call, heard.keys)
    listening = replace(call, wrong_keys=0, silences=0)
    if call.place == "language" and heard.keys in menu.languages:
        return listening.goes_to("main", language=menu.languages[heard.keys])
    return _after_key(menu, listening, heard.keys) or _after_wrong_key(menu, call)


def ask_answer(menu: Menu, call: Call, answer: str, *, level: int | None = None) -> Call:
    """The call on its way to an answer: straight there, or over the service password (and the number, if unproven)."""
    item = menu.item_for(answer)
    needed = level if level is not None else item.level if item else LEVEL_OF_A_PASSWORD
    if call.level >= needed:
        return call.goes_to(answer, wanted=None)
    if call.caller or call.number:
        return call.goes_to("password", wanted=answer)
    return call.goes_to("number", wanted=answer)


def _after_key(menu: Menu, call: Call, key: str) -> Call | None:
    """The keys that every menu shares, then those of the place; None for a key that the menu does not have."""
    if key == menu.keys.agent:
        return _to_agent(call, "asked")
    if key == menu.keys.end:
        return call.goes_to("goodbye")
    if call.place == "language":
        return None
    if key == menu.keys.back:
        return _back(call)
    return _after_voice_key(menu, call, key) or _after_place_key(menu, call, key)


def _after_voice_key(menu: Menu, call: Call, key: str) -> Call | None:
    if key == menu.keys.slower:
        return call.goes_to(call.place, slow=not call.slow, lead="normal_speed" if call.slow else "slow")
    if key == menu.keys.louder:
        return call.goes_to(call.place, loud=not call.loud, lead="normal_volume" if call.loud else "loud")
    return None


def _after_place_key(menu: Menu, call: Call, key: str) -> Call | None:
    if call.place == "main":
        item = menu.item_at(key)
        return ask_answer(menu, call, item.answer) if item else None
    return call.goes_to(call.place) if key == menu.keys.again else None


def _back(call: Call) -> Call:
    if call.place == "main" or (call.place == "agent" and call.was_at == "language"):
        return call.goes_to("language")
    if call.place == "password" and call.number and not call.caller:
        return call.goes_to("number", number=None)
    return call.goes_to("main", wanted=None)


def _after_digits(menu: Menu, call: Call, digits: str) -> Call | Check:
    if not (digits.isascii() and digits.isdecimal()):
        return _after_wrong_key(menu, call)
    listening = replace(call, wrong_keys=0, silences=0)
    if call.place == "password":
        return Check(listening, digits) if len(digits) == PASSWORD_DIGITS else _after_wrong_key(menu, call)
    if len(digits) in KEYED_NUMBER_DIGITS:
        return listening.goes_to("password", number=digits)
    return _after_wrong_key(menu, call, lead="invalid_number")


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
