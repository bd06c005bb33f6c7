"""Which bits does a value leave standing?"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from loyalty.rules.condition import OneOf

Asked = TypeVar("Asked")


@dataclass(frozen=True, slots=True)
class ListedMasks:
    """Bits by value; ``others`` for every value that nobody names."""

    by_value: Mapping[Any, int]
    others: int = 0

    def find(self, value: Any) -> int:  # noqa: ANN401  any value of a fact
        """The bits of a value."""
        return self.by_value.get(value, self.others)


@dataclass(frozen=True, slots=True)
class StepMasks:
    """Bits that change at ``bounds`` (ascending): ``masks[0]`` below the first, ``masks[n]`` from the n-th on."""

    bounds: Sequence[Any]
    masks: Sequence[int]

    def find(self, value: Any) -> int:  # noqa: ANN401  what the bounds are: numbers, or instants
        """The bits of a value."""
        return self.masks[bisect_right(self.bounds, value)]


@dataclass(frozen=True, slots=True)
class Askers(Generic[Asked]):
    """What each bit asks of one fact: nothing, or all of several conditions. ``count`` bits there are."""

    count: int
    conditions: Mapping[int, Sequence[Asked]]

    def find_standing(self, holds: Callable[[Asked], bool]) -> int:
        """The bits that ask nothing, or what holds."""
        bits = (1 << self.count) - 1
        for place, conditions in self.conditions.items():
            if not all(holds(condition) for condition in conditions):
                bits ^= 1 << place
        return bits


def make_masks(askers: Askers[Asked], values: Collection[Any], holds: Callable[[Asked, Any], bool]) -> ListedMasks:
    """By trying each of a few values."""

    def ask(value: Any) -> Callable[[Asked], bool]:  # noqa: ANN401
        return lambda asked: holds(asked, value)

    return ListedMasks({value: askers.find_standing(ask(value)) for value in values})


def make_listed_masks(askers: Askers[OneOf]) -> ListedMasks:
    """Of a fact with many values: by looking at those alone that a condition names."""
    others = askers.find_standing(lambda condition: condition.are_excluded)
    named = {place: {value for each in asked for value in each.values} for place, asked in askers.conditions.items()}
    by_value = dict.fromkeys({value for values in named.values() for value in values}, others)
    for place, conditions in askers.conditions.items():
        for value in named[place]:
            stands = all((value in each.values) is not each.are_excluded for each in conditions)
            by_value[value] = by_value[value] | 1 << place if stands else by_value[value] & ~(1 << place)
    return ListedMasks(by_value, others)


def make_step_masks(ranges: Sequence[tuple[Any, Any]]) -> StepMasks:
    """From the range of each bit: from (included) and before (not included); None: that end is open."""
    bounds = sorted({bound for ends in ranges for bound in ends if bound is not None})
    flips = dict.fromkeys(bounds, 0)
    bits = 0
    for place, (begins, ends) in enumerate(ranges):
        if begins is not None and ends is not None and begins >= ends:
            continue  # never
        if begins is None:
            bits |= 1 << place
        else:
            flips[begins] |= 1 << place
        if ends is not None:
            flips[ends] |= 1 << place
    masks = [bits]
    for bound in bounds:
        bits ^= flips[bound]
        masks.append(bits)
    return StepMasks(bounds, masks)
