"""Is it known for sure whom a reward is for, and what they paid?"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from bss_adapters.tmf.bill_history import BilledMonth, count_arrears_free_months, parse_billed_months
from bss_adapters.tmf.loyalty_customer import TmfLoyaltyCustomers
from bss_adapters.tmf.reading import Reading
from graphql_schema.loyalty_ports import LoyaltyCustomer
from graphql_schema.ports import BssFault
from graphql_schema.types.money import Money
from graphql_schema.types.month import BUSINESS_ZONE
from tests.bss_adapters.conftest import Hall

pytestmark = pytest.mark.anyio

ORDINARY, PREPAID, LATE, COMPANY, NEAR = "13800138001", "13800138002", "13800138007", "13800138008", "13800138010"
UNCHECKED = "13800138014"
TODAY = date(2026, 11, 22)
SINCE = date(2024, 11, 20)


async def ask(hall: Hall, number: str = ORDINARY) -> LoyaltyCustomer | None:
    line = await hall.lines.find_line(number)
    assert line is not None
    return await TmfLoyaltyCustomers(hall.client).fetch_customer(line.id)


async def get(hall: Hall, path: str) -> Any:
    return (await hall.levers.get(f"/tmf-api{path}")).raise_for_status().json()


async def test_a_customer_is_what_the_systems_say(hall: Hall) -> None:
    known = await ask(hall)
    assert known is not None
    born = datetime.fromisoformat((await get(hall, "/party/v4/individual/I000000"))["birthDate"])
    product = await get(hall, "/productInventory/v4/product/L000000-1")
    assert known == LoyaltyCustomer(
        line_id="L000000-1",
        account_id="A000000",
        customer_id="C000000",
        since=datetime.fromisoformat(product["startDate"]).astimezone(BUSINESS_ZONE).date(),
        package="plan-59",
        region="广州",
        birthday=(born.month, born.day),
        suspended=False,
        owes=False,
        real_name=True,
        arrears_free_months=known.arrears_free_months,
    )
    assert known.arrears_free_months >= 5


async def test_who_is_late_owes_is_stopped_and_has_no_good_months(hall: Hall) -> None:
    known = await ask(hall, LATE)
    assert known is not None
    assert (known.owes, known.suspended, known.arrears_free_months) == (True, True, 0)


async def test_who_has_paid_late_begins_again_with_that_day(hall: Hall) -> None:
    late = await ask(hall, LATE)
    assert late is not None
    await hall.pull("clock", {"now": "2026-11-25T10:00:00+08:00"})
    owed = (await hall.accounts.fetch_account(late.account_id)).owed
    body = {
        "amount": {"amount": float(owed.amount) + 100, "units": "CNY"}, "usageType": "monetary",
        "bucket": {"id": "M000005-own"}, "partyAccount": {"id": late.account_id},
    }  # fmt: skip
    paid = await hall.levers.post("/tmf-api/prepayBalanceManagement/v4/topupBalance", json=body)
    assert paid.status_code == 201
    for now, months in (("2026-11-26T10:00:00+08:00", 0), ("2026-12-26T10:00:00+08:00", 1)):
        await hall.pull("clock", {"now": now})
        known = await ask(hall, LATE)
        assert known is not None
        assert (known.owes, known.arrears_free_months) == (False, months)


async def test_an_owner_whose_identity_was_never_checked_is_not_real_name(hall: Hall) -> None:
    known = await ask(hall, UNCHECKED)
    assert known is not None
    assert not known.real_name


async def test_a_companys_line_has_a_checked_owner_and_no_birthday(hall: Hall) -> None:
    known = await ask(hall, COMPANY)
    assert known is not None
    assert (known.birthday, known.real_name, known.package) == (None, True, "plan-enterprise-89")
    assert known.paid_by_organization


@pytest.mark.parametrize(("status", "stopped"), [("suspended", True), ("outgoingBarred", True), ("active", False)])
async def test_a_stopped_line_is_seen_at_once(hall: Hall, status: str, *, stopped: bool) -> None:
    await hall.pull("line", {"number": NEAR, "status": status})
    known = await ask(hall, NEAR)
    assert known is not None
    assert known.suspended == stopped


async def test_a_line_that_is_gone_or_never_was_is_nobody(hall: Hall) -> None:
    customers = TmfLoyaltyCustomers(hall.client)
    await hall.pull("line", {"number": NEAR, "status": "terminated"})
    assert await customers.fetch_customer("L000008-1") is None
    assert await customers.fetch_customer("L999999-1") is None
    assert await customers.fetch_customer("../secret") is None


@pytest.mark.parametrize("system", ["line", "account", "bill", "customer"])
async def test_nothing_is_guessed_while_a_system_is_out(hall: Hall, system: str) -> None:
    assert await ask(hall) is not None
    await hall.pull("outage", {"systems": [system]})
    with pytest.raises(BssFault, match=f"{system}_unavailable"):
        await TmfLoyaltyCustomers(hall.client).fetch_customer("L000000-1")


async def test_no_more_of_a_person_is_asked_than_the_birthday_and_the_check(hall: Hall) -> None:
    answer = await get(hall, "/party/v4/individual/I000000?fields=birthDate,status")
    assert set(answer) == {"id", "href", "birthDate", "status"}


async def test_what_was_paid_of_a_month_is_what_was_applied_to_its_bill(hall: Hall) -> None:
    customers = TmfLoyaltyCustomers(hall.client)
    bills = {bill.period_start: bill for bill in (await hall.bills.fetch_bills("A000002")).bills}
    september, october = date(2026, 9, 1), date(2026, 10, 1)
    assert await customers.fetch_paid("A000002", september) == bills[september].total
    assert (await customers.fetch_paid("A000000", october)).amount == 0
    assert (await customers.fetch_paid("A000000", date(2031, 1, 1))).amount == 0


async def test_a_prepaid_bill_is_paid_as_it_is_issued(hall: Hall) -> None:
    paid = await TmfLoyaltyCustomers(hall.client).fetch_paid("A000001", date(2026, 10, 1))
    assert paid.amount > 0


def billed(month: int, *, late_until: date | None = None) -> BilledMonth:
    return BilledMonth(date(2026, month, 1), date(2026, month + 1, 1), Decimal(0), late_until)


@pytest.mark.parametrize(
    ("bills", "since", "months"),
    [
        ([], SINCE, 24),
        ([], date(2026, 9, 23), 1),
        ([], date(2026, 9, 22), 2),
        ([], date(2027, 1, 1), 0),
        ([billed(5), billed(6)], SINCE, 5),
        ([billed(5), billed(6)], date(2026, 5, 10), 6),
        ([billed(5), billed(6, late_until=date(2026, 9, 22))], SINCE, 2),
        ([billed(5), billed(6, late_until=date(2026, 9, 23))], SINCE, 1),
        ([billed(5, late_until=date(2026, 11, 22)), billed(6)], SINCE, 0),
    ],
)
def test_good_months_are_whole_known_and_since_the_last_bad_day(
    bills: list[BilledMonth], since: date, months: int
) -> None:
    assert count_arrears_free_months(bills, since=since, today=TODAY, owes=False) == months
    assert count_arrears_free_months(bills, since=since, today=TODAY, owes=True) == 0


def money(value: int) -> dict[str, Any]:
    return {"unit": "CNY", "value": value}


def wire(*paid: tuple[int, str], remaining: int = 0, category: str = "normal") -> dict[str, Any]:
    return {
        "id": "B1", "billNo": "1", "category": category, "state": "settled", "billDate": "2026-06-01T00:00:00+08:00",
        "billingAccount": {"id": "A1"}, "amountDue": money(50), "remainingAmount": money(remaining),
        "billingPeriod": {"startDateTime": "2026-05-01T00:00:00+08:00", "endDateTime": "2026-06-01T00:00:00+08:00"},
        "paymentDueDate": "2026-07-01T00:00:00+08:00",
        "appliedPayment": [{"appliedAmount": money(value), "payment": {"id": "Y1", "name": at}} for value, at in paid],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("bill", "late_until"),
    [
        (wire((50, "2026-07-01T23:59:59+08:00")), None),
        (wire((50, "2026-07-02T00:00:00+08:00")), date(2026, 7, 2)),
        (wire((20, "2026-06-03T00:00:00Z"), (30, "2026-08-09T17:00:00Z")), date(2026, 8, 10)),
        (wire((50, "cash")), None),
        (wire((20, "2026-08-03T00:00:00Z"), remaining=30), None),
    ],
)
def test_a_bill_is_late_from_the_day_after_its_last_until_it_is_settled(
    bill: dict[str, Any], late_until: date | None
) -> None:
    reading = Reading(
        ([bill, wire((7, "cash"), category="duplicate")],), datetime(2026, 11, 22, tzinfo=UTC), stale=False
    )
    [found] = parse_billed_months(reading, account_id="A1", currency="CNY")
    assert found.late_until == late_until
    assert found.begins == date(2026, 5, 1)
    assert Money(amount=found.paid, currency="CNY").amount in {Decimal(50), Decimal(20)}
