"""Which bill is told of after an event of the billing system, and what is refused?"""

import json
from typing import Any

import pytest

from bss_adapters.tmf.bill_event import parse_bill_event
from graphql_schema.ports import BssFault
from graphql_schema.types.bill import BillCategory
from graphql_schema.types.bill_event import BillEvent
from tests.bss_adapters import wire_bodies as wire


def event(bill: Any, event_type: str = "CustomerBillCreateEvent") -> bytes:
    envelope = {"eventId": "1", "eventTime": "2026-12-01T00:00:00+08:00", "eventType": event_type}
    return json.dumps(envelope | {"event": {"customerBill": bill}}, default=float).encode()


def test_a_whole_bill_is_more_than_enough() -> None:
    found = parse_bill_event(event(wire.BILL))
    assert (found.id, found.account_id) == (wire.BILL["id"], wire.BILL["billingAccount"]["id"])


@pytest.mark.parametrize("event_type", ["CustomerBillCreateEvent", "customerBillCreateEvent"])
@pytest.mark.parametrize("category", BillCategory)
def test_an_event_names_bill_account_and_category(category: BillCategory, event_type: str) -> None:
    bill = {"id": "B10", "billingAccount": {"id": "A1"}, "category": category.value}
    assert parse_bill_event(event(bill, event_type)) == BillEvent("B10", "A1", category)


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"[]", b"{}", b"\xff", b'{"eventType": NaN}', event(None), event([])),
        *(
            event({"id": 1}),
            event({"id": "B1", "billingAccount": {}}),
            event({"id": "账", "billingAccount": {"id": "A"}}),
        ),
        *(event(wire.BILL, "CustomerBillStateChangeEvent"), json.dumps(wire.USAGE_EVENT).encode()),
    ],
)
def test_anything_else_is_refused(body: bytes) -> None:
    with pytest.raises(BssFault, match="bill_garbled"):
        parse_bill_event(body)
