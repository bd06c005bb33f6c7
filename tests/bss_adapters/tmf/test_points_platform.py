"""Are the points of an operator's platform read as they stand there, and is nobody shown another's?"""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from bss_adapters.tmf.points_platform import TmfPointsPlatform, parse_entries, parse_points
from bss_adapters.tmf.reading import Reading
from graphql_schema.loyalty_ports import PlatformPoints
from graphql_schema.ports import BssFault
from tests.bss_adapters.conftest import Hall

pytestmark = pytest.mark.anyio

EVER = {"after": date(2020, 1, 1), "before": date(2030, 1, 1)}
AS_OF = datetime(2026, 11, 22, tzinfo=UTC)
MEMBER = {"id": "G1", "relatedParty": [{"id": "L1", "role": "line"}]}
LOT = {
    "id": "B1",
    "loyaltyProgramMember": {"id": "G1", "href": "-"},
    "quantity": {"unit": "point", "value": 120},
    "validFor": {"endDateTime": "2027-01-01T00:00:00+08:00"},
}
ENTRY = {
    "id": "E1", "memberId": "G1", "eventType": "burn", "eventTime": "2026-11-01T00:00:00+08:00",
    "event": {"quantity": {"unit": "point", "value": -100}, "description": "兑换"},
}  # fmt: skip


def reading(*bodies: Any) -> Reading:
    return Reading(bodies, AS_OF, stale=False)


@pytest.mark.parametrize("line_id", ["L000000-1", "L000002-1", "L000008-1"])
async def test_balance_lots_and_ledger_add_up(hall: Hall, line_id: str) -> None:
    platform = TmfPointsPlatform(hall.client)
    points, entries = await platform.fetch_points(line_id), await platform.fetch_entries(line_id, **EVER)
    assert points.points == sum(lot.points for lot in points.lots) == sum(entry.points for entry in entries) > 0
    assert [lot.ends_on for lot in points.lots] == sorted(lot.ends_on for lot in points.lots if lot.ends_on)
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)


async def test_the_ledger_is_of_the_days_that_were_asked_for(hall: Hall) -> None:
    platform = TmfPointsPlatform(hall.client)
    september = await platform.fetch_entries("L000002-1", after=date(2026, 9, 1), before=date(2026, 10, 1))
    assert [(entry.points, entry.words) for entry in september] == [(254, "消费积分"), (-1000, "兑换流量包")]
    assert not await platform.fetch_entries("L000002-1", after=date(2026, 9, 7), before=date(2026, 10, 1))


async def test_a_line_that_takes_no_part_has_no_points(hall: Hall) -> None:
    platform = TmfPointsPlatform(hall.client)
    points = await platform.fetch_points("L000001-1")
    assert points == PlatformPoints(0, (), points.as_of)
    assert await platform.fetch_entries("L000001-1", **EVER) == ()


async def test_points_end_with_their_year(hall: Hall) -> None:
    platform = TmfPointsPlatform(hall.client)
    before = await platform.fetch_points("L000000-1")
    await hall.pull("clock", {"now": "2027-01-01T00:00:01+08:00"})
    after = await platform.fetch_points("L000000-1")
    assert before.lots[0].ends_on == date(2026, 12, 31), "that is the last day on which they can be spent"
    assert after.lots == before.lots[1:]


async def test_the_last_known_balance_is_shown_with_its_time_while_the_platform_is_out(hall: Hall) -> None:
    platform = TmfPointsPlatform(hall.client)
    before = await platform.fetch_points("L000000-1")
    await hall.pull("outage", {"systems": ["loyalty"]})
    assert await platform.fetch_points("L000000-1") == replace(before, stale=True)
    with pytest.raises(BssFault, match="loyalty_unavailable"):
        await platform.fetch_points("L000002-1")


@pytest.mark.parametrize(
    "bodies",
    [
        ([MEMBER | {"relatedParty": [{"id": "L2", "role": "line"}]}], [LOT]),
        ([MEMBER, MEMBER], [LOT]),
        ([MEMBER], [LOT | {"loyaltyProgramMember": {"id": "G2", "href": "-"}}]),
        ([MEMBER], [LOT | {"quantity": {"unit": "CNY", "value": 120}}]),
        ([MEMBER], [LOT | {"quantity": {"unit": "point", "value": -1}}]),
        ([MEMBER], {}),
    ],
    ids=["another line", "two members", "another member", "another unit", "below nothing", "no list"],
)
def test_a_balance_that_is_not_this_lines_points_is_garbled(bodies: tuple[Any, ...]) -> None:
    with pytest.raises(BssFault, match="loyalty_garbled"):
        parse_points(reading(*bodies), line_id="L1")


def test_an_entry_of_another_member_is_garbled_and_one_without_points_left_out() -> None:
    with pytest.raises(BssFault, match="loyalty_garbled"):
        parse_entries(reading([MEMBER], [ENTRY | {"memberId": "G2"}]), line_id="L1")
    silent = ENTRY | {"event": {"quantity": {"unit": "point", "value": 0}}}
    [entry] = parse_entries(reading([MEMBER], [ENTRY, silent]), line_id="L1")
    assert (entry.points, entry.words) == (-100, "兑换")


@pytest.mark.parametrize(
    ("said", "last_day"),
    [
        ("2027-01-01T00:00:00+08:00", date(2026, 12, 31)),
        ("2026-12-31T16:00:00Z", date(2026, 12, 31)),
        ("2026-12-31T23:59:59+08:00", date(2026, 12, 31)),
        ("2027-01-01T00:00:01+08:00", date(2027, 1, 1)),
        ("2026-12-31", date(2026, 12, 31)),
        (None, None),
    ],
)
def test_the_last_day_is_the_one_that_the_end_ends(said: str | None, last_day: date | None) -> None:
    lot = LOT | {"validFor": {"endDateTime": said}}
    [parsed] = parse_points(reading([MEMBER], [lot]), line_id="L1").lots
    assert parsed.ends_on == last_day


def test_an_end_before_all_days_is_garbled() -> None:
    lot = LOT | {"validFor": {"endDateTime": "0001-01-01T00:00:00Z"}}
    with pytest.raises(BssFault, match="garbled"):
        parse_points(reading([MEMBER], [lot]), line_id="L1")
