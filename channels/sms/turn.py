"""What does the SMS hall do next, given what was said before?"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from channels.dialogue import Run, Say, Turn
from channels.rendering import LANGUAGES, Language
from channels.sms.grammar import Command, Grammar, Intent, Unknown, fold, parse_intent

LANGUAGE_CHOSEN_BY: Mapping[str, Language] = {"english": "en", "chinese": "zh"}
WAITING_LASTS = timedelta(minutes=5)
"""As long as a one-time code does."""

CONFIRMED = "yes"
"""The one value of a command that was confirmed: no text can bring it, since none of these takes values."""
YES_DIGIT = "1"
"""Accepts too, while our question was the last thing that we said (architecture page, SMS context)."""

_LATIN_WORD = re.compile(r"[a-z]{3,}", re.IGNORECASE)
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


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits until the sender has proved more: a command and its values (never a secret). ``challenge`` is that of
    the code that was sent, empty while the service password is meant."""

    command: str
    arguments: tuple[str, ...]
    until: datetime
    challenge: str = ""


@dataclass(frozen=True, slots=True)
class Confirming:
    """A command that waits for the sender's yes: our question about it was the last thing that we said."""

    command: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Memory:
    """What is kept of a dialogue: the language that was chosen, the last menu while digits answer it, and what waits
    for a proof or for a yes."""

    language: Language | None = None
    menu: tuple[str, ...] = ()
    menu_until: datetime | None = None
    waiting: Waiting | None = None
    confirming: Confirming | None = None
    reset_challenge: str = ""

    def live_waiting(self, now: datetime) -> Waiting | None:
        """What waits for a proof, or nothing once its time is over."""
        return self.waiting if self.waiting and now < self.waiting.until else None

    def live_confirming(self, now: datetime) -> Confirming | None:
        """What waits for a yes, or nothing once its time is over."""
        return self.confirming if self.confirming and now < self.confirming.until else None

    def live_menu(self, now: datetime) -> tuple[str, ...]:
        """The last menu, or nothing once its time is over."""
        return self.menu if self.menu_until is not None and now < self.menu_until else ()

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        until = self.menu_until.isoformat() if self.menu_until else None
        state: dict[str, Any] = {"language": self.language, "menu": list(self.menu), "menu_until": until}
        if self.waiting:
            waits = self.waiting
            state["waiting"] = [waits.command, list(waits.arguments), waits.until.isoformat(), waits.challenge]
        if self.confirming:
            state["confirming"] = [self.confirming.command, self.confirming.until.isoformat()]
        return state | ({"reset_challenge": self.reset_challenge} if self.reset_challenge else {})

    @classmethod
    def from_json(cls, state: Mapping[str, Any] | None) -> "Memory":
        """From what was kept; what can't be read any more is forgotten."""
        if state is None:
            return cls()
        language = state.get("language")
        until = state.get("menu_until")
        return cls(
            language=next((known for known in LANGUAGES if known == language), None),
            menu=tuple(state.get("menu", ())),
            menu_until=datetime.fromisoformat(until) if until else None,
            waiting=_read_waiting(state.get("waiting")),
            confirming=_read_confirming(state.get("confirming")),
            reset_challenge=str(state.get("reset_challenge", "")),
        )


def decide_turn(memory: Memory, text: str, grammar: Grammar, *, now: datetime) -> tuple[Memory, SmsTurn]:
    """Reads a text in its context: the memory afterwards, and what to do.

    While a proof is waited for, six digits are its answer, and after a question for a yes or no that; anything else
    lets what waits go.
    """
    intent = parse_intent(text, grammar, memory.live_menu(now))
    proving = _decide_proof(text, intent) if memory.live_waiting(now) else None
    if proving is not None:
        return memory, proving
    confirming = memory.live_confirming(now)
    memory = replace(memory, waiting=None, confirming=None)
    decided = _decide_confirmation(text, intent, confirming) if confirming else None
    return (memory, decided) if decided else _decide_command(memory, intent, grammar, now)


def offer_menu(memory: Memory, names: tuple[str, ...], grammar: Grammar, *, now: datetime) -> Memory:
    """The memory in which digits answer these commands, for as long as a menu lives."""
    return replace(memory, menu=names, menu_until=now + timedelta(seconds=grammar.menu_lifetime_seconds))


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
    named = intent.name if isinstance(intent, Intent) and not intent.arguments else ""
    if named == "accept" or fold(text) == YES_DIGIT:
        return Do(confirming.command, (CONFIRMED,))
    return Say("left_alone") if named == "refuse" else None


def _read_confirming(kept: Any) -> Confirming | None:  # noqa: ANN401  whatever a release before this one kept
    return Confirming(kept[0], datetime.fromisoformat(kept[1])) if kept else None


def _read_waiting(kept: Any) -> Waiting | None:  # noqa: ANN401  whatever a release before this one kept
    if not kept:
        return None
    command, arguments, until, challenge = kept
    return Waiting(command, tuple(arguments), datetime.fromisoformat(until), challenge)


def _offer(
    memory: Memory, sentence: str, names: tuple[str, ...], grammar: Grammar, now: datetime
) -> tuple[Memory, Turn]:
    commands: list[Command] = [grammar.command(name) for name in names]
    return offer_menu(memory, names, grammar, now=now), Say(sentence, {"commands": commands})
