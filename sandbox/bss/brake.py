"""Which charges has a customer paused on a line?"""

from typing import Final, NamedTuple

PAUSABLE: Final = ("outOfBucket", "thirdParty", "roaming")
"""Use outside every allowance, charged value-added events, and use abroad."""
_MARK: Final = "brake:"


class Brake(NamedTuple):
    """What is paused, in the order of ``PAUSABLE``, and since when; nothing: not braked."""

    paused: tuple[str, ...] = ()
    since_ms: int | None = None

    def stops(self, charge: str) -> bool:
        """Whether a kind of charge is paused."""
        return charge in self.paused


def render_kept(brake: Brake) -> str:
    """A brake as the line's history keeps it: ``brake:1795312800000:outOfBucket,roaming``."""
    return f"{_MARK}{brake.since_ms or ''}:{','.join(brake.paused)}"


def parse_kept(what: str) -> Brake | None:
    """The brake that a change of a line was; None: it was another change."""
    if not what.startswith(_MARK):
        return None
    since, _, paused = what.removeprefix(_MARK).partition(":")
    return Brake(tuple(paused.split(",")), int(since)) if paused else Brake()
