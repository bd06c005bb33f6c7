"""Which bills were issued, what was paid of them, and what is owed?"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

from sandbox.bss.bill import Bill, Credit, Payment
from sandbox.bss.charge import Charge, subject_totals_li, total_li
from sandbox.bss.money import share_of
from sandbox.bss.money_book import Move
from sandbox.bss.month import DAY_MS, Month
from sandbox.bss.portfolio import Account
from sandbox.bss.pot import Pot, Purse, Standing
from sandbox.bss.tariff import LATE_FEE_PER_MILLE

_HALF_PAST_TEN_MS = 37_800_000
_SECOND_SHARE_DAYS = 20


@dataclass(frozen=True, slots=True)
class Books:
    """An account at an instant: issued bills, oldest first, the running month's charges so far, and its own money."""

    bills: list[Bill]
    running: list[Charge]
    own_li: int
    granted: tuple[Standing, ...] = ()
    disputed_li: Mapping[str, int] = field(default_factory=dict)
    """By bill: what is charged for third parties and disputed, and not decided yet."""

    def granted_li(self, subject: str | None = None) -> int:
        """What of granted money can be spent, on a subject if one is named."""
        return sum(
            pot.left_li
            for pot in self.granted
            if pot.name == "granted" and (subject is None or not pot.usable_for or subject in pot.usable_for)
        )

    def owed_li(self) -> int:
        """What the issued bills still ask for."""
        return sum(bill.remaining_li for bill in self.bills)

    def past_due_li(self, at_ms: int) -> int:
        """What is open of bills whose day to pay has begun: whatever is put in goes there first."""
        return sum(bill.remaining_li for bill in self.bills if bill.due_ms <= at_ms)

    def is_past_due(self, at_ms: int) -> bool:
        """Whether a bill is late by more than what is disputed of third parties' charges (domain page §4: they never
        lead to suspension)."""
        return any(
            bill.late_ms <= at_ms and bill.remaining_li > self.disputed_li.get(bill.id, 0) for bill in self.bills
        )


@dataclass(frozen=True, slots=True)
class History:
    """What the books follow from: months from ``first`` to the one of ``now_ms``, their charges, and what came
    to the account's own money and went from it."""

    account: Account
    first: Month
    born_ms: int
    now_ms: int
    charges: Callable[[Month], list[Charge]]
    moves: list[Move]
    credits: Sequence[Credit] = ()
    pots: Sequence[Pot] = ()
    charged_by: Callable[[Month, int], list[Charge]] | None = None
    """A month's charges as they stood at an instant; None: they do not change within the month."""
    ended_ms: int | None = None
    """When the last of the account's lines ended; None: one lives."""
    closed_ms: int | None = None
    """When its customer had the last of its lines closed: then everything is settled, and own money given back."""

    def charged(self, month: Month, by_ms: int) -> list[Charge]:
        """A month's charges as they stood at an instant."""
        return self.charged_by(month, by_ms) if self.charged_by else self.charges(month)

    def months(self) -> Iterator[tuple[Month, bool]]:
        """Every month with whether it is the running one."""
        last = Month.of(self.now_ms)
        for ago in range(last.since(self.first), -1, -1):
            yield last.plus(-ago), ago == 0

    def bill(self, month: Month, charges: list[Charge]) -> Bill:
        """The bill of a month that is over."""
        is_last = self.ended_ms is not None and self.ended_ms <= month.end_ms
        return Bill(self.account.id, month, charges, is_last)


def settle_postpaid(history: History) -> Books:
    """Goes through the months and works out the books as they stood at ``now_ms``. Nothing to charge: no bill."""
    till, purse = _Till(history.account, history.born_ms), Purse(history.account.id, history.pots)
    running: list[Charge] = []
    for month, is_running in history.months():
        _move_money(till, month, history)
        running = history.charges(month) + _late_fees(till.bills, month, history.now_ms)
        if running and not is_running:
            bill = history.bill(month, running)
            _pay_from_purse(purse, till, bill)
            till.bills.append(bill)
    return Books(till.bills, running, till.own_li, purse.standings(history.now_ms))


def settle_prepaid(history: History) -> Books:
    """A prepaid account pays as it goes: its bills are settled as they are issued, its own money is what is left."""
    till, purse = _Till(history.account, history.born_ms), Purse(history.account.id, history.pots)
    till.own_li += total_li(history.charged(Month.of(history.born_ms), history.born_ms))
    till.own_li += sum(move.amount_li for move in history.moves if move.at_ms <= history.now_ms)
    till.own_li += sum(c.amount_li for c in history.credits if history.born_ms < c.at_ms <= history.now_ms)
    running: list[Charge] = []
    for month, is_running in history.months():
        running = history.charges(month)
        if month >= Month.of(history.born_ms):
            till.own_li -= total_li(running) - _spent_from_purse(purse, history, month)
        if running and not is_running:
            bill = history.bill(month, running)
            till.pay(bill, bill.total_li, bill.issued_ms)
            till.bills.append(bill)
    if history.closed_ms is not None and history.closed_ms <= history.now_ms:
        till.own_li = min(till.own_li, 0)
    return Books(till.bills, running, till.own_li, purse.standings(history.now_ms))


def _pay_from_purse(purse: Purse, till: "_Till", bill: Bill) -> None:
    """Granted money pays its subjects of a bill as it is issued; what was before the world is in the own money."""
    if bill.issued_ms <= till.born_ms or purse.is_empty:
        return
    in_force = (bill.month.end_ms - 1, bill.month.end_ms)  # also what was granted or set free in its course
    subjects = subject_totals_li(bill.charges)
    for amount_li in purse.spend(subjects, most_li=bill.remaining_li, in_force=in_force):
        till.pay(bill, amount_li, bill.issued_ms)


def _spent_from_purse(purse: Purse, history: History, month: Month) -> int:
    """How much of what a prepaid account was charged in a month granted money paid: what was charged after it was
    there."""
    if purse.is_empty:
        return 0
    start_ms, end_ms = max(month.start_ms, history.born_ms), min(month.end_ms, history.now_ms + 1)
    instants = [start_ms, *purse.beginnings(start_ms, end_ms), end_ms - 1]
    before = subject_totals_li(history.charged(month, start_ms)) if start_ms == history.born_ms else {}
    spent_li = 0
    for began_ms, until_ms in pairwise(instants):
        after = subject_totals_li(history.charged(month, until_ms))
        new_li = {subject: amount_li - before.get(subject, 0) for subject, amount_li in after.items()}
        most_li = max(0, sum(new_li.values()))
        spent_li += sum(purse.spend(new_li, most_li=most_li, in_force=(began_ms, began_ms + 1)))
        before = after
    return spent_li


class _Till:
    """The account's money while the months go by."""

    def __init__(self, account: Account, born_ms: int) -> None:
        self.account = account
        self.born_ms = born_ms
        self.own_li = account.own_li
        self.bills: list[Bill] = []

    def pay(self, bill: Bill, amount_li: int, at_ms: int) -> None:
        amount_li = min(amount_li, bill.remaining_li)
        if amount_li > 0:
            id_ = f"Y{self.account.id[1:]}-{bill.month.label}-{len(bill.payments) + 1}"
            bill.payments.append(Payment(id_, at_ms, amount_li))

    def pay_from_own(self, bill: Bill, at_ms: int) -> None:
        before_li = bill.remaining_li
        self.pay(bill, self.own_li, at_ms)
        self.own_li -= before_li - bill.remaining_li

    def move(self, move: Move) -> None:
        self.own_li += move.amount_li
        for bill in self.bills:
            if bill.due_ms <= move.at_ms and move.amount_li > 0:
                self.pay_from_own(bill, move.at_ms)

    def close(self, history: History, at_ms: int) -> None:
        """Own money pays what is open, then what the last month cost so far; the rest is given back."""
        for bill in self.bills:
            self.pay_from_own(bill, at_ms)
        self.own_li = min(self.own_li, max(0, total_li(history.charged(Month.of(at_ms), at_ms))))

    def give_back(self, credit: Credit) -> None:
        """What the bill has no room for is the account's own; of a time before the world was made, it is in there."""
        left_li = credit.amount_li
        for bill in self.bills:
            if bill.id == credit.bill_id and bill.remaining_li > 0:
                applied_li = min(left_li, bill.remaining_li)
                bill.payments.append(Payment(credit.id, credit.at_ms, applied_li, by_credit_note=True))
                left_li -= applied_li
        if left_li and credit.at_ms > self.born_ms:
            self.move(Move(credit.at_ms, left_li))

    def habits(self, bill: Bill) -> list[tuple[int, int]]:
        """When the holder pays how much of a bill of his own accord. Where the world is made on the first of a month,
        the bill that is issued there comes on top of those skipped: the one due that day is not late yet."""
        account = self.account
        reached = Month.of(self.born_ms - DAY_MS)
        if bill.month.since(reached) >= -account.skips_last_bills and account.skips_last_bills:
            return []
        first_ms = bill.due_ms + account.pays_days_after_due * DAY_MS
        first_ms += _HALF_PAST_TEN_MS if account.pays_days_after_due else 0
        share_li = share_of(bill.total_li // 10, account.first_share_percent, 100) * 10
        rest = [(first_ms + _SECOND_SHARE_DAYS * DAY_MS, bill.total_li)] if account.first_share_percent < 100 else []
        return [(first_ms, share_li), *rest]


def _move_money(till: _Till, month: Month, history: History) -> None:
    """What is paid in a month, in order of time."""
    deeds: list[tuple[int, Callable[[], None]]] = []
    for bill in till.bills:
        for at_ms, amount_li in till.habits(bill):
            deeds.append((at_ms, partial(till.pay, bill, amount_li, at_ms)))
        if bill.due_ms > till.born_ms:
            deeds.append((bill.due_ms, partial(till.pay_from_own, bill, bill.due_ms)))
        if history.closed_ms is not None and bill.issued_ms > history.closed_ms:
            deeds.append((bill.issued_ms, partial(till.pay_from_own, bill, bill.issued_ms)))
    if history.closed_ms is not None:
        deeds.append((history.closed_ms, partial(till.close, history, history.closed_ms)))
    deeds += [(move.at_ms, partial(till.move, move)) for move in history.moves]
    deeds += [(credit.at_ms, partial(till.give_back, credit)) for credit in history.credits]
    for at_ms, deed in sorted(deeds, key=lambda due: due[0]):
        if month.start_ms <= at_ms < min(month.end_ms, history.now_ms + 1):
            deed()


def _late_fees(bills: list[Bill], month: Month, now_ms: int) -> list[Charge]:
    """违约金: 3 ‰ of what is unpaid for each day that begins while a bill is late; one charge a bill."""
    days = range(month.start_ms, min(month.end_ms, now_ms + 1), DAY_MS)
    fees = [
        (bill, sum(share_of(bill.unpaid_li(day), LATE_FEE_PER_MILLE, 1000) for day in days if bill.late_ms <= day))
        for bill in bills
        if bill.unpaid_li(month.start_ms) > 0
    ]
    return [_late_fee(bill, fee_li) for bill, fee_li in fees if fee_li]


def _late_fee(bill: Bill, fee_li: int) -> Charge:
    label = bill.month.label
    return Charge("late_fee", f"{label}账单违约金", f"Late fee on bill {label}", fee_li, kind="penalty")
