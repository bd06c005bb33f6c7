"""What did orders make of a line's standing, its services and its number?"""

from typing import Final

from sandbox.bss.change import Mark
from sandbox.bss.lru import Lru
from sandbox.bss.order_effect import LiveOrder, live_orders
from sandbox.bss.portfolio import Line
from sandbox.bss.service import SERVICE
from sandbox.bss.store import Store

_OF_LOSS: Final[frozenset[Mark]] = frozenset({"lost", "found"})


class OrderHistory:
    """The orders that the store keeps, with what they do; worked out when they are asked for."""

    def __init__(self, store: Store) -> None:
        self._book = store.orders
        self._live: Lru[int, list[LiveOrder]] = Lru(2048)

    def of(self, index: int) -> list[LiveOrder]:
        """A portfolio's orders, in the order in which they take effect. Nobody may change the list."""
        return self._live.get(index, lambda: live_orders(self._book.of_portfolio(index)))

    def forget(self, index: int) -> None:
        """An order of the portfolio was placed or changed."""
        self._live.forget(index)

    def lost_since_ms(self, line_id: str, at_ms: int) -> int | None:
        """Since when its owner has reported it lost; None: that is not so."""
        marks = [one for one in self._of_line(line_id) if one.effect.mark in _OF_LOSS and one.done_by(at_ms)]
        return marks[-1].life.effect_ms if marks and marks[-1].effect.mark == "lost" else None

    def closing(self, line_id: str, at_ms: int) -> LiveOrder | None:
        """The closing that is under way; None: there is none."""
        closings = (one for one in self._of_line(line_id) if one.effect.mark == "closing")
        return next((one for one in closings if one.is_open(at_ms)), None)

    def is_held(self, line_id: str, at_ms: int) -> bool:
        """Whether its owner had it stopped: lost, or about to be closed."""
        return self.lost_since_ms(line_id, at_ms) is not None or self.closing(line_id, at_ms) is not None

    def is_switched_on(self, line: Line, service_id: str, at_ms: int) -> bool:
        """Whether a service is on: it is held where it is an offering, else switched so last, else as usual."""
        service = SERVICE[service_id]
        if service.offering_id is not None:
            held = (package for package in line.packages if package.offering_id == service.offering_id)
            return any(package.is_held(at_ms) for package in held)
        switched = self._switched(line.id, service_id, at_ms)
        return switched[-1].effect.service_on if switched else service.usual

    def is_switched_off(self, line_id: str, service_id: str, at_ms: int) -> bool:
        """Whether somebody switched a service off and not on again; one that nobody ever switched is not meant."""
        switched = self._switched(line_id, service_id, at_ms)
        return bool(switched) and not switched[-1].effect.service_on

    def numbers_given(self, at_ms: int) -> frozenset[str]:
        """The numbers of the pool that open orders reserve, or that lines got."""
        given = (one for one in self._opening() if one.is_open(at_ms) or one.done_by(at_ms))
        return frozenset(one.effect.number for one in given if one.effect.number)

    def opened_in(self, number: str) -> list[int]:
        """The portfolios in which a line was opened with this number."""
        return [one.order.portfolio for one in self._opening() if one.effect.number == number]

    def _opening(self) -> list[LiveOrder]:
        return live_orders(self._book.of_action("openLine"))

    def _of_line(self, line_id: str) -> list[LiveOrder]:
        """Every id names its portfolio: a letter, then its index."""
        return [one for one in self.of(int(line_id[1:7])) if one.order.line_id == line_id]

    def _switched(self, line_id: str, service_id: str, at_ms: int) -> list[LiveOrder]:
        return [one for one in self._of_line(line_id) if one.effect.service == service_id and one.done_by(at_ms)]
