"""What does a text mean, by the table of keywords?"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

SEPARATORS = re.compile(r"[#\s]+")
MENU_DIGITS_MAX = 2
EDGE = ".,!?。、;:~·"
TEXT_MAX, LIKENESS_TEXT_MAX = 300, 40


@dataclass(frozen=True, slots=True)
class Command:
    """An intent as the table has it."""

    name: str
    keywords: tuple[str, ...]
    folded: frozenset[str]
    free_text: tuple[tuple[str, ...], ...]
    arguments_max: int
    picks: bool
    in_menu: bool
    needs: str | None
    deed: bool
    label: Mapping[str, str]
    follow: tuple[str, ...] = ()
    glued: tuple[str, ...] = ()

    @property
    def keyword(self) -> str:
        """The one that lists and menus show."""
        return self.keywords[0]


@dataclass(frozen=True, slots=True)
class Grammar:
    """The whole table, with its lifetimes."""

    commands: tuple[Command, ...]
    menu_lifetime_seconds: int
    dialogue_lifetime_seconds: int
    suggestions: int

    def command(self, name: str) -> Command:
        """The command of this name. Raises KeyError."""
        for command in self.commands:
            if command.name == name:
                return command
        raise KeyError(name)

    @property
    def menu(self) -> tuple[str, ...]:
        """The names in the menu of HELP; the first is digit 1."""
        return tuple(command.name for command in self.commands if command.in_menu)


@dataclass(frozen=True, slots=True)
class Intent:
    """What the sender wants, with the values that followed the keyword."""

    name: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unknown:
    """No intent: the commands that come nearest, best first."""

    nearest: tuple[str, ...]


def load_grammar(path: Path) -> Grammar:
    """Reads a table. Raises ValueError, naming the keyword, if two intents claim the same one."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    commands = tuple(_parse_command(entry) for entry in table["intent"])
    claimed: dict[str, str] = {}
    for command in commands:
        for keyword in command.keywords:
            owner = claimed.setdefault(fold(keyword), command.name)
            if owner != command.name:
                raise ValueError(f"{path.name}: {keyword!r} is claimed by {owner} and by {command.name}")
    return Grammar(commands, table["menu_lifetime_seconds"], table["dialogue_lifetime_seconds"], table["suggestions"])


def parse_intent(text: str, grammar: Grammar, menu: Sequence[str] = ()) -> Intent | Unknown:
    """Reads a text: a digit answers ``menu`` (the last one, while it lives; a line of it may hold a value after ``#``),
    then keywords, then keywords with their value glued on (``KTroaming``), then free text."""
    text = text[:TEXT_MAX]
    folded = fold(text)
    if folded.isdecimal() and len(folded) <= MENU_DIGITS_MAX and 1 <= int(folded) <= len(menu):
        name, _, value = menu[int(folded) - 1].partition("#")
        return Intent(name, (value,) if value else ())
    known = _by_keyword(text, grammar) or _by_glued_keyword(text, grammar) or _by_free_text(text, grammar)
    return known or Unknown(_nearest(folded, grammar))


def fold(text: str) -> str:
    """Without case, width, spaces and marks at the edges: ``  ｃｘ ｙｅ。`` → ``cxye``; ``？！`` → ``?``."""
    marked = "".join(_narrow(text).split())
    return marked.strip(EDGE).removesuffix("#") or ("?" if "?" in marked else marked)


def _narrow(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _parse_command(entry: Mapping[str, Any]) -> Command:
    return Command(
        name=entry["name"],
        keywords=tuple(entry["keywords"]),
        folded=frozenset(fold(keyword) for keyword in entry["keywords"]),
        free_text=tuple(tuple(_narrow(word) for word in group) for group in entry.get("free_text", [])),
        arguments_max=entry.get("arguments", 0),
        picks=entry.get("pick", False),
        in_menu=entry.get("menu", False),
        needs=entry.get("needs"),
        deed=entry.get("deed", False),
        label=entry["label"],
        follow=tuple(entry.get("follow", ())),
        glued=tuple(fold(keyword) for keyword in entry.get("glued", ())),
    )


def _by_keyword(text: str, grammar: Grammar) -> Intent | None:
    whole = fold(text)
    words = _words(text)
    for command in grammar.commands:
        if whole in command.folded:
            return Intent(command.name)
        if words and words[0] in command.folded and _may_follow(words[1:], command):
            return Intent(command.name, tuple(words[1:]))
    return None


def _by_glued_keyword(text: str, grammar: Grammar) -> Intent | None:
    """The longest keyword that the first word begins with; the rest of that word is its first value. Nothing where a
    longer keyword, which takes none so, begins the word too."""
    words = _words(text)
    glued = [(keyword, command) for command in grammar.commands for keyword in command.glued]
    for keyword, command in sorted(glued, key=lambda pair: -len(pair[0])):
        if words and words[0].startswith(keyword) and len(words) <= command.arguments_max:
            if _begins_with_longer(words[0], keyword, grammar):
                return None  # BGMM258001 is a password gone wrong, and nothing to order
            values = (words[0].removeprefix(keyword), *words[1:])
            return Intent(command.name, tuple(value for value in values if value))
    return None


def _begins_with_longer(word: str, keyword: str, grammar: Grammar) -> bool:
    longer = (known for command in grammar.commands for known in command.folded if len(known) > len(keyword))
    return any(word.startswith(known) for known in longer)


def _words(text: str) -> list[str]:
    return [word for word in SEPARATORS.split(_narrow(text).strip().strip(EDGE)) if word]


def _may_follow(values: list[str], command: Command) -> bool:
    picked = command.picks and len(values) == 1 and values[0].isdecimal()
    return picked or 0 < len(values) <= command.arguments_max


def _by_free_text(text: str, grammar: Grammar) -> Intent | None:
    spoken = " ".join(_narrow(text).split())
    best = max(grammar.commands, key=lambda command: _fit(spoken, command))
    return Intent(best.name) if _fit(spoken, best) else None


def _fit(spoken: str, command: Command) -> int:
    """How many characters of the text speak for the command: of each group its longest word; 0 if a group has none."""
    longest = [max((len(word) for word in group if _holds(spoken, word)), default=0) for group in command.free_text]
    return sum(longest) if all(longest) else 0


def _holds(spoken: str, word: str) -> bool:
    """A Chinese word stands anywhere; a Latin one must be whole (``plan`` is not in ``plane``)."""
    return bool(re.search(rf"\b{re.escape(word)}\b", spoken)) if word.isascii() else word in spoken


def _nearest(folded: str, grammar: Grammar) -> tuple[str, ...]:
    """Commands of the menu by the likeness of their best keyword in letters; on a tie the table's order."""
    text = folded[:LIKENESS_TEXT_MAX]
    offered = [command for command in grammar.commands if command.in_menu]
    ranked = sorted(offered, key=lambda command: -_likeness(text, command))
    return tuple(command.name for command in ranked[: grammar.suggestions])


def _likeness(text: str, command: Command) -> float:
    lettered = (keyword for keyword in command.folded if not keyword.isdecimal())
    return max((SequenceMatcher(None, text, keyword, autojunk=False).ratio() for keyword in lettered), default=0)
