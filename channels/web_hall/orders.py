"""What was ordered, where does each order stand, and how is one called off?"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from starlette.responses import Response

from channels.rendering import to_local
from channels.web_hall.deed import perform, read_refusal
from channels.web_hall.hall import Hall
from channels.web_hall.visit import Visit, own
from graphql_schema.door import Turned

ORDERS_SHOWN = 50
DONE = frozenset({"placed", "cancelled", "asked_to_cancel"})
MOVING = frozenset({"PLACING", "ACKNOWLEDGED", "IN_PROGRESS", "ASSESSING_CANCELLATION", "PENDING_CANCELLATION"})
"""While an order is in one of these its page refreshes itself; one that is held or waits for its day does not."""

ACCEPTED = frozenset({"ACKNOWLEDGED", "PENDING"})
"""With the operator, and not begun."""


async def orders(hall: Hall, visit: Visit) -> Response:
    """The line's orders, newest first, and what waits to be confirmed."""
    outcome = await hall.ask("orders", own(visit), first=ORDERS_SHOWN)
    refused = hall.refuse_outcome(visit, outcome, "me", "orders")
    return refused or hall.views.render("orders.html", visit, me=(outcome.data or {})["me"], most=ORDERS_SHOWN)


async def order(hall: Hall, visit: Visit) -> Response:
    """One order: which system has it, what it costs, what to do if it is stuck. It prints as a receipt."""
    return await _show(hall, visit)


async def ask_to_cancel(hall: Hall, visit: Visit) -> Response:
    """Asks once more before an order is called off."""
    return await _show(hall, visit, "confirm_cancel.html")


async def cancel(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Calls it off; the operator may have to look at that first."""
    order_id = visit.request.path_params["order_id"]
    word = await perform(hall, visit, form, "cancel_order", back=f"/orders/{order_id}/cancel", orderId=order_id)
    if isinstance(word, Response):
        return word
    if word["__typename"] != "Order":
        return await _show(hall, visit, turned=read_refusal(word))
    done = "cancelled" if word["state"] == "CANCELLED" else "asked_to_cancel"
    return hall.views.lead_to(f"/orders/{order_id}?done={done}", visit)


async def _show(hall: Hall, visit: Visit, template: str = "order.html", turned: Turned | None = None) -> Response:
    order_id = visit.request.path_params["order_id"]
    outcome = await hall.ask("order", own(visit), id=order_id)
    refused = hall.refuse_outcome(visit, outcome, "me", "order")
    if refused:
        return refused
    found = (outcome.data or {})["me"]["order"]
    if template != "order.html" and not found["cancellable"]:
        return hall.views.lead_to(f"/orders/{order_id}", visit)
    done = visit.request.query_params.get("done")
    later = found["state"] in ACCEPTED and _starts_later(found)
    return hall.views.render(
        template,
        visit,
        status=422 if turned else 200,
        order=found,
        later=later,
        moving=found["state"] in MOVING and not later,
        turned=turned,
        done=done if done in DONE else None,
        here=f"/orders/{order_id}",
    )


def _starts_later(order: Mapping[str, Any]) -> bool:
    """Whether its first day, in Asia/Shanghai, is still to come."""
    starts_on = order["startsOn"]
    return bool(starts_on) and date.fromisoformat(starts_on) > to_local(order["asOf"]).date()
