"""TMF658 v4 Loyalty: which points does a line have at an operator's own platform, and how did they come and go?"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

from bss_adapters.tmf.call import Answer, plain_id, read_call
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.fault import FaultKind, bss_fault
from bss_adapters.tmf.paging import fetch_pages
from bss_adapters.tmf.reading import Question, Reading, reading_key
from bss_adapters.tmf.wire import BUSINESS_ZONE, Wire, wire_items, wire_list
from graphql_schema.loyalty_ports import PlatformEntry, PlatformLot, PlatformPoints

_API: Final = "/loyalty/v4"
_SYSTEM: Final = "loyalty"
"""With a breaker and bulkhead of its own: its bad days are nobody else's."""
_POINT: Final = "point"
"""TMF658 counts points as Money of this unit."""
_FOUND_MOST: Final = "2"
_PAGE: Final = 500
_LONGEST_WORDS: Final = 200
_BARE_DATE: Final = len("2026-12-31")
_A_MOMENT: Final = timedelta(microseconds=1)


class TmfPointsPlatform:
    """Port ``PointsPlatform`` over TMF658."""

    def __init__(self, client: TmfClient) -> None:
        self._client = client

    async def fetch_points(self, line_id: str) -> PlatformPoints:
        """The balance, and what ends when, soonest first; a line that is no member has none. Raises BssFault
        ``loyalty_*`` where nothing is known; else the last known value, with its time."""
        question = Question(
            system=_SYSTEM,
            key=reading_key("points", "balance", line_id),
            ask=partial(self._ask, line_id, "loyaltyBalance", "loyaltyProgramMember.id", {}),
            parse=partial(parse_points, line_id=line_id),
        )
        return await self._client.read(question)

    async def fetch_entries(self, line_id: str, *, after: date, before: date) -> Sequence[PlatformEntry]:
        """Its ledger from the first instant of one day up to that of another (in China), oldest first. Raises BssFault
        ``loyalty_*``."""
        days = {
            "eventTime.gte": _first_instant(after),
            "eventTime.lt": _first_instant(before),
            "sort": "eventTime",
        }
        question = Question(
            system=_SYSTEM,
            key=reading_key("points", "entries", line_id, after.isoformat(), before.isoformat()),
            ask=partial(self._ask, line_id, "loyaltyEvent", "memberId", days),
            parse=partial(parse_entries, line_id=line_id),
        )
        return await self._client.read(question)

    async def _ask(self, line_id: str, kind: str, whose: str, more: dict[str, str]) -> list[Answer]:
        """The line's member, and if there is one all pages of what is its."""
        query = {"relatedParty.id": plain_id(line_id, system=_SYSTEM), "limit": _FOUND_MOST}
        found = await self._client.fetch(read_call(_SYSTEM, f"{_API}/loyaltyProgramMember", query))
        member_id = parse_member(found.json, line_id=line_id)
        if member_id is None:
            return [found]
        asked = {whose: plain_id(member_id, system=_SYSTEM), **more}
        return [found, *await fetch_pages(self._client, _SYSTEM, f"{_API}/{kind}", asked, limit=_PAGE)]


def parse_member(body: object, *, line_id: str) -> str | None:
    """A list of LoyaltyProgramMember → the id of the line's, or None. Raises BssFault ``loyalty_garbled``, also for
    another line's, or two."""
    members = list(wire_list(body, system=_SYSTEM, currency=_POINT))
    for member in members:
        parties = list(member.children("relatedParty"))
        if [each.text("id") for each in parties if each.maybe_text("role") == "line"] != [line_id]:
            raise member.garbled("relatedParty is another line")
    if len(members) > 1:
        raise bss_fault(_SYSTEM, FaultKind.GARBLED, "two members are one line")
    return members[0].text("id") if members else None


def parse_points(reading: Reading, *, line_id: str) -> PlatformPoints:
    """A member and pages of LoyaltyBalance → its points. Raises BssFault ``loyalty_garbled``."""
    member_id = parse_member(reading.bodies[0], line_id=line_id)
    wires = wire_items(reading.bodies[1:], system=_SYSTEM, currency=_POINT)
    lots = sorted((_parse_lot(wire, member_id) for wire in wires), key=lambda lot: lot.ends_on or date.max)
    kept = tuple(lot for lot in lots if lot.points)
    return PlatformPoints(sum(lot.points for lot in kept), kept, reading.as_of, reading.stale)


def parse_entries(reading: Reading, *, line_id: str) -> tuple[PlatformEntry, ...]:
    """A member and pages of LoyaltyEvent → its ledger, oldest first. Raises BssFault ``loyalty_garbled``."""
    member_id = parse_member(reading.bodies[0], line_id=line_id)
    wires = wire_items(reading.bodies[1:], system=_SYSTEM, currency=_POINT)
    entries = [entry for wire in wires if (entry := _parse_entry(wire, member_id))]
    return tuple(sorted(entries, key=lambda entry: (entry.at, entry.id)))


def _parse_lot(wire: Wire, member_id: str | None) -> PlatformLot:
    if wire.child("loyaltyProgramMember").text("id") != member_id:
        raise wire.garbled("loyaltyProgramMember is another's")
    valid_for = wire.maybe_child("validFor")
    points = _parse_points(wire)
    if points < 0:
        raise wire.garbled("quantity is below nothing")
    return PlatformLot(points=points, ends_on=_parse_last_day(valid_for) if valid_for else None)


def _parse_last_day(valid_for: Wire) -> date | None:
    """The last business day on which they can be spent: a bare date, or the day that an instant ends."""
    said = valid_for.maybe_text("endDateTime")
    if said is None or len(said) == _BARE_DATE:
        return valid_for.maybe_day("endDateTime")
    try:
        return (valid_for.instant("endDateTime") - _A_MOMENT).astimezone(BUSINESS_ZONE).date()
    except OverflowError as error:
        raise valid_for.garbled("endDateTime is before all days") from error


def _parse_entry(wire: Wire, member_id: str | None) -> PlatformEntry | None:
    """None for an event that moved no points."""
    if wire.text("memberId") != member_id:
        raise wire.garbled("memberId is another's")
    event = wire.child("event")
    points = _parse_points(event)
    if not points:
        return None
    words = event.maybe_text("description") or wire.text("eventType")
    return PlatformEntry(id=wire.text("id"), at=wire.instant("eventTime"), points=points, words=words[:_LONGEST_WORDS])


def _parse_points(wire: Wire) -> int:
    """The whole number that ``quantity`` is."""
    points = wire.money("quantity").amount
    if points != int(points):
        raise wire.garbled("quantity is no whole number")
    return int(points)


def _first_instant(day: date) -> str:
    return datetime(day.year, day.month, day.day, tzinfo=BUSINESS_ZONE).isoformat()
