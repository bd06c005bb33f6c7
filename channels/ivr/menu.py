"""Which key leads where in a call, and in which words?"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from channels.rendering import Language
from graphql_schema.client import GraphError

MENU_FILE = Path(__file__).with_name("menu.toml")
_Worded = Mapping[Language, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Item:
    """One line of ``menu``: ``key`` leads to ``answer`` (an operation's file stem, or another place of a call).

    ``level`` 0 is open to everybody; for any other the caller's line has to be proven, and the graph says whether that
    will do.
    """

    menu: str
    key: str
    answer: str
    level: int
    words: Mapping[Language, str]


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that mean the same in every menu."""

    back: str
    end: str
    agent: str
    slower: str
    louder: str
    again: str
    yes: str
    no: str
    text: str
    code: str
    drop: str
    pick: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Menu:
    """The whole tree of a call with its words, as menu.toml has it."""

    greeting: Mapping[Language, tuple[str, ...]]
    languages: Mapping[str, Language]
    items: tuple[Item, ...]
    keys: Keys
    first_digit_timeout_seconds: int
    inter_digit_timeout_seconds: int
    hash_timeout_seconds: int
    wrong_keys_until_agent: int
    silences_until_agent: int
    sentences: _Worded
    leads: _Worded
    problems: _Worded
    faults: _Worded
    systems: _Worded
    names: Mapping[Language, Mapping[str, Mapping[str, str]]]

    def items_of(self, menu: str) -> tuple[Item, ...]:
        """The lines of one menu."""
        return tuple(item for item in self.items if item.menu == menu)

    def keys_of(self, menu: str) -> tuple[str, ...]:
        """The keys of its lines."""
        return tuple(item.key for item in self.items_of(menu))

    def item_at(self, key: str, menu: str = "main") -> Item | None:
        """The line of a menu that this key chooses."""
        return next((item for item in self.items_of(menu) if item.key == key), None)

    def item_for(self, answer: str | None) -> Item | None:
        """The line that leads to this answer."""
        return next((item for item in self.items if item.answer == answer), None)

    def say_problem(self, error: GraphError, language: Language) -> str:
        """The words for a stable code of the graph; a code that nobody worded yet gets the most general ones."""
        words, code = self.problems[language], error.code
        if code == "paid_by_other":
            code = f"paid_by_{str(error.parameters.get('payer')).lower()}"
        system, _, fault = code.rpartition("_")
        if code not in words and fault in self.faults[language] and system in self.systems[language]:
            said = self.faults[language][fault].format(system=self.systems[language][system])
            return said[0].upper() + said[1:]
        return words.get(code, words["unknown"])


def load_menu(path: Path = MENU_FILE) -> Menu:
    """Reads a menu file; a missing table is a KeyError, a superfluous one a TypeError: both at start-up."""
    tables: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    lines, keys = tables.pop("item"), tables.pop("keys")
    return Menu(
        greeting={language: tuple(parts) for language, parts in tables.pop("greeting").items()},
        items=tuple(
            Item(
                line.get("menu", "main"),
                line["key"],
                line["answer"],
                line["level"],
                {"zh": line["zh"], "en": line["en"]},
            )
            for line in lines
        ),
        keys=Keys(**keys | {"pick": tuple(keys["pick"])}),
        **tables,
    )
