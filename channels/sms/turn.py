"""What does the SMS hall do next, given what was said before?"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from channels.dialogue import Run, Say, Turn
from channels.rendering import LANGUAGES, Language
from channels.sms.grammar import Command, Grammar, Unknown, parse_intent

LANGUAGE_CHOSEN_BY: Mapping[str, Language] = {"english": "en", "chinese": "zh"}
_LATIN_WORD = re.compile(r"[a-z]{3,}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Memory:
    """What is kept of a dialogue: the language that was chosen, and the last menu while digits answer it."""

    language: Language | None = None
    menu: tuple[str, ...] = ()
    menu_until: datetime | None = None

    def live_menu(self, now: datetime) -> tuple[str, ...]:
        """The last menu, or nothing once its time is over."""
        return self.menu if self.menu_until is not None and now < self.menu_until else ()

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        until = self.menu_until.isoformat() if self.menu_until else None
        return {"language": self.language, "menu": list(self.menu), "menu_until": until}

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
        )


def decide_turn(memory: Memory, text: str, grammar: Grammar, *, now: datetime) -> tuple[Memory, Turn]:
    """Reads a text in its context: the memory afterwards, and what to do."""
    intent = parse_intent(text, grammar, memory.live_menu(now))
    if isinstance(intent, Unknown):
        return _offer(memory, "unknown", intent.nearest, grammar, now)
    if intent.name == "help":
        return _offer(memory, "help", grammar.menu, grammar, now)
    if intent.name in LANGUAGE_CHOSEN_BY:
        return replace(memory, language=LANGUAGE_CHOSEN_BY[intent.name]), Say("language")
    return memory, Run(intent.name)


def decide_language(memory: Memory, text: str) -> Language:
    """The language that was chosen; until then English for an English sentence, else Chinese."""
    if memory.language:
        return memory.language
    return "en" if text.isascii() and len(_LATIN_WORD.findall(text)) >= 2 else "zh"


def _offer(
    memory: Memory, sentence: str, names: tuple[str, ...], grammar: Grammar, now: datetime
) -> tuple[Memory, Turn]:
    commands: list[Command] = [grammar.command(name) for name in names]
    until = now + timedelta(seconds=grammar.menu_lifetime_seconds)
    return replace(memory, menu=names, menu_until=until), Say(sentence, {"commands": commands})
