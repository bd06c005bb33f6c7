"""What does a month cost, line by line?"""

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.bss import tariff
from sandbox.bss.bucket import packages_in
from sandbox.bss.catalogue import OFFERING
from sandbox.bss.money import rounded_to_fen, share_of
from sandbox.bss.month import Month
from sandbox.bss.offering import Subject
from sandbox.bss.portfolio import Line, Package, Portfolio

_SUBJECT_OF_RATE: dict[str, Subject] = {
    tariff.LOCAL_CALL.id: "voice",
    tariff.LONG_DISTANCE.id: "voice",
    tariff.NIGHT_LONG_DISTANCE.id: "voice",
    tariff.MESSAGE.id: "sms",
    tariff.DATA.id: "data",
}


@dataclass(frozen=True, slots=True)
class Charge:
    """One rated line of a bill (TMF678 AppliedCustomerBillingRate), exact to the li; negative for a discount."""

    subject: Subject
    zh: str
    en: str
    amount_li: int
    line_id: str | None = None
    number: str | None = None
    product_id: str | None = None


def month_charges(portfolio: Portfolio, month: Month, fees: Mapping[tuple[str, str], int]) -> list[Charge]:
    """The month's charges; ``fees`` holds what uses cost in li, by line and rate."""
    return [charge for line in portfolio.lines for charge in _line_charges(line, month, fees)]


def total_li(charges: list[Charge]) -> int:
    """The bill's total: each subject is rounded to the fen, and the rounded subjects add up."""
    sums: dict[str, int] = {}
    for charge in charges:
        sums[charge.subject] = sums.get(charge.subject, 0) + charge.amount_li
    return sum(rounded_to_fen(amount) for amount in sums.values())


def _line_charges(line: Line, month: Month, fees: Mapping[tuple[str, str], int]) -> list[Charge]:
    packages = packages_in(line, month)
    fixed = [_fee(line, package) for package in packages if OFFERING[package.offering_id].fee_li]
    used = [
        Charge(_SUBJECT_OF_RATE[rate.id], rate.zh, rate.en, fees[line.id, rate.id], line.id, line.number, line.id)
        for rate in tariff.RATES
        if fees.get((line.id, rate.id))
    ]
    monthly_li = sum(charge.amount_li for charge in fixed if charge.subject == "monthly_fee")
    discounts = [_discount(line, package, monthly_li) for package in packages]
    return fixed + used + [charge for charge in discounts if charge.amount_li]


def _fee(line: Line, package: Package) -> Charge:
    offering = OFFERING[package.offering_id]
    return Charge(offering.subject, offering.zh, offering.en, offering.fee_li, line.id, line.number, package.id)


def _discount(line: Line, package: Package, monthly_li: int) -> Charge:
    offering = OFFERING[package.offering_id]
    amount_li = -offering.discount_li - share_of(monthly_li, offering.discount_percent, 100)
    return Charge("discount", offering.zh, offering.en, amount_li, line.id, line.number, package.id)
