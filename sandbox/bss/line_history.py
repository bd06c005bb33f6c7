"""What became of the lines since the world was made?"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from sandbox.bss.brake import Brake, parse_kept, render_kept
from sandbox.bss.store import Store

Standing = Literal["pendingActive", "active", "suspended", "outgoingBarred", "terminated"]
"""How a line stands; ``outgoingBarred`` is 单停, ``suspended`` 双停."""
SIM: Final = "sim"
STANDINGS: Final[dict[str, Standing]] = {
    "active": "active",
    "suspended": "suspended",
    "outgoingBarred": "outgoingBarred",
    "terminated": "terminated",
}
"""What someone can do to a line; the other thing is to change its SIM card."""


class LineChange(NamedTuple):
    """Something that was done to a line: one of ``STANDINGS``, ``sim``, or a charge brake."""

    line_id: str
    at_ms: int
    what: str


@dataclass(frozen=True, slots=True)
class Recycling:
    """A number passed from its former line to a new customer, whose portfolio has this index."""

    index: int
    number: str
    former_line_id: str
    at_ms: int


class LineHistory:
    """Changes of lines and numbers that passed on, as the store keeps them. ``founders`` portfolios were there from the
    beginning; who gets a number later comes after them."""

    def __init__(self, store: Store, *, founders: int) -> None:
        self._store = store
        self._founders = founders
        self._changes: defaultdict[str, list[LineChange]] = defaultdict(list)
        self._recyclings: list[Recycling] = []
        for kept in store.line_changes():
            self._changes[kept[0]].append(LineChange(*kept))
        for recycled in store.recyclings():
            self._take(*recycled)

    @property
    def size(self) -> int:
        """How many portfolios there are by now."""
        return self._founders + len(self._recyclings)

    def note(self, line_id: str, at_ms: int, what: str) -> None:
        """Something is done to a line."""
        self._store.add_line_change(line_id, at_ms, what)
        self._changes[line_id].append(LineChange(line_id, at_ms, what))

    def recycle(self, number: str, former_line_id: str, at_ms: int) -> int:
        """A number passes on: the former line ends, if it has not yet. The index of the new portfolio."""
        self._store.add_recycling(number, former_line_id, at_ms)
        self._take(number, former_line_id, at_ms)
        return self.size - 1

    def standing(self, line_id: str, at_ms: int) -> Standing | None:
        """What was done last to how the line stands; None: nothing."""
        told = [change for change in self._until(line_id, at_ms) if change.what in STANDINGS]
        return STANDINGS[max(told, key=lambda change: change.at_ms).what] if told else None

    def sim_changed_ms(self, line_id: str, at_ms: int) -> int | None:
        """When its SIM card was last changed; None: never."""
        changed = [change.at_ms for change in self._until(line_id, at_ms) if change.what == SIM]
        return max(changed, default=None)

    def set_brake(self, line_id: str, at_ms: int, brake: Brake) -> None:
        """Charges are paused, or go on."""
        self.note(line_id, at_ms, render_kept(brake))

    def brake(self, line_id: str, at_ms: int) -> Brake:
        """The charge brake as it was set last."""
        found = [(change.at_ms, brake) for change in self._until(line_id, at_ms) if (brake := parse_kept(change.what))]
        return max(found, key=lambda one: one[0])[1] if found else Brake()

    def end_ms(self, line_id: str) -> int | None:
        """When the line ended."""
        ends = [change.at_ms for change in self._changes.get(line_id, ()) if change.what == "terminated"]
        passed_on = [recycled.at_ms for recycled in self._recyclings if recycled.former_line_id == line_id]
        return min(ends + passed_on, default=None)

    def holders_of(self, number: str) -> list[int]:
        """The portfolios that got the number later, in order."""
        return [recycled.index for recycled in self._recyclings if recycled.number == number]

    def recycling(self, index: int) -> Recycling | None:
        """How a portfolio came to be; None for one that was there from the beginning."""
        return self._recyclings[index - self._founders] if index >= self._founders else None

    def _until(self, line_id: str, at_ms: int) -> list[LineChange]:
        return [change for change in self._changes.get(line_id, ()) if change.at_ms <= at_ms]

    def _take(self, number: str, former_line_id: str, at_ms: int) -> None:
        self._recyclings.append(Recycling(self.size, number, former_line_id, at_ms))
