"""How is an account settled when a line of it closes?"""

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.bss.change import Cost
from sandbox.bss.change_case import Case
from sandbox.bss.change_loss import is_last_line
from sandbox.bss.charge import line_charges, total_li
from sandbox.bss.month import Month


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a closing line was charged in the running month, what is open of issued bills, and the account's own money:
    the last two only where no other line of the account lives."""

    running_li: int
    open_li: int
    own_li: int


def settle(case: Case) -> Settlement:
    """As of now; a line that is being closed makes no use, so this is what the bill says."""
    portfolio, month = case.portfolio, Month.of(case.now_ms)
    fees = case.world.months.usage(portfolio, month, as_of_ms=case.now_ms).fees
    running_li = total_li(line_charges(case.line, month, fees, as_of_ms=case.now_ms))
    if portfolio.account.kind == "prepaid":  # paid as it went
        running_li = 0
    if not is_last_line(case):
        return Settlement(running_li, 0, 0)
    books = case.world.books(portfolio, case.now_ms)
    return Settlement(running_li, books.owed_li(), max(0, books.own_li))


def closing_costs(case: Case) -> Iterator[Cost]:
    """What is to be paid, and (negative) the own money that is set off against it and given back."""
    settled, at_ms = settle(case), case.effect_ms
    if settled.running_li:
        yield Cost("settlement", "本月费用", "Charges of this month", settled.running_li, at_ms)
    if settled.open_li:
        yield Cost("settlement", "未缴账单", "Open bills", settled.open_li, at_ms)
    if settled.own_li:
        yield Cost("refund", "账户本金退还", "The account's own money, given back", -settled.own_li, at_ms)
