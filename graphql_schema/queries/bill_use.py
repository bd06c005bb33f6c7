"""On which days, and where, did the use happen that a bill charges?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from graphql_schema.money_ports import RatedMonth
from graphql_schema.types.bill import Bill, ChargeKind, ItemizedBill, RatedLine


@dataclass(frozen=True, slots=True)
class UseOfCharge:
    """Business days in order, and places in the order of their first day."""

    days: tuple[date, ...]
    places: tuple[str, ...]


NO_USE = UseOfCharge((), ())


def numbers_of_use(bill: ItemizedBill) -> list[str]:
    """The numbers whose use this bill charges, the dearest first: only of theirs does an explanation need the days."""
    costs: dict[str, Decimal] = {}
    for line in (line for subject in bill.subjects for line in subject.rated_lines):
        if line.kind is ChargeKind.USAGE and line.number and line.tariff:
            costs[line.number] = costs.get(line.number, Decimal(0)) + line.amount.amount
    return sorted(costs, key=lambda number: (-costs[number], number))


def hide_places(month: RatedMonth) -> RatedMonth:
    """The same month without where it was: whoever pays for a line learns on which days it cost, not where its user
    went."""
    return replace(month, days=tuple(replace(day, places=()) for day in month.days))


def find_use(lines: Iterable[RatedLine], use: Mapping[str, RatedMonth], period: Bill) -> UseOfCharge:
    """The days of the bill's period on which uses at the lines' tariffs cost something."""
    charged = sorted(
        (
            day
            for line in lines
            if line.number is not None and line.number in use
            for day in use[line.number].days
            if day.tariff == line.tariff and day.roaming == line.roaming and day.fee
            if period.period_start <= day.day < period.period_end
        ),
        key=lambda day: day.day,
    )
    return UseOfCharge(
        days=tuple(dict.fromkeys(day.day for day in charged)),
        places=tuple(dict.fromkeys(place for day in charged for place in day.places)),
    )
