"""Which uses did a line make in a month?

A month before the world was made (and the running one up to that moment) is a pure function of the seed, the line and
the month, so nothing of it is stored.
"""

from collections.abc import Sequence
from functools import lru_cache
from random import Random
from typing import Final, NamedTuple

from sandbox.bss.month import DAY_MS, Month
from sandbox.bss.names import CITIES, other_number
from sandbox.bss.offering import UsageKind
from sandbox.bss.portfolio import Line, Trip


class Use(NamedTuple):
    """One call, message, data session or value-added event (话单). ``amount`` is seconds, messages, bytes or events.

    ``app`` names what data served, or the value-added service. ``roaming`` is away from home, in China or ``abroad``.
    """

    id: str
    line_id: str
    at_ms: int
    kind: UsageKind
    amount: int
    outgoing: bool
    other_number: str
    place: str
    roaming: bool
    long_distance: bool
    app: str
    abroad: bool = False


_HOURS = (
    0, 1, 6, 7, 7, 8, 8, 8, 9, 9, 9, 9, 10, 10, 10, 10, 11, 11, 11, 11, 12, 12, 12, 12, 13, 13, 13, 14, 14, 14, 15,
    15, 15,
    16, 16, 16, 17, 17, 17, 17, 18, 18, 18, 18, 18, 19, 19, 19, 19, 19, 20, 20, 20, 20, 20, 21, 21, 21, 21, 22, 22,
    22, 23, 23,
)  # fmt: skip
_SERVICE_NUMBERS = ("10086", "95588", "95533", "106550101", "106980095")
_ABROAD_DATA_DIVISOR: Final = 25
"""Who is abroad uses much less data: so many times less in each session."""


def count_uses(line: Line, month: Month, *, seed: int, born_ms: int) -> int:
    """How many ``derive_uses`` would give, without making them."""
    return sum(_counts(line, _chance(line, month, seed), month, born_ms)) + _count_events(line, month, born_ms)


@lru_cache(maxsize=256)
def derive_uses(line: Line, month: Month, *, seed: int, born_ms: int) -> Sequence[Use]:
    """The line's uses in the month, in order of time; none in a month that begins after the world was made."""
    if month > Month.of(born_ms):
        return ()
    chance = _chance(line, month, seed)
    calls, texts, sessions = _counts(line, chance, month, born_ms)
    times = _times(chance, calls + texts + sessions, month, born_ms)
    uses = [
        *(_call(chance, line, at_ms) for at_ms in times[:calls]),
        *(_text(chance, line, at_ms) for at_ms in times[calls : calls + texts]),
        *_sessions(chance, line, times[calls + texts :], _data_bytes(line, chance, month, born_ms)),
    ]
    if line.trips:
        uses = [_where_it_was(use, line.trips) for use in uses]
    uses += _events(line, month, seed=seed, born_ms=born_ms)
    uses.sort(key=lambda use: use.at_ms)
    stem = f"U{line.id[1:]}-{month.label}"
    return tuple(Use(f"{stem}-{order}", *use[1:]) for order, use in enumerate(uses, start=1))


def _chance(line: Line, month: Month, seed: int) -> Random:
    return Random(f"{seed}/{line.id}/{month.label}")


def _share(month: Month, born_ms: int) -> float:
    """How much of the month (not a later one) lies before the world was made."""
    return min(1.0, (born_ms - month.start_ms) / (month.end_ms - month.start_ms))


def _counts(line: Line, chance: Random, month: Month, born_ms: int) -> tuple[int, int, int]:
    if line.suspended or month > Month.of(born_ms):
        return 0, 0, 0
    habit = line.habit
    scale = _share(month, born_ms) * (0.9 + 0.2 * chance.random())
    sessions = round(habit.sessions * scale)
    if habit.data_now_bytes is not None:
        sessions = max(12, sessions)
    return round(habit.calls * scale), round(habit.texts * scale), sessions


def _count_events(line: Line, month: Month, born_ms: int) -> int:
    counts, months_ago = line.habit.events, Month.of(born_ms).since(month)
    if not counts or months_ago < 0 or line.suspended:
        return 0
    return round(counts[min(months_ago, len(counts) - 1)] * _share(month, born_ms))


def _data_bytes(line: Line, chance: Random, month: Month, born_ms: int) -> int:
    habit = line.habit
    months_ago = Month.of(born_ms).since(month)
    if months_ago == 0 and habit.data_now_bytes is not None:
        return habit.data_now_bytes
    swing = habit.swings[months_ago] if months_ago < len(habit.swings) else 0.7 + 0.6 * chance.random()
    return int(habit.data_bytes * swing * _share(month, born_ms))


def _times(chance: Random, count: int, month: Month, born_ms: int) -> list[int]:
    """Instants in the month and before the world was made, mostly when people are awake."""
    start_ms, end_ms = month.start_ms, min(month.end_ms, born_ms)
    days = (end_ms - start_ms) // DAY_MS
    draw = chance.random
    if not days:
        return [start_ms + int(draw() * (end_ms - start_ms)) for _ in range(count)]
    hours = len(_HOURS)
    return [
        start_ms + int(draw() * days) * DAY_MS + _HOURS[int(draw() * hours)] * 3_600_000 + int(draw() * 3_600_000)
        for _ in range(count)
    ]


def _call(chance: Random, line: Line, at_ms: int) -> Use:
    long_distance = chance.random() < 0.22
    elsewhere = CITIES[int(chance.random() * len(CITIES))] if long_distance else line.city
    roaming = line.kind == "mobile" and chance.random() < 0.06
    place = CITIES[int(chance.random() * len(CITIES))].zh if roaming else line.city.zh
    seconds = 1 + int(chance.expovariate(1 / 130))
    outgoing = chance.random() < 0.62
    number = other_number(chance, elsewhere)
    return Use("", line.id, at_ms, "voice", seconds, outgoing, number, place, roaming, long_distance, "")


def _text(chance: Random, line: Line, at_ms: int) -> Use:
    outgoing = chance.random() < 0.4
    number = other_number(chance, line.city, fixed_percent=0) if outgoing else chance.choice(_SERVICE_NUMBERS)
    return Use("", line.id, at_ms, "sms", 1, outgoing, number, line.city.zh, False, False, "")


def _sessions(chance: Random, line: Line, times: list[int], total_bytes: int) -> list[Use]:
    """Data sessions that add up to exactly ``total_bytes``."""
    if not times:
        return []
    weights = [chance.random() ** 2 + 0.01 for _ in times]
    scale = total_bytes / sum(weights)
    amounts = [int(weight * scale) for weight in weights]
    amounts[-1] += total_bytes - sum(amounts)
    apps, place = line.habit.apps, line.city.zh
    return [
        Use("", line.id, at_ms, "data", amount, True, "", place, False, False, apps[int(chance.random() * len(apps))])
        for at_ms, amount in zip(times, amounts, strict=True)
    ]


def _events(line: Line, month: Month, *, seed: int, born_ms: int) -> list[Use]:
    """Value-added events, drawn apart so that they change nothing else."""
    count = _count_events(line, month, born_ms)
    if not count:
        return []
    chance = Random(f"{seed}/{line.id}/{month.label}/events")
    services, place = line.habit.services, line.city.zh
    return [
        Use(
            "", line.id, at_ms, "valueAdded", 1, True, "", place, False, False,
            services[int(chance.random() * len(services))],
        )
        for at_ms in _times(chance, count, month, born_ms)
    ]  # fmt: skip


def _where_it_was(use: Use, trips: tuple[Trip, ...]) -> Use:
    """The same use as it is abroad, if it falls into a trip."""
    trip = next((trip for trip in trips if trip.covers(use.at_ms)), None)
    if trip is None:
        return use
    amount = use.amount // _ABROAD_DATA_DIVISOR + 1 if use.kind == "data" else use.amount
    return use._replace(place=trip.place, roaming=True, long_distance=False, amount=amount, abroad=True)
