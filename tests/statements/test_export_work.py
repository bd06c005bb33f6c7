"""Does an export become one whole file, whatever happens to those who work on it?"""

import asyncio
import csv
import io
import os
import signal
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from lxml import etree
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from graphql_schema.ports import BssFault
from graphql_schema.types.call_record import CallDirection, CallRecordFilter, CallRecordKind
from graphql_schema.types.record_export import ExportFormat, ExportState
from statements.export_work import ATTEMPTS_MOST
from statements.needs import View
from statements.tables import record_export, record_export_part
from tests.statements.office import Office
from tests.statements.records import make_october
from tests.statements.world import NUMBER, SECRET, make_caller, make_deed

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parent.parent.parent


def read_csv(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def read_sheets(content: bytes) -> list[list[list[str]]]:
    """Each sheet's rows; formulas would show as ``=``."""
    names = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    found: list[list[list[str]]] = []
    with ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        sheets = sorted(name for name in archive.namelist() if name.startswith("xl/worksheets/"))
        for name in sheets:
            sheet = etree.fromstring(archive.read(name))
            assert not sheet.xpath("//m:f", namespaces=names), "a formula"
            found.append([_read_row(row) for row in sheet.xpath("//m:row", namespaces=names)])
    return found


def _read_row(row: Any) -> list[str]:
    cells = {cell.get("r").rstrip("0123456789"): cell.xpath("string(.)") for cell in row}
    return [cells.get(letter, "") for letter in "ABCDEFGHIJK"[: "ABCDEFGHIJK".index(max(cells)) + 1]]


async def test_a_month_becomes_csv_with_watermark_rows_and_sum(office: Office) -> None:
    office.records.total = 2500
    rows = read_csv(await office.make())
    assert rows[0] == ["2026年10月详单", "一厅电信"]
    assert rows[1] == ["本文件由 138****8001 于 2026-11-16 12:00:00 申请导出，仅供本人使用，请勿外传"] == rows[-1]
    assert rows[4][:3] == ["时间", "类型", "方式"]
    assert len(rows[5:-3]) == 2500
    assert rows[-2] == ["合计 2,500 条，费用 2,000 元"]
    assert rows[5][:6] == ["2026-11-01 00:00:00", "语音", "主叫", "广州", "", "139****0000"]


async def test_an_english_number_reads_english(office: Office) -> None:
    office.language = "en"
    rows = read_csv(await office.make())
    assert rows[0] == ["Call records of Oct 2026", "OneHall Telecom"]
    assert rows[5][1:3] == ["Voice", "Outgoing"]


async def test_its_owner_is_told_once_and_sees_how_large_it_is(office: Office) -> None:
    export_id = await office.ask()
    await office.hire().work_on_exports()
    told = await office.tell(export_id)
    assert (told.state, told.progress, told.rows) == (ExportState.READY, 100, 10)
    assert told.bytes == len(await office.fetch(export_id))
    assert told.expires_at == office.watch() + timedelta(hours=24)
    assert list(office.letters.sent.values()) == [(NUMBER, "records_ready", {})]


async def test_other_numbers_are_hidden_unless_they_were_asked_for(office: Office) -> None:
    office.records.total = 100
    assert b"13900000001" not in await office.make()
    assert b"13900000001" in await office.make(reveal=True)


async def test_only_what_matches_is_in_the_file(office: Office) -> None:
    office.records.total = 1500
    wanted = CallRecordFilter(kinds=[CallRecordKind.VOICE], direction=CallDirection.OUTGOING)
    rows = read_csv(await office.make(wanted=wanted))
    assert len(rows[5:-3]) == 375
    assert "按条件筛选" in rows[2][0]


DANGEROUS = ("=1+1", "+86139", "-2", "@SUM(A1)", "\t=1", "\r=1", " =1+1", "＝1+1", '=HYPERLINK("http://x")')


async def test_no_cell_of_csv_begins_a_formula(office: Office) -> None:
    office.records.special = [make_october(order, place=text) for order, text in enumerate(DANGEROUS)]
    rows = read_csv(await office.make())
    assert [row[3] for row in rows[5:-3]] == [f"'{text}" for text in DANGEROUS]


async def test_no_cell_of_a_workbook_is_a_formula_and_texts_stay_as_they_are(office: Office) -> None:
    office.records.special = [make_october(order, place=text) for order, text in enumerate(DANGEROUS)]
    [sheet] = read_sheets(await office.make(ExportFormat.XLSX))
    assert [row[3].replace("\n", "\r") for row in sheet[4:-1]] == list(DANGEROUS)


async def test_a_workbook_holds_numbers_as_numbers(office: Office) -> None:
    [sheet] = read_sheets(await office.make(ExportFormat.XLSX))
    assert sheet[1] == ["本文件由 138****8001 于 2026-11-16 12:00:00 申请导出，仅供本人使用，请勿外传"]
    assert sheet[4][0] == "46327.0000000000"  # 1 November 2026, 00:00
    assert sheet[4][-1] == "0.80"
    assert sheet[-1] == ["合计 10 条，费用 8 元"]


async def test_a_pdf_of_up_to_5000_rows_is_made_and_no_longer_one(office: Office) -> None:
    office.records.total = 200
    assert (await office.make(ExportFormat.PDF)).startswith(b"%PDF-")
    office.records.total = 5001
    export_id = await office.ask(ExportFormat.PDF)
    await office.hire().work_on_exports()
    told = await office.tell(export_id)
    assert (told.state, told.failure) == (ExportState.FAILED, "too_many_rows")


async def test_a_filter_can_make_a_long_month_fit_a_pdf(office: Office) -> None:
    office.records.total = 6000
    content = await office.make(ExportFormat.PDF, wanted=CallRecordFilter(number="0000012"))
    assert content.startswith(b"%PDF-")


async def test_a_month_without_records_is_a_file_too(office: Office) -> None:
    office.records.total = 0
    for export_format in ExportFormat:
        assert await office.make(export_format)


async def test_nothing_is_readable_in_the_database(office: Office, view: View) -> None:
    await office.make(reveal=True)
    async with view() as connection:
        kept = [bytes(row.sealed) for row in (await connection.execute(select(record_export_part))).all()]
        [row] = (await connection.execute(select(record_export))).all()
    assert kept
    assert not any(b"139000" in piece or "详单".encode() in piece for piece in kept)
    assert row.wish == ""


async def test_a_large_file_is_kept_in_pieces_and_comes_back_whole(office: Office) -> None:
    office.records.total = 5000
    export_id = await office.ask()
    await office.hire(part_bytes=10_000).work_on_exports()
    assert await office.count_parts() > 20
    assert len(read_csv(await office.fetch(export_id))) == 5000 + 8


async def test_nobody_else_fetches_it_and_after_a_day_it_is_gone(office: Office) -> None:
    export_id = await office.ask()
    await office.hire().work_on_exports()
    assert await office.exports.open_file(make_caller("L2"), export_id) is None
    office.watch.advance(hours=24)
    assert await office.exports.open_file(make_caller(), export_id) is None
    assert (await office.tell(export_id)).state is ExportState.GONE
    await office.exports.forget_old()
    assert await office.count_parts() == 0
    office.watch.advance(hours=24)
    await office.exports.forget_old()
    assert list(await office.exports.fetch_exports(make_caller())) == []


async def test_a_locked_line_gets_no_file_also_when_it_is_locked_meanwhile(office: Office) -> None:
    office.lock.locked = True
    first = await office.ask()
    await office.hire().work_on_exports()
    office.lock.locked, office.records.total = False, 2500

    async def lock_now(_page: int) -> None:
        office.lock.locked = True

    office.records.before_page = lock_now
    second = await office.ask()
    await office.hire(part_bytes=1000).work_on_exports()
    for export_id in (first, second):
        told = await office.tell(export_id)
        assert (told.state, told.failure) == (ExportState.FAILED, "locked")
    assert await office.count_parts() == 0
    assert not office.letters.sent


async def test_progress_is_noted_while_records_are_read(office: Office) -> None:
    office.records.total = 10_000
    export_id = await office.ask()
    seen: list[int] = []

    async def look(_page: int) -> None:
        seen.append((await office.tell(export_id)).progress)

    office.records.before_page = look
    await office.hire(part_bytes=1000).work_on_exports()
    assert seen == sorted(seen)
    assert seen[-1] == 90


async def test_a_system_that_does_not_answer_is_asked_again_later_and_not_for_ever(office: Office) -> None:
    office.records.faults = [BssFault("usage_timeout", retryable=True)]
    export_id = await office.ask()
    work = office.hire()
    assert await work.work_on_exports() == 0
    assert (await office.tell(export_id)).state is ExportState.WAITING
    office.watch.advance(seconds=5)
    assert await work.work_on_exports() == 1
    assert (await office.tell(export_id)).state is ExportState.READY

    other = await office.ask(ExportFormat.XLSX)
    office.records.faults = [BssFault("usage_timeout", retryable=True)] * ATTEMPTS_MOST
    for _ in range(ATTEMPTS_MOST):
        await work.work_on_exports()
        office.watch.advance(minutes=5)
    told = await office.tell(other)
    assert (told.state, told.failure) == (ExportState.FAILED, "bss")


async def test_a_deleted_export_is_not_finished(office: Office) -> None:
    office.records.total = 3000
    export_id = await office.ask()

    async def delete(page: int) -> None:
        if page == 1:
            await office.exports.delete(make_deed("DX"), export_id)

    office.records.before_page = delete
    await office.hire(part_bytes=1000).work_on_exports()
    assert (await office.tell(export_id)).state is ExportState.GONE
    assert await office.count_parts() == 0
    assert not office.letters.sent


async def test_of_workers_at_once_one_writes_each_file(office: Office) -> None:
    for export_format in ExportFormat:
        await office.ask(export_format)
    workers = [office.hire() for _ in range(4)]
    ended: Sequence[int] = await asyncio.gather(*(worker.work_on_exports() for worker in workers))
    assert sum(ended) == 3
    assert len(office.letters.sent) == 3


async def test_a_worker_that_lost_its_lease_writes_nothing_more(office: Office) -> None:
    office.records.total = 4000
    export_id = await office.ask()
    slow, fast = office.hire(part_bytes=1000), office.hire(part_bytes=1000)

    async def overtake(page: int) -> None:
        if page == 2:
            office.records.before_page = None
            office.watch.advance(minutes=1)
            assert await fast.work_on_exports() == 1

    office.records.before_page = overtake
    assert await slow.work_on_exports() == 0
    assert len(read_csv(await office.fetch(export_id))) == 4000 + 8
    assert len(office.letters.sent) == 1


async def test_who_is_woken_again_keeps_no_short_export_waiting_behind_a_long_one(office: Office) -> None:
    long, reads, goes_on = await office.ask(ExportFormat.XLSX), asyncio.Event(), asyncio.Event()

    async def wait(_page: int) -> None:
        office.records.before_page = None
        reads.set()
        await goes_on.wait()

    office.records.before_page = wait
    work = office.hire()
    await work.wake()
    await reads.wait()
    short = await office.ask(ExportFormat.CSV)
    await work.wake()
    await _come_to(office, short, ExportState.READY)
    assert (await office.tell(long)).state is ExportState.WORKING
    goes_on.set()
    await _come_to(office, long, ExportState.READY)
    await work.stop()
    assert len(office.letters.sent) == 2


async def test_who_is_stopped_leaves_the_file_to_another(office: Office) -> None:
    await office.ask()
    reads = asyncio.Event()

    async def wait(_page: int) -> None:
        office.records.before_page = None
        reads.set()
        await asyncio.Event().wait()

    office.records.before_page = wait
    stopped = office.hire()
    await stopped.wake()
    await reads.wait()
    await stopped.stop()
    office.watch.advance(minutes=1)
    assert await office.hire().work_on_exports() == 1


async def _come_to(office: Office, export_id: str, state: ExportState) -> None:
    async with asyncio.timeout(20):
        while (await office.tell(export_id)).state is not state:  # noqa: ASYNC110  the database tells nobody
            await asyncio.sleep(0.02)


async def test_a_killed_worker_leaves_no_half_file_and_another_finishes(
    office: Office, ready_engine: AsyncEngine, database_url: str
) -> None:
    export_id = await office.ask(ExportFormat.XLSX, reveal=True)
    doomed = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.statements.doomed_worker", database_url, SECRET.decode(),
        office.watch().isoformat(), cwd=ROOT, env=os.environ, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert doomed.stdout is not None
    assert (await asyncio.wait_for(doomed.stdout.readline(), 30)).strip() == b"half"
    doomed.send_signal(signal.SIGKILL)
    assert await doomed.wait() == -signal.SIGKILL
    assert await office.count_parts() > 0, "it died before it had written anything"
    assert (await office.tell(export_id)).state is ExportState.WORKING
    assert await office.exports.open_file(make_caller(), export_id) is None

    office.records.total = 3000
    heir = office.hire()
    assert await heir.work_on_exports() == 0, "the lease of the dead lasts on"
    office.watch.advance(minutes=1)
    assert await heir.work_on_exports() == 1
    [sheet] = read_sheets(await office.fetch(export_id))
    assert len(sheet) == 3000 + 5
    assert len(office.letters.sent) == 1
