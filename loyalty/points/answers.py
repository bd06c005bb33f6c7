"""What does the points ledger answer?

What is done again answers the same. A refusal leaves nothing behind: the same event may be tried again later.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

EVENT_CHARACTERS: Final = 160


class EventReused(ValueError):  # noqa: N818  a caller's mistake that has a name
    """An event's name that stands for another deed."""


class Kind(StrEnum):
    """Why points moved: what a statement words."""

    BILL = "bill"
    ON_TIME = "on_time"
    TENURE = "tenure"
    REWARD = "reward"
    SPENT = "spent"
    DONATED = "donated"
    RETURNED = "returned"
    TAKEN_BACK = "taken_back"
    REPAID = "repaid"
    TRANSFERRED = "transferred"
    EXPIRED = "expired"
    CLOSED = "closed"
    WRITTEN_OFF = "written_off"


class Reason(StrEnum):
    """Which rule refused."""

    NOT_ENOUGH = "not_enough"
    NOT_FOUND = "not_found"
    CLOSED = "closed"
    OTHER_CUSTOMER = "other_customer"
    SAME_LINE = "same_line"
    ALREADY_CAPTURED = "already_captured"
    ALREADY_RELEASED = "already_released"
    ALREADY_RETURNED = "already_returned"
    MORE_THAN_EARNED = "more_than_earned"


@dataclass(frozen=True, slots=True)
class Posted:
    """So many points moved under this event."""

    event: str
    points: int


@dataclass(frozen=True, slots=True)
class Held:
    """So many points are held under this event, or were until it was captured or released."""

    event: str
    points: int


@dataclass(frozen=True, slots=True)
class TakenBack:
    """``points`` were taken back; ``owed`` of them were not there at that moment."""

    event: str
    points: int
    owed: int


@dataclass(frozen=True, slots=True)
class PointsRefused:
    """Nothing moved. ``most`` is how many would have been possible, where that is the question."""

    reason: Reason
    most: int | None = None


def check_wish(event: str, points: int) -> None:
    """Raises ValueError for a name that is empty or too long, or for no points at all."""
    if not 0 < len(event) <= EVENT_CHARACTERS:
        raise ValueError(f"an event's name has 1 to {EVENT_CHARACTERS} characters")
    if points <= 0:
        raise ValueError("points that move are more than none")
