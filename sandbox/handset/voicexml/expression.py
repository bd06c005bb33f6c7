"""What is the value of an ECMAScript expression, as far as documents of ours need the language?"""

import re
from collections.abc import Callable, Mapping
from typing import Any

Lookup = Callable[[str], Any]


class Undefined:
    """ECMAScript's undefined."""

    def __repr__(self) -> str:
        return "undefined"

    def __bool__(self) -> bool:
        return False


UNDEFINED = Undefined()
_WORDS: Mapping[str, Any] = {"true": True, "false": False, "undefined": UNDEFINED}
_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<string>'[^'\\\n]*'|"[^"\\\n]*")|(?P<name>[A-Za-z_$][\w$]*)"""
    r"""|(?P<sign>==|!=|&&|\|\||[!+().]))"""
)


class SemanticError(Exception):
    """The expression means nothing, or uses more of the language than is spoken here."""


def evaluate(text: str, lookup: Lookup) -> Any:  # noqa: ANN401  a value of a script
    """Strings, numbers, true, false, undefined, variables and their members, ``== != && || ! +`` and brackets.

    ``lookup`` gives the value of a variable and raises KeyError for one that was not declared. Everything else of
    ECMAScript raises SemanticError.
    """
    return _Reader(text, lookup).read()


def as_text(value: Any) -> str:  # noqa: ANN401  a value of a script
    """A value as it is submitted or spoken."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


class _Reader:
    def __init__(self, text: str, lookup: Lookup) -> None:
        self._text = text
        self._lookup = lookup
        self._tokens = _split(text)
        self._at = 0

    def read(self) -> Any:  # noqa: ANN401
        value = self._either()
        if self._at < len(self._tokens):
            raise SemanticError(f"not understood: {self._text!r}")
        return value

    def _accept(self, *signs: str) -> str | None:
        if self._at < len(self._tokens):
            kind, token = self._tokens[self._at]
            if kind == "sign" and token in signs:
                self._at += 1
                return token
        return None

    def _either(self) -> Any:  # noqa: ANN401
        value = self._both()
        while self._accept("||"):
            other = self._both()
            value = value or other
        return value

    def _both(self) -> Any:  # noqa: ANN401
        value = self._equal()
        while self._accept("&&"):
            other = self._equal()
            value = value and other
        return value

    def _equal(self) -> Any:  # noqa: ANN401
        value = self._sum()
        while sign := self._accept("==", "!="):
            value = _same(value, self._sum()) == (sign == "==")
        return value

    def _sum(self) -> Any:  # noqa: ANN401
        value = self._single()
        while self._accept("+"):
            other = self._single()
            joins = isinstance(value, str) or isinstance(other, str)
            value = as_text(value) + as_text(other) if joins else _number(value) + _number(other)
        return value

    def _single(self) -> Any:  # noqa: ANN401
        if self._accept("!"):
            return not self._single()
        if self._accept("("):
            value = self._either()
            if not self._accept(")"):
                raise SemanticError(f"a bracket is open: {self._text!r}")
            return value
        return self._leaf()

    def _leaf(self) -> Any:  # noqa: ANN401
        kind, token = self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")
        self._at += 1
        if kind == "string":
            return token[1:-1]
        if kind == "number":
            return float(token)
        if kind != "name":
            raise SemanticError(f"not understood: {self._text!r}")
        return _WORDS[token] if token in _WORDS else self._members(token)

    def _members(self, name: str) -> Any:  # noqa: ANN401
        try:
            value = self._lookup(name)
        except KeyError:
            raise SemanticError(f"{name} is not defined") from None
        while self._accept("."):
            kind, member = self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")
            self._at += 1
            if kind != "name" or not isinstance(value, Mapping):
                raise SemanticError(f"{self._text!r}: no member of {as_text(value)}")
            value = value.get(member, UNDEFINED)
        return value


def _split(text: str) -> list[tuple[str, str]]:
    tokens = []
    at = 0
    text = text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise SemanticError(f"not understood: {text!r}")
        tokens.append((found.lastgroup, found.group(found.lastgroup)))
        at = found.end()
    return tokens


def _number(value: Any) -> float:  # noqa: ANN401
    if isinstance(value, bool | int | float):
        return float(value)
    raise SemanticError(f"{as_text(value)} is no number")


def _same(one: Any, other: Any) -> bool:  # noqa: ANN401
    """ECMAScript's ==: a string that reads as a number equals that number."""
    if isinstance(one, str) != isinstance(other, str):
        string, value = (one, other) if isinstance(one, str) else (other, one)
        if isinstance(value, bool | int | float):
            try:
                return float(string) == float(value)
            except ValueError:
                return False
    return bool(one == other)
