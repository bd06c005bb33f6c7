"""What goes wrong at the payment provider the next few times?"""

from dataclasses import dataclass, replace
from typing import Final, Literal

Mode = Literal[
    "refuse", "delay", "duplicate", "shuffle", "forge", "wrongAmount", "wrongCurrency", "silent", "dropAnswer"
]
Place = Literal["notice", "payment", "statement"]
MODES: Final[dict[str, Mode]] = {
    "refuse": "refuse",
    "delay": "delay",
    "duplicate": "duplicate",
    "shuffle": "shuffle",
    "forge": "forge",
    "wrongAmount": "wrongAmount",
    "wrongCurrency": "wrongCurrency",
    "silent": "silent",
    "dropAnswer": "dropAnswer",
}
PLACES: Final[dict[str, Place]] = {"notice": "notice", "payment": "payment", "statement": "statement"}
"""Where a lie is told."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What goes wrong ``times`` more times. ``seconds`` is how long a delay lasts, ``place`` where a lie is told."""

    mode: Mode
    times: int
    seconds: float = 5.0
    place: Place = "notice"


class BadDay:
    """The troubles that wait, one of a mode. They are forgotten when the sandbox ends."""

    def __init__(self) -> None:
        self._waiting: dict[Mode, Trouble] = {}

    def expect(self, trouble: Trouble) -> None:
        """From now on, instead of what the mode had waiting; with 0 times: no more of it."""
        self._waiting.pop(trouble.mode, None)
        if trouble.times:
            self._waiting[trouble.mode] = trouble

    def end(self) -> None:
        """Nothing goes wrong any more."""
        self._waiting.clear()

    def take(self, mode: Mode, place: Place | None = None) -> Trouble | None:
        """The trouble of a mode, if it strikes now (for a lie: if it is told in this place). It is then used up."""
        trouble = self._waiting.get(mode)
        if trouble is None or (place is not None and trouble.place != place):
            return None
        self.expect(replace(trouble, times=trouble.times - 1))
        return trouble

    def waiting(self) -> list[Trouble]:
        """All that wait."""
        return list(self._waiting.values())
