"""How do call records become CSV?"""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from graphql_schema.types.call_record import CallRecord
from statements.bill_tables import BYTE_ORDER_MARK
from statements.cells import neutralize
from statements.record_rows import Cell, ExportHead, ExportSum, lay_out_record
from statements.spool import Spool


class CsvRecords:
    """Writes RFC 4180 in UTF-8 with a byte-order mark: the watermark in the first rows and the last, one row a
    record."""

    def __init__(self, spool: Spool, head: ExportHead) -> None:
        self._spool, self._head, self._words = spool, head, head.wording
        spool.write(BYTE_ORDER_MARK.encode())
        self._write([(head.title, head.operator), (head.mark,), (head.subject,), (), head.columns])

    def add(self, records: Sequence[CallRecord]) -> None:
        """Writes these."""
        self._write([lay_out_record(record, self._words) for record in records])

    def finish(self, total: ExportSum) -> None:
        """Writes the sum and the watermark again."""
        self._write([(), (total.spell(self._words),), (self._head.mark,)])

    def _write(self, rows: Sequence[Sequence[Cell]]) -> None:
        target = io.StringIO(newline="")
        csv.writer(target).writerows([_spell(cell) for cell in row] for row in rows)
        self._spool.write(target.getvalue().encode("utf-8", "replace"))


def _spell(cell: Cell) -> str | int:
    if isinstance(cell, str):
        return neutralize(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    return f"{cell:f}" if isinstance(cell, Decimal) else cell
