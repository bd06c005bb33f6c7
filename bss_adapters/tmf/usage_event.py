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


def parse_usage_event(body: bytes, *, currency: str = "CNY") -> UsageEvent:
    """The body of a POST to ``/listener/usageCreateEvent`` → UsageEvent. Raises BssFault ``usage_garbled``."""
    envelope = Wire(parse_exact_json(body, system="usage"), system="usage", currency=currency)
    if envelope.text("eventType").lower() != EVENT.lower():
        raise envelope.garbled("eventType is another event's")
    usage = envelope.child("event").child("usage")
    return UsageEvent(
        id=usage.text("id"),
        line_id=_parse_line_id(usage),
        usage_type=USAGE_TYPES.get(usage.text("usageType")),
        at=usage.instant("usageDate"),
        consumption=tuple(_parse_consumption(usage)),
        fee=_add_up_fees(usage, currency),
    )


def _parse_line_id(usage: Wire) -> str:
    for party in usage.children("relatedParty"):
        if party.maybe_text("role") == "line":
            return party.text("id")
    raise usage.garbled("relatedParty has no line")


def _parse_consumption(usage: Wire) -> Iterator[tuple[str, Long]]:
    taken = usage.characteristic("usageCharacteristic", "consumption")
    parts = wire_list([] if taken is None else taken, system=usage.system, currency=usage.currency)
    return ((part.text("bucketId"), part.whole("amount")) for part in parts)


def _add_up_fees(usage: Wire, currency: str) -> Money:
    rated = (each.money("taxIncludedRatingAmount").amount for each in usage.children("ratedProductUsage"))
    return Money(amount=sum(rated, Decimal(0)), currency=currency)
