"""Does the explanation of a bill name the causes, and do its parts add up to the difference exactly?"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphql_schema.money_ports import RatedDay, RatedMonth
from graphql_schema.queries.bill_difference import choose_basis, explain
from graphql_schema.queries.bill_use import numbers_of_use
from graphql_schema.types.bill import Bill, BillCategory, ChargeKind, ItemizedBill, SubjectCode
from graphql_schema.types.bill_difference import BillBasis, BillDifference, Cause, CauseKind
from graphql_schema.types.bucket import UsageType
from graphql_schema.types.month import Month
from tests.fakes.bills import (
    AS_OF,
    DATA,
    LATE_FEE,
    NUMBER,
    OTHER,
    OTHER_NUMBER,
    OTHER_PARTY,
    SMS,
    VALUE_ADDED,
    VOICE,
    Row,
    beside,
    discount,
    fee,
    itemize,
    used,
    yuan,
)

PLAN = fee("plan-59", "59")
ADJUSTMENT, ONE_TIME, PENALTY = ChargeKind.ADJUSTMENT, ChargeKind.ONE_TIME, ChargeKind.PENALTY


def compare(this: Iterable[Row], *before: Iterable[Row], basis: BillBasis = BillBasis.LAST_MONTH) -> BillDifference:
    months = [f"2026-{10 - ago:02}" for ago in range(len(before) + 1)]
    bills = [itemize(month, *rows) for month, rows in zip(months, (this, *before), strict=True)]
    return explain(bills[0], bills[1:], {}, basis=basis)


def causes(found: BillDifference) -> list[tuple[CauseKind, str | None, str]]:
    told = (cause for subject in found.subjects for cause in subject.causes)
    return [(cause.kind, cause.name.zh if cause.name else None, str(cause.amount.amount)) for cause in told]


@pytest.mark.parametrize(
    ("this", "before", "expected"),
    [
        ([PLAN, fee("video", "20")], [PLAN], (CauseKind.NEW_PACKAGE, "video", "20.00")),
        ([PLAN], [PLAN, fee("music", "10")], (CauseKind.ENDED_PACKAGE, "music", "-10.00")),
        ([fee("plan-59", "79")], [PLAN], (CauseKind.PRICE_CHANGED, "plan-59", "20.00")),
        ([PLAN, discount("loyal", "-10")], [PLAN], (CauseKind.NEW_DISCOUNT, "loyal", "-10.00")),
        ([PLAN], [PLAN, discount("loyal", "-10")], (CauseKind.LAPSED_DISCOUNT, "loyal", "10.00")),
        (
            [PLAN, discount("loyal", "-5.9")],
            [PLAN, discount("loyal", "-10")],
            (CauseKind.CHANGED_DISCOUNT, "loyal", "4.10"),
        ),
        ([PLAN, used(DATA, "data", "8.70")], [PLAN], (CauseKind.OUT_OF_BUCKET, "data", "8.70")),
        ([PLAN], [PLAN, used(VOICE, "local", "0.80")], (CauseKind.OUT_OF_BUCKET, "local", "-0.80")),
        ([PLAN, used(DATA, "abroad", "30", roaming=True)], [PLAN], (CauseKind.ROAMING, "abroad", "30.00")),
        ([PLAN, used(VALUE_ADDED, "games", "6")], [PLAN], (CauseKind.THIRD_PARTY, "games", "6.00")),
        ([PLAN, fee("sp", "8", subject=OTHER_PARTY)], [PLAN], (CauseKind.THIRD_PARTY, "sp", "8.00")),
        ([PLAN, fee("ring", "5", subject=VALUE_ADDED)], [PLAN], (CauseKind.NEW_PACKAGE, "ring", "5.00")),
        ([PLAN, beside(OTHER, ADJUSTMENT, "补偿", "-10")], [PLAN], (CauseKind.ADJUSTMENT, "补偿", "-10.00")),
        ([PLAN, beside(VOICE, ADJUSTMENT, "退费", "-1")], [PLAN], (CauseKind.ADJUSTMENT, "退费", "-1.00")),
        ([PLAN, beside(OTHER, ONE_TIME, "补卡", "10")], [PLAN], (CauseKind.ONE_TIME, "补卡", "10.00")),
        ([PLAN, beside(LATE_FEE, PENALTY, "违约金", "1.2")], [PLAN], (CauseKind.LATE_FEE, None, "1.20")),
    ],
)
def test_each_thing_that_came_went_or_changed_is_named(
    this: list[Row], before: list[Row], expected: tuple[CauseKind, str, str]
) -> None:
    found = compare(this, before)
    assert causes(found) == [expected]
    assert found.difference == found.subjects[-1].difference == yuan(expected[2])
    assert found.other == yuan("0")


def test_bills_that_are_alike_differ_in_nothing() -> None:
    found = compare([PLAN, used(DATA, "data", "1.234")], [PLAN, used(DATA, "data", "1.234")])
    assert causes(found) == []
    assert (found.difference, found.this, found.that) == (yuan("0"), yuan("60.23"), yuan("60.23"))


def test_a_new_plan_is_what_came_and_what_went_and_both_are_told() -> None:
    found = compare([fee("plan-99", "99")], [PLAN])
    assert causes(found) == [
        (CauseKind.NEW_PACKAGE, "plan-99", "99.00"),
        (CauseKind.ENDED_PACKAGE, "plan-59", "-59.00"),
    ]


def test_two_packs_of_one_name_are_one_thing_bought_twice() -> None:
    packs = [fee("P1", "10", name="10GB"), fee("P2", "10", name="10GB")]
    assert causes(compare([PLAN, *packs], [PLAN, fee("P0", "10", name="10GB")])) == [
        (CauseKind.MORE_BOUGHT, "10GB", "10.00")
    ]
    assert causes(compare([PLAN, fee("P9", "10", name="10GB")], [PLAN, *packs])) == [
        (CauseKind.MORE_BOUGHT, "10GB", "-10.00")
    ]


def test_a_package_under_a_new_name_is_the_same_package() -> None:
    found = compare([fee("P1", "69", name="畅享69")], [fee("P1", "59", name="畅享59")])
    assert causes(found) == [(CauseKind.PRICE_CHANGED, "畅享69", "10.00")]


def test_the_same_package_of_two_lines_is_two_things() -> None:
    found = compare([PLAN], [PLAN, fee("plan-59", "59", number=OTHER_NUMBER)])
    (told,) = [cause for subject in found.subjects for cause in subject.causes]
    assert (told.kind, told.masked_number) == (CauseKind.ENDED_PACKAGE, "138****8004")


def test_late_fees_are_one_cause_whichever_bills_they_are_for() -> None:
    this = [PLAN, beside(LATE_FEE, PENALTY, "2026-09账单违约金", "3"), beside(LATE_FEE, PENALTY, "8月违约金", "1")]
    found = compare(this, [PLAN, beside(LATE_FEE, PENALTY, "8月违约金", "1.5")])
    assert causes(found) == [(CauseKind.LATE_FEE, None, "2.50")]


def test_what_rounding_leaves_is_the_only_thing_unexplained() -> None:
    found = compare([used(VOICE, "local", "1.005")], [used(VOICE, "local", "0.504")])
    assert (found.difference, found.this, found.that) == (yuan("0.51"), yuan("1.01"), yuan("0.50"))
    assert causes(found) == [(CauseKind.OUT_OF_BUCKET, "local", "0.501"), (CauseKind.OTHER, None, "0.009")]
    assert found.other == yuan("0.009")


def test_the_largest_cause_of_a_subject_comes_first() -> None:
    this = [used(DATA, "small", "1"), used(DATA, "large", "9"), used(DATA, "gone", "0")]
    assert [kind_name[1] for kind_name in causes(compare(this, [used(DATA, "gone", "4")]))] == [
        "large",
        "gone",
        "small",
    ]


def test_a_mean_is_rounded_by_subject_and_counts_its_months() -> None:
    found = compare([PLAN], [fee("plan-59", "58")], [PLAN], [PLAN], basis=BillBasis.MEAN)
    assert (found.months, found.that, found.difference) == (3, yuan("58.67"), yuan("0.33"))
    assert causes(found) == [
        (CauseKind.PRICE_CHANGED, "plan-59", "0.333"),
        (CauseKind.OTHER, None, "-0.003"),
    ]


def test_a_package_that_one_of_the_months_did_not_have_yet_is_new_against_the_mean() -> None:
    video = fee("video", "20")
    found = compare([PLAN, video], [PLAN, video], [PLAN], basis=BillBasis.MEAN)
    assert causes(found) == [(CauseKind.NEW_PACKAGE, "video", "10.00")]


# --- days and places ---------------------------------------------------------------------------------------------


def rated(
    day: date, tariff: str | None, amount: str, *, roaming: bool = False, places: tuple[str, ...] = ()
) -> RatedDay:
    return RatedDay(day, UsageType.DATA, tariff, 1, Decimal(amount), roaming, places)


def month_of(*days: RatedDay, stale: bool = False) -> RatedMonth:
    return RatedMonth(Month(2026, 10), days, "CNY", AS_OF, stale)


def explain_use(row: Row, months: dict[str, RatedMonth]) -> Cause:
    found = explain(itemize("2026-10", row), [itemize("2026-09")], months, basis=BillBasis.LAST_MONTH)
    (cause,) = [cause for subject in found.subjects for cause in subject.causes]
    return cause


def test_use_outside_allowances_is_told_with_its_days() -> None:
    days = (
        rated(date(2026, 10, 27), "data", "3"),
        rated(date(2026, 10, 3), None, "0"),
        rated(date(2026, 10, 25), "data", "5.7"),
        rated(date(2026, 10, 20), "data", "0"),
        rated(date(2026, 10, 21), "local", "1"),
        rated(date(2026, 10, 22), "data", "1", roaming=True),
        rated(date(2026, 11, 1), "data", "1"),
    )
    cause = explain_use(used(DATA, "data", "8.7"), {NUMBER: month_of(*days)})
    assert (cause.days, cause.places) == ([date(2026, 10, 25), date(2026, 10, 27)], [])
    assert (cause.first_day, cause.last_day) == (date(2026, 10, 25), date(2026, 10, 27))


def test_roaming_is_told_from_its_first_to_its_last_day_with_its_places() -> None:
    days = (
        rated(date(2026, 10, 9), "abroad", "10", roaming=True, places=("日本·东京",)),
        rated(date(2026, 10, 12), "abroad", "10", roaming=True, places=("日本·大阪", "日本·东京")),
    )
    cause = explain_use(used(DATA, "abroad", "20", roaming=True), {NUMBER: month_of(*days)})
    assert (cause.kind, cause.places) == (CauseKind.ROAMING, ["日本·东京", "日本·大阪"])
    assert (cause.first_day, cause.last_day) == (date(2026, 10, 9), date(2026, 10, 12))


def test_days_are_looked_up_for_the_numbers_whose_use_cost_most() -> None:
    rows = [used(DATA, "data", "1"), used(VOICE, "local", "2"), used(DATA, "data", "5", number=OTHER_NUMBER), PLAN]
    assert numbers_of_use(itemize("2026-10", *rows)) == [OTHER_NUMBER, NUMBER]
    assert numbers_of_use(itemize("2026-10", PLAN, used(DATA, "", "5"))) == []


def test_a_third_partys_service_is_told_with_the_days_on_which_it_was_used() -> None:
    day = RatedDay(date(2026, 10, 8), None, "games", 2, Decimal(12), roaming=False)
    cause = explain_use(used(VALUE_ADDED, "games", "12"), {NUMBER: month_of(day)})
    assert (cause.kind, cause.days) == (CauseKind.THIRD_PARTY, [date(2026, 10, 8)])


def test_without_a_month_of_use_the_cause_stands_without_days() -> None:
    cause = explain_use(used(DATA, "data", "8.7"), {OTHER_NUMBER: month_of(rated(date(2026, 10, 25), "data", "8.7"))})
    assert (cause.kind, cause.amount, cause.days, cause.first_day) == (CauseKind.OUT_OF_BUCKET, yuan("8.7"), [], None)


@pytest.mark.parametrize("stale", ["this", "before", "use"])
def test_an_explanation_out_of_anything_stale_is_stale(stale: str) -> None:
    this, before = (
        itemize(month, PLAN, stale=stale == what) for month, what in (("2026-10", "this"), ("2026-09", "before"))
    )
    found = explain(this, [before], {NUMBER: month_of(stale=stale == "use")}, basis=BillBasis.LAST_MONTH)
    assert found.stale


# --- what a bill is held against ---------------------------------------------------------------------------------


def bill(month: str, category: BillCategory = BillCategory.NORMAL) -> Bill:
    made = itemize(month, PLAN, category=category).bill
    return made if category is BillCategory.NORMAL else replace(made, id=f"{made.id}-{category.value}")


ONLINE = [
    bill("2026-10"),
    bill("2026-10", BillCategory.DUPLICATE),
    bill("2026-09", BillCategory.DUPLICATE),
    bill("2026-09", BillCategory.CREDIT_NOTE),
    bill("2026-08", BillCategory.TRIAL),
    bill("2026-09", BillCategory.INTERIM),
    *(bill(f"2026-{month:02}") for month in range(9, 1, -1)),
]


def test_last_month_is_the_bill_that_ended_as_this_one_began() -> None:
    chosen = choose_basis(ONLINE[0], ONLINE, BillBasis.LAST_MONTH)
    assert [each.id for each in chosen] == ["B2026-09"]


def test_a_mean_rests_on_six_months_bills_and_on_nothing_that_repeats_or_corrects_them() -> None:
    chosen = choose_basis(ONLINE[0], ONLINE, BillBasis.MEAN)
    assert [each.id for each in chosen] == [f"B2026-{month:02}" for month in range(9, 3, -1)]


def test_a_duplicate_is_explained_like_the_bill_that_it_repeats() -> None:
    assert choose_basis(ONLINE[1], ONLINE, BillBasis.MEAN) == choose_basis(ONLINE[0], ONLINE, BillBasis.MEAN)


@pytest.mark.parametrize("category", [BillCategory.INTERIM, BillCategory.TRIAL, BillCategory.CREDIT_NOTE])
def test_what_is_no_months_bill_has_nothing_to_be_held_against(category: BillCategory) -> None:
    assert choose_basis(bill("2026-10", category), ONLINE, BillBasis.MEAN) == []


def test_the_first_bill_and_one_after_a_gap_have_no_month_before() -> None:
    with_gap = [bill("2026-10"), bill("2026-08")]
    assert choose_basis(with_gap[0], with_gap, BillBasis.LAST_MONTH) == []
    assert choose_basis(with_gap[1], with_gap, BillBasis.MEAN) == []
    assert choose_basis(with_gap[0], with_gap, BillBasis.MEAN) == [with_gap[1]]


# --- for any bills whatsoever ------------------------------------------------------------------------------------

AMOUNTS = st.decimals(min_value="-300", max_value="300", places=3).map(str)
ROWS = st.builds(
    Row,
    subject=st.sampled_from(SubjectCode),
    kind=st.sampled_from(ChargeKind),
    what=st.sampled_from(["", "P1", "P2", "P3"]),
    amount=AMOUNTS,
    number=st.sampled_from([NUMBER, OTHER_NUMBER, None]),
    roaming=st.booleans(),
)
BILLS = st.lists(ROWS, max_size=12)
SWAPPED = {
    CauseKind.NEW_PACKAGE: CauseKind.ENDED_PACKAGE,
    CauseKind.ENDED_PACKAGE: CauseKind.NEW_PACKAGE,
    CauseKind.NEW_DISCOUNT: CauseKind.LAPSED_DISCOUNT,
    CauseKind.LAPSED_DISCOUNT: CauseKind.NEW_DISCOUNT,
}


def total(bill: ItemizedBill) -> Decimal:
    return sum((subject.total.amount for subject in bill.subjects), Decimal(0))


@settings(max_examples=300, deadline=None)
@given(BILLS, st.lists(BILLS, min_size=1, max_size=6))
def test_the_parts_of_any_difference_add_up_to_it_exactly(this: list[Row], before: list[list[Row]]) -> None:
    found = compare(this, *before, basis=BillBasis.MEAN)
    assert found.this.amount - found.that.amount == found.difference.amount
    assert found.this.amount == total(itemize("2026-10", *this))
    assert sum((each.difference.amount for each in found.subjects), Decimal(0)) == found.difference.amount
    for subject in found.subjects:
        parts = sum((cause.amount.amount for cause in subject.causes), Decimal(0))
        assert subject.this.amount - subject.that.amount == subject.difference.amount == parts
        assert all(cause.amount.amount for cause in subject.causes)
        sizes = [abs(cause.amount.amount) for cause in subject.causes]
        assert sizes == sorted(sizes, reverse=True)
        unexplained = [abs(cause.amount.amount) for cause in subject.causes if cause.kind is CauseKind.OTHER]
        things = len({(row.kind, row.what, row.number, row.roaming) for rows in (this, *before) for row in rows})
        assert sum(unexplained, Decimal(0)) <= Decimal("0.01") + things * Decimal("0.0005")


@settings(max_examples=300, deadline=None)
@given(BILLS, BILLS)
def test_of_two_bills_it_does_not_matter_which_is_held_against_which(one: list[Row], two: list[Row]) -> None:
    there, back = compare(one, two), compare(two, one)
    assert there.difference.amount == -back.difference.amount
    assert (there.this, there.that, there.other) == (back.that, back.this, back.other)
    for subject, turned in zip(there.subjects, back.subjects, strict=True):
        assert (subject.this, subject.that) == (turned.that, turned.this)
        assert sorted(map(facts, subject.causes)) == sorted(map(turn, turned.causes))


def facts(cause: Cause) -> tuple[str, str, str, Decimal]:
    return (cause.kind.value, cause.name.zh if cause.name else "", cause.masked_number or "", cause.amount.amount)


def turn(cause: Cause) -> tuple[str, str, str, Decimal]:
    _, name, number, amount = facts(cause)
    return (SWAPPED.get(cause.kind, cause.kind).value, name, number, -amount)


def test_a_line_of_a_text_message_rate_is_out_of_bucket_too() -> None:
    assert causes(compare([used(SMS, "sms", "0.1")], [PLAN]))[1] == (CauseKind.OUT_OF_BUCKET, "sms", "0.10")
