"""What do the members of a campaign's document hold, and what is wrong with them?"""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from loyalty.campaigns.document_text import Fault, Node

MOST_TEXT: Final = 200
MOST_NUMBER: Final = 10**15
_MONEY = re.compile(r"(0|[1-9][0-9]{0,12})(?:\.([0-9]{2}))?")


class Members:
    """An object of the document. What is asked for is allowed; what is left at the end is unknown.

    Whatever cannot be read is noted as a fault, and None (nothing) is answered, so that reading goes on.
    """

    def __init__(self, node: Node, faults: list[Fault]) -> None:
        self.node, self.faults = node, faults
        self._left: dict[str, Node] = {}
        if isinstance(node.value, Mapping):
            self._left = dict(node.value)
        else:
            self.refuse(node, "not_an_object")

    def refuse(self, where: Node | None, code: str, **parameters: object) -> None:
        """Notes a fault, at this object where it is about none of its members."""
        place = where or self.node
        said = tuple((name, str(value)) for name, value in parameters.items())
        self.faults.append(Fault(place.line, place.pointer, code, said))

    def close(self) -> None:
        """Refuses what nobody asked for."""
        for name, node in self._left.items():
            self.refuse(node, "unknown_member", member=name)
        self._left = {}

    def take(self, name: str, *, needed: bool = False) -> Node | None:
        """A member as it stands; null is as good as absent."""
        node = self._left.pop(name, None)
        if node is not None and node.value is not None:
            return node
        if needed and isinstance(self.node.value, Mapping):
            self.faults.append(
                Fault(self.node.line, f"{self.node.pointer}/{name}", "missing_member", (("member", name),))
            )
        return None

    def text(self, name: str, *, needed: bool = False, pattern: str = "") -> str | None:
        """A text of 1-200 characters, matching all of a pattern."""
        node = self.take(name, needed=needed)
        if node is None:
            return None
        if not isinstance(node.value, str) or not 0 < len(node.value) <= MOST_TEXT:
            self.refuse(node, "not_a_text", most=MOST_TEXT)
        elif pattern and not re.fullmatch(pattern, node.value):
            self.refuse(node, "bad_form", pattern=pattern)
        else:
            return node.value
        return None

    def word(self, name: str, words: Collection[str], *, needed: bool = False) -> str | None:
        """One of a few words."""
        node = self.take(name, needed=needed)
        if node is None:
            return None
        if isinstance(node.value, str) and node.value in words:
            return node.value
        self.refuse(node, "not_one_of", words=",".join(sorted(words)))
        return None

    def whole(self, name: str, *, least: int = 0, most: int = MOST_NUMBER, needed: bool = False) -> int | None:
        """A whole number."""
        node = self.take(name, needed=needed)
        if node is None:
            return None
        if not isinstance(node.value, int) or isinstance(node.value, bool):
            self.refuse(node, "not_a_whole_number")
        elif not least <= node.value <= most:
            self.refuse(node, "out_of_range", least=least, most=most)
        else:
            return node.value
        return None

    def truth(self, name: str, *, default: bool) -> bool:
        """True or false."""
        node = self.take(name)
        if node is not None and not isinstance(node.value, bool):
            self.refuse(node, "not_true_or_false")
        return node.value if node is not None and isinstance(node.value, bool) else default

    def money(self, name: str, *, least_fen: int = 0, needed: bool = False) -> int | None:
        """Whole fen of ``"100.00"`` or ``"100"``: yuan, as a text."""
        node = self.take(name, needed=needed)
        if node is None:
            return None
        fen = parse_fen(node.value) if isinstance(node.value, str) else None
        if fen is None:
            self.refuse(node, "not_money")
        elif fen < least_fen:
            self.refuse(node, "amount_too_small", least=render_fen(least_fen))
            return None
        return fen

    def instant(self, name: str, *, needed: bool = False) -> datetime | None:
        """An instant with its offset (RFC 3339), as UTC."""
        node = self.take(name, needed=needed)
        moment = parse_instant(node.value) if node is not None and isinstance(node.value, str) else None
        if node is not None and moment is None:
            self.refuse(node, "not_an_instant")
        return moment

    def elements(self, name: str, *, needed: bool = False, most: int = 100) -> Sequence[Node]:
        """The elements of an array; needed: at least one."""
        node = self.take(name, needed=needed)
        if node is None:
            return ()
        if not isinstance(node.value, tuple):
            self.refuse(node, "not_an_array")
        elif len(node.value) > most or (needed and not node.value):
            self.refuse(node, "wrong_count", least=int(needed), most=most)
        else:
            return node.value
        return ()

    def texts(self, name: str, *, needed: bool = False) -> tuple[str, ...]:
        """An array of texts, each once."""
        found: list[str] = []
        for node in self.elements(name, needed=needed):
            if not isinstance(node.value, str) or not 0 < len(node.value) <= MOST_TEXT:
                self.refuse(node, "not_a_text", most=MOST_TEXT)
            elif node.value in found:
                self.refuse(node, "named_twice", name=node.value)
            else:
                found.append(node.value)
        return tuple(found)

    def members(self, name: str, *, needed: bool = False) -> "Members | None":
        """An object inside."""
        node = self.take(name, needed=needed)
        return None if node is None else Members(node, self.faults)


def parse_fen(text: str) -> int | None:
    """None: it is no amount in yuan with two decimals or none."""
    found = _MONEY.fullmatch(text)
    return int(found[1]) * 100 + int(found[2] or 0) if found else None


def render_fen(fen: int) -> str:
    """``100.00``."""
    return f"{fen // 100}.{fen % 100:02}"


def parse_instant(text: str) -> datetime | None:
    """None: it is no instant, or has no offset."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo and "T" in text else None
    except (ValueError, OverflowError):
        return None


def render_instant(moment: datetime) -> str:
    """``2026-11-22T04:00:00+00:00``."""
    return moment.astimezone(UTC).isoformat()
