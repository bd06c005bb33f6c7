"""TMF622 v4 Product Order: whose order does an event say has moved?"""

from bss_adapters.tmf.call import is_plain_id
from bss_adapters.tmf.exact_json import parse_exact_json
from bss_adapters.tmf.line_event import LONGEST_ID
from bss_adapters.tmf.wire import Wire

EVENT = "ProductOrderStateChangeEvent"
LISTENER = EVENT[0].lower() + EVENT[1:]
"""The last part of the address that it is posted to."""


def parse_order_event(body: bytes) -> str:
    """The body of a POST to ``/listener/productOrderStateChangeEvent`` → the line's id; the order is read anew.

    Raises BssFault ``order_garbled``.
    """
    envelope = Wire(parse_exact_json(body, system="order"), system="order", currency="")
    if envelope.text("eventType").lower() != EVENT.lower():
        raise envelope.garbled("eventType is another event's")
    order = envelope.child("event").child("productOrder")
    lines = [each.text("id") for each in order.children("relatedParty") if each.maybe_text("role") == "line"]
    if len(lines) != 1 or len(lines[0]) > LONGEST_ID or not is_plain_id(lines[0]):
        raise order.garbled("relatedParty names no line")
    return lines[0]
