"""Is a promise held against each bill by what the bill charges for the promised package?"""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from graphql_schema.money_ports import KeptPromise
from graphql_schema.queries.promise_check import check_promise, falls_into
from graphql_schema.types.bill import BillCategory
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.promise import PromiseCheck, PromiseVerdict
from tests.fakes.bills import DATA as DATA_SUBJECT
from tests.fakes.bills import NUMBER, OTHER_NUMBER, Row, discount, fee, itemize, used, yuan
from tests.fakes.money_ports import make_promise

PLAN = fee("H1", "59", name="畅享59")
OLD_PLAN = fee("H0", "39", name="畅享39")
PROMISE = make_promise(
    name=LocalizedText(zh="畅享59", en="Enjoy 59"), starts_on=date(2026, 6, 1), ends_on=date(2026, 12, 1)
)


def check(*rows: Row, promise: KeptPromise = PROMISE, products: frozenset[str] = frozenset({"H1"})) -> PromiseCheck:
    found = check_promise(promise, itemize("2026-10", *rows), number=NUMBER, product_ids=products)
    assert found is not None
    return found


def test_a_bill_that_charges_what_was_promised_keeps_it() -> None:
    found = check(PLAN, OLD_PLAN, used(DATA_SUBJECT, "data", "100"))
    assert (found.verdict, found.charged, found.over) == (PromiseVerdict.KEPT, yuan("59"), yuan("0"))
    assert (found.bill_id, found.period_start, found.rated_line_id) == ("B2026-10", date(2026, 10, 1), None)


def test_a_bill_that_charges_less_keeps_it_too() -> None:
    assert check(fee("H1", "29.5", name="畅享59")).verdict is PromiseVerdict.KEPT


def test_a_bill_that_charges_more_breaks_it_and_names_the_line_to_dispute() -> None:
    found = check(fee("H1", "79.005", name="畅享59"))
    assert (found.verdict, found.over) == (PromiseVerdict.BROKEN, yuan("20.005"))
    assert found.rated_line_id == "R2026-10-monthly_fee-0"


def test_the_packages_own_discount_counts_and_anothers_does_not() -> None:
    dear = fee("H1", "79", name="畅享59")
    assert check(dear, discount("H1", "-20")).verdict is PromiseVerdict.KEPT
    assert check(dear, discount("H7", "-20")).verdict is PromiseVerdict.BROKEN


def test_all_products_of_the_offering_count_and_those_of_another_line_do_not() -> None:
    second = fee("H2", "10", name="畅享59加装")
    found = check(PLAN, second, fee("H1", "59", number=OTHER_NUMBER), products=frozenset({"H1", "H2"}))
    assert found.charged == yuan("69")


@pytest.mark.parametrize(("price", "over"), [("59", "0"), ("60.5", "1.5")])
def test_a_package_bought_twice_may_cost_the_promised_price_twice(price: str, over: str) -> None:
    second = fee("H2", price, name="畅享59")
    assert check(PLAN, second, products=frozenset({"H1", "H2"})).over == yuan(over)
    assert check(PLAN, second, products=frozenset()).over == yuan(over)


def test_a_package_that_ended_is_known_by_its_name() -> None:
    assert check(PLAN, OLD_PLAN, products=frozenset()).charged == yuan("59")


def test_a_bill_without_the_package_says_nothing_about_the_promise() -> None:
    assert check_promise(PROMISE, itemize("2026-10", OLD_PLAN), number=NUMBER, product_ids={"H1"}) is None


GIFT = replace(PROMISE, gift=yuan("10"))


def test_a_promised_gift_must_stand_on_the_bill() -> None:
    found = check(PLAN, promise=GIFT)
    assert (found.verdict, found.gift_missing, found.over) == (PromiseVerdict.BROKEN, True, yuan("0"))
    assert found.rated_line_id is not None


@pytest.mark.parametrize("product", ["H1", "H7", ""])
def test_the_gift_may_be_a_credit_of_the_package_or_of_the_line_and_is_not_taken_off_its_price(product: str) -> None:
    given = check(PLAN, discount(product, "-10", name="赠费"), promise=GIFT)
    assert (given.verdict, given.gift_missing, given.charged) == (PromiseVerdict.KEPT, False, yuan("59"))


def test_a_gift_that_pays_for_a_price_too_high_breaks_the_promise() -> None:
    found = check(fee("H1", "69", name="畅享59"), discount("H1", "-10"), promise=GIFT)
    assert (found.verdict, found.over, found.gift_missing) == (PromiseVerdict.BROKEN, yuan("10"), False)


@pytest.mark.parametrize(
    ("month", "category", "falls"),
    [
        ("2026-05", BillCategory.NORMAL, False),
        ("2026-06", BillCategory.NORMAL, True),
        ("2026-11", BillCategory.NORMAL, True),
        ("2026-12", BillCategory.NORMAL, False),
        ("2026-10", BillCategory.LAST, True),
        ("2026-10", BillCategory.DUPLICATE, False),
        ("2026-10", BillCategory.INTERIM, False),
        ("2026-10", BillCategory.TRIAL, False),
        ("2026-10", BillCategory.CREDIT_NOTE, False),
    ],
)
def test_only_months_bills_within_the_term_are_held_against_it(month: str, category: BillCategory, falls: bool) -> None:
    assert falls_into(PROMISE, itemize(month, PLAN, category=category).bill) is falls


def test_what_is_charged_keeps_its_li() -> None:
    assert check(fee("H1", "58.995", name="畅享59")).charged.amount == Decimal("58.995")
