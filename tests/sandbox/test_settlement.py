"""Are bills paid, late and due as the rules say?"""

import pytest

from sandbox.bss.charge import Charge
from sandbox.bss.money import yuan
from sandbox.bss.money_book import Move
from sandbox.bss.month import DAY_MS, Month
from sandbox.bss.portfolio import Account
from sandbox.bss.settlement import Books, History, settle_postpaid, settle_prepaid

FIRST = Month(2026, 5)
BORN_MS = Month(2026, 11).start_ms + 10 * DAY_MS


def account(**more: object) -> Account:
    fields = {"id": "A000000", "kind": "postpaid", "own_li": 0, "credit_limit_li": 0, "pays_days_after_due": -25} | more
    return Account(**fields)


def settle(holder: Account, now_ms: int = BORN_MS, topups: tuple[Move, ...] = ()) -> Books:
    """Every month costs 100 yuan."""
    charges = [Charge("monthly_fee", "", "", yuan(100))]
    history = History(holder, FIRST, BORN_MS, now_ms, lambda _: list(charges), list(topups))
    return settle_postpaid(history) if holder.kind == "postpaid" else settle_prepaid(history)


def amounts(books: Books) -> list[tuple[str, int, int]]:
    return [(bill.state, bill.total_li, bill.remaining_li) for bill in books.bills]


def test_a_bill_is_issued_for_each_month_that_is_over_and_due_a_month_later() -> None:
    books = settle(account())
    assert [bill.month for bill in books.bills] == [FIRST.plus(n) for n in range(6)]
    assert books.bills[-1].issued_ms == Month(2026, 11).start_ms
    assert books.bills[-1].due_ms == Month(2026, 12).start_ms
    assert amounts(books) == [("settled", yuan(100), 0)] * 6


def test_who_pays_at_the_due_date_always_owes_exactly_the_last_bill() -> None:
    for day in range(60):
        books = settle(account(pays_days_after_due=0), now_ms=BORN_MS + day * DAY_MS)
        assert [bill.state for bill in books.bills[-2:]] == ["settled", "sent"]
        assert not any(charge.subject == "late_fee" for bill in books.bills for charge in bill.charges)


def test_each_day_that_begins_past_due_costs_three_per_mille_on_that_months_bill() -> None:
    """Bill of May: issued on 1 June, due on 1 July (all day), paid on 11 July at 10:30: late on ten mornings."""
    books = settle(account(pays_days_after_due=10))
    july = books.bills[2]
    assert [(c.subject, c.amount_li) for c in july.charges][1:] == [("late_fee", 10 * yuan(0.3))]
    june = books.bills[1]
    assert [c.subject for c in june.charges] == ["monthly_fee"]


def test_the_running_month_shows_the_late_fee_so_far() -> None:
    books = settle(account(pays_days_after_due=10, skips_last_bills=2))
    mornings = 10  # 2 to 11 November, of the bill of September
    september = books.bills[4]
    assert [bill.state for bill in books.bills[-2:]] == ["sent", "sent"]
    assert books.is_past_due(BORN_MS)
    assert books.running[-1].amount_li == pytest.approx(mornings * september.total_li * 3 / 1000, abs=mornings)


def test_a_topup_pays_what_is_past_due_first_and_the_rest_is_kept() -> None:
    late = account(pays_days_after_due=10, skips_last_bills=2)
    overdue_li = settle(late).bills[4].remaining_li
    books = settle(late, BORN_MS + 5, (Move(BORN_MS + 1, overdue_li - 10), Move(BORN_MS + 2, 50_010)))
    assert books.bills[4].state == "settled"
    assert [payment.amount_li for payment in books.bills[4].payments] == [overdue_li - 10, 10]
    assert books.bills[5].state == "sent"
    assert books.own_li == 50_000
    assert not books.is_past_due(BORN_MS + 5)
    assert settle(late, BORN_MS + 1, (Move(BORN_MS + 1, 100),)).bills[4].state == "partiallyPaid"


def test_own_money_pays_what_is_still_open_when_it_becomes_due() -> None:
    late = account(pays_days_after_due=10, skips_last_bills=2, own_li=yuan(500))
    due_ms = Month(2026, 12).start_ms
    assert settle(late, due_ms - 1).bills[5].state == "sent"
    after = settle(late, due_ms)
    assert after.bills[5].state == "settled"
    assert after.own_li == yuan(500) - after.bills[5].total_li


def test_half_is_paid_first_and_the_rest_later() -> None:
    halves = account(pays_days_after_due=5, first_share_percent=50)
    november = Month(2026, 11).start_ms
    bill = settle(halves, november + 6 * DAY_MS).bills[4]
    assert (bill.state, len(bill.payments)) == ("partiallyPaid", 1)
    assert settle(halves, november + 27 * DAY_MS).bills[4].state == "settled"


def test_a_prepaid_account_pays_as_it_goes() -> None:
    prepaid = account(kind="prepaid", own_li=yuan(3.2))
    assert settle(prepaid).own_li == yuan(3.2)
    topped_up = (Move(BORN_MS + 1, yuan(150)),)
    assert settle(prepaid, BORN_MS + 1, topped_up).own_li == yuan(153.2)
    assert settle(prepaid, Month(2026, 12).start_ms, topped_up).own_li == yuan(53.2)
    assert {bill.state for bill in settle(prepaid).bills} == {"settled"}


def test_the_due_day_itself_is_in_time_to_its_last_moment() -> None:
    never = account(pays_days_after_due=10, skips_last_bills=2)
    due_day = Month(2026, 11).start_ms  # of the bill of September
    assert not settle(never, due_day).is_past_due(due_day)
    assert not settle(never, due_day + DAY_MS - 1).is_past_due(due_day + DAY_MS - 1)
    assert settle(never, due_day + DAY_MS).is_past_due(due_day + DAY_MS)
    assert [c.subject for c in settle(never, due_day + DAY_MS - 1).running] == ["monthly_fee"]
    assert [c.subject for c in settle(never, due_day + DAY_MS).running] == ["monthly_fee", "late_fee"]
