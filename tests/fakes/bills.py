"""How is a bill by subject written down in a test? A row a rated line, and the sums follow."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from graphql_schema.types.bill import (
    Bill,
    BillCategory,
    BillState,
    ChargeKind,
    ItemizedBill,
    RatedLine,
    Subject,
    SubjectCode,
)
from graphql_schema.types.line import LineKind
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.money import Money, round_to_fen
from graphql_schema.types.month import Month

AS_OF = datetime(2026, 11, 16, 3, 59, 30, tzinfo=UTC)
NUMBER, OTHER_NUMBER = "13800138001", "13800138004"
FEE, VOICE, DATA, SMS = SubjectCode.MONTHLY_FEE, SubjectCode.VOICE, SubjectCode.DATA, SubjectCode.SMS
VALUE_ADDED, OTHER_PARTY, DISCOUNT = SubjectCode.VALUE_ADDED, SubjectCode.OTHER_PARTY, SubjectCode.DISCOUNT
LATE_FEE, OTHER = SubjectCode.LATE_FEE, SubjectCode.OTHER


@dataclass(frozen=True)
class Row:
    """A rated line: ``what`` is the product, or the tariff of USAGE; its name too, unless ``name`` says another."""

    subject: SubjectCode
    kind: ChargeKind
    what: str
    amount: str
    name: str = ""
    number: str | None = NUMBER
    roaming: bool = False


def fee(what: str, amount: str, *, name: str = "", subject: SubjectCode = FEE, number: str | None = NUMBER) -> Row:
    return Row(subject, ChargeKind.RECURRING, what, amount, name, number)


def discount(what: str, amount: str, *, name: str = "") -> Row:
    return Row(DISCOUNT, ChargeKind.DISCOUNT, what, amount, name)


def used(subject: SubjectCode, tariff: str, amount: str, *, roaming: bool = False, number: str | None = NUMBER) -> Row:
    return Row(subject, ChargeKind.USAGE, tariff, amount, number=number, roaming=roaming)


def beside(subject: SubjectCode, kind: ChargeKind, name: str, amount: str) -> Row:
    """An adjustment, a penalty or a one-time charge."""
    return Row(subject, kind, "", amount, name)


def yuan(amount: str | Decimal) -> Money:
    return Money(amount=Decimal(amount), currency="CNY")


def itemize(
    month: str, *rows: Row, category: BillCategory = BillCategory.NORMAL, stale: bool = False, remaining: str = "0"
) -> ItemizedBill:
    """The bill of a month, ``2026-10``, with the id ``B2026-10``."""
    subjects = [subject for code in SubjectCode for subject in _subject(code, month, rows)]
    period = Month.parse(month)
    bill = Bill(
        id=f"B{month}",
        number=f"{month}-A1",
        category=category,
        refers_to=None,
        period_start=period.first_day,
        period_end=period.plus(1).first_day,
        issued_on=period.plus(1).first_day,
        due_on=date(period.plus(1).year, period.plus(1).number, 28),
        state=BillState.SENT,
        total=yuan(sum((subject.total.amount for subject in subjects), Decimal(0))),
        remaining=yuan(remaining),
        as_of=AS_OF,
        stale=stale,
    )
    return ItemizedBill(bill=bill, subjects=subjects, payments=[], credit_notes=[], as_of=AS_OF, stale=stale)


def _subject(code: SubjectCode, month: str, rows: Iterable[Row]) -> list[Subject]:
    lines = [_line(f"R{month}-{code.value}-{place}", row) for place, row in enumerate(rows) if row.subject is code]
    total = round_to_fen(sum((line.amount.amount for line in lines), Decimal(0)))
    return [Subject(code=code, total=yuan(total), rated_lines=lines)] if lines else []


def _line(line_id: str, row: Row) -> RatedLine:
    name = row.name or row.what
    is_usage = row.kind is ChargeKind.USAGE
    return RatedLine(
        id=line_id,
        name=LocalizedText(zh=name, en=name),
        amount=yuan(row.amount),
        number=row.number,
        line_kind=LineKind.MOBILE if row.number else None,
        kind=row.kind,
        product_id=None if is_usage else row.what or None,
        tariff=row.what if is_usage else None,
        roaming=row.roaming,
    )
