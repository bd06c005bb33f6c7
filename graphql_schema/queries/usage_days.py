"""What do a month's rated days say: use by day, in all, and outside every allowance?"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from graphql_schema.money_ports import RatedDay, RatedMonth
from graphql_schema.types.bucket import UsageType
from graphql_schema.types.day_of_use import DayOfUse, MonthOfUse, MonthTotal, OutOfBucket, UsageHistory
from graphql_schema.types.money import Money
from graphql_schema.types.scalar import Long

Which = Callable[[RatedDay], bool]


def decide_month_of_use(month: RatedMonth) -> MonthOfUse:
    """The days with use, oldest first, each type by itself; value-added services are no use of an allowance and are
    left out. Fees are exact to the 厘."""
    sums: dict[tuple[date, UsageType], tuple[int, Decimal]] = {}
    for each in month.days:
        if each.usage_type is not None:
            used, fee = sums.get((each.day, each.usage_type), (0, Decimal(0)))
            sums[each.day, each.usage_type] = (used + each.used, fee + each.fee)
    order = list(UsageType)
    days = [
        DayOfUse(day=day, usage_type=usage_type, used=Long(used), fee=_money(fee, month))
        for (day, usage_type), (used, fee) in sorted(
            sums.items(), key=lambda item: (item[0][0], order.index(item[0][1]))
        )
    ]
    return MonthOfUse(month=month.month.text, days=days, as_of=month.as_of, stale=month.stale)


def decide_history(months: Sequence[RatedMonth]) -> UsageHistory:
    """Each month's totals by type, newest first (the first is the running one). Stale as soon as one month is, and
    then as old as the oldest such month."""
    totals = [
        MonthTotal(
            month=month.month.text,
            usage_type=usage_type,
            used=Long(sum(each.used for each in month.days if each.usage_type is usage_type)),
            fee=_money(add_up_fees(month.days, lambda each, kind=usage_type: each.usage_type is kind), month),  # type: ignore[misc]
        )
        for month in months
        for usage_type in UsageType
        if any(each.usage_type is usage_type for each in month.days)
    ]
    return UsageHistory(months=totals, **dated(months))


def decide_out_of_bucket(month: RatedMonth) -> OutOfBucket:
    """What use outside every allowance cost: roaming by itself, the types without it, and all together. Third parties'
    services have no allowance and are not in it."""
    counted = [each for each in month.days if each.usage_type is not None]
    roaming = add_up_fees(counted, lambda each: each.roaming)
    at_home = {
        usage_type: add_up_fees(counted, lambda each, kind=usage_type: each.usage_type is kind and not each.roaming)  # type: ignore[misc]
        for usage_type in UsageType
    }
    return OutOfBucket(
        total=_money(roaming + sum(at_home.values()), month),
        data=_money(at_home[UsageType.DATA], month),
        voice=_money(at_home[UsageType.VOICE], month),
        sms=_money(at_home[UsageType.SMS], month),
        roaming=_money(roaming, month),
        as_of=month.as_of,
        stale=month.stale,
    )


def add_up_fees(days: Iterable[RatedDay], which: Which = lambda _: True) -> Decimal:
    """What these cost, exact to the 厘."""
    return sum((each.fee for each in days if which(each)), Decimal(0))


def dated(months: Sequence[RatedMonth]) -> dict[str, Any]:
    """As of which moment a fact out of several months is true: the first one's, unless one of them is stale."""
    stale = [month.as_of for month in months if month.stale]
    return {"as_of": min(stale) if stale else months[0].as_of, "stale": bool(stale)}


def _money(amount: Decimal, month: RatedMonth) -> Money:
    return Money(amount=amount, currency=month.currency)
