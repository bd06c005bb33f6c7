"""How do call records become a workbook of any length?

XlsxWriter keeps rows in files of its own, in the clear and left behind by a process that dies. Here they go straight
through the archive into sealed pieces (ECMA-376 part 1, §18: a sheet of inline strings), and memory stays constant.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import IO, Any, cast
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from graphql_schema.types.call_record import CallRecord
from statements.cells import begins_formula
from statements.record_rows import Cell, ExportHead, ExportSum, lay_out_record
from statements.spool import Spool
from statements.xlsx_parts import HEADING, INSTANT, MONEY, PLAIN, QUOTED, list_parts

ROWS_IN_A_SHEET = 1_048_575
"""One less than a sheet can have (ECMA-376: 2^20)."""

_HEAD_ROWS = 4
_WIDTHS = (20, 10, 10, 14, 8, 18, 24, 24, 14, 8, 12)
_EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  spreadsheets know no zones
_DAY_SECONDS = 86400
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LETTERS = "ABCDEFGHIJK"


class XlsxRecords:
    """Writes a workbook into a spool: as many sheets as it takes, each with watermark and headings, numbers as
    numbers."""

    def __init__(self, spool: Spool, head: ExportHead, *, rows_in_a_sheet: int = ROWS_IN_A_SHEET) -> None:
        self._head, self._words, self._most = head, head.wording, rows_in_a_sheet
        self._archive = ZipFile(cast(Any, spool), "w", ZIP_DEFLATED, compresslevel=4)  # a spool only grows
        self._sheets, self._row = 0, 0
        self._sheet = self._begin_sheet()

    def add(self, records: Sequence[CallRecord]) -> None:
        """Writes these."""
        rows = [lay_out_record(record, self._words) for record in records]
        while rows:
            room = self._most - self._row
            if room <= 0:
                self._end_sheet()
                self._sheet, room = self._begin_sheet(), self._most - self._row
            self._write(rows[:room])
            rows = rows[room:]

    def finish(self, total: ExportSum) -> None:
        """Writes the sum, and what makes an archive a workbook."""
        if self._row >= self._most:
            self._end_sheet()
            self._sheet = self._begin_sheet()
        self._write([(total.spell(self._words),)])
        self._end_sheet()
        for name, text in list_parts(self._sheets, self._words("records.sheet"), self._head):
            self._archive.writestr(_name_entry(name, self._head), text, ZIP_DEFLATED)
        self._archive.close()

    def _begin_sheet(self) -> IO[bytes]:
        self._sheets += 1
        self._row = 0
        name = f"xl/worksheets/sheet{self._sheets}.xml"
        sheet = self._archive.open(_name_entry(name, self._head), "w")
        widths = "".join(
            f'<col min="{place}" max="{place}" width="{width}" customWidth="1"/>'
            for place, width in enumerate(_WIDTHS, 1)
        )
        sheet.write(
            b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
            b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews>'
            b'<sheetView workbookViewId="0"><pane ySplit="4" topLeftCell="A5" activePane="bottomLeft" state="frozen"/>'
            b"</sheetView></sheetViews><cols>" + widths.encode() + b"</cols><sheetData>"
        )
        self._sheet = sheet
        self._write([(self._head.title, self._head.operator), (self._head.mark,), (self._head.subject,)])
        self._write([self._head.columns], HEADING)
        return sheet

    def _end_sheet(self) -> None:
        header = escape(self._head.mark).replace("&amp;", "&amp;&amp;")
        last = f"{_LETTERS[-1]}{self._row}"
        self._sheet.write(
            f'</sheetData><autoFilter ref="A{_HEAD_ROWS}:{last}"/>'
            f'<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/>'
            f"<headerFooter><oddHeader>&amp;C{header}</oddHeader><oddFooter>&amp;C&amp;P / &amp;N</oddFooter>"
            "</headerFooter></worksheet>".encode()
        )
        self._sheet.close()

    def _write(self, rows: Sequence[Sequence[Cell]], style: int = PLAIN) -> None:
        self._sheet.write("".join(self._spell_row(row, style) for row in rows).encode())

    def _spell_row(self, row: Sequence[Cell], style: int) -> str:
        self._row += 1
        cells = "".join(_spell_cells(row, self._row, style))
        return f'<row r="{self._row}">{cells}</row>'


def _spell_cells(row: Sequence[Cell], number: int, style: int) -> Iterator[str]:
    for letter, cell in zip(_LETTERS, row, strict=False):
        place = f'<c r="{letter}{number}"'
        if isinstance(cell, str):
            if cell:
                quoted = QUOTED if begins_formula(cell) else style
                text = escape(_NO_XML.sub("\N{REPLACEMENT CHARACTER}", cell))
                yield f'{place} s="{quoted}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
        elif isinstance(cell, datetime):
            since = cell - _EXCEL_EPOCH
            yield f'{place} s="{INSTANT}"><v>{since.days + since.seconds / _DAY_SECONDS:.10f}</v></c>'
        elif isinstance(cell, Decimal):
            yield f'{place} s="{MONEY}"><v>{cell:f}</v></c>'
        else:
            yield f"{place}><v>{cell}</v></c>"


def _name_entry(name: str, head: ExportHead) -> ZipInfo:
    entry = ZipInfo(name, head.asked_at.timetuple()[:6])
    entry.compress_type = ZIP_DEFLATED
    return entry
