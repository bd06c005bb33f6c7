"""Which line of a JSON text does each value stand on?"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from json import JSONDecodeError, JSONDecoder
from typing import Final

MOST_CHARACTERS: Final = 256 * 1024
MOST_DEEP: Final = 16


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the text, its line (from 1) and its JSON pointer (RFC 6901)."""

    value: "str | int | bool | Mapping[str, Node] | tuple[Node, ...] | None"
    line: int
    pointer: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a document: a stable code with parameters, no prose, and where."""

    line: int
    pointer: str
    code: str
    parameters: tuple[tuple[str, str], ...] = ()


class Unreadable(Exception):  # noqa: N818  an expected answer, caught where it is asked for
    """The text is no JSON of ours, for one reason: whatever follows cannot be told any more."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.code)
        self.fault = fault


def read_text(text: str) -> Node:
    """The whole text: strict JSON, whole numbers only (amounts are texts), each member once, at most 16 deep and 256 Ki
    characters. Raises Unreadable."""
    if len(text) > MOST_CHARACTERS:
        raise Unreadable(Fault(1, "", "text_too_long", (("most", str(MOST_CHARACTERS)),)))
    scanner = _Scanner(text)
    root = scanner.read("", 0)
    scanner.expect_end()
    return root


_GAP = re.compile(r"[ \t\n\r]*")
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?![0-9.eE])")
_STRINGS = JSONDecoder()
_HALF = re.compile(r"[\ud800-\udfff]")
_WORD = re.compile(r"true|false|null")
_WORDS: Final[Mapping[str, bool | None]] = {"true": True, "false": False, "null": None}


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0
        self._line, self._line_at = 1, 0

    def read(self, pointer: str, depth: int) -> Node:
        """The value that begins after the gap."""
        if depth > MOST_DEEP:
            raise self._unreadable("too_deep", pointer, most=str(MOST_DEEP))
        mark, line = self._peek(), self._find_line()
        if mark == "{":
            return Node(self._read_members(pointer, depth), line, pointer)
        if mark == "[":
            places = enumerate(self._walk("[", "]", pointer))
            return Node(tuple(self.read(f"{pointer}/{place}", depth + 1) for place, _ in places), line, pointer)
        if mark == '"':
            return Node(self._read_string(pointer), line, pointer)
        return Node(self._read_plain(pointer), line, pointer)

    def expect_end(self) -> None:
        """Nothing may follow."""
        if self._peek():
            raise self._unreadable("not_json", "", expected="end")

    def _read_members(self, pointer: str, depth: int) -> Mapping[str, Node]:
        members: dict[str, Node] = {}
        for _ in self._walk("{", "}", pointer):
            if self._peek() != '"':
                raise self._unreadable("not_json", pointer, expected="name")
            name = self._read_string(pointer)
            if name in members:
                raise self._unreadable("member_twice", pointer, member=name)
            self._take(":", pointer)
            members[name] = self.read(f"{pointer}/{_escape(name)}", depth + 1)
        return members

    def _walk(self, begins: str, ends: str, pointer: str) -> Iterator[None]:
        """Once before each element; between two of them stands a comma."""
        self._take(begins, pointer)
        while self._peek() != ends:
            yield
            if self._peek() != ends:
                self._take(",", pointer)
                if self._peek() == ends:
                    raise self._unreadable("not_json", pointer, expected="value")
        self._take(ends, pointer)

    def _read_string(self, pointer: str) -> str:
        try:
            string, self._at = _STRINGS.raw_decode(self._text, self._at)
        except JSONDecodeError:
            raise self._unreadable("not_json", pointer, expected="string") from None
        if _HALF.search(string):
            raise self._unreadable("not_json", pointer, expected="string")
        return str(string)

    def _read_plain(self, pointer: str) -> int | bool | None:
        word = _WORD.match(self._text, self._at)
        number = _WHOLE.match(self._text, self._at)
        found = word or number
        if found is None:
            raise self._unreadable("not_json", pointer, expected="value")
        self._at = found.end()
        return _WORDS[found.group()] if word else int(found.group())

    def _take(self, mark: str, pointer: str) -> None:
        if self._peek() != mark:
            raise self._unreadable("not_json", pointer, expected=mark)
        self._at += 1

    def _peek(self) -> str:
        gap = _GAP.match(self._text, self._at)
        self._at = gap.end() if gap else self._at
        return self._text[self._at : self._at + 1]

    def _find_line(self) -> int:
        self._line += self._text.count("\n", self._line_at, self._at)
        self._line_at = self._at
        return self._line

    def _unreadable(self, code: str, pointer: str, **parameters: str) -> Unreadable:
        return Unreadable(Fault(self._find_line(), pointer, code, tuple(parameters.items())))


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
