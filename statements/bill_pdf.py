"""How does a bill become a PDF?"""

from datetime import datetime
from typing import Any

from statements.bill_sheet import BillSheet, SheetSubject
from statements.typesetting import set_pdf
from statements.wording import spell_amount


def set_bill_pdf(sheet: BillSheet, *, made_at: datetime) -> bytes:
    """A tagged PDF, A4. Takes some tens of milliseconds: call it in a thread."""
    return set_pdf("bill", list_facts(sheet), made_at=made_at)


def list_facts(sheet: BillSheet) -> dict[str, Any]:
    """What bill.typ sets, as texts."""
    t = sheet.wording
    names = ("subjects", "item", "whose", "amount", "subtotal", "sum", "payments", "what", "day", "rounding", "nothing")
    return {
        "tag": t("tag"),
        "operator": sheet.operator,
        "title": sheet.title,
        "currency": sheet.currency,
        "facts": sheet.facts,
        "remark": sheet.remark,
        "figures": [
            [t("bill.total"), spell_amount(sheet.total)],
            [t("bill.paid"), spell_amount(sheet.paid)],
            [t("bill.open"), spell_amount(sheet.open)],
        ],
        "subjects": [_list_subject(subject) for subject in sheet.subjects],
        "total": spell_amount(sheet.total),
        "payments": [
            [each.name, t.day(each.day) if each.day else t("bill.no_day"), spell_amount(each.amount)]
            for each in sheet.payments
        ],
        "moment": sheet.moment,
        "page": t("bill.page", page="%1", pages="%2"),
        "words": {name: t(f"bill.{name}") for name in names},
    }


def _list_subject(subject: SheetSubject) -> dict[str, Any]:
    lines = [[line.name, line.whose, spell_amount(line.amount)] for line in subject.lines]
    return {"name": subject.name, "total": spell_amount(subject.total), "lines": lines}
