"""What does a call record say in a row, and what does an export say about itself?"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from graphql_schema.types.call_record import CallRecord, CallRecordKind
from graphql_schema.types.line import mask_number
from graphql_schema.types.month import BUSINESS_ZONE, Month
from statements.wording import Language, Wording, load_wording

Cell = str | int | Decimal | datetime
Row = tuple[Cell, ...]
"""Of a record: an instant on the clock of Asia/Shanghai (naive: spreadsheets know no zones), texts, numbers."""

COLUMNS = ("at", "kind", "direction", "place", "roaming", "other_number", "service", "tariff", "used", "unit", "fee")


@dataclass(frozen=True, slots=True)
class ExportHead:
    """Whose records, of which month, asked for when: what every page and every sheet of an export says."""

    language: Language
    operator: str
    number: str | None
    month: Month
    asked_at: datetime
    filtered: bool
    revealed: bool

    @property
    def wording(self) -> Wording:
        """The words of its language."""
        return load_wording(self.language)

    @property
    def title(self) -> str:
        """``2026年10月详单``."""
        return self.wording("records.title", month=self._month)

    @property
    def mark(self) -> str:
        """The watermark: who asked, masked, and when."""
        who = mask_number(self.number) if self.number else "****"
        return self.wording("records.mark", who=who, at=self.wording.instant(self.asked_at))

    @property
    def subject(self) -> str:
        """What is in it: all, or a choice; and whether other numbers are hidden."""
        t = self.wording
        what = t("records.mark_of", month=self._month, rows=t("records.filtered" if self.filtered else "records.whole"))
        return what if self.revealed else f"{what} · {t('records.masked')}"

    @property
    def columns(self) -> tuple[str, ...]:
        """The headings."""
        return tuple(self.wording(f"records.{name}") for name in COLUMNS)

    @property
    def _month(self) -> str:
        return self.wording.month(self.month.first_day)


@dataclass(slots=True)
class ExportSum:
    """How many records went in, and what they cost together."""

    rows: int = 0
    fee: Decimal = Decimal(0)

    def add(self, records: Iterable[CallRecord]) -> None:
        """Counts these."""
        for record in records:
            self.rows += 1
            self.fee += record.fee.amount

    def spell(self, t: Wording) -> str:
        """The last line of an export."""
        return t("records.sum", rows=f"{self.rows:,}", fee=f"{self.fee.normalize():,f}")


def lay_out_record(record: CallRecord, t: Wording) -> Row:
    """The record's cells, in the order of COLUMNS."""
    kind, way = record.kind.name, "direction_sms" if record.kind is CallRecordKind.SMS else "direction"
    has_way = record.kind in (CallRecordKind.VOICE, CallRecordKind.SMS)
    return (
        record.at.astimezone(BUSINESS_ZONE).replace(tzinfo=None, microsecond=0),
        t.words[f"kind.{kind}"],
        t.words[f"{way}.{record.direction.name}"] if has_way else "",
        record.place,
        t.words["records.yes"] if record.roaming else "",
        record.other_number or "",
        record.service or "",
        record.tariff.zh if t.language == "zh" else record.tariff.en,
        int(record.used),
        t.words[f"unit.{kind}"],
        record.fee.amount,
    )


def name_file(t: Wording, month: Month, made_at: datetime) -> str:
    """What the file is called, without its ending: month and day, never a number."""
    day = made_at.astimezone(BUSINESS_ZONE).date().isoformat()
    return t("records.file", month=month.text, day=day)
