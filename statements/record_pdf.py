"""How do call records become a PDF?"""

from collections.abc import Sequence
from typing import Any

from graphql_schema.types.call_record import CallRecord, CallRecordKind
from statements.record_rows import ExportHead, ExportSum
from statements.spool import Spool
from statements.typesetting import set_pdf_apart
from statements.wording import Wording, spell_amount

MOST_ROWS = 5_000
"""What still is a document that people read; more is for spreadsheets."""


class TooManyRows(Exception):  # noqa: N818  what it is
    """More records than a PDF takes."""


class PdfRecords:
    """Keeps rows, at most MOST_ROWS, and sets them at the end: a tagged PDF with the watermark on every page."""

    def __init__(self, spool: Spool, head: ExportHead, *, most_rows: int = MOST_ROWS) -> None:
        self._spool, self._head, self._most = spool, head, most_rows
        self._rows: list[list[str]] = []

    def add(self, records: Sequence[CallRecord]) -> None:
        """Keeps these. Raises TooManyRows."""
        if len(self._rows) + len(records) > self._most:
            raise TooManyRows
        self._rows += [_lay_out(record, self._head.wording) for record in records]

    def finish(self, total: ExportSum) -> None:
        """Sets the document. Takes seconds where there are many rows: call it in a thread."""
        facts = list_facts(self._head, self._rows, total)
        self._spool.write(set_pdf_apart("records", facts, made_at=self._head.asked_at))


def list_facts(head: ExportHead, rows: Sequence[Sequence[str]], total: ExportSum) -> dict[str, Any]:
    """What records.typ sets, as texts."""
    t = head.wording
    return {
        "tag": t("tag"),
        "operator": head.operator,
        "title": head.title,
        "mark": head.mark,
        "subject": head.subject,
        "columns": [t(f"records.{name}") for name in ("at", "kind", "place", "other_number", "tariff", "used", "fee")],
        "rows": rows,
        "sum": total.spell(t),
        "none": t("records.none"),
        "page": t("records.page", page="%1", pages="%2"),
    }


def _lay_out(record: CallRecord, t: Wording) -> list[str]:
    way = "direction_sms" if record.kind is CallRecordKind.SMS else "direction"
    has_way = record.kind in (CallRecordKind.VOICE, CallRecordKind.SMS)
    kind = t(f"kind.{record.kind.name}")
    tariff = record.tariff.zh if t.language == "zh" else record.tariff.en
    return [
        t.instant(record.at),
        f"{kind} · {t(f'{way}.{record.direction.name}')}" if has_way else kind,
        f"{record.place} · {t('records.roaming')}" if record.roaming else record.place,
        record.other_number or record.service or "",
        tariff,
        spell_used(record, t),
        spell_amount(record.fee.amount),
    ]


def spell_used(record: CallRecord, t: Wording) -> str:
    """What was used, for people: ``1:01``, ``12.30 MB``, ``1 条``."""
    used = int(record.used)
    if record.kind is CallRecordKind.VOICE:
        return f"{used // 3600}:{used // 60 % 60:02}:{used % 60:02}" if used >= 3600 else f"{used // 60}:{used % 60:02}"
    if record.kind is CallRecordKind.DATA:
        units = ((1024**3, "GB"), (1024**2, "MB"))
        size, unit = next(((size, unit) for size, unit in units if used >= size), (1024, "KB"))
        return f"{used / size:,.2f} {unit}"
    return f"{used} {t(f'unit.{record.kind.name}')}"
