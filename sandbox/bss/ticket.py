"""What becomes of a customer's question about a bill, and what does it move?"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal

from sandbox.bss.bill import Credit
from sandbox.bss.charge import Charge, total_li
from sandbox.bss.store import Store
from sandbox.bss.tax_number import is_tax_number
from sandbox.bss.ticket_book import StoredTicket, TicketDeed

TicketKind = Literal["billDispute", "invoiceRequest"]
KINDS: Final[frozenset[str]] = frozenset({"billDispute", "invoiceRequest"})
OPEN: Final = frozenset({"acknowledged", "inProgress", "pending", "held"})
STATUSES: Final = OPEN | {"rejected", "cancelled", "closed", "resolved"}
"""TMF621 v4 status."""
TAKEN_UP_MS: Final = 60_000
DECIDED_MS: Final = 300_000
"""So long after it was opened an agent takes a ticket up, and decides it, if no one did so before."""
_GIVEN_BACK: Final = frozenset({"other_party", "value_added"})
"""Subjects whose disputed charges are given back without further ado."""
_OPERATOR: Final = "客服"


@dataclass(frozen=True, slots=True)
class Change:
    """A step in a ticket's life: a status it reached, a note to the customer, or both."""

    at_ms: int
    status: str | None
    note: str | None
    author: str = _OPERATOR
    credit_li: int = 0


def ticket_id(ticket: StoredTicket) -> str:
    """``K000001-7``."""
    return f"K{ticket.account_id[1:]}-{ticket.serial}"


def invoice_number(ticket: StoredTicket) -> str:
    """Twenty digits, as a fully digital e-invoice has; its last ten are the ticket's serial."""
    return f"2699{ticket.account_id[1:]}{ticket.serial:010}"


def find_ticket(store: Store, id_: str, at_ms: int) -> StoredTicket | None:
    """The ticket of an id, if it had been opened by then."""
    serial = id_.rpartition("-")[2]
    ticket = store.tickets.find(int(serial)) if serial.isascii() and serial.isdigit() and len(serial) < 18 else None
    known = ticket is not None and ticket_id(ticket) == id_ and ticket.at_ms <= at_ms
    return ticket if known else None


def changes_of(ticket: StoredTicket, deeds: list[TicketDeed], at_ms: int) -> list[Change]:
    """All that had become of a ticket by an instant, in order. It goes on by itself until someone gives it a status."""
    taken_over_ms = min((deed.at_ms for deed in deeds if deed.status), default=None)
    by_itself = [
        change
        for change in (
            Change(ticket.at_ms, "acknowledged", None),
            Change(ticket.at_ms + TAKEN_UP_MS, "inProgress", None),
            _decide(ticket),
        )
        if taken_over_ms is None or change.at_ms < taken_over_ms or change.at_ms == ticket.at_ms
    ]
    done = [Change(deed.at_ms, deed.status, deed.note, deed.author, deed.credit_li) for deed in deeds]
    return sorted((c for c in by_itself + done if c.at_ms <= at_ms), key=lambda change: change.at_ms)


def status_of(changes: list[Change]) -> str:
    """The status that was reached last."""
    return next(change.status for change in reversed(changes) if change.status)


def is_issued(ticket: StoredTicket, changes: list[Change]) -> bool:
    """Whether the e-invoice that was asked for is there."""
    return ticket.kind == "invoiceRequest" and any(change.status == "resolved" for change in changes)


def ticket_credits(store: Store, account_id: str, at_ms: int) -> list[Credit]:
    """The credit notes that an account's tickets had led to by an instant."""
    return [credit for ticket in store.tickets.of_account(account_id) for credit in credits_of(store, ticket, at_ms)]


def credits_of(store: Store, ticket: StoredTicket, at_ms: int) -> Iterator[Credit]:
    """The credit note that a ticket had led to by an instant, if any."""
    if ticket.kind != "billDispute":
        return
    for change in changes_of(ticket, store.tickets.deeds(ticket.serial), at_ms):
        if change.credit_li > 0:
            bill_id = ticket.facts["billId"]
            charges = _charges_given_back(disputed_charges(ticket), change.credit_li)
            yield Credit(f"{bill_id}C{ticket.serial}", bill_id, change.at_ms, charges)
            return


def disputed_third_party_li(store: Store, account_id: str, at_ms: int) -> Mapping[str, int]:
    """By bill: what was charged for third parties and disputed at an instant, and not decided. Rounded up to fen: the
    subject on the bill may have been."""
    disputed: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for ticket in store.tickets.of_account(account_id):
        if ticket.kind != "billDispute" or ticket.at_ms > at_ms:
            continue
        if status_of(changes_of(ticket, store.tickets.deeds(ticket.serial), at_ms)) not in OPEN:
            continue
        for rate_id, charge in ticket.facts["charges"].items():
            if charge["subject"] == "other_party":
                disputed[ticket.facts["billId"]][rate_id] = charge["amount_li"]
    return {bill_id: -(-sum(amounts.values()) // 10) * 10 for bill_id, amounts in disputed.items()}


def dispute_facts(bill_id: str, charges: Mapping[str, Charge], *, given_back: bool) -> dict[str, Any]:
    """What to keep of a dispute: the disputed rated lines by id, and whether they were given back before."""
    kept = {rate_id: asdict(charge) for rate_id, charge in charges.items()}
    return {"billId": bill_id, "charges": kept, "givenBack": given_back}


def disputed_charges(ticket: StoredTicket) -> list[Charge]:
    """The disputed rated lines."""
    return [Charge(**kept) for kept in ticket.facts["charges"].values()]


def _decide(ticket: StoredTicket) -> Change:
    decided = _decide_dispute(ticket) if ticket.kind == "billDispute" else _decide_invoice(ticket.facts)
    return replace(decided, at_ms=ticket.at_ms + DECIDED_MS)


def _decide_dispute(ticket: StoredTicket) -> Change:
    charges = disputed_charges(ticket)
    amount_li = total_li(charges)
    if ticket.facts["givenBack"]:
        return Change(0, "rejected", "该笔费用此前已退还。")
    if amount_li <= 0:
        return Change(0, "rejected", "该项目没有收取费用,无可退还。")
    if all(charge.subject in _GIVEN_BACK for charge in charges):
        return Change(0, "resolved", f"经核查,同意退还{amount_li / 1000:.2f}元,已开具贷项通知单。", credit_li=amount_li)
    return Change(0, "rejected", "经核查,该笔费用按您的资费收取,计费无误。")


def _decide_invoice(facts: Mapping[str, Any]) -> Change:
    if facts["titleType"] == "Organization" and not is_tax_number(facts["taxNumber"]):
        return Change(0, "rejected", "纳税人识别号有误,请核对后重新申请。")
    if not facts["title"].strip():
        return Change(0, "rejected", "发票抬头为空,请核对后重新申请。")
    return Change(0, "resolved", "电子发票已开具。")


def _charges_given_back(charges: list[Charge], credit_li: int) -> tuple[Charge, ...]:
    """The credit note's lines: each disputed one turned round, or a single one if only a part is given back."""
    if credit_li == total_li(charges):
        return tuple(_turned(charge, charge.amount_li) for charge in charges)
    first = charges[0] if len(charges) == 1 else Charge("other", "账单", "Bill", 0)
    return (_turned(first, credit_li),)


def _turned(charge: Charge, amount_li: int) -> Charge:
    return replace(
        charge, zh=f"{charge.zh}退费", en=f"Given back: {charge.en}", amount_li=-amount_li, kind="adjustment",
        tariff=None,
    )  # fmt: skip
