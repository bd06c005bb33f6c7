"""TMF677 v4 Usage Consumption: how does a bucket with its counters read?"""

from datetime import datetime
from enum import Enum

from bss_adapters.tmf.wire import Wire
from graphql_schema.types.bucket import Bucket, BucketOrigin, BucketScope, PoolMember, UsageType
from graphql_schema.types.line import mask_number
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.scalar import Long

UNITS = {UsageType.DATA: "byte", UsageType.VOICE: "second", UsageType.SMS: "message"}
USAGE_TYPES = {usage_type.value: usage_type for usage_type in UsageType}
_KINDS = {
    f"{scope.value}:{word}": (scope, origin)
    for scope in BucketScope
    for word, origin in (
        ("plan", BucketOrigin.PLAN),
        ("addOn", BucketOrigin.ADD_ON),
        ("rolledOver", BucketOrigin.ROLLED_OVER),
        ("gift", BucketOrigin.GIFT),
    )
}


class _BucketStatus(Enum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    EXPIRED = "expired"


_STATUSES = {status.value: status for status in _BucketStatus}


def parse_bucket(wire: Wire, *, line_id: str, as_of: datetime, stale: bool) -> Bucket | None:
    """BucketRefOrValue → Bucket; None for an expired one. Raises BssFault ``usage_garbled``."""
    usage_type, status = wire.code("usageType", USAGE_TYPES), wire.code("status", _STATUSES)
    if status is _BucketStatus.EXPIRED:
        return None
    units, name = UNITS[usage_type], wire.text("name")
    scope, origin = _parse_kind(wire)
    used, total, throttle_after = (_read_counter(wire, each, units) for each in ("used", "total", "throttleAfter"))
    if used is None:
        raise wire.garbled("the counter used is missing")
    used_by_line = _read_counter(wire, "used", units, user=line_id)
    valid_for, shared = wire.maybe_child("validFor"), bool(wire.maybe_flag("isShared"))
    return Bucket(
        id=wire.text("id"),
        name=LocalizedText(zh=name, en=wire.maybe_text("description") or name),
        usage_type=usage_type,
        scope=scope,
        origin=origin,
        shared=shared,
        total=total,
        used=used,
        used_by_line=used if used_by_line is None else used_by_line,
        members=_read_members(wire, units, line_id=line_id) if shared else [],
        remaining=None if total is None else wire.quantity("remainingValue", units),
        throttle_after=throttle_after,
        throttled=throttle_after is not None and status is _BucketStatus.SUSPENDED,
        valid_until=valid_for.maybe_instant("endDateTime") if valid_for else None,
        as_of=as_of,
        stale=stale,
    )


def _parse_kind(wire: Wire) -> tuple[BucketScope, BucketOrigin]:
    kind = _KINDS.get(wire.text("remainingValueName"))
    if kind is None:
        raise wire.garbled("remainingValueName has an unknown code")
    return kind


def _read_counter(wire: Wire, value_name: str, units: str, *, user: str | None = None) -> Long | None:
    """The counter for all who share the bucket, or for one of them."""
    for counter in wire.children("bucketCounter"):
        if counter.text("valueName") == value_name and _counts_for(counter, user):
            return counter.quantity("value", units)
    return None


def _counts_for(counter: Wire, user: str | None) -> bool:
    if counter.maybe_text("level") != "user":
        return user is None
    return user is not None and counter.child("user").text("id") == user


def _read_members(wire: Wire, units: str, *, line_id: str) -> list[PoolMember]:
    """Everybody's part of a shared bucket, the asking line's first. Who has no number to be told by is left out."""
    parts = [each for each in wire.children("bucketCounter") if _is_part(each)]
    members = [
        PoolMember(
            masked_number=mask_number(part.child("user").text("name")),
            used=part.quantity("value", units),
            own=part.child("user").text("id") == line_id,
        )
        for part in parts
        if part.child("user").maybe_text("name")
    ]
    return sorted(members, key=lambda member: not member.own)


def _is_part(counter: Wire) -> bool:
    return counter.text("valueName") == "used" and counter.maybe_text("level") == "user"
