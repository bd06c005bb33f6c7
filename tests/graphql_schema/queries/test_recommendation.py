"""Is a plan held against what was really used, and never praised beyond what it would have saved?"""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_schema.money_ports import RatedDay, RatedMonth
from graphql_schema.order_ports import CatalogueReading, UsageRate
from graphql_schema.queries.recommendation import LivedMonth, decide_recommendations, find_candidates
from graphql_schema.types.bucket import UsageType
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.month import Month
from graphql_schema.types.offering import OfferedAllowance, Offering, OfferingCategory, OfferingLink
from graphql_schema.types.package import PackageKind
from graphql_schema.types.recommendation import Recommendation
from graphql_schema.types.scalar import Long
from tests.fakes.deal_ports import make_offering, make_plan
from tests.fakes.ports import AS_OF, make_package, yuan

OCTOBER = Month(2026, 10)
MIB, GIB = 1024**2, 1024**3
RATES = (
    UsageRate("data", UsageType.DATA, yuan("0.005"), MIB),
    UsageRate("local", UsageType.VOICE, yuan("0.40"), 60),
    UsageRate("far", UsageType.VOICE, yuan("0.07"), 6),
)
SHELVES = (
    OfferingCategory(id="mobile-plan", name=LocalizedText(zh="手机", en="Mobile"), parent_id=None),
    OfferingCategory(id="family", name=LocalizedText(zh="家庭", en="Family"), parent_id="mobile-plan"),
    OfferingCategory(id="home", name=LocalizedText(zh="宽带", en="Home"), parent_id=None),
)
OWN = make_package(id="P1", offering_id="plan-59", kind=PackageKind.PLAN, monthly_fee=yuan("59"))


def gives(usage_type: UsageType, total: int | None, *, application: str | None = None) -> OfferedAllowance:
    return OfferedAllowance(
        usage_type=usage_type,
        name=LocalizedText(zh="x", en="x"),
        total=None if total is None else Long(total),
        application=application,
        shared=False,
        throttle_after=None,
        rolls_over=False,
    )


def plan(id_: str, fee: str, *allowances: OfferedAllowance) -> Offering:
    return make_plan(id_, monthly_fee=yuan(fee), allowances=list(allowances))


SMALL = plan("plan-59", "59", gives(UsageType.DATA, 20 * GIB), gives(UsageType.VOICE, 6000))
LARGE = plan("plan-79", "79", gives(UsageType.DATA, 40 * GIB), gives(UsageType.VOICE, 6000))
ENDLESS = plan("plan-199", "199", gives(UsageType.DATA, None), gives(UsageType.VOICE, None))


def used(usage_type: UsageType, counted: int, *, fee: str | None = None, roaming: bool = False) -> RatedDay:
    tariff = None if fee is None else "rate"
    asked = 0 if roaming else counted
    return RatedDay(OCTOBER.first_day, usage_type, tariff, counted, Decimal(fee or 0), roaming=roaming, counted=asked)


def lived(*days: RatedDay, paid: str) -> LivedMonth:
    return LivedMonth(RatedMonth(month=OCTOBER, days=days, currency="CNY", as_of=AS_OF, stale=False), yuan(paid))


def recommend(
    *months: LivedMonth, among: tuple[Offering, ...], rates: tuple[UsageRate, ...] = RATES
) -> list[Recommendation]:
    catalogue = CatalogueReading(SHELVES, (SMALL, LARGE, ENDLESS), AS_OF, stale=False, rates=rates)
    return decide_recommendations(OWN, months, catalogue, among=among)


OVER = lived(used(UsageType.DATA, 20 * GIB), used(UsageType.DATA, 10 * GIB, fee="51.20"), paid="110.20")


def test_a_plan_that_covers_what_was_paid_extra_saves_the_difference() -> None:
    own, large = recommend(OVER, among=(LARGE,))
    assert (own.is_own, own.offering_id, own.saving, own.average) == (True, "plan-59", yuan("0"), yuan("110.20"))
    assert (large.is_own, large.saving, large.average) == (False, yuan("31.20"), yuan("79"))
    assert [(month.month, month.paid, month.would_have_paid) for month in large.months] == [
        ("2026-10", yuan("110.20"), yuan("79"))
    ]


def test_what_is_beyond_the_other_plan_too_costs_what_it_cost_here() -> None:
    month = lived(used(UsageType.DATA, 20 * GIB), used(UsageType.DATA, 25 * GIB, fee="100"), paid="159")
    _, large = recommend(month, among=(LARGE,))
    assert large.average == yuan("99")  # 5 of the 25 GiB remain, at 4 yuan each


def test_use_that_nobody_paid_for_yet_costs_the_dearest_published_rate() -> None:
    tiny = plan("plan-9", "9", gives(UsageType.DATA, 40 * GIB), gives(UsageType.VOICE, 600))
    month = lived(used(UsageType.VOICE, 1200), paid="59")
    _, other = recommend(month, among=(tiny,))
    assert other.average == yuan("16")  # 9, and 10 minutes at 0.70: 0.07 for six seconds


def test_a_plan_is_left_out_where_its_extra_use_has_no_price() -> None:
    tiny = plan("plan-9", "9", gives(UsageType.VOICE, 600))
    assert len(recommend(lived(used(UsageType.VOICE, 1200), paid="59"), among=(tiny,), rates=())) == 1


def test_a_plan_without_an_end_costs_its_fee_alone() -> None:
    assert recommend(OVER, among=(ENDLESS,))[1].average == yuan("199")


def test_what_packs_gave_beside_the_own_plan_they_give_beside_the_other_too() -> None:
    month = lived(used(UsageType.DATA, 25 * GIB), used(UsageType.DATA, 10 * GIB, fee="50"), paid="109")
    half = plan("plan-49", "49", gives(UsageType.DATA, 10 * GIB))
    _, other = recommend(month, among=(half,))
    assert other.average == yuan("149")  # 5 GiB beside the plan, 10 in it: 20 GiB remain at 5 yuan each


def test_an_allowance_for_one_app_is_not_counted_on() -> None:
    video = plan(
        "plan-29", "29", gives(UsageType.DATA, 20 * GIB), gives(UsageType.DATA, 100 * GIB, application="短视频")
    )
    assert recommend(OVER, among=(video,))[1].average == yuan("80.20")


def test_use_abroad_and_calls_received_change_nothing() -> None:
    free = RatedDay(OCTOBER.first_day, UsageType.VOICE, None, 99_999, Decimal(0), roaming=False, counted=0)
    abroad = used(UsageType.VOICE, 99_999, fee="500", roaming=True)
    month = lived(*OVER.use.days, free, abroad, paid="110.20")
    assert recommend(month, among=(LARGE,))[1].average == yuan("79")


def test_the_best_saving_comes_first_after_the_own_plan_and_a_loss_is_said() -> None:
    own, first, second = recommend(OVER, among=(ENDLESS, LARGE))
    assert (own.is_own, first.offering_id, second.offering_id) == (True, "plan-79", "plan-199")
    assert second.saving == yuan("-88.80")


def test_an_average_is_over_the_months_that_there_are() -> None:
    quiet = lived(used(UsageType.DATA, 10 * GIB), paid="59")
    own, large = recommend(OVER, quiet, among=(LARGE,))
    assert (own.average, large.average, large.saving) == (yuan("84.60"), yuan("79"), yuan("5.60"))
    assert own.share_of_data_used == Decimal("1.00")
    assert large.share_of_data_used == Decimal("0.50")


def test_without_a_month_or_the_own_plans_terms_nothing_is_said() -> None:
    catalogue = CatalogueReading(SHELVES, (LARGE,), AS_OF, stale=False, rates=RATES)
    assert recommend(among=(LARGE,)) == []
    assert decide_recommendations(OWN, [OVER], catalogue, among=(LARGE,)) == []


def test_a_stale_month_makes_the_whole_stale() -> None:
    stale = LivedMonth(replace(OVER.use, stale=True), OVER.paid)
    assert all(each.stale for each in recommend(OVER, stale, among=(LARGE,)))


@given(
    st.lists(
        st.tuples(st.sampled_from(list(UsageType)), st.integers(0, 60 * GIB), st.none() | st.integers(0, 50_000)),
        max_size=12,
    )
)
def test_more_allowance_never_costs_more_and_no_plan_costs_less_than_its_fee(
    uses: list[tuple[UsageType, int, int | None]],
) -> None:
    days = [used(kind, amount, fee=None if li is None else str(Decimal(li) / 1000)) for kind, amount, li in uses]
    rates = (*RATES, UsageRate("sms", UsageType.SMS, yuan("0.10"), 1))
    more = plan("plan-60", "59", gives(UsageType.DATA, 30 * GIB), gives(UsageType.VOICE, 9000))
    same = plan("plan-61", "59", gives(UsageType.DATA, 20 * GIB), gives(UsageType.VOICE, 6000))
    told = {each.offering_id: each for each in recommend(lived(*days, paid="59"), among=(more, same), rates=rates)}
    assert yuan("59").amount <= told["plan-60"].average.amount <= told["plan-61"].average.amount


def candidates(*offerings: Offering, held: tuple[str, ...] = ()) -> list[str]:
    packs = [make_package(id=f"P-{id_}", offering_id=id_, kind=PackageKind.ADD_ON) for id_ in held]
    catalogue = CatalogueReading(SHELVES, (SMALL, *offerings), AS_OF, stale=False)
    return [offering.id for offering in find_candidates(OWN, [OWN, *packs], catalogue)]


def link(id_: str) -> OfferingLink:
    return OfferingLink(id=id_, name=LocalizedText(zh=id_, en=id_))


@pytest.mark.parametrize(
    ("offering", "offered"),
    [
        (make_plan("other"), True),
        (make_plan("other", category_id="family"), True),
        (make_plan("other", category_id="home"), False),
        (make_plan("other", on_sale=False), False),
        (make_offering("other", category_id="mobile-plan"), False),
        (make_plan("other", requires=[link("nothing-held")]), False),
        (make_plan("other", requires=[link("plan-59")]), False),
        (make_plan("other", requires=[link("pack")]), True),
        (make_plan("other", excludes=[link("plan-59")]), True),
        (make_plan("other", excludes=[link("pack")]), False),
    ],
    ids=[
        "a plan", "a shelf within", "another room", "not on sale", "a pack", "needs what is not held",
        "needs the plan that would go", "needs a pack that is held", "excludes the plan that would go",
        "excludes a pack that is held",
    ],
)  # fmt: skip
def test_only_plans_that_can_take_the_own_ones_place_are_looked_at(offering: Offering, offered: bool) -> None:
    assert candidates(offering, make_offering("pack"), held=("pack",)) == (["other"] if offered else [])


def test_a_pack_that_excludes_a_plan_excludes_it_as_well() -> None:
    pack = make_offering("pack", excludes=[link("other")])
    assert candidates(make_plan("other"), pack, held=("pack",)) == []
    assert candidates(make_plan("other"), pack) == ["other"]
