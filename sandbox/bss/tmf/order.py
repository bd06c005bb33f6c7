"""TMF622 product order: what was ordered for a line, and where does it stand?"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.bss.change_case import UnknownThingError
from sandbox.bss.month import parse_instant_ms, render_instant
from sandbox.bss.order import OrderRefusedError, cancel, place
from sandbox.bss.order_book import StoredOrder
from sandbox.bss.order_life import life_of
from sandbox.bss.reward import give
from sandbox.bss.tmf.body import check_types, read_object, wanted_text
from sandbox.bss.tmf.change_wish import parse_wish
from sandbox.bss.tmf.collection import SORT, Collection, Filters, collection_routes, render_json
from sandbox.bss.tmf.order_wire import SCHEMA, order_schemas, render_order
from sandbox.bss.tmf.problem import Problem, bad_request
from sandbox.bss.tmf.qualification import find_qualification, unknown_thing
from sandbox.bss.tmf.reward_wish import REWARD, parse_reward
from sandbox.bss.tmf.wire import ORDER, Json, reference
from sandbox.bss.world import World

_ITEMS: Final = "productOrderItem"
_TEXTS: Final = frozenset({
    "category", "description", "externalId", "notificationContact", "priority", "requestedCompletionDate",
    "requestedStartDate",
})  # fmt: skip
_OBJECTS: Final = frozenset({"billingAccount"})
_LISTS: Final = frozenset({
    "agreement", "channel", "note", "orderTotalPrice", "payment", "productOfferingQualification", _ITEMS, "quote",
    "relatedParty",
})  # fmt: skip
_LONGEST_REFERENCE: Final = 100


def order_routes(world: World, told: Callable[[], None]) -> list[Route]:
    """TMF622 (its hub is with the others); ``told`` is called when there is something to announce."""

    async def order(request: Request) -> Response:
        wire = await read_object(request, _TEXTS | _OBJECTS | _LISTS)
        placed = _place(world, wire)
        told()
        known_ms = max(placed.at_ms, world.clock.now_ms())  # the clock may have been moved back
        return render_json(render_order(world, placed, known_ms), status=201)

    async def call_off(request: Request) -> Response:
        wire = await read_object(
            request, frozenset({"productOrder", "cancellationReason", "requestedCancellationDate"})
        )
        cancelled = _cancel(world, wire)
        told()
        return render_json(_render_cancellation(cancelled), status=201)

    async def show_schema(_: Request) -> Response:
        return render_json(order_schemas())

    return [
        Route(f"{ORDER}/productOrder", order, methods=["POST"]),
        Route(f"{ORDER}/cancelProductOrder", call_off, methods=["POST"]),
        Route(SCHEMA, show_schema, methods=["GET"]),
        *(route for shelf in (_ORDERS, _CANCELLATIONS) for route in collection_routes(world, ORDER, shelf)),
    ]


def find_order(world: World, id_: str) -> StoredOrder | None:
    """The order of an id."""
    portfolio = world.find_portfolio(id_) if id_.startswith("O") else None
    orders = world.store.orders.of_portfolio(portfolio.index) if portfolio else []
    return next((order for order in orders if order.id == id_ and order.at_ms <= world.clock.now_ms()), None)


def _place(world: World, wire: Json) -> StoredOrder:
    """Raises Problem: 400 not understood or not existing, 409 not possible."""
    check_types(wire, texts=_TEXTS, flags=frozenset(), objects=_OBJECTS, lists=_LISTS)
    asked_of = wire.get("externalId")
    if asked_of is not None and len(asked_of) > _LONGEST_REFERENCE:
        raise bad_request("badProperty", f"externalId may have {_LONGEST_REFERENCE} characters.")
    try:
        return _ordered(world, wire, asked_of)
    except UnknownThingError as error:
        raise unknown_thing(error) from None
    except OrderRefusedError as error:
        raise Problem(409, error.code, error.reason, message=",".join(error.obstacles)) from None


def _ordered(world: World, wire: Json, reference: str | None) -> StoredOrder:
    if wire.get("category") == REWARD:
        reward = parse_reward(wire, _ITEMS)
        _check_references(world, wire, reward.line_id)
        return give(world, reward, reference=reference, request=wire)
    channels = wire.get("channel") or [None]
    wanted = parse_wish(wire, _ITEMS, start=wire.get("requestedStartDate"), channel=channels[0])
    _check_references(world, wire, wanted.line_id)
    return place(world, wanted, reference=reference, request=wire)


def _check_references(world: World, wire: Json, line_id: str) -> None:
    """The account that pays is the line's, and a qualification that is named was given."""
    try:
        line = world.line(line_id)
    except LookupError:
        raise UnknownThingError("unknownLine", line_id) from None
    account = wire.get("billingAccount")
    if account is not None and wanted_text(account, "id") != line.account_id:
        raise bad_request("unknownAccount", "billingAccount must be the one of the line.")
    for named in wire.get("productOfferingQualification", []):
        if find_qualification(world, wanted_text(named, "id")) is None:
            raise bad_request("unknownQualification", "There is no such productOfferingQualification.")


def _cancel(world: World, wire: Json) -> StoredOrder:
    """Raises Problem: 400 no such order, 409 too late."""
    id_ = wanted_text(wire, "productOrder", "id")
    order = find_order(world, id_)
    if order is None:
        raise bad_request("unknownOrder", f"There is no productOrder {id_}.")
    reason = wanted_text(wire, "cancellationReason") if "cancellationReason" in wire else "-"
    if "requestedCancellationDate" in wire:
        wanted_text(wire, "requestedCancellationDate")
    try:
        return cancel(world, order, reason)
    except OrderRefusedError as error:
        raise Problem(409, error.code, error.reason) from None


def _cancellation_id(order: StoredOrder) -> str:
    return f"X{order.id[1:]}"


def _render_cancellation(order: StoredOrder) -> Json:
    return {
        "id": _cancellation_id(order),
        "href": f"{ORDER}/cancelProductOrder/{_cancellation_id(order)}",
        "cancellationReason": order.deeds[-1].reason,
        "effectiveCancellationDate": render_instant(life_of(order).changes[-1].at_ms),
        "productOrder": reference(f"{ORDER}/productOrder", order.id, "ProductOrder"),
        "state": "done",
    }


def _select(world: World, filters: Filters) -> Sequence[StoredOrder]:
    """Those that were placed by now: the oldest first, or as ``sort`` says; equal instants by id, in the same order."""
    found = [order for order in _narrowed(world, filters) if order.at_ms <= world.clock.now_ms()]
    for name, keep in _COMPARISONS.items():
        for text in filters.get(f"orderDate.{name}", ()):
            limit_ms = parse_instant_ms(text)
            found = [order for order in found if keep(order.at_ms, limit_ms)]
    descending = filters.get(SORT) == frozenset({"-orderDate"})
    return sorted(found, key=lambda order: (order.at_ms, order.serial), reverse=descending)


def _narrowed(world: World, filters: Filters) -> list[StoredOrder]:
    book = world.store.orders
    if "externalId" in filters:
        return [order for text in filters["externalId"] if (order := book.find_by_reference(text))]
    if "relatedParty.id" in filters:
        indexes = {owner.index for id_ in filters["relatedParty.id"] if (owner := world.find_portfolio(id_))}
        return [order for index in sorted(indexes) for order in book.of_portfolio(index)]
    return book.all()


def _select_cancelled(world: World, _: Filters) -> Sequence[StoredOrder]:
    now_ms = world.clock.now_ms()
    return [order for order in world.store.orders.all() if life_of(order).state(now_ms) == "cancelled"]


_COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "gt": lambda at, limit: at > limit,
    "gte": lambda at, limit: at >= limit,
    "lt": lambda at, limit: at < limit,
    "lte": lambda at, limit: at <= limit,
}

_ORDERS: Collection[StoredOrder] = Collection(
    path="/productOrder",
    properties=frozenset({
        "id", "href", "state", "orderDate", "expectedCompletionDate", "completionDate", "cancellationDate",
        "cancellationReason", *_TEXTS, *_OBJECTS, *_LISTS, "action", "name", "nameEn", "price", "repeats", "milestone",
        "cancellable", "failure",
    }),
    select=_select,
    find=find_order,
    render=lambda world, order: render_order(world, order, world.clock.now_ms()),
    quick={"id": lambda order: order.id, "relatedParty.id": lambda order: order.line_id},
    ordered={"orderDate": parse_instant_ms},
)  # fmt: skip

_CANCELLATIONS: Collection[StoredOrder] = Collection(
    path="/cancelProductOrder",
    properties=frozenset({
        "id", "href", "cancellationReason", "effectiveCancellationDate", "productOrder", "state",
    }),
    select=_select_cancelled,
    render=lambda _, order: _render_cancellation(order),
    quick={"id": _cancellation_id},
)  # fmt: skip
