"""Why is a bill different from the one before, or from the mean of those before?"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from graphql_schema.money_ports import RatedMonth
from graphql_schema.queries.bill_causes import decide_causes
from graphql_schema.queries.owed import OF_A_MONTH
from graphql_schema.types.bill import Bill, BillCategory, ItemizedBill, RatedLine, SubjectCode
from graphql_schema.types.bill_difference import (
    BillBasis,
    BillDifference,
    Cause,
    CauseKind,
    SubjectDifference,
)
from graphql_schema.types.money import Money, round_to_fen
from graphql_schema.types.month import BILLS_ONLINE

_EXPLAINED = OF_A_MONTH | {BillCategory.DUPLICATE}


def choose_basis(this: Bill, bills: Sequence[Bill], basis: BillBasis) -> list[Bill]:
    """The earlier bills to hold this one against, newest first; none for a bill that is no month's.

    Only NORMAL and LAST bills are what a month cost. LAST_MONTH is the one that ended as this one began.
    """
    if this.category not in _EXPLAINED:
        return []
    whole = [bill for bill in bills if bill.category in OF_A_MONTH and bill.period_end <= this.period_start]
    newest = sorted(whole, key=lambda bill: bill.period_end, reverse=True)
    if basis is BillBasis.LAST_MONTH:
        return [bill for bill in newest if bill.period_end == this.period_start][:1]
    return newest[:BILLS_ONLINE]


def explain(
    this: ItemizedBill,
    before: Sequence[ItemizedBill],
    use: Mapping[str, RatedMonth],
    *,
    basis: BillBasis,
) -> BillDifference:
    """The difference by subject, with causes that add up to it exactly.

    ``before`` (at least one) are the bills of ``choose_basis``, itemized; ``use`` the months of use of this bill's
    period by number, where they could be read: without one its causes have no days. Each subject of the basis is the
    mean, rounded half-up to the fen; the basis is their sum.
    """
    currency = this.bill.total.currency
    subjects = [_explain_subject(code, this, before, use) for code in SubjectCode if _has(code, (this, *before))]
    unexplained = (c.amount.amount for s in subjects for c in s.causes if c.kind is CauseKind.OTHER)
    return BillDifference(
        bill_id=this.bill.id,
        basis=basis,
        months=len(before),
        this=this.bill.total,
        that=_add_up((subject.that for subject in subjects), currency),
        difference=_add_up((subject.difference for subject in subjects), currency),
        other=Money(amount=sum((abs(amount) for amount in unexplained), Decimal(0)), currency=currency),
        subjects=subjects,
        as_of=min(each.as_of for each in (this, *before)),
        stale=any(bill.stale for bill in (this, *before)) or any(month.stale for month in use.values()),
    )


def _explain_subject(
    code: SubjectCode, this: ItemizedBill, before: Sequence[ItemizedBill], use: Mapping[str, RatedMonth]
) -> SubjectDifference:
    currency = this.bill.total.currency
    now = _total_of(code, this)
    then = round_to_fen(sum((_total_of(code, each) for each in before), Decimal(0)) / len(before))
    known = decide_causes(
        code, _lines_of(code, this), [_lines_of(code, each) for each in before], use=use, period=this.bill
    )
    rest = now - then - sum((cause.amount.amount for cause in known), Decimal(0))
    causes = [*known, _unexplained(Money(amount=rest, currency=currency))] if rest else known
    return SubjectDifference(
        code=code,
        this=Money(amount=now, currency=currency),
        that=Money(amount=then, currency=currency),
        difference=Money(amount=now - then, currency=currency),
        causes=sorted(causes, key=lambda cause: abs(cause.amount.amount), reverse=True),
    )


def _unexplained(amount: Money) -> Cause:
    """What rounding left over."""
    return Cause(
        kind=CauseKind.OTHER,
        amount=amount,
        name=None,
        masked_number=None,
        days=[],
        first_day=None,
        last_day=None,
        places=[],
    )


def _has(code: SubjectCode, bills: Iterable[ItemizedBill]) -> bool:
    return any(subject.code is code for bill in bills for subject in bill.subjects)


def _total_of(code: SubjectCode, bill: ItemizedBill) -> Decimal:
    return sum((subject.total.amount for subject in bill.subjects if subject.code is code), Decimal(0))


def _lines_of(code: SubjectCode, bill: ItemizedBill) -> list[RatedLine]:
    return [line for subject in bill.subjects if subject.code is code for line in subject.rated_lines]


def _add_up(amounts: Iterable[Money], currency: str) -> Money:
    return Money(amount=sum((money.amount for money in amounts), Decimal(0)), currency=currency)
