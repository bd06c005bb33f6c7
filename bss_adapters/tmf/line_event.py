"""TMF637 v4 Product Inventory: which line does an event say has changed?"""

from bss_adapters.tmf.call import is_plain_id
from bss_adapters.tmf.exact_json import parse_exact_json
from bss_adapters.tmf.wire import Wire

EVENTS = ("ProductStateChangeEvent", "ProductAttributeValueChangeEvent")
"""What is told of lines and of their packages."""
LISTENERS = tuple(event[0].lower() + event[1:] for event in EVENTS)
"""The last part of the address that each is posted to."""
LONGEST_ID = 64
"""Of a line, as in our tables."""


def parse_line_event(body: bytes) -> str:
    """The body of a POST to ``/listener/productStateChangeEvent`` or ``…/productAttributeValueChangeEvent`` → line id.

    For a package it is the line that the package relies on. The event says only what changed, so nothing but the id is
    taken from it: the facts are read anew. Raises BssFault ``line_garbled``.
    """
    envelope = Wire(parse_exact_json(body, system="line"), system="line", currency="")
    if envelope.text("eventType").lower() not in (event.lower() for event in EVENTS):
        raise envelope.garbled("eventType is another event's")
    product = envelope.child("event").child("product")
    line_id = _find_carrier(product) or product.text("id")
    if len(line_id) > LONGEST_ID or not is_plain_id(line_id):
        raise product.garbled("id is no id")
    return line_id


def _find_carrier(product: Wire) -> str | None:
    for each in product.children("productRelationship"):
        if each.text("relationshipType") == "reliesOn":
            return each.child("product").text("id")
    return None
