"""What do papers beside the months' bills say: what repeats, foreruns or corrects one?"""

from collections.abc import Iterator
from decimal import Decimal

from tests.oracle.account import Account
from tests.oracle.billing import Charge, parse_rate, subject_totals
from tests.oracle.mismatch import Mismatch
from tests.oracle.wire import Wire

REPEATED = ("amountDue", "remainingAmount", "state", "appliedPayment", "paymentDueDate", "billingPeriod")


def compare_papers(account: Account) -> Iterator[Mismatch]:
    """Each paper adds up, and keeps to the bill that it belongs to."""
    for paper in account.papers:
        yield from _compare_sum(account, paper)
        if paper["category"] == "duplicate":
            yield from _compare_duplicate(account, paper)
        elif paper["category"] == "creditNote":
            yield from _compare_credit_note(account, paper)
        else:
            yield from _compare_forerunner(account, paper)


def _compare_sum(account: Account, paper: Wire) -> Iterator[Mismatch]:
    total = sum(subject_totals(_charges(account, paper)).values())
    if total != paper["amountDue"]["value"]:
        yield Mismatch(f"paper {paper['id']} total", total, paper["amountDue"]["value"])


def _compare_duplicate(account: Account, paper: Wire) -> Iterator[Mismatch]:
    bill = _corrected(account, paper)
    for name in REPEATED:
        if paper[name] != bill[name]:
            yield Mismatch(f"paper {paper['id']} {name}", bill[name], paper[name])
    if _charges(account, paper) != _charges(account, bill):
        yield Mismatch(f"paper {paper['id']} lines", _charges(account, bill), _charges(account, paper))


def _compare_credit_note(account: Account, paper: Wire) -> Iterator[Mismatch]:
    bill = _corrected(account, paper)
    if not 0 < -paper["amountDue"]["value"] <= bill["amountDue"]["value"]:
        yield Mismatch(f"paper {paper['id']} amount", "below 0, and no more than the bill", paper["amountDue"])
    if (paper["remainingAmount"]["value"], paper["state"]) != (0, "settled"):
        yield Mismatch(f"paper {paper['id']} remaining", 0, paper["remainingAmount"])
    if any(charge.amount >= 0 for charge in _charges(account, paper)):
        yield Mismatch(f"paper {paper['id']} lines", "below 0", _charges(account, paper))


def _compare_forerunner(account: Account, paper: Wire) -> Iterator[Mismatch]:
    """An interim or trial bill is contained in the one of its month: no subject of charges is above it."""
    contained = [bill for bill in account.bills if bill["billingPeriod"] == paper["billingPeriod"]]
    if contained and paper["remainingAmount"]["value"] != 0:
        yield Mismatch(f"paper {paper['id']} remaining", 0, paper["remainingAmount"])
    so_far = subject_totals(_charges(account, paper))
    for bill in contained:
        whole = subject_totals(_charges(account, bill))
        above = {subject: total for subject, total in so_far.items() if total > whole.get(subject, Decimal(0)) >= 0}
        if above:
            yield Mismatch(f"paper {paper['id']} subjects", whole, above)


def _corrected(account: Account, paper: Wire) -> Wire:
    return next(bill for bill in account.bills if bill["id"] == paper["correctedBill"]["id"])


def _charges(account: Account, paper: Wire) -> list[Charge]:
    return [parse_rate(rate) for rate in account.rates[paper["id"]]]
