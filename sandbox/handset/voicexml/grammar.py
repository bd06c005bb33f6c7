"""Do these keys match what a document listens for, and could more keys still follow?"""

import re
from dataclasses import dataclass
from functools import reduce
from urllib.parse import parse_qsl

from lxml import etree

from sandbox.handset.voicexml.document import NotUnderstood, name_of

MOST_KEYS = 64


@dataclass(frozen=True, slots=True)
class Never:
    """Nothing matches."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """Only the empty input matches."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key."""

    key: str


@dataclass(frozen=True, slots=True)
class Then:
    """One pattern after the other."""

    first: "Pattern"
    rest: "Pattern"


@dataclass(frozen=True, slots=True)
class Either:
    """One pattern or the other."""

    one: "Pattern"
    other: "Pattern"


Pattern = Never | Nothing | Key | Then | Either


@dataclass(frozen=True, slots=True)
class Match:
    """``whole``: the keys are a complete input; ``next_keys``: those that could follow."""

    whole: bool
    next_keys: frozenset[str]


def match_keys(pattern: Pattern, keys: str) -> Match:
    """Judges the keys pressed so far, by Brzozowski's derivatives."""
    left = reduce(_derive, keys, pattern)
    return Match(_is_nullable(left), _first_keys(left))


def either(patterns: list[Pattern]) -> Pattern:
    """Any of the patterns."""
    nothing: Pattern = Never()
    return reduce(_either, patterns, nothing)


def parse_builtin(name: str) -> Pattern:
    """``digits``, ``digits?length=6``, ``digits?minlength=1;maxlength=3`` (VoiceXML 2.0, appendix P)."""
    kind, _, query = name.partition("?")
    if kind != "digits":
        raise NotUnderstood(f"builtin grammar {name!r}")
    limits = dict(parse_qsl(query, separator=";"))
    try:
        length = int(limits.pop("length", 0))
        least, most = int(limits.pop("minlength", length or 1)), int(limits.pop("maxlength", length or MOST_KEYS))
    except ValueError:
        raise NotUnderstood(f"builtin grammar {name!r}") from None
    if limits or not 0 < least <= most <= MOST_KEYS:
        raise NotUnderstood(f"builtin grammar {name!r}")
    return _times(either([Key(digit) for digit in "0123456789"]), least, most)


def parse_grammar(grammar: etree._Element) -> Pattern:
    """An inline SRGS grammar of mode dtmf, or a ``src`` that names a builtin one."""
    source = grammar.get("src")
    if source is not None:
        if not source.startswith("builtin:dtmf/"):
            raise NotUnderstood(f"grammar src={source!r}")
        return parse_builtin(source.removeprefix("builtin:dtmf/"))
    if grammar.get("mode") != "dtmf":
        raise NotUnderstood(f"grammar of mode {grammar.get('mode')!r}: this phone has keys only")
    rules = {rule.get("id"): rule for rule in grammar if name_of(rule) == "rule"}
    root = grammar.get("root")
    if root not in rules:
        raise NotUnderstood(f"grammar without its root rule {root!r}")
    return _parse_expansion(rules[root], rules, frozenset({root}))


def _parse_expansion(
    element: etree._Element, rules: dict[str | None, etree._Element], inside: frozenset[str | None]
) -> Pattern:
    """The sequence of an element's text and children."""
    parts: list[Pattern] = _parse_keys(element.text)
    for child in element:
        parts.append(_parse_child(child, rules, inside))
        parts.extend(_parse_keys(child.tail))
    empty: Pattern = Nothing()
    return reduce(_then, parts, empty)


def _parse_child(
    child: etree._Element, rules: dict[str | None, etree._Element], inside: frozenset[str | None]
) -> Pattern:
    if name_of(child) == "one-of":
        return either([_parse_child(item, rules, inside) for item in child])
    if name_of(child) == "ruleref":
        name = (child.get("uri") or "").removeprefix("#")
        if name not in rules or name in inside:
            raise NotUnderstood(f"ruleref to {child.get('uri')!r}")
        return _parse_expansion(rules[name], rules, inside | {name})
    least, most = _parse_repeat(child.get("repeat", "1"))
    return _times(_parse_expansion(child, rules, inside), least, most)


def _parse_repeat(repeat: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d+)(?:(-)(\d*))?", repeat)
    if found is None:
        raise NotUnderstood(f"repeat={repeat!r}")
    least = int(found[1])
    most = int(found[3] or MOST_KEYS) if found[2] else least
    if least > most or most > MOST_KEYS:
        raise NotUnderstood(f"repeat={repeat!r}")
    return least, most


def _parse_keys(text: str | None) -> list[Pattern]:
    keys = (text or "").replace('"', " ").split()
    if any(len(key) != 1 or key not in "0123456789*#ABCD" for key in keys):
        raise NotUnderstood(f"grammar tokens {text!r}: not keys of a telephone")
    return [Key(key) for key in keys]


def _times(pattern: Pattern, least: int, most: int) -> Pattern:
    rest: Pattern = Nothing()
    for count in range(most, 0, -1):
        rest = _then(pattern, rest) if count <= least else _either(Nothing(), _then(pattern, rest))
    return rest


def _then(first: Pattern, rest: Pattern) -> Pattern:
    if isinstance(first, Never) or isinstance(rest, Never):
        return Never()
    if isinstance(first, Nothing):
        return rest
    return first if isinstance(rest, Nothing) else Then(first, rest)


def _either(one: Pattern, other: Pattern) -> Pattern:
    if isinstance(one, Never) or one == other:
        return other
    return one if isinstance(other, Never) else Either(one, other)


def _is_nullable(pattern: Pattern) -> bool:
    if isinstance(pattern, Then):
        return _is_nullable(pattern.first) and _is_nullable(pattern.rest)
    if isinstance(pattern, Either):
        return _is_nullable(pattern.one) or _is_nullable(pattern.other)
    return isinstance(pattern, Nothing)


def _first_keys(pattern: Pattern) -> frozenset[str]:
    if isinstance(pattern, Key):
        return frozenset(pattern.key)
    if isinstance(pattern, Either):
        return _first_keys(pattern.one) | _first_keys(pattern.other)
    if isinstance(pattern, Then):
        more = _first_keys(pattern.rest) if _is_nullable(pattern.first) else frozenset[str]()
        return _first_keys(pattern.first) | more
    return frozenset()


def _derive(pattern: Pattern, key: str) -> Pattern:
    """What may follow once this key was pressed."""
    if isinstance(pattern, Key):
        return Nothing() if pattern.key == key else Never()
    if isinstance(pattern, Either):
        return _either(_derive(pattern.one, key), _derive(pattern.other, key))
    if isinstance(pattern, Then):
        after = _then(_derive(pattern.first, key), pattern.rest)
        return _either(after, _derive(pattern.rest, key)) if _is_nullable(pattern.first) else after
    return Never()
