"""Who has points at the operator's own platform, and what became of them?"""

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from sandbox.bss.month import DAY_MS, Month

EntryKind = Literal["earn", "burn", "expire"]
_KEPT_YEARS: Final = 3
"""Points end as the third year ends, that in which they came counted."""
_BOOKED_MS: Final = 4 * DAY_MS
"""Points of a month are booked on the fifth of the next one."""


class Booking(NamedTuple):
    """Points that came, or (below 0) went, so many months before the world was made."""

    months_ago: int
    points: int
    words: str


STORIES: Final[dict[int, tuple[Booking, ...]]] = {
    0: (
        *(Booking(ago, 89 + ago, "消费积分") for ago in range(30, 0, -1)),
        Booking(9, -800, "兑换10元话费"),
        Booking(3, 200, "在网满两年奖励"),
    ),
    2: (*(Booking(ago, 254, "消费积分") for ago in range(12, 0, -1)), Booking(2, -1000, "兑换流量包")),
    8: (Booking(4, 79, "消费积分"), Booking(1, 79, "消费积分")),
}
"""By the portfolio's index: its first line is a member."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the ledger; ``serial`` counts a member's from 1."""

    serial: int
    at_ms: int
    kind: EntryKind
    points: int
    words: str


@dataclass(frozen=True, slots=True)
class PointLot:
    """What is left of the points of a year, and when they end."""

    year: int
    points: int
    since_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """A member's points at an instant: every entry, oldest first, and what is left, by what ends first. The lots are
    the sum of the entries."""

    entries: tuple[Entry, ...]
    lots: tuple[PointLot, ...]


def ledger_of(index: int, *, born_ms: int, at_ms: int) -> Ledger:
    """The points of a portfolio's member at an instant; empty for one that has none."""
    bookings = [(_at_ms(each, born_ms), each) for each in STORIES.get(index, ())]
    ends = {_end_ms(Month.of(booked_ms).year) for booked_ms, _ in bookings}
    happened: list[tuple[int, Booking | None]] = [*bookings, *((end_ms, None) for end_ms in ends)]
    left: dict[int, int] = {}
    entries: list[Entry] = []
    for happened_ms, booking in sorted(happened, key=lambda each: each[0]):
        if happened_ms > at_ms:
            break
        for kind, points, words in _booked(booking, happened_ms, left):
            entries.append(Entry(len(entries) + 1, happened_ms, kind, points, words))
    lots = [PointLot(year, points, Month(year, 1).start_ms, _end_ms(year)) for year, points in left.items() if points]
    return Ledger(tuple(entries), tuple(sorted(lots, key=lambda lot: lot.year)))


def _booked(booking: Booking | None, at_ms: int, left: dict[int, int]) -> list[tuple[EntryKind, int, str]]:
    """What is written at an instant, and done to what is left by year: what ends first is spent first."""
    if booking is None:
        gone = sum(left.pop(year) for year in list(left) if _end_ms(year) <= at_ms)
        return [("expire", -gone, "积分到期")] if gone else []
    if booking.points > 0:
        year = Month.of(at_ms).year
        left[year] = left.get(year, 0) + booking.points
        return [("earn", booking.points, booking.words)]
    still = -booking.points
    for year in sorted(left):
        part = min(left[year], still)
        left[year] -= part
        still -= part
    return [("burn", booking.points, booking.words)]


def _at_ms(booking: Booking, born_ms: int) -> int:
    """Within a month, what is spent comes a day after what was booked."""
    day_ms = _BOOKED_MS if booking.points > 0 else _BOOKED_MS + DAY_MS
    return Month.of(born_ms).plus(-booking.months_ago).start_ms + day_ms


def _end_ms(year: int) -> int:
    return Month(year + _KEPT_YEARS, 1).start_ms
