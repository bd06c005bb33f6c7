"""How does a bill become a spreadsheet?"""

import csv
import io
from collections.abc import Iterator
from decimal import Decimal

from xlsxwriter import Workbook  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from statements.bill_sheet import BillSheet
from statements.cells import neutralize

BYTE_ORDER_MARK = "\ufeff"
"""Without it a spreadsheet takes UTF-8 for the encoding of its country."""

Row = tuple[str | Decimal, ...]
_WIDTHS = (26, 40, 24, 16)


def write_bill_csv(sheet: BillSheet) -> bytes:
    """The bill as CSV (RFC 4180, UTF-8): head, one row a rated line, subtotals, total, payments."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerows([_spell(cell) for cell in row] for row in list_rows(sheet))
    return (BYTE_ORDER_MARK + target.getvalue()).encode()


def write_bill_xlsx(sheet: BillSheet) -> bytes:
    """The same rows as a workbook; amounts are numbers."""
    target = io.BytesIO()
    with Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"title": sheet.title, "author": sheet.operator})
        page = book.add_worksheet(sheet.wording("bill.heading"))
        for column, width in enumerate(_WIDTHS):
            page.set_column(column, column, width)
        _fill(book, page, sheet)
    return target.getvalue()


def list_rows(sheet: BillSheet) -> Iterator[Row]:
    """Every row of both spreadsheets: amounts are Decimal, all else is text."""
    t = sheet.wording
    yield (sheet.title, sheet.operator)
    yield from sheet.facts
    if sheet.remark:
        yield (sheet.remark,)
    for name, amount in (("total", sheet.total), ("paid", sheet.paid), ("open", sheet.open)):
        yield (t(f"bill.{name}"), amount)
    yield ()
    yield tuple(t(f"bill.{name}") for name in ("subjects", "item", "whose", "amount"))
    for subject in sheet.subjects:
        yield from ((subject.name, line.name, line.whose, line.amount) for line in subject.lines)
        yield (subject.name, t("bill.subtotal"), "", subject.total)
    yield (t("bill.sum"), "", "", sheet.total)
    if sheet.payments:
        yield ()
        yield (t("bill.payments"), t("bill.what"), t("bill.day"), t("bill.amount"))
        for each in sheet.payments:
            yield ("", each.name, each.day.isoformat() if each.day else "", each.amount)
    yield ()
    yield (sheet.moment,)


def _spell(cell: str | Decimal) -> str:
    return f"{cell:f}" if isinstance(cell, Decimal) else neutralize(cell)


def _fill(book: Workbook, page: Worksheet, sheet: BillSheet) -> None:
    money, heading = book.add_format({"num_format": "#,##0.00##"}), book.add_format({"bold": True})
    t = sheet.wording
    strong = {sheet.title, t("bill.subjects"), t("bill.sum"), t("bill.payments")}
    for number, row in enumerate(list_rows(sheet)):
        for column, cell in enumerate(row):
            if isinstance(cell, Decimal):
                page.write_number(number, column, float(cell), money)  # shown to the 厘: no amount is changed by it
            else:
                page.write_string(number, column, cell, heading if row[0] in strong else None)
