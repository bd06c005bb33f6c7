"""What would the last bills have been with another plan?"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from graphql_schema.money_ports import RatedDay, RatedMonth
from graphql_schema.order_ports import CatalogueReading, UsageRate
from graphql_schema.queries.usage_days import dated
from graphql_schema.types.bill import ChargeKind, ItemizedBill, SubjectCode
from graphql_schema.types.bucket import UsageType
from graphql_schema.types.money import Money, round_to_fen
from graphql_schema.types.offering import OfferedAllowance, Offering
from graphql_schema.types.package import Package, PackageKind
from graphql_schema.types.recommendation import Recommendation, RecommendedMonth

_HUNDREDTH = Decimal("0.01")
_OF_USE = frozenset({SubjectCode.VOICE, SubjectCode.DATA, SubjectCode.SMS})


@dataclass(frozen=True, slots=True)
class LivedMonth:
    """An ended month in which the plan was held from its first day: what was used, and what was paid for both."""

    use: RatedMonth
    paid: Money


def decide_recommendations(
    own: Package, months: Sequence[LivedMonth], catalogue: CatalogueReading, *, among: Collection[Offering]
) -> list[Recommendation]:
    """The own plan first, then ``among`` by what would have been saved; none without a month, or without the own plan's
    terms, to hold them against.

    The own plan is as it was billed. Another one is rated from the sums of a month, by which these can't be exact, and
    so are taken against it: what packs and carried-over data gave beside the own plan counts only as far as use shows
    it; what the other plan carries over, or gives for one app alone, counts not at all. What is beyond an allowance
    costs what this line's use beyond its own cost on average in these months, or else the dearest published rate,
    because a day's sum does not tell which covered calls were long-distance. Started units are rounded up for calls one
    by one, for data and units of six seconds once a month: at most one unit's price a use is missing. A plan is left
    out whose extra use nobody has named a price for.
    """
    held = next((offering for offering in catalogue.offerings if offering.id == own.offering_id), None)
    if not months or held is None:
        return []
    prices = _find_prices([month.use for month in months], catalogue.rates)
    mine = _tell(held, months, [month.paid.amount for month in months], is_own=True)
    others = []
    for offering in among:
        paid = [_rate(offering, held, month.use, prices) for month in months]
        if offering.id != own.offering_id and offering.monthly_fee is not None and None not in paid:
            known = [amount for amount in paid if amount is not None]
            others.append(_tell(offering, months, known, is_own=False))
    return [mine, *sorted(others, key=lambda each: (-each.saving.amount, each.offering_id))]


def add_up_paid(bill: ItemizedBill, own: Package, number: str) -> Money:
    """What the bill asked of this line for the plan itself and for use at home outside every allowance, exact."""
    paid = Decimal(0)
    for subject in bill.subjects:
        for line in subject.rated_lines:
            if line.number == number and (
                line.product_id == own.id
                if line.kind is ChargeKind.RECURRING
                else line.kind is ChargeKind.USAGE and subject.code in _OF_USE and not line.roaming
            ):
                paid += line.amount.amount
    return Money(amount=round_to_fen(paid), currency=bill.bill.total.currency)


def find_candidates(own: Package, packages: Iterable[Package], catalogue: CatalogueReading) -> list[Offering]:
    """Plans on sale that stand on the shelf of the own one, or in the same room of shelves, and that nothing held
    excludes."""
    held_ids = {package.offering_id for package in packages}
    offered = {offering.id: offering for offering in catalogue.offerings}
    beside = {id_ for id_ in held_ids - {own.offering_id} if id_ in offered}
    room = _room_of(offered[own.offering_id], catalogue) if own.offering_id in offered else ""
    return [
        offering
        for offering in catalogue.offerings
        if offering.kind is PackageKind.PLAN
        and offering.on_sale
        and offering.id != own.offering_id
        and _room_of(offering, catalogue) == room
        and (not offering.requires or any(link.id in held_ids - {own.offering_id} for link in offering.requires))
        and not any(link.id in beside for link in offering.excludes)
        and not any(link.id == offering.id for id_ in beside for link in offered[id_].excludes)
    ]


def _room_of(offering: Offering, catalogue: CatalogueReading) -> str:
    """The outermost shelf that it stands in."""
    parents = {category.id: category.parent_id for category in catalogue.categories}
    shelf, seen = offering.category_id, {offering.category_id}
    while (parent := parents.get(shelf)) is not None and parent not in seen:
        shelf = parent
        seen.add(parent)
    return shelf


def _rate(offering: Offering, own: Offering, use: RatedMonth, prices: dict[UsageType, Decimal]) -> Decimal | None:
    """What a month would have cost; None where nobody knows what its use beyond the allowances costs."""
    cost = offering.monthly_fee.amount if offering.monthly_fee else Decimal(0)
    for usage_type in UsageType:
        included = _count(use, usage_type, charged=False)
        needed = included + _count(use, usage_type, charged=True)
        given, own_given = _given(offering, usage_type), _given(own, usage_type)
        if given is None or not needed:
            continue
        beside = 0 if own_given is None else max(0, included - own_given)
        beyond = max(0, needed - beside - given)
        if beyond and usage_type not in prices:
            return None
        cost += prices.get(usage_type, Decimal(0)) * beyond
    return round_to_fen(cost)


def _find_prices(months: Iterable[RatedMonth], rates: Iterable[UsageRate]) -> dict[UsageType, Decimal]:
    """The price of one byte, second or message beyond an allowance."""
    prices: dict[UsageType, Decimal] = {}
    for rate in rates:
        price = rate.price.amount / rate.unit
        prices[rate.usage_type] = max(prices.get(rate.usage_type, price), price)
    fees: dict[UsageType, Decimal] = defaultdict(Decimal)
    counted: dict[UsageType, int] = defaultdict(int)
    for day in (day for month in months for day in month.days):
        if day.usage_type is not None and day.tariff is not None and not day.roaming and day.counted:
            fees[day.usage_type] += day.fee
            counted[day.usage_type] += day.counted
    return prices | {usage_type: fees[usage_type] / amount for usage_type, amount in counted.items()}


def _count(use: RatedMonth, usage_type: UsageType, *, charged: bool) -> int:
    return sum(day.counted for day in use.days if _is_of(day, usage_type) and (day.tariff is not None) == charged)


def _is_of(day: RatedDay, usage_type: UsageType) -> bool:
    return day.usage_type is usage_type and not day.roaming


def _given(offering: Offering, usage_type: UsageType) -> int | None:
    """What a plan gives for any use of a kind; None: without end."""
    totals = [allowance.total for allowance in offering.allowances if _is_general(allowance, usage_type)]
    return None if None in totals else sum(total for total in totals if total is not None)


def _is_general(allowance: OfferedAllowance, usage_type: UsageType) -> bool:
    return allowance.usage_type is usage_type and allowance.application is None


def _tell(
    offering: Offering, months: Sequence[LivedMonth], would_have_paid: Sequence[Decimal], *, is_own: bool
) -> Recommendation:
    currency = months[0].paid.currency
    average = _mean(would_have_paid)
    return Recommendation(
        offering_id=offering.id,
        name=offering.name,
        monthly_fee=offering.monthly_fee or Money(amount=Decimal(0), currency=currency),
        is_own=is_own,
        average=Money(amount=average, currency=currency),
        saving=Money(amount=_mean([month.paid.amount for month in months]) - average, currency=currency),
        share_of_data_used=_share_of_data(offering, months),
        months=[
            RecommendedMonth(
                month=month.use.month.text, paid=month.paid, would_have_paid=Money(amount=amount, currency=currency)
            )
            for month, amount in zip(months, would_have_paid, strict=True)
        ],
        **dated([month.use for month in months]),
    )


def _mean(amounts: Sequence[Decimal]) -> Decimal:
    return round_to_fen(sum(amounts, Decimal(0)) / len(amounts))


def _share_of_data(offering: Offering, months: Sequence[LivedMonth]) -> Decimal | None:
    """Of the plan's general data, a month on average; None where it has none, or no end of it."""
    given = _given(offering, UsageType.DATA)
    if not given:
        return None
    used = sum(_count(month.use, UsageType.DATA, charged=charged) for month in months for charged in (False, True))
    return (Decimal(used) / len(months) / given).quantize(_HUNDREDTH, rounding=ROUND_HALF_UP)
