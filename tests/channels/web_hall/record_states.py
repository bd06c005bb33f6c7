"""In which states do call records, their exports and their lock have to be shown?"""

from collections.abc import Sequence
from typing import Any

from graphql_schema.client import Outcome
from tests.channels.web_hall import facts
from tests.channels.web_hall import identity_facts as known
from tests.channels.web_hall.facts import yuan
from tests.channels.web_hall.state import State

NEWEST = {"month": "2026-11", "newest": "2026-11"}


def record(number: int, kind: str, used: int, fee: str, **other: Any) -> dict[str, Any]:
    ordinary = {
        "id": f"U{number}", "at": f"2026-11-{20 - number // 3:02}T0{number % 9}:15:30+00:00", "kind": kind,
        "direction": "OUTGOING", "place": "广州", "roaming": False, "otherNumber": "139****0001", "used": used,
        "service": None, "tariff": {"zh": "国内通话", "en": "National calls"}, "fee": yuan(fee),
    }  # fmt: skip
    return {"node": ordinary | other}


_INCLUDED = {"zh": "套餐内", "en": "Included"}
RECORDS = [
    record(0, "VOICE", 200, "0"),
    record(1, "VOICE", 45, "0", direction="INCOMING", otherNumber="10086", tariff=_INCLUDED),
    record(2, "SMS", 1, "0.1", otherNumber="137****0044", tariff={"zh": "国内短信", "en": "National texts"}),
    record(3, "DATA", 13_002_342, "0", otherNumber=None, service="视频", tariff=_INCLUDED),
    record(4, "DATA", 640_000, "3.072", otherNumber=None, roaming=True, place="泰国曼谷",
           tariff={"zh": "境外流量", "en": "Data abroad"}),
    record(5, "VALUE_ADDED", 1, "6", otherNumber=None, service="掌上阅读",
           tariff={"zh": "增值业务", "en": "Value-added service"}),
    record(6, "SMS", 1, "0", direction="INCOMING", otherNumber="106****0086", tariff=_INCLUDED),
    record(7, "DATA", 90, "0", otherNumber=None, tariff=_INCLUDED),
]  # fmt: skip
TOTALS = [
    {"kind": "VOICE", "count": 2, "used": 245, "fee": yuan("0")},
    {"kind": "SMS", "count": 2, "used": 2, "fee": yuan("0.1")},
    {"kind": "DATA", "count": 3, "used": 13_642_432, "fee": yuan("3.072")},
    {"kind": "VALUE_ADDED", "count": 1, "used": 1, "fee": yuan("6")},
]


def page(
    records: Sequence[dict[str, Any]] = RECORDS, *, more: bool = False, totals: Sequence[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """A page of records, as the graph's connection is."""
    return {
        "edges": list(records), "pageInfo": {"hasNextPage": more, "endCursor": "a-cursor" if more else None},
        "totalCount": len(records) if not more else 20_000, "month": "2026-11", "totals": totals,
        "asOf": facts.AS_OF,
    }  # fmt: skip


def look(found: dict[str, Any]) -> Outcome:
    """The plain first look."""
    return Outcome({"me": {"callRecords": found}})


def read(count: int, of: int, found: dict[str, Any] | None = None) -> Outcome:
    """How far a search has come."""
    return Outcome({"callRecordsRead": {"read": count, "of": of, "found": found}})


def export(number: int, state: str, **other: Any) -> dict[str, Any]:
    ordinary = {
        "id": f"X{number}", "month": "2026-10", "format": "XLSX", "state": state, "progress": 0, "rows": None,
        "bytes": None, "filtered": False, "askedAt": "2026-11-20T03:00:00+00:00", "readyAt": None, "expiresAt": None,
        "failure": None,
    }  # fmt: skip
    return ordinary | other


_READY = {
    "progress": 100, "rows": 19_876, "bytes": 1_468_006, "readyAt": facts.AS_OF,
    "expiresAt": "2026-11-22T00:32:00+00:00",
}  # fmt: skip
OPEN, LOCKED = ({"locked": locked, "since": facts.AS_OF if locked else None} for locked in (False, True))


def exports(*found: dict[str, Any], switch: dict[str, Any] | None = OPEN) -> Outcome:
    """The list of exports, with the switch beside it."""
    return Outcome({"me": {"recordExports": list(found), "callRecordSwitch": switch}})


def switched(switch: dict[str, Any]) -> Outcome:
    """How the lock stands."""
    return Outcome({"me": {"line": {"asOf": facts.AS_OF}, "callRecordSwitch": switch}})


def _search(name: str, answers: Sequence[Outcome] | Outcome, status: int = 200, **typed: str) -> State:
    form = NEWEST | {"kind_VOICE": "on", "order": "DEAREST"} | typed
    return State(f"records-{name}", "/records", {"records_read": answers}, who="proved", form=form, status=status)


def _bad(name: str) -> Outcome:
    return facts.refused("bad_argument", "callRecordsRead", name=name)


def _export(name: str, word: str, status: int, /, **given: Any) -> State:
    answers = {"record_switch": switched(OPEN), "export_call_records": known.said("exportCallRecords", word, **given)}
    form = NEWEST | {"deed": "send", "format": "PDF", "reveal": "on"}
    return State(f"record-export-{name}", "/records/export", answers, who="proved", form=form, status=status)


RECORD_STATES: tuple[State, ...] = (
    State("records", "/records", {"records": look(page(more=True))}, who="proved"),
    State("records-last", "/records?last=5", {"records": look(page(RECORDS[:5], more=True))}, who="proved"),
    State("records-empty", "/records?month=2026-11", {"records": look(page([]))}, who="proved"),
    State(
        "records-revealed",
        "/records",
        {"records": look(page(more=True))},
        who="proved",
        form=NEWEST | {"reveal": "on", "after": "a-cursor"},
    ),
    _search("found", [read(8, 8, page(totals=TOTALS))]),
    _search("grown", [read(1000, 3000), read(2000, 3000), read(3000, 3000, page(more=True, totals=TOTALS))]),
    _search("broken", [read(1000, 3000), facts.refused("usage_timeout", "callRecordsRead")]),
    _search("nothing", [read(8, 8, page([], totals=[]))], number="13988887777", place="北京"),
    _search("bad-number", _bad("number"), 400, number="12ab"),
    _search("bad-day", _bad("fromDay"), 400, from_day="2026-11-20", to_day="2026-11-02"),
    _search("bad-filter", _bad("wanted"), 400),
    _search("error", facts.refused("usage_unavailable", "callRecordsRead"), 503),
    State(
        "records-month",
        "/records?month=2020-01",
        {"records": facts.refused("month_not_kept", "me", "callRecords", first="2026-06", last="2026-11")},
        who="proved",
        status=404,
    ),
    State(
        "records-cursor",
        "/records?after=x",
        {"records": facts.refused("bad_cursor", "me", "callRecords")},
        who="proved",
        status=400,
    ),
    State(
        "records-locked",
        "/records",
        {"records": facts.refused("records_locked", "me", "callRecords")},
        who="proved",
        status=403,
    ),
    State(
        "records-rest",
        "/records",
        {"records": facts.refused("rests", "me", "callRecords", until="2026-11-22T00:30:00+00:00")},
        who="proved",
        status=403,
    ),
    State(
        "records-too-many", "/records", {"records": facts.refused("usage_overloaded", "me", "callRecords")}, status=503
    ),
    State("record-export", "/records/export?month=2026-10", {"record_switch": switched(OPEN)}),
    State(
        "record-export-searched",
        "/records/export",
        {"record_switch": switched(OPEN)},
        form=NEWEST | {"kind_VOICE": "on", "number": "139"},
    ),
    State("record-export-locked", "/records/export", {"record_switch": switched(LOCKED)}, status=403),
    _export("many", "TooMany", 422, most=3),
    _export("twice", "ExportUnderWay", 422, progress=40),
    _export("bad", "BadInput", 422, name="number"),
    _export("month", "MonthNotKept", 404),
    _export("shut", "RecordsLocked", 403),
    State(
        "record-exports",
        "/records/exports?done=asked",
        {
            "record_exports": exports(
                export(1, "WAITING"),
                export(2, "WORKING", progress=40, format="CSV", filtered=True),
                export(3, "READY", **_READY),
                export(4, "FAILED", format="PDF", failure="too_many_rows"),
                export(5, "GONE"),
            )
        },
    ),
    State("record-exports-empty", "/records/exports?done=deleted", {"record_exports": exports(switch=None)}),
    State(
        "record-exports-locked",
        "/records/exports",
        {"record_exports": exports(export(3, "READY", **_READY), export(6, "FAILED", failure="locked"), switch=LOCKED)},
    ),
    State(
        "record-exports-error",
        "/records/exports",
        {"record_exports": facts.refused("internal_error", "me", "recordExports")},
        status=503,
    ),
    State("record-switch", "/records/switch", {"record_switch": switched(OPEN)}),
    State("record-switch-locked", "/records/switch?done=locked", {"record_switch": switched(LOCKED)}),
)
