"""What does the SMS hall do next, given what was said before?"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from channels.dialogue import Run, Say, Turn
from channels.rendering import Language
from channels.sms.grammar import Command, Grammar, Intent, Unknown, fold, parse_intent
from channels.sms.memory import Confirming, Memory, Ordering, offer_menu

LANGUAGE_CHOSEN_BY: Mapping[str, Language] = {"english": "en", "chinese": "zh"}

CONFIRMED, DECLINED = "YES", "NO"
"""The first value of a command that was answered. No text can bring it: what is read of a text is in lower case."""
YES_DIGIT = "1"
"""Accepts too, while our question was the last thing that we said (architecture page, SMS context)."""

_LATIN_WORD = re.compile(r"(?<!\S)[a-z]{3,}(?![^\s.,!?;:'])", re.IGNORECASE)
"""Stands alone: a code such as pack-data-5 is no English."""
_SIX_DIGITS = re.compile(r"[0-9]{6}")


@dataclass(frozen=True, slots=True)
class Prove:
    """The sender answered the question who they are: judge it, then go on with what waits for it."""

    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AskForCode:
    """The sender wants to answer that question with a one-time code."""


@dataclass(frozen=True, slots=True)
class Do:
    """A command of the doorkeeper's, with what followed its keyword: it may be a secret."""

    command: str
    arguments: tuple[str, ...] = field(default=(), repr=False)


SmsTurn = Turn | Prove | AskForCode | Do


def decide_turn(memory: Memory, text: str, grammar: Grammar, *, now: datetime, key: str = "") -> tuple[Memory, SmsTurn]:
    """Reads a text (``key`` names it) in its context: the memory afterwards, and what to do.

    While a proof is waited for, six digits are its answer; after a question for a yes or no that; while a change waits
    to be ordered, a yes or no is about it, and a 1 if its question was the last thing that we said. Then come the
    digits of the last menu, and then keywords. Anything else lets go what waits for a proof or for a plain yes.
    """
    intent = parse_intent(text, grammar, memory.live_menu(now))
    proving = _decide_proof(text, intent) if memory.live_waiting(now) else None
    if proving is not None:
        return memory, proving
    confirming, ordering = memory.live_confirming(now), memory.ordering
    memory = replace(memory, waiting=None, confirming=None)
    decided = _decide_confirmation(text, intent, confirming) if confirming else None
    if decided is None and ordering and ordering.may_be_answered_by(key, now):
        decided = _decide_order(text, intent, ordering)
    if decided is not None:
        return memory, decided
    memory = replace(memory, ordering=replace(ordering, last=False) if ordering else None)
    return _decide_command(memory, intent, grammar, now)


def decide_language(memory: Memory, text: str) -> Language:
    """The language that was chosen; until then English for an English sentence, else Chinese."""
    if memory.language:
        return memory.language
    return "en" if text.isascii() and len(_LATIN_WORD.findall(text)) >= 2 else "zh"


def _decide_command(
    memory: Memory, intent: Intent | Unknown, grammar: Grammar, now: datetime
) -> tuple[Memory, SmsTurn]:
    if isinstance(intent, Unknown):
        return _offer(memory, "unknown", intent.nearest, grammar, now)
    if intent.name == "help":
        return _offer(memory, "help", grammar.menu, grammar, now)
    if intent.name in LANGUAGE_CHOSEN_BY:
        return replace(memory, language=LANGUAGE_CHOSEN_BY[intent.name]), Say("language")
    if grammar.command(intent.name).deed:
        return memory, Do(intent.name, intent.arguments)
    return memory, Run(intent.name)


def _decide_proof(text: str, intent: Intent | Unknown) -> Prove | AskForCode | None:
    if _SIX_DIGITS.fullmatch(fold(text)):
        return Prove(fold(text))
    return AskForCode() if not isinstance(intent, Unknown) and intent.name == "code" else None


def _decide_confirmation(text: str, intent: Intent | Unknown, confirming: Confirming) -> SmsTurn | None:
    named = _plain_name(intent)
    if named == "accept" or fold(text) == YES_DIGIT:
        return Do(confirming.command, (CONFIRMED,))
    return Say("left_alone") if named == "refuse" else None


def _decide_order(text: str, intent: Intent | Unknown, ordering: Ordering) -> Do | None:
    """What was answered already (with a password, say) is answered alike when its text is taken up again."""
    named = _plain_name(intent)
    if named == "refuse":
        return Do(ordering.command, (DECLINED, ordering.prepared_id))
    if named == "accept" or ordering.answered_by or (ordering.last and fold(text) == YES_DIGIT):
        return Do(ordering.command, (CONFIRMED, ordering.prepared_id))
    return None


def _plain_name(intent: Intent | Unknown) -> str:
    """The command, if nothing followed it."""
    return intent.name if isinstance(intent, Intent) and not intent.arguments else ""


def _offer(
    memory: Memory, sentence: str, names: tuple[str, ...], grammar: Grammar, now: datetime
) -> tuple[Memory, Turn]:
    commands: list[Command] = [grammar.command(name) for name in names]
    return offer_menu(memory, names, grammar, now=now), Say(sentence, {"commands": commands})
