"""Does the switch on call records turn at the right level, and is an export begun once and by whom it may?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from graphql_schema.client import Caller, Channel, Outcome
from graphql_schema.problems import TooMany
from graphql_schema.types.record_export import ExportState
from tests.fakes.ports import LINE_ID, NUMBER, FakeBss
from tests.graphql_schema.conftest import Ask

pytestmark = pytest.mark.anyio

LOCK = """mutation($key: String! = "k-11111111") { lockCallRecords(input: {idempotencyKey: $key}) {
  __typename ... on CallRecordSwitch { locked since } ... on StepUpRequired { needed } } }"""
OPEN = """mutation($key: String! = "k-22222222") { openCallRecords(input: {idempotencyKey: $key}) {
  __typename ... on CallRecordSwitch { locked since } ... on StepUpRequired { needed } } }"""
EXPORT = """mutation($key: String! = "k-33333333", $month: String, $format: ExportFormat! = CSV,
  $wanted: CallRecordFilter, $reveal: Boolean! = false) { exportCallRecords(input: {idempotencyKey: $key, month: $month,
  format: $format, wanted: $wanted, reveal: $reveal}) { __typename ... on RecordExport { id month format state }
  ... on MonthNotKept { first last } ... on RecordsLocked { code } ... on TooMany { most } ... on BadInput { name }
  ... on ExportUnderWay { code exportId progress }
  ... on Rests { until } ... on StepUpRequired { needed } ... on NotYours { field } } }"""
DELETE = """mutation($id: ID!) { deleteRecordExport(input: {idempotencyKey: "k-44444444", exportId: $id}) {
  __typename ... on RecordExportDeleted { id } ... on NotFound { code } } }"""


@pytest.fixture
def caller() -> Caller:
    since = datetime.now(UTC) - timedelta(minutes=1)
    return Caller(Channel.APP, subscriber=LINE_ID, number=NUMBER, assurance=3, since=since)


def answer(outcome: Outcome) -> Any:
    assert outcome.errors == ()
    assert outcome.data is not None
    return next(iter(outcome.data.values()))


async def test_locking_takes_level_2_and_opening_level_3(ask: Ask, bss: FakeBss, caller: Caller) -> None:
    weaker = replace(caller, assurance=2)
    assert answer(await ask(LOCK, by=weaker)) == {
        "__typename": "CallRecordSwitch",
        "locked": True,
        "since": "2026-11-16T03:00:00+00:00",
    }
    assert answer(await ask(OPEN, by=weaker)) == {"__typename": "StepUpRequired", "needed": 3}
    stale = replace(caller, since=datetime.now(UTC) - timedelta(minutes=11))
    assert answer(await ask(OPEN, by=stale))["__typename"] == "StepUpRequired"
    assert bss.identity.locked
    assert answer(await ask(OPEN))["locked"] is False
    assert bss.identity.outcomes == [("lockCallRecords", "done", ""), ("openCallRecords", "done", "")]


async def test_locked_twice_by_one_key_it_is_one_deed(ask: Ask, bss: FakeBss) -> None:
    assert answer(await ask(LOCK)) == answer(await ask(LOCK))
    assert [call for call, _ in bss.identity.calls].count("set_switch") == 1


async def test_an_export_is_begun_and_begun_twice_it_is_the_same(ask: Ask, bss: FakeBss) -> None:
    variables = {"month": "2026-10", "format": "XLSX", "wanted": {"number": "139"}, "reveal": True}
    begun = answer(await ask(EXPORT, variables))
    assert begun == {
        "__typename": "RecordExport",
        "id": "X1",
        "month": "2026-10",
        "format": "XLSX",
        "state": "WAITING",
    }
    assert answer(await ask(EXPORT, variables)) == begun
    assert len(bss.exports.exports) == 1
    assert bss.identity.outcomes == [("exportCallRecords", "done", "2026-10 xlsx reveal")]


async def test_the_same_export_by_another_key_is_refused_with_the_one_under_way(ask: Ask, bss: FakeBss) -> None:
    begun = answer(await ask(EXPORT))
    bss.exports.exports = [replace(each, state=ExportState.WORKING, progress=40) for each in bss.exports.exports]
    for _ in range(2):  # a retry is answered the same refusal
        refused = answer(await ask(EXPORT, {"key": "k-66666666"}))
        assert refused == {
            "__typename": "ExportUnderWay",
            "code": "export_under_way",
            "exportId": begun["id"],
            "progress": 40,
        }
    assert len(bss.exports.exports) == 1
    assert bss.identity.outcomes[-1] == ("exportCallRecords", "export_under_way", "2026-11 csv")
    assert answer(await ask(EXPORT, {"key": "k-77777777", "reveal": True}))["__typename"] == "RecordExport"


@pytest.mark.parametrize(
    ("variables", "refused"),
    [
        ({"month": "2026-05"}, {"__typename": "MonthNotKept", "first": "2026-06", "last": "2026-11"}),
        ({"month": "October"}, {"__typename": "BadInput", "name": "month"}),
        ({"wanted": {"number": "x"}}, {"__typename": "BadInput", "name": "number"}),
        ({"wanted": {"kinds": []}}, {"__typename": "BadInput", "name": "kinds"}),
    ],
)
async def test_an_export_of_nonsense_is_not_begun(
    ask: Ask, bss: FakeBss, variables: dict[str, Any], refused: dict[str, str]
) -> None:
    assert answer(await ask(EXPORT, variables)) == refused
    assert bss.exports.exports == []


async def test_locked_records_are_not_exported(ask: Ask, bss: FakeBss) -> None:
    bss.identity.locked = True
    assert answer(await ask(EXPORT)) == {"__typename": "RecordsLocked", "code": "records_locked"}
    assert bss.exports.exports == []
    assert bss.identity.outcomes == [("exportCallRecords", "records_locked", "")]


async def test_too_many_exports_are_refused_with_how_many_there_may_be(
    ask: Ask, bss: FakeBss, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def begin(*_: Any, **__: Any) -> None:
        raise TooMany(most=3)

    monkeypatch.setattr(bss.exports, "begin", begin)
    assert answer(await ask(EXPORT)) == {"__typename": "TooMany", "most": 3}


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"assurance": 2}, "StepUpRequired"),
        ({"since": datetime(2026, 1, 1, tzinfo=UTC)}, "StepUpRequired"),
        ({"rests_until": datetime(2100, 1, 1, tzinfo=UTC)}, "Rests"),
        ({"fields": frozenset({"Me.bill"}), "helper": "L9"}, "NotYours"),
        ({"fields": frozenset({"Me.bill"}), "client": "partner"}, "NotYours"),
    ],
)
async def test_who_may_not_look_may_not_export(
    ask: Ask, bss: FakeBss, caller: Caller, changes: dict[str, Any], word: str
) -> None:
    assert answer(await ask(EXPORT, by=replace(caller, **changes)))["__typename"] == word
    assert bss.exports.exports == []


async def test_an_export_is_deleted_by_its_id(ask: Ask, bss: FakeBss) -> None:
    await ask(EXPORT)
    assert answer(await ask(DELETE, {"id": "X9"})) == {"__typename": "NotFound", "code": "not_found"}
    gone = await ask(DELETE.replace("k-44444444", "k-55555555"), {"id": "X1"})
    assert answer(gone) == {"__typename": "RecordExportDeleted", "id": "X1"}
    assert bss.exports.exports == []
