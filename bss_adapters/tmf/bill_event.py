"""TMF678 v4 Customer Bill: which bill does an event say was issued, and on whose account?"""

from bss_adapters.tmf.call import is_plain_id
from bss_adapters.tmf.exact_json import parse_exact_json
from bss_adapters.tmf.wire import Wire
from graphql_schema.types.bill import BillCategory
from graphql_schema.types.bill_event import BillEvent

EVENT = "CustomerBillCreateEvent"
LISTENER = EVENT[0].lower() + EVENT[1:]
"""The last part of the address that it is posted to."""
LONGEST_ID = 64
"""Of a bill and an account: what our tables can't hold is refused when it comes."""

_CATEGORIES = {category.value: category for category in BillCategory}


def parse_bill_event(body: bytes) -> BillEvent:
    """The body of a POST to ``/listener/customerBillCreateEvent`` → BillEvent. A bill without a category is a normal
    one. Raises BssFault ``bill_garbled``."""
    envelope = Wire(parse_exact_json(body, system="bill"), system="bill", currency="")
    if envelope.text("eventType").lower() != EVENT.lower():
        raise envelope.garbled("eventType is another event's")
    bill = envelope.child("event").child("customerBill")
    return BillEvent(
        id=_parse_id(bill),
        account_id=_parse_id(bill.child("billingAccount")),
        category=bill.code("category", _CATEGORIES) if bill.maybe_text("category") else BillCategory.NORMAL,
    )


def _parse_id(wire: Wire) -> str:
    value = wire.text("id")
    if len(value) > LONGEST_ID or not is_plain_id(value):
        raise wire.garbled("id is no id")
    return value
