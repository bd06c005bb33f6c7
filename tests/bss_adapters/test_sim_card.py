"""When was the card of a line changed, as its product says?"""

from datetime import UTC, datetime
from typing import Any

import pytest

from bss_adapters.tmf.sim_card import parse_changed_at
from graphql_schema.ports import BssFault
from tests.bss_adapters import wire_bodies as wire


def line_with(value: Any, **changes: Any) -> dict[str, Any]:
    traits = [*wire.LINE["productCharacteristic"], {"name": "simChangedAt", "value": value}]
    return wire.LINE | {"productCharacteristic": traits} | changes


def test_the_instant_reads_in_utc() -> None:
    body = line_with("2026-11-21T10:00:00.250+08:00")
    assert parse_changed_at(body, line_id="L1") == datetime(2026, 11, 21, 2, 0, 0, 250_000, tzinfo=UTC)


def test_a_card_that_was_never_changed_has_no_instant() -> None:
    assert parse_changed_at(wire.LINE, line_id="L1") is None


@pytest.mark.parametrize("kind", ["fixed-line", "broadband-line", "iptv-line"])
def test_a_line_without_a_card_has_none(kind: str) -> None:
    body = line_with("2026-11-21T10:00:00Z", productSpecification={"id": kind})
    assert parse_changed_at(body, line_id="L1") is None


@pytest.mark.parametrize("value", [None, "", "yesterday", "2026-11-21", "2026-11-21T10:00:00", 1_795_312_800, True, []])
def test_an_instant_that_cannot_be_read_is_a_fault_and_not_never(value: Any) -> None:
    with pytest.raises(BssFault, match="line_garbled"):
        parse_changed_at(line_with(value), line_id="L1")


def test_another_lines_card_is_a_fault() -> None:
    with pytest.raises(BssFault, match="line_garbled"):
        parse_changed_at(wire.LINE, line_id="L2")
