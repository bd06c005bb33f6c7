"""Which line is looked at again after an event of the product inventory?"""

import json
from typing import Any

import pytest

from bss_adapters.tmf.line_event import parse_line_event
from graphql_schema.ports import BssFault
from tests.bss_adapters import wire_bodies as wire


def event(product: Any, event_type: str = "ProductStateChangeEvent") -> bytes:
    return json.dumps(wire.LINE_EVENT | {"eventType": event_type, "event": {"product": product}}).encode()


@pytest.mark.parametrize("event_type", ["ProductStateChangeEvent", "productAttributeValueChangeEvent"])
def test_a_change_of_a_line_names_it(event_type: str) -> None:
    assert parse_line_event(event(wire.LINE, event_type)) == "L1"


def test_an_event_that_tells_only_what_changed_is_enough() -> None:
    assert parse_line_event(event({"id": "L1", "status": "terminated"})) == "L1"


def test_a_change_of_a_package_names_the_line_that_holds_it() -> None:
    assert parse_line_event(event(wire.PLAN)) == "L1"


def test_a_relation_to_the_family_is_not_taken_for_a_package() -> None:
    shares = [{"relationshipType": "sharesFrom", "product": {"id": "L9"}}]
    assert parse_line_event(event(wire.LINE | {"productRelationship": shares})) == "L1"


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"{}", event({"id": ""}), event({"id": "../L1"}), event({"id": "L" * 65}), event({"id": "线"}),
        event([]), event({"id": 1}), event(wire.LINE, "ProductDeleteEvent"), json.dumps(wire.USAGE_EVENT).encode(),
    ],
)  # fmt: skip
def test_anything_else_is_refused(body: bytes) -> None:
    with pytest.raises(BssFault, match="line_garbled"):
        parse_line_event(body)
