"""What should a month's bill have asked for, line by line and subject by subject (domain page §4)?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from tests.oracle.account import Account, Line, Package
from tests.oracle.catalogue import Catalogue
from tests.oracle.credit import given_back
from tests.oracle.month import CHINA, BillingMonth, month_of, parse_instant
from tests.oracle.rating import RatedMonth
from tests.oracle.wire import Wire

LI = Decimal("0.001")
FEN = Decimal("0.01")
DAY = timedelta(days=1)


@dataclass(frozen=True, order=True)
class Charge:
    """One rated line of a bill, in yuan, exact to the li. ``number`` is None for what concerns the account."""

    subject: str
    number: str | None
    amount: Decimal


def month_charges(account: Account, rated: RatedMonth, catalogue: Catalogue) -> list[Charge]:
    """Fees, uses outside of allowances, discounts and late fees of a month."""
    charges = [charge for line in account.lines for charge in line_charges(line, rated, catalogue, account.now)]
    return charges + list(late_fees(account, rated.month, catalogue))


def parse_rate(rate: Wire) -> Charge:
    """A TMF678 AppliedCustomerBillingRate."""
    traits = {item["name"]: item["value"] for item in rate["characteristic"]}
    return Charge(traits["subject"], traits.get("number"), Decimal(rate["taxIncludedAmount"]["value"]))


def adjustments(rates: list[Wire]) -> list[Charge]:
    """What the operator gave or took beside fees and use: that follows from nothing, and must only be told as such."""
    told = {"name": "chargeKind", "valueType": "string", "value": "adjustment"}
    return [parse_rate(rate) for rate in rates if told in rate["characteristic"]]


def subject_totals(charges: list[Charge]) -> dict[str, Decimal]:
    """Each subject, added up exactly and rounded half-up to the fen."""
    subjects = {charge.subject for charge in charges}
    exact = {subject: sum(c.amount for c in charges if c.subject == subject) for subject in subjects}
    return {subject: Decimal(amount).quantize(FEN, ROUND_HALF_UP) for subject, amount in exact.items()}


def line_charges(line: Line, rated: RatedMonth, catalogue: Catalogue, now: datetime | None = None) -> Iterator[Charge]:
    """Of one line, as it stood ``now`` (None: when everything had happened)."""
    packages = list(_counting(line, rated.month, catalogue, now or rated.month.end))
    yield from _charged_once(line, rated.month, catalogue, now or rated.month.end)
    held = [catalogue.offerings[package.offering_id] for package in packages]
    fees = [
        (offering.subject, offering.fee + package.alteration_in(rated.month))
        for offering, package in zip(held, packages, strict=True)
        if offering.fee
    ]
    for subject, fee in fees:
        yield Charge(subject, line.number, fee)
    for (subject, _), amount in _fees_of_uses(line, rated).items():
        yield Charge(subject, line.number, amount)
    monthly = sum((fee for subject, fee in fees if subject == "monthly_fee"), Decimal(0))
    for offering in held:
        share = (monthly * offering.discount_percent / 100).quantize(LI, ROUND_HALF_UP)
        if offering.discount - share:
            yield Charge("discount", line.number, offering.discount - share)


def _counting(line: Line, month: BillingMonth, catalogue: Catalogue, now: datetime) -> Iterator[Package]:
    """Of plans the last one held; of discounts those that did not end before the month did and its line went on;
    nothing in a month that began while the line was being closed."""
    if line.closing_since is not None and line.closing_since <= month.start:
        return
    held = [package for package in line.packages if package.held_in(month) and package.since <= now]
    plans = [package for package in held if catalogue.offerings[package.offering_id].is_plan]
    last = max(plans, key=lambda package: package.since, default=None)
    for package in held:
        offering = catalogue.offerings[package.offering_id]
        ended = package.until is not None and package.until < min(month.end, now) and package.until != line.until
        lapsed = ended and bool(offering.discount or offering.discount_percent)
        if (package is last or not offering.is_plan) and not lapsed:
            yield package


def _charged_once(line: Line, month: BillingMonth, catalogue: Catalogue, now: datetime) -> Iterator[Charge]:
    """What an offering costs as it begins, and what it costs to leave its contract (but for another plan)."""
    begun = {package.since for package in line.packages if catalogue.offerings[package.offering_id].is_plan}
    for package in line.packages:
        offering, until = catalogue.offerings[package.offering_id], package.until
        if offering.once and package.since <= now and month_of(package.since) == month:
            yield Charge("other", line.number, offering.once)
        left_early = until is not None and package.bound_until is not None and until < package.bound_until
        if until is None or package.bound_until is None or not left_early or (offering.is_plan and until in begun):
            continue
        if until <= now and month_of(until) == month and offering.early_exit:
            yield Charge("other", line.number, offering.early_exit * _months_left(until, package.bound_until))


def _months_left(instant: datetime, end: datetime) -> int:
    """Calendar months until an end; a begun one counts."""
    start, end = instant.astimezone(CHINA), end.astimezone(CHINA)
    months = (end.year - start.year) * 12 + end.month - start.month
    return months + ((end.day, end.time()) > (start.day, start.time()))


def _fees_of_uses(line: Line, rated: RatedMonth) -> Mapping[tuple[str, str], Decimal]:
    """By subject and price, so that local and long-distance calls stand on lines of their own."""
    fees: dict[tuple[str, str], Decimal] = {}
    for verdict in rated.verdicts:
        if verdict.use.line_id == line.id and verdict.price is not None:
            key = (verdict.price.subject, verdict.price.id)
            fees[key] = fees.get(key, Decimal(0)) + verdict.fee
    return fees


def late_fees(account: Account, month: BillingMonth, catalogue: Catalogue) -> Iterator[Charge]:
    """For each day that begins in the month after an older bill's due day, a share of what was then unpaid."""
    for bill in account.bills:
        due = parse_instant(bill["paymentDueDate"])
        days = [day for day in _days_begun(month, account.now) if day >= due + DAY]
        fee = sum((_late_fee_of_day(account, bill, day, catalogue) for day in days), Decimal(0))
        if fee and month_of(parse_instant(bill["billingPeriod"]["startDateTime"])) < month:
            yield Charge("late_fee", None, fee)


def _late_fee_of_day(account: Account, bill: Wire, day: datetime, catalogue: Catalogue) -> Decimal:
    paid = (p["appliedAmount"]["value"] for p in bill["appliedPayment"] if parse_instant(p["payment"]["name"]) <= day)
    unpaid = bill["amountDue"]["value"] - sum(paid, Decimal(0)) - given_back(account, bill, until=day)
    return Decimal(unpaid * catalogue.late_fee_percent / 100).quantize(LI, ROUND_HALF_UP)


def _days_begun(month: BillingMonth, now: datetime) -> Iterator[datetime]:
    day = month.start
    while day < month.end and day <= now:
        yield day
        day += DAY
