"""Do six bill runs, recomputed from the records and the published prices alone, agree with the BSS to the li?"""

import httpx
import pytest

from tests.oracle.account import Account
from tests.oracle.catalogue import Catalogue
from tests.oracle.comparison import compare_account

pytestmark = pytest.mark.anyio

BILLS_ONLINE = 6


async def test_every_use_bill_payment_and_counter_agrees(accounts: list[Account], catalogue: Catalogue) -> None:
    assert len(accounts) >= 20
    found = [(account.account["id"], compare_account(account, catalogue)) for account in accounts]
    assert [(id_, mismatches[:5]) for id_, mismatches in found if mismatches] == []


async def test_six_months_are_billed_without_a_gap(accounts: list[Account]) -> None:
    for account in accounts:
        periods = [bill["billingPeriod"] for bill in account.bills]
        assert len(periods) == BILLS_ONLINE
        ends = [period["endDateTime"] for period in periods]
        assert ends == [*(period["startDateTime"] for period in periods[1:]), _running_start(account)]


def _running_start(account: Account) -> str:
    start: str = account.running["billingPeriod"]["startDateTime"]
    return start


async def test_no_use_is_shown_before_it_happens(accounts: list[Account]) -> None:
    for account in accounts:
        assert max(use.at for use in account.uses) <= account.now


async def test_the_ordinary_persona_makes_300_records_in_each_month(
    accounts: list[Account], persona_account: dict[str, str]
) -> None:
    ordinary = next(a for a in accounts if a.account["id"] == persona_account["13800138001"])
    months: dict[tuple[int, int], int] = {}
    for use in ordinary.uses:
        months[use.at.year, use.at.month] = months.get((use.at.year, use.at.month), 0) + 1
    full = sorted(months)[1:-1]  # by UTC, the first and the last are cut
    assert min(months[month] for month in full) >= 300


async def test_an_account_that_pays_for_several_kinds_of_lines_gets_one_bill(
    accounts: list[Account], persona_account: dict[str, str], bss: httpx.AsyncClient
) -> None:
    household = next(a for a in accounts if a.account["id"] == persona_account["13800138009"])
    numbers = {line.number for line in household.lines}
    assert numbers == {"13800138009", "02088880009", "gz00880009", "gziptv0009"}
    last = household.rates[household.bills[-1]["id"]]
    billed = {item["value"] for rate in last for item in rate["characteristic"] if item["name"] == "number"}
    assert billed == numbers
