"""What does a month cost, line by line?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sandbox.bss import tariff
from sandbox.bss.bucket import packages_in
from sandbox.bss.catalogue import OFFERING
from sandbox.bss.money import rounded_to_fen, share_of
from sandbox.bss.month import Month
from sandbox.bss.offering import Subject
from sandbox.bss.portfolio import Line, LineKind, OneOff, Package, Portfolio

ChargeKind = Literal["recurring", "usage", "discount", "adjustment", "penalty", "oneTime"]


@dataclass(frozen=True, slots=True)
class Charge:
    """One rated line of a bill (TMF678 AppliedCustomerBillingRate), exact to the li; negative for a discount.

    ``tariff`` is the rate's id and ``roaming`` whether it is for use abroad (both of ``usage``); ``line_kind`` is of
    the line that it is for.
    """

    subject: Subject
    zh: str
    en: str
    amount_li: int
    line_id: str | None = None
    number: str | None = None
    product_id: str | None = None
    kind: ChargeKind = "oneTime"
    tariff: str | None = None
    roaming: bool = False
    line_kind: LineKind | None = None


def month_charges(
    portfolio: Portfolio, month: Month, fees: Mapping[tuple[str, str], int], *, as_of_ms: int
) -> list[Charge]:
    """The month's charges as they stood at an instant; ``fees`` holds what uses cost in li, by line and rate."""
    return [charge for line in portfolio.lines for charge in line_charges(line, month, fees, as_of_ms=as_of_ms)]


def recurring_charges(line: Line, packages: Sequence[Package], month: Month) -> list[Charge]:
    """Monthly fees and discounts of packages that a line holds side by side in a month."""
    fixed = [_fee(line, package, month) for package in packages if _costs(package)]
    monthly_li = sum(charge.amount_li for charge in fixed if charge.subject == "monthly_fee")
    discounts = [_discount(line, package, monthly_li) for package in packages]
    return fixed + [charge for charge in discounts if charge.amount_li]


def total_li(charges: list[Charge]) -> int:
    """The bill's total: each subject is rounded to the fen, and the rounded subjects add up."""
    return sum(subject_totals_li(charges).values())


def subject_totals_li(charges: list[Charge]) -> dict[str, int]:
    """What each subject adds up to, rounded to the fen."""
    sums: dict[str, int] = {}
    for charge in charges:
        sums[charge.subject] = sums.get(charge.subject, 0) + charge.amount_li
    return {subject: rounded_to_fen(amount) for subject, amount in sums.items()}


def line_charges(line: Line, month: Month, fees: Mapping[tuple[str, str], int], *, as_of_ms: int) -> list[Charge]:
    """A line's charges of a month as they stood at an instant: fees, uses, discounts, and what is charged once."""
    recurring = recurring_charges(line, _charged(line, month, as_of_ms), month)
    used = [_used(line, rate, fees[line.id, rate.id]) for rate in tariff.RATES if fees.get((line.id, rate.id))]
    once = [_once(line, one) for one in line.one_offs if Month.of(one.at_ms) == month and one.at_ms <= as_of_ms]
    fixed = [charge for charge in recurring if charge.kind == "recurring"]
    return fixed + used + once + [charge for charge in recurring if charge.kind == "discount"]


def _charged(line: Line, month: Month, as_of_ms: int) -> list[Package]:
    """The packages that count in a month: of plans the last one held in it, of discounts those that did not end before
    the month did while the line went on; none in a month that begins while the line is being closed."""
    if line.preclosed_ms is not None and line.preclosed_ms <= month.start_ms:
        return []
    held = [package for package in packages_in(line, month) if package.since_ms <= as_of_ms]
    plans = [package for package in held if OFFERING[package.offering_id].kind == "plan"]
    last = max(plans, key=lambda package: package.since_ms, default=None)
    return [
        package
        for package in held
        if (package not in plans or package is last) and not _lapsed(package, line, month, as_of_ms)
    ]


def _lapsed(package: Package, line: Line, month: Month, as_of_ms: int) -> bool:
    """Whether a discount ended in the course of the month, and not with its line."""
    offering, until_ms = OFFERING[package.offering_id], package.until_ms
    if not (offering.discount_li or offering.discount_percent) or until_ms is None:
        return False
    return until_ms < month.end_ms and until_ms <= as_of_ms and until_ms != line.until_ms


def monthly_fee_li(package: Package, month: Month) -> int:
    """What a package costs in a month: less while its introductory price holds."""
    fee_li, introductory = OFFERING[package.offering_id].fee_li, package.introductory
    if package.free:
        return 0
    if introductory and month.since(Month.of(package.since_ms)) < introductory.months:
        return fee_li - introductory.off_li
    return fee_li


def _costs(package: Package) -> bool:
    return OFFERING[package.offering_id].fee_li > 0 and not package.free


def _fee(line: Line, package: Package, month: Month) -> Charge:
    offering = OFFERING[package.offering_id]
    named = Charge(offering.subject, offering.zh, offering.en, monthly_fee_li(package, month), kind="recurring")
    return _of_line(named, line, package.id)


def _once(line: Line, one: OneOff) -> Charge:
    return _of_line(Charge("other", one.zh, one.en, one.amount_li, kind=one.kind), line, one.product_id)


def _used(line: Line, rate: tariff.Rate, amount_li: int) -> Charge:
    used = Charge(rate.subject, rate.zh, rate.en, amount_li, kind="usage", tariff=rate.id, roaming=rate.roaming)
    return _of_line(used, line, line.id)


def _discount(line: Line, package: Package, monthly_li: int) -> Charge:
    offering = OFFERING[package.offering_id]
    amount_li = -offering.discount_li - share_of(monthly_li, offering.discount_percent, 100)
    return _of_line(Charge("discount", offering.zh, offering.en, amount_li, kind="discount"), line, package.id)


def _of_line(charge: Charge, line: Line, product_id: str) -> Charge:
    return replace(charge, line_id=line.id, number=line.number, line_kind=line.kind, product_id=product_id)
