"""Is what a line used day by day the same money as its bill, to the 厘?"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bss_adapters.tmf.usage_history import TmfUsageHistory
from graphql_schema.money_ports import RatedMonth
from graphql_schema.types.bill import BillCategory, ChargeKind, Subject
from graphql_schema.types.month import Month
from tests.bss_adapters.conftest import Hall

pytestmark = pytest.mark.anyio

Fees = dict[tuple[str, str | None], Decimal]
HEAVY = "13800138011"
"""20,000 records a month: of these one test reads the running month alone."""
FULL_MONTHS = {BillCategory.NORMAL, BillCategory.LAST}


async def people(hall: Hall) -> list[dict[str, Any]]:
    return [persona for persona in await hall.look("personas") if persona["number"] != HEAVY]


async def fetch_use(hall: Hall, account_id: str, month: Month) -> dict[str, RatedMonth]:
    """By number."""
    history, lines = TmfUsageHistory(hall.client), await hall.lines.fetch_lines_of_account(account_id)
    return {line.number: await history.fetch_month(line.id, month) for line in lines}


def fees_of_use(use: dict[str, RatedMonth]) -> Fees:
    fees: Fees = defaultdict(Decimal)
    for number, month in use.items():
        for day in month.days:
            fees[number, day.tariff] += day.fee
    return {key: fee for key, fee in fees.items() if fee}


def charged_for_use(subjects: Iterable[Subject]) -> Fees:
    fees: Fees = defaultdict(Decimal)
    for subject in subjects:
        for line in subject.rated_lines:
            if line.kind is ChargeKind.USAGE:
                fees[line.number or "", line.tariff] += line.amount.amount
    return dict(fees)


def month_of(start: date) -> Month:
    return Month(start.year, start.month)


async def test_every_months_days_cost_what_its_bill_asks_for_use(hall: Hall) -> None:
    compared = charged = 0
    for persona in await people(hall):
        line = await hall.lines.find_line(persona["number"])
        assert line is not None
        for bill in (await hall.bills.fetch_bills(line.account_id)).bills:
            month = month_of(bill.period_start)
            if bill.category not in FULL_MONTHS:
                continue
            itemized = await hall.bills.fetch_bill(line.account_id, bill.id)
            assert itemized is not None
            billed = charged_for_use(itemized.subjects)
            assert fees_of_use(await fetch_use(hall, line.account_id, month)) == billed, (persona["number"], month)
            compared, charged = compared + 1, charged + len(billed)
    assert compared > 50
    assert charged > 100


async def test_the_running_months_days_cost_what_it_charges_for_use_so_far(hall: Hall) -> None:
    for persona in await people(hall):
        line = await hall.lines.find_line(persona["number"])
        assert line is not None
        charges = await hall.bills.fetch_current_charges(line.account_id)
        use = await fetch_use(hall, line.account_id, month_of(charges.period_start))
        assert fees_of_use(use) == charged_for_use(charges.subjects), persona["number"]


async def test_twenty_thousand_records_cost_what_the_running_month_charges(hall: Hall) -> None:
    line = await hall.lines.find_line(HEAVY)
    assert line is not None
    charges = await hall.bills.fetch_current_charges(line.account_id)
    hall.paths.clear()
    month = await TmfUsageHistory(hall.client).fetch_month(line.id, month_of(charges.period_start))
    assert hall.paths.count("/tmf-api/usageManagement/v4/usage") > 10
    assert fees_of_use({line.number: month}) == charged_for_use(charges.subjects)
