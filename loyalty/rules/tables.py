"""Which clauses does each fact leave standing?"""

from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from typing import Any, TypeVar

from loyalty.rules.clauses import Clause
from loyalty.rules.condition import (
    Between,
    Birthday,
    DailyHours,
    FirstTime,
    Listed,
    Measured,
    OneOf,
    Span,
    Weekdays,
    find_birthday,
    find_minute,
    find_weekday,
)
from loyalty.rules.facts import Facts
from loyalty.rules.masks import Askers, StepMasks, make_listed_masks, make_masks, make_step_masks

Table = tuple[Callable[[Facts], Any], Callable[[Any], int]]
"""How the fact is found, and which bits its value leaves standing."""

Wanted = TypeVar("Wanted", OneOf, FirstTime, Weekdays, Birthday, DailyHours)


def make_tables(clauses: Sequence[Clause]) -> tuple[Table, ...]:
    """A table for each fact that any clause asks for."""
    windows = make_step_masks([(clause.begins_at, clause.ends_at) for clause in clauses])
    floors = make_step_masks([(clause.floor_fen, None) for clause in clauses])
    return (
        (attrgetter("amount_fen"), floors.find),
        (attrgetter("at"), windows.find),
        *_make_listed_tables(clauses),
        *_make_measured_tables(clauses),
        *_make_small_tables(clauses),
    )


def _make_listed_tables(clauses: Sequence[Clause]) -> Iterator[Table]:
    every = _find_askers(clauses, OneOf)
    for what in Listed:
        asked = ((place, [each for each in asked if each.what is what]) for place, asked in every.conditions.items())
        conditions = {place: mine for place, mine in asked if mine}
        if conditions:
            yield attrgetter(what), make_listed_masks(Askers(every.count, conditions)).find


def _make_measured_tables(clauses: Sequence[Clause]) -> Iterator[Table]:
    for what in Measured:
        ranges = [_find_range(clause, what) for clause in clauses]
        if set(ranges) != {(None, None)}:
            yield attrgetter(what), make_step_masks(ranges).find


def _make_small_tables(clauses: Sequence[Clause]) -> Iterator[Table]:
    """Of facts with so few values that each can be tried."""
    first = _find_askers(clauses, FirstTime)
    if first.conditions:
        yield attrgetter("is_first"), make_masks(first, (True, False), FirstTime.includes).find
    days = _find_askers(clauses, Weekdays)
    if days.conditions:
        yield find_weekday, make_masks(days, range(1, 8), Weekdays.includes).find
    birthdays = _find_askers(clauses, Birthday)
    if birthdays.conditions:
        yield find_birthday, make_masks(birthdays, (None, *Span), Birthday.includes).find
    hours = _find_askers(clauses, DailyHours)
    if hours.conditions:
        yield find_minute, _make_hour_masks(hours).find


def _make_hour_masks(hours: Askers[DailyHours]) -> StepMasks:
    conditions = [condition for asked in hours.conditions.values() for condition in asked]
    bounds = sorted({0, *(bound for condition in conditions for bound in (condition.begins, condition.ends))})
    masks = make_masks(hours, bounds, DailyHours.includes)
    return StepMasks(bounds, (0, *(masks.find(bound) for bound in bounds)))


def _find_askers(clauses: Sequence[Clause], kind: type[Wanted]) -> Askers[Wanted]:
    asked = ([each for each in clause.conditions if isinstance(each, kind)] for clause in clauses)
    return Askers(len(clauses), {place: conditions for place, conditions in enumerate(asked) if conditions})


def _find_range(clause: Clause, what: Measured) -> tuple[int | None, int | None]:
    asked = [each for each in clause.conditions if isinstance(each, Between) and each.what is what]
    least = max((each.least for each in asked if each.least is not None), default=None)
    most = min((each.most for each in asked if each.most is not None), default=None)
    return least, None if most is None else most + 1
