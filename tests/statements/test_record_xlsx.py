"""Does a workbook go on to another sheet where one is full, and is it a workbook by its own rules?"""

import io
from datetime import UTC, datetime
from zipfile import ZipFile

import pytest
from lxml import etree

from statements.record_rows import ExportHead, ExportSum
from statements.record_xlsx import ROWS_IN_A_SHEET, XlsxRecords
from statements.spool import Spool
from tests.statements.records import OCTOBER, make_october

HEAD = ExportHead("en", "A & B <Telecom>", "13800138001", OCTOBER, datetime(2026, 11, 16, 4, tzinfo=UTC), False, True)
SPACE = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def write(rows: int, *, rows_in_a_sheet: int) -> ZipFile:
    spool, total = Spool(1000), ExportSum()
    workbook = XlsxRecords(spool, HEAD, rows_in_a_sheet=rows_in_a_sheet)
    records = [make_october(order) for order in range(rows)]
    for begin in range(0, rows, 7):
        workbook.add(records[begin : begin + 7])
        total.add(records[begin : begin + 7])
    workbook.finish(total)
    content = b"".join(iter(lambda: spool.take_piece(last=True) or b"", b""))
    assert len(content) == spool.written
    return ZipFile(io.BytesIO(content))


@pytest.mark.parametrize(("rows", "sheets"), [(0, 1), (5, 1), (6, 2), (12, 3), (13, 3), (30, 6)])
def test_every_record_stands_on_one_sheet_below_its_headings(rows: int, sheets: int) -> None:
    archive = write(rows, rows_in_a_sheet=10)  # four of them are the head
    names = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
    assert len(names) == sheets
    found = 0
    for name in names:
        sheet = etree.fromstring(archive.read(name))
        numbers = [int(row.get("r")) for row in sheet.iterfind(".//m:row", SPACE)]
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) <= 10
        heads = ["".join(row.itertext()) for row in sheet.iterfind(".//m:row", SPACE)][:4]
        assert heads[0].startswith("Call records of Oct 2026")
        assert heads[1].startswith("Exported by 138****8001")
        found += len(sheet.findall(".//m:c[@s='3']", SPACE))  # instants: one a record
    assert found == rows


def test_all_parts_name_each_other() -> None:
    archive = write(30, rows_in_a_sheet=10)
    types = etree.fromstring(archive.read("[Content_Types].xml"))
    typed = {each.get("PartName").removeprefix("/") for each in types if each.get("PartName")}
    assert typed == {name for name in archive.namelist() if not name.endswith((".rels", "[Content_Types].xml"))}
    related = etree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    ids = {each.get("Id"): f"xl/{each.get('Target')}" for each in related}
    book = etree.fromstring(archive.read("xl/workbook.xml"))
    key = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    assert [ids[sheet.get(key)] for sheet in book.iterfind(".//m:sheet", SPACE)] == [
        f"xl/worksheets/sheet{each}.xml" for each in range(1, 7)
    ]
    assert len({sheet.get("name") for sheet in book.iterfind(".//m:sheet", SPACE)}) == 6


def test_a_sheet_holds_what_spreadsheets_can_open() -> None:
    assert ROWS_IN_A_SHEET < 2**20


def test_signs_that_xml_has_not_are_marked() -> None:
    spool = Spool(100_000)
    workbook = XlsxRecords(spool, HEAD)
    workbook.add([make_october(1, place="a\x00\ud800\uffffb")])
    workbook.finish(ExportSum())
    archive = ZipFile(io.BytesIO(spool.take_piece(last=True) or b""))
    assert archive.read("xl/worksheets/sheet1.xml").decode().count("a\ufffd\ufffd\ufffdb") == 1
