"""Does a month of more than 20,000 records, read backwards page by page, agree with its bill?"""

import httpx
import pytest

from tests.oracle.account import BILLING, USAGE, Line, Use, fetch_lines, parse_use
from tests.oracle.billing import line_charges, parse_rate, subject_totals
from tests.oracle.catalogue import Catalogue
from tests.oracle.comparison import compare_uses
from tests.oracle.conftest import HEAVY
from tests.oracle.month import month_of, parse_instant
from tests.oracle.rating import rate_month
from tests.oracle.wire import Wire, exact, fetch_all

pytestmark = pytest.mark.anyio

PAGE_SIZE = 1000


@pytest.fixture
async def lines(bss: httpx.AsyncClient, persona_account: dict[str, str]) -> tuple[Line, ...]:
    return await fetch_lines(bss, persona_account[HEAVY])


async def read_backwards(client: httpx.AsyncClient, line_id: str, start: str, end: str) -> list[Wire]:
    """All records of a line from an instant to another (exclusive), newest first, by the instant of the last one."""
    query = {"relatedParty.id": line_id, "sort": "-usageDate", "usageDate.gte": start, "limit": str(PAGE_SIZE)}
    found: list[Wire] = []
    known: set[str] = set()
    bound = {"usageDate.lt": end}
    while True:
        answer = await client.get(USAGE, params=query | bound)
        page = exact(answer)
        fresh = [wire for wire in page if wire["id"] not in known]
        found += fresh
        known |= {wire["id"] for wire in fresh}
        if int(answer.headers["X-Total-Count"]) == len(page):
            return found
        assert fresh, "more records of one instant than a page holds"
        bound = {"usageDate.lte": page[-1]["usageDate"]}


async def test_a_heavy_month_agrees_to_the_li(
    bss: httpx.AsyncClient, lines: tuple[Line, ...], persona_account: dict[str, str], catalogue: Catalogue
) -> None:
    bills = await fetch_all(bss, f"{BILLING}/customerBill", billingAccount__id=persona_account[HEAVY])
    bill = max(bills, key=lambda each: str(each["billDate"]))
    period = bill["billingPeriod"]
    [line] = lines
    wires = await read_backwards(bss, line.id, period["startDateTime"], period["endDateTime"])
    instants = [(wire["usageDate"], wire["id"]) for wire in wires]
    assert instants == sorted(instants, reverse=True)
    uses: list[Use] = [parse_use(wire) for wire in wires]
    assert len(uses) > 20_000
    assert {use.kind for use in uses} == {"voice", "sms", "data", "valueAdded"}
    offerings = [catalogue.offerings[package.offering_id] for package in line.packages]
    assert not any(allowance.rolls_over for offering in offerings for allowance in offering.allowances)
    month = rate_month(lines, uses, month_of(parse_instant(period["startDateTime"])), (), catalogue)
    assert list(compare_uses(month, {})) == []
    rates = await fetch_all(bss, f"{BILLING}/appliedCustomerBillingRate", bill__id=bill["id"])
    due, said = list(line_charges(line, month, catalogue)), [parse_rate(rate) for rate in rates]
    assert sorted(due, key=repr) == sorted(said, key=repr)
    assert sum(subject_totals(due).values()) == bill["amountDue"]["value"]
