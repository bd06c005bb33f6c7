"""What is the next thing to do with money that was promised?

Pure: it knows the parts, what was asked back and the day. One thing at a time, in this order: what nobody knows the end
of; what may not be kept, as ADR 14 orders it: first what did not come yet, the last part first, then what is not spent
of what came, the latest first; then what is due.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Part:
    """A part as its row says."""

    number: int
    on_day: date
    amount_fen: int
    cut_fen: int
    taken_fen: int
    reference: str | None
    state: str
    asked_at_us: int | None = None

    @property
    def net_fen(self) -> int:
        """What is or was asked for."""
        return self.amount_fen - self.cut_fen

    @property
    def held_fen(self) -> int:
        """What the customer has or can still get of it."""
        return self.net_fen - self.taken_fen if self.state in {"waiting", "asking", "given"} else 0


@dataclass(frozen=True, slots=True)
class Return:
    """Money that was asked back, as its row says."""

    reference: str
    granted: str
    most_fen: int
    taken_fen: int
    state: str
    at_us: int = 0


@dataclass(frozen=True, slots=True)
class GoOn:
    """The operator was asked for these parts, and nobody knows what became of it."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Cut:
    """So much of a part that waits never comes."""

    part: Part
    fen: int


@dataclass(frozen=True, slots=True)
class TakeBack:
    """So much of what came under a reference is to go back; ``begun``: it was asked for."""

    granted: str
    most_fen: int
    begun: Return | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """These are due: together, where the operator is to release them."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing is to be done before a day, or ever."""

    state: str
    until: date | None = None


Step = GoOn | Cut | TakeBack | Ask | Rest


def decide_step(
    kept_fen: int, parts: Sequence[Part], returns: Sequence[Return], *, today: date, together: bool
) -> Step:
    """``together``: all parts are asked for at once, and the operator releases them."""
    asked_back = next((each for each in returns if each.state == "asking"), None)
    if asked_back is not None:
        return TakeBack(asked_back.granted, asked_back.most_fen, asked_back)
    asking = tuple(part for part in parts if part.state == "asking")
    if asking:
        return GoOn(asking)
    over = sum(part.held_fen for part in parts) - kept_fen
    step = _decide_back(over, parts, returns) if over > 0 else None
    return step or _decide_ask(parts, today, together) or _decide_rest(kept_fen, parts)


def share_taken(parts: Sequence[Part], granted: str, taken_fen: int) -> list[tuple[Part, int]]:
    """Of which parts so much was taken back: of the latest first."""
    shared = []
    for part in sorted(parts, key=lambda part: -part.number):
        if part.reference == granted and part.state == "given" and taken_fen:
            took = min(part.held_fen, taken_fen)
            taken_fen -= took
            shared.append((part, took))
    return [(part, took) for part, took in shared if took]


def _decide_back(over: int, parts: Sequence[Part], returns: Sequence[Return]) -> Step | None:
    """None: what may not be kept was spent."""
    latest = sorted((part for part in parts if part.held_fen), key=lambda part: -part.number)
    for part in latest:
        if part.state == "waiting":
            return Cut(part, min(over, part.held_fen))
    empty = {each.granted for each in returns if each.taken_fen < each.most_fen}
    for part in latest:
        if part.reference is not None and part.reference not in empty:
            held = sum(each.held_fen for each in latest if each.reference == part.reference)
            return TakeBack(part.reference, min(over, held))
    return None


def _decide_ask(parts: Sequence[Part], today: date, together: bool) -> Ask | None:
    waiting = tuple(part for part in parts if part.state == "waiting")
    if together:
        return Ask(waiting) if waiting else None
    return next((Ask((part,)) for part in waiting if part.on_day <= today), None)


def _decide_rest(kept_fen: int, parts: Sequence[Part]) -> Rest:
    waiting = [part.on_day for part in parts if part.state == "waiting"]
    if waiting:
        return Rest("running", min(waiting))
    states = {part.state for part in parts}
    if states == {"refused"}:
        return Rest("refused")
    went_back = any(part.cut_fen or part.taken_fen for part in parts)
    has_some = any(part.held_fen for part in parts)
    return Rest("taken_back" if kept_fen == 0 or (went_back and not has_some) else "granted")
