"""Whose part of a shared allowance is shown, and where does an allowance come from?"""

from datetime import UTC, datetime
from typing import Any

import pytest

from bss_adapters.tmf.usage_bucket import parse_bucket
from bss_adapters.tmf.wire import Wire
from graphql_schema.ports import BssFault
from graphql_schema.types.bucket import Bucket, BucketOrigin, BucketScope
from tests.bss_adapters import wire_bodies as wire

AS_OF = datetime(2026, 11, 21, tzinfo=UTC)
GIB = 1024**3


def read(body: dict[str, Any], *, line_id: str = "L1") -> Bucket:
    bucket = parse_bucket(Wire(body, system="usage", currency="CNY"), line_id=line_id, as_of=AS_OF, stale=False)
    assert bucket is not None
    return bucket


@pytest.mark.parametrize(
    ("line_id", "shown"),
    [
        ("L1", [("138****8003", GIB, True), ("138****8004", 3 * GIB, False)]),
        ("L2", [("138****8004", 3 * GIB, True), ("138****8003", GIB, False)]),
    ],
)
def test_everybodys_part_of_a_pool_shows_with_the_own_one_first_and_no_number_in_full(
    line_id: str, shown: list[tuple[str, int, bool]]
) -> None:
    members = read(wire.GENERAL_DATA, line_id=line_id).members
    assert [(member.masked_number, member.used, member.own) for member in members] == shown


def test_the_parts_of_a_pool_add_up_to_what_is_used_of_it() -> None:
    bucket = read(wire.GENERAL_DATA)
    assert sum(member.used for member in bucket.members) == bucket.used


def test_an_allowance_of_one_line_has_no_members() -> None:
    assert read(wire.GENERAL_DATA | {"isShared": False}).members == []


def test_a_member_whose_number_is_not_told_is_left_out_and_its_id_is_not_shown_instead() -> None:
    counters = [wire.counter("used", 4 * GIB, "byte"), wire.counter("used", GIB, "byte", user="L2")]
    body = wire.GENERAL_DATA | {"bucketCounter": [*counters, wire.counter("total", 10 * GIB, "byte")]}
    assert read(body).members == []


def test_a_member_without_an_id_is_a_fault() -> None:
    nobody = wire.counter("used", GIB, "byte", user="L2", number="13800138004")
    del nobody["user"]["id"]
    body = wire.GENERAL_DATA | {"bucketCounter": [*wire.GENERAL_DATA["bucketCounter"], nobody]}
    with pytest.raises(BssFault, match="usage_garbled"):
        read(body)


@pytest.mark.parametrize(
    ("word", "origin"),
    [
        ("plan", BucketOrigin.PLAN),
        ("addOn", BucketOrigin.ADD_ON),
        ("rolledOver", BucketOrigin.ROLLED_OVER),
        ("gift", BucketOrigin.GIFT),
    ],
)
def test_an_allowance_says_where_it_came_from(word: str, origin: BucketOrigin) -> None:
    dedicated = read(wire.GENERAL_DATA | {"remainingValueName": f"dedicated:{word}"})
    assert (dedicated.scope, dedicated.origin) == (BucketScope.DEDICATED, origin)
