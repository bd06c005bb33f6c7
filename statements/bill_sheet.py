"""What stands on a bill's paper, in its spreadsheet and behind its link, figure for figure?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from graphql_schema.client import Operation
from graphql_schema.types.line import mask_number
from graphql_schema.types.month import BUSINESS_ZONE
from statements.wording import Language, Wording, load_wording

BILL_DOCUMENT = Operation.load(Path(__file__).with_name("bill_document.graphql"))
"""The one question whose answer becomes paper, spreadsheet and page. It asks for what the screen shows."""

BILL_FIELDS = frozenset({"Me.line", "Me.bill"})
"""What a system caller that opens a link may see: exactly this."""

Spell = Callable[[str, Language], str]
"""How a name is said that the catalogue gives (``202608`` → ``2026年8月``)."""

_REMARKED = {"DUPLICATE", "CREDIT_NOTE", "INTERIM", "TRIAL", "LAST"}


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One rated line: its name, the masked number that it belongs to (empty: none), its exact amount."""

    name: str
    whose: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class SheetSubject:
    """A subject with its rounded total."""

    name: str
    total: Decimal
    lines: tuple[SheetLine, ...]


@dataclass(frozen=True, slots=True)
class SheetPayment:
    """What reduced what is open: a payment, or a credit note, as a positive amount; ``day`` None where nobody says."""

    name: str
    day: date | None
    amount: Decimal


@dataclass(frozen=True, slots=True)
class BillSheet:
    """A bill in one language, ready to be set in any medium. Instants are aware."""

    language: Language
    operator: str
    month: date
    number: str
    masked_number: str
    period_start: date
    last_day: date
    issued_on: date
    due_on: date | None
    state: str
    remark: str
    currency: str
    total: Decimal
    open: Decimal
    subjects: tuple[SheetSubject, ...]
    payments: tuple[SheetPayment, ...]
    as_of: datetime
    stale: bool

    @property
    def paid(self) -> Decimal:
        """What was paid or credited of it: of a trial or interim bill nothing was, and nothing is open
        either."""
        return sum((payment.amount for payment in self.payments), Decimal("0.00"))

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """What the head says, in its order: label and value."""
        t = self.wording
        due = t.day(self.due_on) if self.due_on else t("bill.no_day")
        return (
            (t("bill.line"), self.masked_number),
            (t("bill.number"), self.number),
            (t("bill.period"), f"{t.day(self.period_start)} {t('bill.to')} {t.day(self.last_day)}"),
            (t("bill.issued"), t.day(self.issued_on)),
            (t("bill.due"), due),
            (t("bill.state"), self.state),
        )

    @property
    def title(self) -> str:
        """``2026年10月账单``."""
        return self.wording("bill.title", month=self.wording.month(self.month))

    @property
    def moment(self) -> str:
        """As of when, and whether the BSS could not be asked."""
        return self.wording("bill.stale" if self.stale else "bill.as_of", at=self.wording.instant(self.as_of))

    @property
    def wording(self) -> Wording:
        """The words of its language."""
        return load_wording(self.language)


def lay_out_bill(
    me: Mapping[str, Any],
    language: Language,
    *,
    operator: str,
    number: str | None = None,
    spell: Spell = lambda name, _: name,
) -> BillSheet:
    """``me`` of BILL_DOCUMENT's answer as a sheet. ``operator`` is what the house calls itself; ``number`` the
    caller's own, masked where a client may see bills and not the line; ``spell`` says names as the screen does."""
    itemized = me["bill"]
    bill, t = itemized["bill"], load_wording(language)
    remark = t(f"bill.refers_{bill['category'].lower()}") if bill["category"] in _REMARKED else ""
    return BillSheet(
        language=language,
        operator=operator,
        month=date.fromisoformat(bill["periodStart"]),
        number=bill["number"],
        masked_number=me["line"]["maskedNumber"] if me["line"] else mask_number(number or ""),
        period_start=date.fromisoformat(bill["periodStart"]),
        last_day=date.fromordinal(date.fromisoformat(bill["periodEnd"]).toordinal() - 1),
        issued_on=date.fromisoformat(bill["issuedOn"]),
        due_on=date.fromisoformat(bill["dueOn"]) if bill["dueOn"] else None,
        state=t(f"state.{bill['state']}"),
        remark=remark,
        currency=bill["total"]["currency"],
        total=Decimal(bill["total"]["amount"]),
        open=Decimal(bill["remaining"]["amount"]),
        subjects=tuple(_lay_out_subject(subject, t, spell) for subject in itemized["subjects"]),
        payments=_lay_out_payments(itemized, t),
        as_of=datetime.fromisoformat(itemized["asOf"]),
        stale=itemized["stale"],
    )


def _lay_out_subject(subject: Mapping[str, Any], t: Wording, spell: Spell) -> SheetSubject:
    lines = tuple(
        SheetLine(spell(line["name"][t.language], t.language), _name_line(line, t), Decimal(line["amount"]["amount"]))
        for line in subject["ratedLines"]
    )
    return SheetSubject(t(f"subject.{subject['code']}"), Decimal(subject["total"]["amount"]), lines)


def _name_line(line: Mapping[str, Any], t: Wording) -> str:
    if not line["number"]:
        return ""
    kind = f"{t('line_kind.' + line['lineKind'])} " if line["lineKind"] else ""
    return kind + mask_number(line["number"])


def _lay_out_payments(itemized: Mapping[str, Any], t: Wording) -> tuple[SheetPayment, ...]:
    paid = [
        SheetPayment(t("bill.payment"), _read_day(payment["paidAt"]), Decimal(payment["amount"]["amount"]))
        for payment in itemized["payments"]
    ]
    return (*paid, *_lay_out_credits(itemized["creditNotes"], t))


def _lay_out_credits(notes: Sequence[Mapping[str, Any]], t: Wording) -> list[SheetPayment]:
    return [
        SheetPayment(
            t("bill.credit_note", number=note["number"]),
            date.fromisoformat(note["issuedOn"]),
            -Decimal(note["total"]["amount"]),
        )
        for note in notes
    ]


def _read_day(moment: str | None) -> date | None:
    return None if moment is None else datetime.fromisoformat(moment).astimezone(BUSINESS_ZONE).date()
