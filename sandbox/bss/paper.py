"""Which papers did an account get: bills, and what repeats, corrects or foreruns them?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from sandbox.bss.bill import Bill, Credit, Payment
from sandbox.bss.billing_story import PaperStory, billing_story
from sandbox.bss.charge import Charge, total_li
from sandbox.bss.month import DAY_MS, Month
from sandbox.bss.portfolio import Portfolio
from sandbox.bss.settlement import Books
from sandbox.bss.ticket import ticket_credits
from sandbox.bss.world import World

Category = Literal["normal", "last", "interim", "duplicate", "trial", "creditNote", "onDemand"]
OF_A_MONTH: Final = frozenset({"normal", "last"})
"""What a month cost; all other papers are owed no second time."""
_MORNING_MS: Final = 9 * 3_600_000


@dataclass(frozen=True, slots=True)
class Paper:
    """A TMF678 CustomerBill in the sandbox's own words. ``remaining_li`` is what is open of it; ``refers_to`` the bill
    that a duplicate repeats or a credit note corrects; a ``due_ms`` of None: there is nothing to pay."""

    id: str
    category: Category
    month: Month
    at_ms: int
    charges: list[Charge]
    state: str
    remaining_li: int
    due_ms: int | None = None
    payments: tuple[Payment, ...] = ()
    refers_to: str | None = None

    @property
    def total_li(self) -> int:
        """What it asks for; negative for a credit note."""
        return total_li(self.charges)


def papers_of(world: World, portfolio: Portfolio, at_ms: int) -> list[Paper]:
    """Everything issued up to an instant, the newest first."""
    books = world.books(portfolio, at_ms)
    papers = [_bill(bill) for bill in books.bills]
    papers += [_credit_note(credit, books) for credit in world.credits(portfolio, at_ms) if credit.at_ms <= at_ms]
    papers += _told_beside(world, portfolio, books, at_ms)
    return sorted(papers, key=lambda paper: (paper.at_ms, paper.id), reverse=True)


def count_papers(world: World, portfolio: Portfolio) -> int:
    """How many there are now: one a month, where nobody came, went or disputed and no story says more."""
    now_ms = world.clock.now_ms()
    story = billing_story(portfolio, world.founders)
    extraordinary = (
        story.credits
        or story.papers
        or world.lines.recycling(portfolio.index)
        or any(line.until_ms for line in portfolio.lines)
        or ticket_credits(world.store, portfolio.account.id, now_ms)
    )
    return len(papers_of(world, portfolio, now_ms)) if extraordinary else Month.of(now_ms).since(world.first_month)


def on_demand(world: World, portfolio: Portfolio, at_ms: int) -> Paper:
    """The running month as it stood at an instant. A prepaid account has paid for it as it went."""
    charges = world.books(portfolio, at_ms).running
    id_, total = f"D{portfolio.account.id[1:]}-{at_ms}", total_li(charges)
    prepaid = portfolio.account.kind == "prepaid"
    paid = (Payment(f"Y{id_[1:]}", at_ms, total),) if prepaid and total else ()
    return Paper(id_, "onDemand", Month.of(at_ms), at_ms, charges, "new", 0 if prepaid else total, payments=paid)


def _bill(bill: Bill) -> Paper:
    return Paper(
        id=bill.id,
        category="last" if bill.is_last else "normal",
        month=bill.month,
        at_ms=bill.issued_ms,
        charges=bill.charges,
        state=bill.state,
        remaining_li=bill.remaining_li,
        due_ms=bill.due_ms,
        payments=_paid(bill),
    )


def _credit_note(credit: Credit, books: Books) -> Paper:
    """It is used up as it is issued: for the bill, or for the account's own money."""
    month = next(bill.month for bill in books.bills if bill.id == credit.bill_id)
    charges = list(credit.charges)
    return Paper(credit.id, "creditNote", month, credit.at_ms, charges, "settled", 0, refers_to=credit.bill_id)


def _told_beside(world: World, portfolio: Portfolio, books: Books, at_ms: int) -> Iterator[Paper]:
    bills = {bill.month: bill for bill in books.bills}
    for told in billing_story(portfolio, world.founders).papers:
        month = Month.of(world.born_ms).plus(-told.months_ago)
        began_ms = month.end_ms if told.category == "duplicate" else month.start_ms
        issued_ms = began_ms + told.days * DAY_MS + _MORNING_MS
        if issued_ms <= at_ms:
            yield from _paper(world, portfolio, bills.get(month), (told, month, issued_ms))


def _paper(
    world: World, portfolio: Portfolio, bill: Bill | None, what: tuple[PaperStory, Month, int]
) -> Iterator[Paper]:
    told, month, at_ms = what
    stem = f"B{portfolio.account.id[1:]}-{month.label}"
    if told.category == "duplicate":
        if bill is not None:
            yield _duplicate(bill, at_ms)
        return
    charges = world.books(portfolio, at_ms).running
    if told.category == "trial":
        yield Paper(f"{stem}T", "trial", month, at_ms, charges, "new", 0)
    elif bill is not None:  # contained in it
        yield Paper(f"{stem}I", "interim", month, at_ms, charges, "settled", 0, due_ms=bill.due_ms)
    else:
        due_ms = month.plus(1).end_ms
        yield Paper(f"{stem}I", "interim", month, at_ms, charges, "sent", total_li(charges), due_ms=due_ms)


def _paid(bill: Bill) -> tuple[Payment, ...]:
    """Without what credit notes took off it: they are papers of their own."""
    return tuple(payment for payment in bill.payments if not payment.by_credit_note)


def _duplicate(bill: Bill, at_ms: int) -> Paper:
    return Paper(
        id=f"{bill.id}D",
        category="duplicate",
        month=bill.month,
        at_ms=at_ms,
        charges=bill.charges,
        state=bill.state,
        remaining_li=bill.remaining_li,
        due_ms=bill.due_ms,
        payments=_paid(bill),
        refers_to=bill.id,
    )
