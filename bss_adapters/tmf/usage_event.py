"""TMF635 v4 Usage Management: what does a usage event say was used, and from which buckets?"""

from collections.abc import Iterator
from decimal import Decimal

from bss_adapters.tmf.exact_json import parse_exact_json
from bss_adapters.tmf.usage_bucket import USAGE_TYPES
from bss_adapters.tmf.wire import Wire, wire_list
from graphql_schema.types.money import Money
from graphql_schema.types.scalar import Long
from graphql_schema.types.usage_event import UsageEvent

EVENT = "usageCreateEvent"
LONGEST_EVENT_ID = 128
LONGEST_ID = 64
"""Of a line and a bucket. What our tables can't hold is refused when it comes: stored later, it would stop others."""


def parse_usage_event(body: bytes, *, currency: str = "CNY") -> UsageEvent:
    """The body of a POST to ``/listener/usageCreateEvent`` → UsageEvent. Raises BssFault ``usage_garbled``."""
    envelope = Wire(parse_exact_json(body, system="usage"), system="usage", currency=currency)
    if envelope.text("eventType").lower() != EVENT.lower():
        raise envelope.garbled("eventType is another event's")
    usage = envelope.child("event").child("usage")
    return UsageEvent(
        id=_parse_id(usage, "id", longest=LONGEST_EVENT_ID),
        line_id=_parse_line_id(usage),
        usage_type=USAGE_TYPES.get(usage.text("usageType")),
        at=usage.instant("usageDate"),
        consumption=tuple(_parse_consumption(usage)),
        fee=_add_up_fees(usage, currency),
    )


def _parse_line_id(usage: Wire) -> str:
    for party in usage.children("relatedParty"):
        if party.maybe_text("role") == "line":
            return _parse_id(party, "id", longest=LONGEST_ID)
    raise usage.garbled("relatedParty has no line")


def _parse_id(wire: Wire, name: str, *, longest: int) -> str:
    value = wire.text(name)
    if len(value) > longest or not value.isprintable():
        raise wire.garbled(f"{name} is no id")
    return value


def _parse_consumption(usage: Wire) -> Iterator[tuple[str, Long]]:
    taken = usage.characteristic("usageCharacteristic", "consumption")
    parts = wire_list([] if taken is None else taken, system=usage.system, currency=usage.currency)
    return ((_parse_id(part, "bucketId", longest=LONGEST_ID), part.whole("amount")) for part in parts)


def _add_up_fees(usage: Wire, currency: str) -> Money:
    rated = (each.money("taxIncludedRatingAmount").amount for each in usage.children("ratedProductUsage"))
    return Money(amount=sum(rated, Decimal(0)), currency=currency)
