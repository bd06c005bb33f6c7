"""Why does each issued bill of an account differ from the one before?

This is what the world put into its months, told from the inside, so that an explanation that was worked out from the
wire alone can be checked against it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from sandbox.bss.bill import Bill
from sandbox.bss.charge import Charge, ChargeKind
from sandbox.bss.month import Month
from sandbox.bss.portfolio import Portfolio
from sandbox.bss.rating import Rated
from sandbox.bss.world import World

CauseKind = Literal[
    "new_package", "ended_package", "price_changed", "new_discount", "lapsed_discount", "changed_discount",
    "out_of_bucket", "roaming", "third_party", "adjustment", "one_time", "late_fee",
]  # fmt: skip
_COME_GONE_CHANGED: Final[dict[ChargeKind, tuple[CauseKind, CauseKind, CauseKind]]] = {
    "recurring": ("new_package", "ended_package", "price_changed"),
    "discount": ("new_discount", "lapsed_discount", "changed_discount"),
}
_BESIDE: Final[dict[ChargeKind, CauseKind]] = {
    "adjustment": "adjustment", "penalty": "late_fee", "oneTime": "one_time",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that cost ``amount_li`` more (or less, if negative) than in the month before.

    For use outside allowances, abroad or of a third party's service, ``first_ms`` and ``last_ms`` are the first and the
    last such use of the month that was charged; None: there was none any more.
    """

    month: Month
    kind: CauseKind
    charge: Charge
    amount_li: int
    first_ms: int | None = None
    last_ms: int | None = None


def causes_of(world: World, portfolio: Portfolio) -> list[Cause]:
    """For each issued month but the first, what differs from the month before; the oldest first."""
    now_ms = world.clock.now_ms()
    bills = world.books(portfolio, now_ms).bills
    found: list[Cause] = []
    for before, bill in pairwise(bills):
        rated = world.months.rated(portfolio, bill.month, as_of_ms=now_ms)
        found += _differences(bill, before, rated)
    return found


def _differences(bill: Bill, before: Bill, rated: Sequence[Rated]) -> Iterator[Cause]:
    now, then = _by_thing(bill.charges), _by_thing(before.charges)
    for thing in {**then, **now}:
        amount_li = _sum(now.get(thing, [])) - _sum(then.get(thing, []))
        if not amount_li:
            continue
        charge = (now.get(thing) or then[thing])[0]
        days = _charged_days(charge, rated) if charge.kind == "usage" else []
        yield Cause(bill.month, _kind(charge, thing in then, thing in now), charge, amount_li, *days[:1], *days[-1:])


def _by_thing(charges: Sequence[Charge]) -> dict[tuple[str | None, ...], list[Charge]]:
    """A package or discount is one thing by its product, a use by its tariff, a late fee whichever bill it is for."""
    found: dict[tuple[str | None, ...], list[Charge]] = {}
    for charge in charges:
        name = None if charge.subject == "late_fee" else charge.tariff or charge.product_id or charge.zh
        found.setdefault((charge.kind, charge.line_id, name), []).append(charge)
    return found


def _sum(charges: Sequence[Charge]) -> int:
    return sum(charge.amount_li for charge in charges)


def _kind(charge: Charge, was_there: bool, is_there: bool) -> CauseKind:
    if charge.kind == "penalty" and charge.subject != "late_fee":  # for leaving a contract
        return "one_time"
    if charge.kind in _BESIDE:
        return _BESIDE[charge.kind]
    if charge.roaming:
        return "roaming"
    if charge.subject == "other_party" or (charge.kind == "usage" and charge.subject == "value_added"):
        return "third_party"
    if charge.kind == "usage":
        return "out_of_bucket"
    come, gone, changed = _COME_GONE_CHANGED[charge.kind]
    return changed if was_there and is_there else come if is_there else gone


def _charged_days(charge: Charge, rated: Sequence[Rated]) -> list[int]:
    """The instants at which the line's uses were charged by this tariff."""
    return [
        one.use.at_ms
        for one in rated
        if one.rate and one.fee_li and one.rate.id == charge.tariff and one.use.line_id == charge.line_id
    ]
