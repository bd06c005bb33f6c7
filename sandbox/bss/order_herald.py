"""When is told what became of an order, and of the line that it changes?"""

from collections.abc import Iterator
from typing import Final

from sandbox.bss.hub import Hub
from sandbox.bss.month import render_instant
from sandbox.bss.order_book import StoredOrder
from sandbox.bss.order_effect import opened_line_id, parse_effect
from sandbox.bss.order_life import StateChange, life_of
from sandbox.bss.tmf.inventory import render_line_now
from sandbox.bss.tmf.order_wire import render_order
from sandbox.bss.world import World

_CHANGES_STANDING: Final = frozenset({"reportLoss", "resume", "close", "keepOpen", "openLine"})
_EFFECTIVE: Final = frozenset({"completed", "partial"})


class OrderHerald:
    """Tells the hubs of each state that an order reaches (TMF622), and of its line as it takes effect (TMF637). What
    was told stands in the store: a restart repeats nothing and leaves nothing out."""

    def __init__(self, world: World, hub: Hub) -> None:
        self._world = world
        self._hub = hub

    def tell(self) -> None:
        """Announces every state that orders have reached by now."""
        book, now_ms = self._world.store.orders, self._world.clock.now_ms()
        for order in book.under_way():
            life = life_of(order)
            reached = [change for change in life.changes if change.at_ms <= now_ms]
            for place, change in enumerate(reached[order.told :], start=order.told):
                self._tell_state(order, change, is_first=place == 0)
                self._tell_lines(order, change)
            if len(reached) > order.told or life.is_over(now_ms):
                book.note_told(order, len(reached), is_over=life.is_over(now_ms))

    def _tell_state(self, order: StoredOrder, change: StateChange, *, is_first: bool) -> None:
        kind = "Create" if is_first else "StateChange"
        event = {"productOrder": render_order(self._world, order, change.at_ms)}
        at = render_instant(change.at_ms)
        self._hub.announce("productOrderingManagement", f"ProductOrder{kind}Event", at, event)

    def _tell_lines(self, order: StoredOrder, change: StateChange) -> None:
        if order.facts["action"] == "goods":
            return
        if change.state not in _EFFECTIVE and order.facts["action"] != "close":
            return
        kind = "StateChange" if order.facts["action"] in _CHANGES_STANDING else "AttributeValueChange"
        for line_id in dict.fromkeys(self._lines(order)):
            event = {"product": render_line_now(self._world, self._world.line(line_id))}
            at = render_instant(change.at_ms)
            self._hub.announce("productInventory", f"Product{kind}Event", at, event)

    def _lines(self, order: StoredOrder) -> Iterator[str]:
        """The line, those whose packages end with it, and the one that it opens."""
        effect = parse_effect(order.facts["effect"])
        portfolio = self._world.portfolio(order.portfolio)
        yield order.line_id
        for line in portfolio.lines:
            if any(package.id in effect.ends for package in line.packages) or line.id == opened_line_id(order):
                yield line.id
