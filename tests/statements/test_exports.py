"""Can a customer ask for exports, see them and delete them, and nobody else?"""

import asyncio
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from graphql_schema.problems import ExportUnderWay, NotFound, TooMany
from graphql_schema.types.call_record import CallDirection, CallRecordFilter, CallRecordKind
from graphql_schema.types.month import Month
from graphql_schema.types.record_export import ExportFormat, ExportState, RecordExport
from statements.export_wish import ExportWish, read_wish, write_wish
from statements.exports import SqlRecordExports, forget_exports_of
from statements.needs import Transaction, View
from statements.tables import record_export
from tests.statements.world import NUMBER, Watch, make_caller, make_deed

pytestmark = pytest.mark.anyio
OCTOBER = Month(2026, 10)
FILTER = CallRecordFilter(
    kinds=[CallRecordKind.VOICE, CallRecordKind.SMS],
    direction=CallDirection.OUTGOING,
    number="1390000",
    place="广",
    from_day=date(2026, 10, 2),
    to_day=date(2026, 10, 9),
    fee_from="0.10",
    charged_only=True,
)


async def _begin(
    exports: SqlRecordExports,
    deed: str = "D1",
    line: str = "L1",
    *,
    month: Month = OCTOBER,
    export_format: ExportFormat = ExportFormat.CSV,
    wanted: CallRecordFilter | None = None,
    reveal: bool = False,
) -> RecordExport:
    return await exports.begin(make_deed(deed, line), month, export_format, wanted, reveal=reveal)


async def test_an_export_waits_and_says_what_was_asked(exports: SqlRecordExports, watch: Watch) -> None:
    begun = await _begin(exports, wanted=FILTER)
    assert (begun.month, begun.format, begun.state) == ("2026-10", ExportFormat.CSV, ExportState.WAITING)
    assert (begun.progress, begun.filtered, begun.asked_at) == (0, True, watch())
    assert list(await exports.fetch_exports(make_caller())) == [begun]


async def test_the_same_deed_is_answered_the_same_export(exports: SqlRecordExports) -> None:
    first = await _begin(exports, wanted=FILTER)
    assert await _begin(exports, wanted=FILTER) == first
    assert list(await exports.fetch_exports(make_caller())) == [first]


@pytest.mark.parametrize(("state", "progress"), [("waiting", 0), ("working", 40)])
async def test_another_deed_that_asks_what_waits_or_works_is_refused(
    exports: SqlRecordExports, transaction: Transaction, state: str, progress: int
) -> None:
    first = await _begin(exports, wanted=FILTER)
    async with transaction() as connection:
        await connection.execute(update(record_export).values(state=state, progress=progress))
    with pytest.raises(ExportUnderWay) as refused:
        await _begin(exports, "D2", wanted=FILTER)
    assert refused.value.parameters == {"export_id": first.id, "progress": progress}
    assert [each.id for each in await exports.fetch_exports(make_caller())] == [first.id]
    assert (await _begin(exports, "D3", "L2", wanted=FILTER)).id != first.id  # another line asks for its own


async def test_of_equal_ones_at_once_one_begins_and_the_others_are_refused(exports: SqlRecordExports) -> None:
    answers = await asyncio.gather(*(_begin(exports, f"D{each}") for each in range(6)), return_exceptions=True)
    [begun] = [answer for answer in answers if isinstance(answer, RecordExport)]
    refused = [answer.parameters["export_id"] for answer in answers if isinstance(answer, ExportUnderWay)]
    assert refused == [begun.id] * 5


async def test_other_records_another_month_or_format_are_another_export(exports: SqlRecordExports) -> None:
    first = await _begin(exports)
    assert (await _begin(exports, "D2", reveal=True)).id != first.id
    assert (await _begin(exports, "D3", month=OCTOBER.plus(1))).id != first.id
    with pytest.raises(TooMany) as refused:
        await _begin(exports, "D4", export_format=ExportFormat.PDF)
    assert refused.value.parameters == {"most": 3}


async def test_a_filter_that_leaves_nothing_out_is_none(exports: SqlRecordExports) -> None:
    first = await _begin(exports, wanted=CallRecordFilter())
    assert first.filtered is False
    with pytest.raises(ExportUnderWay):
        await _begin(exports, "D2")


async def test_of_any_number_at_once_three_begin_and_equal_ones_are_one(exports: SqlRecordExports) -> None:
    months = [OCTOBER.plus(-(each % 5)) for each in range(10)]
    asked = [_begin(exports, f"D{each}", month=month) for each, month in enumerate(months)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    begun = {answer.id for answer in answers if isinstance(answer, RecordExport)}
    assert len(begun) == len(await exports.fetch_exports(make_caller())) == 3
    assert all(isinstance(answer, RecordExport | ExportUnderWay | TooMany) for answer in answers)
    await _begin(exports, "E1", "L2")  # another line has three of its own


async def test_what_was_asked_can_be_read_by_the_house_alone(exports: SqlRecordExports, view: View) -> None:
    await _begin(exports, wanted=FILTER)
    async with view() as connection:
        row = (await connection.execute(select(record_export))).one()
    assert not [kept for kept in row if NUMBER in str(kept) or "1390000" in str(kept)]


def test_a_wish_comes_back_as_it_was_sealed() -> None:
    for wish in (ExportWish(NUMBER, True, FILTER), ExportWish(None, False, None)):
        assert read_wish(write_wish(wish)) == wish


async def test_a_deleted_export_is_gone_at_once_and_told_for_a_day(exports: SqlRecordExports, watch: Watch) -> None:
    begun = await _begin(exports)
    await exports.delete(make_deed("D2"), begun.id)
    [told] = await exports.fetch_exports(make_caller())
    assert told.state is ExportState.GONE
    assert (await _begin(exports, "D3")).id != begun.id
    watch.advance(hours=24)
    assert begun.id not in [each.id for each in await exports.fetch_exports(make_caller())]
    assert await exports.forget_old() == 1


async def test_nobody_sees_or_deletes_another_lines_export(exports: SqlRecordExports) -> None:
    begun = await _begin(exports)
    assert list(await exports.fetch_exports(make_caller("L2"))) == []
    with pytest.raises(NotFound):
        await exports.delete(make_deed("D2", "L2"), begun.id)


async def test_what_is_not_ready_can_not_be_fetched(exports: SqlRecordExports) -> None:
    begun = await _begin(exports)
    assert await exports.open_file(make_caller(), begun.id) is None


async def test_exports_end_with_their_lines_holder(exports: SqlRecordExports, transaction: Transaction) -> None:
    await _begin(exports)
    async with transaction() as connection:
        await forget_exports_of(connection, "L1")
    assert list(await exports.fetch_exports(make_caller())) == []


async def test_newest_come_first(exports: SqlRecordExports, watch: Watch) -> None:
    first = await _begin(exports)
    watch.moment += timedelta(minutes=1)
    second = await _begin(exports, "D2", month=OCTOBER.plus(1))
    assert [each.id for each in await exports.fetch_exports(make_caller())] == [second.id, first.id]


@pytest.mark.parametrize("export_id", ["", "\0", "\ud800", "x" * 5000])
async def test_an_id_that_no_database_can_look_for_is_nobodys(exports: SqlRecordExports, export_id: str) -> None:
    assert await exports.open_file(make_caller(), export_id) is None
    with pytest.raises(NotFound):
        await exports.delete(make_deed(), export_id)
