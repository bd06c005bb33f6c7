"""Did a bill keep what the customer was promised?"""

from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal

from graphql_schema.money_ports import KeptPromise
from graphql_schema.queries.owed import OF_A_MONTH
from graphql_schema.types.bill import Bill, ChargeKind, ItemizedBill, RatedLine
from graphql_schema.types.money import Money
from graphql_schema.types.promise import PromiseCheck, PromiseVerdict


def falls_into(promise: KeptPromise, bill: Bill) -> bool:
    """Whether the whole period of a month's bill lies in the promise's term."""
    within = promise.starts_on <= bill.period_start and bill.period_end <= promise.ends_on
    return within and bill.category in OF_A_MONTH


def check_promise(
    promise: KeptPromise, bill: ItemizedBill, *, number: str, product_ids: Collection[str]
) -> PromiseCheck | None:
    """A bill held against a promise for the line of ``number``; None where the bill doesn't charge the package at all.

    ``product_ids`` are the line's packages of the promised offering. What is charged is their recurring lines with
    their discounts, without the promised gift; of a package that the line holds no more, the lines of its name count.
    Whoever bought it twice was promised the price for each.
    """
    own = [line for subject in bill.subjects for line in subject.rated_lines if line.number == number]
    of_package = [line for line in own if _is_of(line, promise, product_ids)]
    fees = [line for line in of_package if line.kind is ChargeKind.RECURRING]
    if not fees:
        return None
    gift = _find_gift(promise, own)
    discounts = [line for line in of_package if line.kind is ChargeKind.DISCOUNT and line is not gift]
    charged = _add_up((*fees, *discounts))
    bought = len({line.product_id for line in fees})
    over = max(charged - bought * promise.monthly_price.amount, Decimal(0))
    missing = promise.gift is not None and gift is None
    broken = over > 0 or missing
    return PromiseCheck(
        bill_id=bill.bill.id,
        period_start=bill.bill.period_start,
        verdict=PromiseVerdict.BROKEN if broken else PromiseVerdict.KEPT,
        charged=Money(amount=charged, currency=promise.monthly_price.currency),
        over=Money(amount=over, currency=promise.monthly_price.currency),
        gift_missing=missing,
        rated_line_id=max(fees, key=lambda line: line.amount.amount).id if broken else None,
    )


def _is_of(line: RatedLine, promise: KeptPromise, product_ids: Collection[str]) -> bool:
    if line.product_id is not None and product_ids:
        return line.product_id in product_ids
    return line.name.zh == promise.name.zh


def _find_gift(promise: KeptPromise, lines: Sequence[RatedLine]) -> RatedLine | None:
    """The credit of exactly the promised amount among the line's discounts."""
    if promise.gift is None:
        return None
    credits_ = (line for line in lines if line.kind is ChargeKind.DISCOUNT)
    return next((line for line in credits_ if -line.amount.amount == promise.gift.amount), None)


def _add_up(lines: Iterable[RatedLine]) -> Decimal:
    return sum((line.amount.amount for line in lines), Decimal(0))
