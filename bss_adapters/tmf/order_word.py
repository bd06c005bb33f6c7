"""TMF622 v4 Product Order: which order does a ProductOrder describe?"""

from typing import NamedTuple

from bss_adapters.tmf.reading import Reading
from bss_adapters.tmf.wire import Wire, wire_list, word_codes
from graphql_schema.client import Channel
from graphql_schema.types.change import ChangeAction
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.order import (
    HoldingSystem,
    MilestoneState,
    NextStep,
    Order,
    OrderItem,
    OrderMilestone,
    OrderState,
)

OURS = "selfService"
"""The category of an order that came through this hall, and the role of the channel that it came through."""
_ACTIONS = word_codes(ChangeAction)
_STATES = word_codes(OrderState)
del _STATES["placing"]
_SYSTEMS = word_codes(HoldingSystem)
_MILESTONES = word_codes(MilestoneState)
_STEPS = word_codes(NextStep)
_CHANNELS = {channel.value: channel for channel in Channel}


class FoundOrder(NamedTuple):
    """An order, and the operator's own id of it."""

    order: Order
    wire_id: str


def parse_orders(reading: Reading, *, line_id: str, currency: str) -> list[FoundOrder]:
    """A list of ProductOrder → the line's orders, newest first. Raises BssFault ``order_garbled``, also for another
    line's: the BSS was asked for none."""
    wires = wire_list(reading.bodies[0], system="order", currency=currency)
    found = [parse_order(wire, reading, line_id=line_id) for wire in wires]
    return sorted(found, key=lambda each: (each.order.placed_at, each.wire_id), reverse=True)


def parse_order(wire: Wire, reading: Reading, *, line_id: str) -> FoundOrder:
    """ProductOrder → Order. Raises BssFault ``order_garbled``."""
    lines = [each.text("id") for each in wire.children("relatedParty") if each.maybe_text("role") == "line"]
    if lines != [line_id]:
        raise wire.garbled("relatedParty is another line")
    ours = wire.maybe_text("category") == OURS
    reference = wire.maybe_text("externalId") if ours else None
    name, failure = wire.named(), wire.maybe_child("failure")
    order = Order(
        id=reference or wire.text("id"),
        action=wire.code("action", _ACTIONS),
        name=name,
        price=wire.maybe_money("price"),
        repeats=wire.flag("repeats"),
        state=wire.code("state", _STATES),
        placed_at=wire.instant("orderDate"),
        starts_on=wire.maybe_day("requestedStartDate") or wire.maybe_day("expectedCompletionDate"),
        completed_at=wire.maybe_instant("completionDate"),
        channel=_parse_channel(wire) if ours else None,
        cancellable=wire.flag("cancellable"),
        failure=failure.named() if failure else None,
        next_step=failure.maybe_code("nextStep", _STEPS) if failure else None,
        items=[_parse_item(each, name) for each in wire.children("productOrderItem")],
        milestones=[_parse_milestone(each) for each in wire.children("milestone")],
        as_of=reading.as_of,
        stale=reading.stale,
    )
    return FoundOrder(order, wire.text("id"))


def _parse_channel(wire: Wire) -> Channel | None:
    """None for a channel that this hall does not have (any more)."""
    channels = (each for each in wire.children("channel") if each.maybe_text("role") == OURS)
    return next((_CHANNELS.get(each.text("id")) for each in channels), None)


def _parse_item(wire: Wire, of_order: LocalizedText) -> OrderItem:
    """An item is called as its offering where it says so in both languages, else as the order."""
    failure = wire.maybe_child("failure")
    return OrderItem(
        name=wire.named() if wire.maybe_text("name") else of_order,
        state=wire.code("state", _STATES),
        failure=failure.named() if failure else None,
    )


def _parse_milestone(wire: Wire) -> OrderMilestone:
    return OrderMilestone(
        name=wire.named(),
        system=wire.code("system", _SYSTEMS),
        state=wire.code("state", _MILESTONES),
        at=wire.maybe_instant("date"),
    )
