"""What do a portfolio's orders make of what it holds?"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sandbox.bss.change import Effect, Fee, Take
from sandbox.bss.month import Month
from sandbox.bss.order_book import StoredOrder
from sandbox.bss.order_life import Life, life_of
from sandbox.bss.portfolio import Habit, Line, OneOff, Package, Portfolio


@dataclass(frozen=True, slots=True)
class LiveOrder:
    """An order with its way and what it does."""

    order: StoredOrder
    life: Life
    effect: Effect

    def done_by(self, at_ms: int) -> bool:
        """Whether it had taken effect at an instant."""
        return self.life.effect_ms is not None and self.life.effect_ms <= at_ms

    def is_open(self, at_ms: int) -> bool:
        """Whether it was placed and is not over."""
        return self.order.at_ms <= at_ms and not self.life.is_over(at_ms)


def live_orders(orders: list[StoredOrder]) -> list[LiveOrder]:
    """Orders with what they do, in the order in which they take effect."""
    live = [LiveOrder(order, life_of(order), parse_effect(order.facts["effect"])) for order in orders]
    return sorted(live, key=lambda one: (one.life.effect_ms or 0, one.order.serial))


def with_orders(portfolio: Portfolio, orders: list[LiveOrder]) -> Portfolio:
    """The portfolio with everything that its orders did and, as far as it is known, will do."""
    for one in orders:
        at_ms = one.life.closes_ms if one.effect.mark == "closing" else one.life.effect_ms
        if at_ms is not None:
            portfolio = _applied(portfolio, one, at_ms)
    return portfolio


def parse_effect(kept: dict[str, Any]) -> Effect:
    """An effect as an order keeps it (the fields of Effect, nested)."""
    takes = tuple(Take(**take) for take in kept["takes"])
    fees = tuple(Fee(**fee) for fee in kept["fees"])
    return Effect(**{**kept, "takes": takes, "ends": tuple(kept["ends"]), "fees": fees})


def opened_line_id(order: StoredOrder) -> str:
    """The id of the line that an order opens."""
    return f"L{order.portfolio:06}-o{order.serial}"


def _applied(portfolio: Portfolio, one: LiveOrder, at_ms: int) -> Portfolio:
    effect, order = one.effect, one.order
    if one.life.is_partial:  # what hung on it did not come about
        own = effect.ends[: order.facts["ownEnds"]]
        effect = replace(effect, ends=own, fees=tuple(fee for fee in effect.fees if fee.kind == "penalty"))
    taken = list(_packages(one, effect, at_ms))
    lines = tuple(_changed(line, one, effect, taken, at_ms) for line in portfolio.lines)
    if effect.number is not None:
        first = next(line for line in portfolio.lines if line.id == order.line_id)
        lines = (*lines, _opened(first, effect.number, opened_line_id(order), taken, at_ms))
    return replace(portfolio, lines=lines)


def _packages(one: LiveOrder, effect: Effect, at_ms: int) -> Iterator[tuple[str, Package]]:
    """What is taken, with the line that gets it."""
    order = one.order
    for place, take in enumerate(effect.takes, start=1):
        line_id = opened_line_id(order) if effect.number is not None else take.line_id
        id_ = f"P{order.portfolio:06}-o{order.serial}-{place}"
        until_ms = None if take.months is None else Month.of(at_ms).plus(take.months).start_ms
        yield (
            line_id,
            Package(
                id_,
                take.offering_id,
                at_ms,
                until_ms,
                contract_until_ms=take.contract_until_ms,
                free=take.free,
            ),
        )


def _changed(line: Line, one: LiveOrder, effect: Effect, taken: list[tuple[str, Package]], at_ms: int) -> Line:
    held = tuple(
        replace(package, until_ms=min(package.until_ms or at_ms, at_ms)) if package.id in effect.ends else package
        for package in line.packages
    )
    new = tuple(package for line_id, package in taken if line_id == line.id)
    line = replace(line, packages=held + new)
    if line.id != one.order.line_id:
        return line
    product_id = new[0].id if new else effect.ends[0] if effect.ends else line.id
    fees = tuple(OneOff(at_ms, fee.kind, fee.zh, fee.en, fee.amount_li, product_id) for fee in effect.fees)
    line = replace(line, one_offs=line.one_offs + fees) if effect.number is None else line
    if one.life.closes_ms is None:
        return line
    end_ms = min(line.until_ms or one.life.closes_ms, one.life.closes_ms)
    return replace(line.ended(end_ms), preclosed_ms=one.order.at_ms)


def _opened(first: Line, number: str, id_: str, taken: list[tuple[str, Package]], at_ms: int) -> Line:
    """A new mobile line of the same customer, who uses it, on the same account."""
    return Line(
        id=id_,
        kind="mobile",
        number=number,
        city=first.city,
        account_id=first.account_id,
        user=first.user,
        since_ms=at_ms,
        habit=Habit(),
        packages=tuple(package for _, package in taken),
        one_offs=(),
    )
