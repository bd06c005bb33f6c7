"""What was granted to an account, on what can it be spent and until when, and what is left of it?"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from sandbox.bss.month import Month, render_day


@dataclass(frozen=True, slots=True)
class Pot:
    """Money that is not the account's own, granted at an instant. ``granted`` can be spent until ``valid_until_ms``.
    ``frozen`` is set free as months begin, ``monthly_li`` at a time, each part for that month alone. ``usable_for``
    are the only subjects that it pays; empty: all. ``key`` tells several of an account apart. ``releases`` (instant,
    amount), where there are any, say what can be spent from when, all of it until the pot ends."""

    name: Literal["granted", "frozen"]
    amount_li: int
    valid_until_ms: int
    since_ms: int = 0
    usable_for: tuple[str, ...] = ()
    monthly_li: int = 0
    key: str = ""
    releases: tuple[tuple[int, int], ...] = ()


class Lot(NamedTuple):
    """Granted money that can be spent from an instant until another."""

    id: str
    amount_li: int
    since_ms: int
    until_ms: int
    usable_for: tuple[str, ...]

    def pays(self, subject: str) -> bool:
        """Whether it may be spent on a subject."""
        return not self.usable_for or subject in self.usable_for


class Standing(NamedTuple):
    """What is left of granted money at an instant; ``releases`` (instant, amount) of what is frozen."""

    id: str
    name: Literal["granted", "frozen"]
    left_li: int
    since_ms: int
    until_ms: int
    usable_for: tuple[str, ...]
    releases: tuple[tuple[int, int], ...] = ()


def released_monthly(since_ms: int, amount_li: int, months: int, usable_for: Sequence[str], key: str = "") -> Pot:
    """A frozen pot that is set free in so many equal parts, from the next month on."""
    ends_ms = Month.of(since_ms).plus(months + 1).start_ms
    part_li = -(-amount_li // (months * 10)) * 10  # whole fen, so the last part may be smaller
    return Pot("frozen", amount_li, ends_ms, since_ms, tuple(usable_for), part_li, key)


def lapsed(pot: Pot, at_ms: int) -> Pot:
    """The same pot, of which nothing can be spent from an instant on, and in the month of that instant."""
    until_ms = min(pot.valid_until_ms, at_ms)
    if pot.releases:
        begun = tuple((since_ms, part_li) for since_ms, part_li in pot.releases if since_ms < until_ms)
        return replace(pot, amount_li=sum(li for _, li in begun), valid_until_ms=until_ms, releases=begun)
    if pot.name == "granted":
        return replace(pot, valid_until_ms=until_ms)
    free_li = sum(part_li for month, part_li in _monthly(pot) if month.end_ms <= at_ms)
    return replace(pot, amount_li=free_li, valid_until_ms=until_ms)


class Purse:
    """The granted money of an account while the months go by. What can be spent on little goes first, then what ends
    soonest."""

    def __init__(self, account_id: str, pots: Iterable[Pot]) -> None:
        self._pots = [(pot_id(account_id, pot), pot) for pot in pots]
        lots = [lot for id_, pot in self._pots for lot in lots_of(id_, pot)]
        self._lots = sorted(lots, key=lambda lot: (not lot.usable_for, lot.until_ms, lot.id))
        self._left_li = {lot.id: lot.amount_li for lot in lots}

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever granted."""
        return not self._pots

    def beginnings(self, start_ms: int, end_ms: int) -> list[int]:
        """When money became spendable within a span, in order."""
        return sorted({lot.since_ms for lot in self._lots if start_ms < lot.since_ms < end_ms})

    def spend(self, open_li: Mapping[str, int], *, most_li: int, in_force: tuple[int, int]) -> list[int]:
        """Pays what is open by subject, at most so much in all, from the money that is spendable from one instant up
        to another: how much each lot paid, in the order of spending."""
        still_li, paid = dict(open_li), []
        began_ms, ends_ms = in_force
        for lot in self._lots:
            if lot.since_ms > began_ms or lot.until_ms < ends_ms:
                continue
            before_li = most_li
            for subject in [name for name, amount_li in still_li.items() if amount_li > 0 and lot.pays(name)]:
                part_li = min(still_li[subject], self._left_li[lot.id], most_li)
                still_li[subject] -= part_li
                self._left_li[lot.id] -= part_li
                most_li -= part_li
            if most_li < before_li:
                paid.append(before_li - most_li)
        return paid

    def standings(self, at_ms: int) -> tuple[Standing, ...]:
        """What can be spent, in the order of spending; then what is frozen; then what has ended."""
        begun = [lot for lot in self._lots if lot.since_ms <= at_ms]
        frozen_lots = {lot.id for id_, pot in self._pots if pot.name == "frozen" for lot in lots_of(id_, pot)}
        alive = [self._standing(lot) for lot in begun if lot.until_ms > at_ms]
        ended = [
            Standing(lot.id, "granted", 0, lot.since_ms, lot.until_ms, lot.usable_for)
            for lot in begun
            if lot.until_ms <= at_ms and lot.id not in frozen_lots
        ]
        return (*alive, *_still_frozen(self._pots, at_ms), *ended)

    def _standing(self, lot: Lot) -> Standing:
        return Standing(lot.id, "granted", self._left_li[lot.id], lot.since_ms, lot.until_ms, lot.usable_for)


def pot_id(account_id: str, pot: Pot) -> str:
    """``M000001-gift3``."""
    return f"M{account_id[1:]}-{pot.key or pot.name}"


def lots_of(id_: str, pot: Pot) -> Iterator[Lot]:
    """What of a pot can be spent from when: one lot for each of its releases, in their order."""
    if pot.releases:
        for since_ms, amount_li in pot.releases:
            lot_id = id_ if pot.name == "granted" else f"{id_}-{render_day(since_ms).replace('-', '')}"
            yield Lot(lot_id, amount_li, since_ms, pot.valid_until_ms, pot.usable_for)
    elif pot.name == "granted":
        yield Lot(id_, pot.amount_li, pot.since_ms, pot.valid_until_ms, pot.usable_for)
    else:
        for month, amount_li in _monthly(pot):
            yield Lot(f"{id_}-{month.label}", amount_li, month.start_ms, month.end_ms, pot.usable_for)


def _monthly(pot: Pot) -> Iterator[tuple[Month, int]]:
    month, left_li = Month.of(pot.since_ms), pot.amount_li
    while left_li > 0 and pot.monthly_li > 0:
        month = month.plus(1)
        part_li = min(pot.monthly_li, left_li)
        left_li -= part_li
        yield month, part_li


def _still_frozen(pots: Sequence[tuple[str, Pot]], at_ms: int) -> Iterator[Standing]:
    for id_, pot in pots:
        if pot.name == "frozen" and pot.since_ms <= at_ms:
            lots = (lot for lot in lots_of(id_, pot) if lot.since_ms > at_ms and lot.amount_li > 0)
            coming = tuple((lot.since_ms, lot.amount_li) for lot in lots)
            if coming:
                left_li = sum(part_li for _, part_li in coming)
                yield Standing(id_, "frozen", left_li, pot.since_ms, pot.valid_until_ms, pot.usable_for, coming)
