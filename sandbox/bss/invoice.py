"""What does an issued e-invoice say?"""

from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from sandbox.bss.money import share_of
from sandbox.bss.month import render_instant
from sandbox.bss.ticket import changes_of, invoice_number, is_issued
from sandbox.bss.world import World

_DIGITS: Final = 20
_TAX_PERCENT: Final = 6
"""Value-added telecom services."""


@dataclass(frozen=True, slots=True)
class Invoice:
    """An e-invoice of a bill; ``tax_number`` is empty for a person. Money in li, tax included."""

    number: str
    issued_ms: int
    title: str
    tax_number: str
    bill_id: str
    amount_li: int

    @property
    def tax_li(self) -> int:
        """The tax that is in the amount, to the fen."""
        return share_of(self.amount_li // 10, _TAX_PERCENT, 100 + _TAX_PERCENT) * 10


def issued_invoice(world: World, number: str) -> Invoice | None:
    """The invoice of a number, if it was issued by now."""
    if len(number) != _DIGITS or not (number.isascii() and number.isdigit()):
        return None
    ticket = world.store.tickets.find(int(number[-10:]))
    if ticket is None or invoice_number(ticket) != number:
        return None
    changes = changes_of(ticket, world.store.tickets.deeds(ticket.serial), world.clock.now_ms())
    if not is_issued(ticket, changes):
        return None
    facts = ticket.facts
    return Invoice(
        number=number,
        issued_ms=next(change.at_ms for change in changes if change.status == "resolved"),
        title=facts["title"],
        tax_number=facts["taxNumber"] if facts["titleType"] == "Organization" else "",
        bill_id=facts["billId"],
        amount_li=facts["amountLi"],
    )


def render_invoice(invoice: Invoice) -> str:
    """The invoice as XML. The seller is nobody: its number belongs to no taxpayer."""
    said = {
        "EInvoiceNumber": invoice.number,
        "IssueTime": render_instant(invoice.issued_ms),
        "SellerName": "沙箱电信运营商",
        "BuyerName": invoice.title,
        "BuyerTaxNumber": invoice.tax_number,
        "Item": f"*电信服务*通信服务费 {invoice.bill_id}",
        "Amount": _yuan(invoice.amount_li - invoice.tax_li),
        "TaxRate": f"{_TAX_PERCENT}%",
        "TaxAmount": _yuan(invoice.tax_li),
        "TotalAmount": _yuan(invoice.amount_li),
        "Currency": "CNY",
    }
    lines = [f"  <{name}>{escape(value)}</{name}>" for name, value in said.items()]
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', "<EInvoice>", *lines, "</EInvoice>", ""])


def _yuan(amount_li: int) -> str:
    return f"{amount_li // 10 / 100:.2f}"
