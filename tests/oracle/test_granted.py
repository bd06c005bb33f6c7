"""Is granted money spent in the right order, on what it is good for, and gone when it should be?"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from sandbox.app import create_app
from sandbox.bss.world import World
from tests.oracle.account import BILLING
from tests.oracle.billing import parse_rate, subject_totals
from tests.oracle.conftest import BORN_MS
from tests.oracle.granted import Grant, Purse, fetch_purse, pay_bill, set_free
from tests.oracle.month import BillingMonth, parse_instant
from tests.oracle.wire import Wire, fetch_all, fetch_one

pytestmark = pytest.mark.anyio

GIFTS: tuple[dict[str, Any], ...] = (
    {"amount": 2400, "releaseMonths": 24, "usableFor": ["monthly_fee"]},
    {"amount": 7.77, "validMonths": 2, "usableFor": ["voice", "sms"]},
    {"amount": 12, "validMonths": 1, "usableFor": ["monthly_fee"]},
    {"amount": 9.99, "validMonths": 3},
    {"amount": 100, "validMonths": 1},
)
ACCOUNTS = {"13800138001": "A000000", "13800138003": "A000002", "13800138006": "A000004", "13800138013": "A000011"}
PREPAID, PREPAID_ACCOUNT = "13800138002", "A000001"


@pytest.fixture
async def root() -> AsyncIterator[httpx.AsyncClient]:
    """A client of a world of its own."""
    world = World.open(subscribers=12, now_ms=BORN_MS)
    transport = httpx.ASGITransport(create_app(world), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://bss.example") as client:
        yield client
    world.store.close()


@pytest.fixture
async def bss(root: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=root._transport, base_url="http://bss.example/tmf-api") as client:
        yield client


async def go_to(root: httpx.AsyncClient, instant: datetime) -> None:
    assert (await root.post("/sandbox/clock", json={"now": instant.isoformat()})).status_code == 200


async def grant(root: httpx.AsyncClient, number: str, gift: dict[str, Any]) -> None:
    answer = await root.post("/sandbox/gift", json={"number": number, **gift})
    assert answer.status_code == 201, answer.text


async def bill_of(bss: httpx.AsyncClient, account: str, month: BillingMonth) -> tuple[Wire, dict[str, Decimal]]:
    """The month's bill, and its subjects in the order of its lines."""
    bill = await fetch_one(bss, f"{BILLING}/customerBill/B{account[1:]}-{month.year:04}{month.month:02}")
    rates = await fetch_all(bss, f"{BILLING}/appliedCustomerBillingRate", bill__id=bill["id"])
    return bill, subject_totals([parse_rate(rate) for rate in rates])


def without_ids(grants: list[Grant] | tuple[Grant, ...]) -> list[tuple[datetime, list[str], Decimal]]:
    return sorted((each.until, sorted(each.usable_for), each.left) for each in grants)


def check(before: Purse, bill: Wire, subjects: dict[str, Decimal], after: Purse, month: BillingMonth) -> Decimal:
    """What granted money paid, after holding it against what it should have."""
    paid, left = pay_bill(before.grants, subjects, month)
    at_issue = [part for part in bill["appliedPayment"] if parse_instant(part["payment"]["name"]) == month.end]
    assert [part["appliedAmount"]["value"] for part in at_issue] == paid
    freed = [free for frozen in before.frozen if (free := set_free(frozen, month.next))]
    assert without_ids(after.grants) == without_ids([*left, *freed])
    return sum(paid, Decimal(0))


@pytest.mark.parametrize("number", ACCOUNTS)
async def test_each_bill_is_paid_by_what_is_good_for_it(
    root: httpx.AsyncClient, bss: httpx.AsyncClient, number: str
) -> None:
    for gift in GIFTS:
        await grant(root, number, gift)
    account, month, paid = ACCOUNTS[number], BillingMonth(2026, 11), []
    for _ in range(4):
        await go_to(root, month.end - timedelta(minutes=30))
        before = await fetch_purse(bss, account)
        await go_to(root, month.end)
        paid.append(check(before, *await bill_of(bss, account, month), await fetch_purse(bss, account), month))
        month = month.next
    assert all(paid)


async def test_pots_are_listed_as_they_are_spent_own_money_last_of_all_that_can_be(
    root: httpx.AsyncClient, bss: httpx.AsyncClient
) -> None:
    for gift in GIFTS:
        await grant(root, "13800138003", gift)
    await go_to(root, datetime(2026, 12, 5, tzinfo=BillingMonth(2026, 12).start.tzinfo))
    purse = await fetch_purse(bss, ACCOUNTS["13800138003"])
    order = [(not each.usable_for, each.until) for each in purse.grants]
    assert order == sorted(order)
    assert len(purse.grants) == 3  # a hundred set free, what is left for calls, what is good for all
    assert purse.listed == (*(each.id for each in purse.grants), "M000002-own", *(each.id for each in purse.frozen))


async def test_2400_over_24_months_are_100_a_month_and_nothing_is_carried_over(
    root: httpx.AsyncClient, bss: httpx.AsyncClient
) -> None:
    await grant(root, "13800138010", GIFTS[0])
    [frozen] = (await fetch_purse(bss, "A000008")).frozen
    assert [amount for _, amount in frozen.releases] == [Decimal(100)] * 24
    month = BillingMonth(2026, 12)
    for _ in range(3):
        await go_to(root, month.start)
        purse = await fetch_purse(bss, "A000008")
        assert [(each.left, each.until) for each in purse.grants] == [(Decimal(100), month.end)]
        assert sum(amount for _, amount in purse.frozen[0].releases) == 2400 - 100 * (
            month.month + 12 * (month.year - 2026) - 11
        )
        month = month.next
    bill, subjects = await bill_of(bss, "A000008", BillingMonth(2027, 1))
    assert sum(part["appliedAmount"]["value"] for part in bill["appliedPayment"]) >= min(subjects["monthly_fee"], 100)


async def test_a_prepaid_line_spends_what_is_granted_on_what_it_is_good_for_and_its_own_money_on_the_rest(
    root: httpx.AsyncClient, bss: httpx.AsyncClient
) -> None:
    await grant(root, PREPAID, {"amount": 0.5, "validMonths": 2, "usableFor": ["sms"]})
    await grant(root, PREPAID, {"amount": 70, "releaseMonths": 10, "usableFor": ["monthly_fee"]})

    async def use(kind: str, amount: int) -> None:
        answer = await root.post("/sandbox/usage", json={"number": PREPAID, "usageType": kind, "amount": amount})
        assert answer.status_code == 201, answer.text

    before = await fetch_purse(bss, PREPAID_ACCOUNT)
    await use("sms", 3)
    assert [each.left for each in (await fetch_purse(bss, PREPAID_ACCOUNT)).grants] == [Decimal("0.2")]
    await use("sms", 4)
    await use("voice", 60)
    after = await fetch_purse(bss, PREPAID_ACCOUNT)
    assert [each.left for each in after.grants] == [0]
    assert before.own - after.own == Decimal("0.70") - Decimal("0.5") + Decimal("0.40")
    await go_to(root, BillingMonth(2026, 11).end)
    begun = await fetch_purse(bss, PREPAID_ACCOUNT)
    assert begun.own == after.own - (8 - 7)
    assert sorted(each.left for each in begun.grants) == [0, 0]


async def test_a_prepaid_line_may_use_what_granted_money_covers(root: httpx.AsyncClient) -> None:
    use = {"number": PREPAID, "usageType": "sms", "amount": 40}
    assert (await root.post("/sandbox/usage", json=use)).status_code == 409
    await grant(root, PREPAID, {"amount": 1, "validMonths": 1, "usableFor": ["sms"]})
    assert (await root.post("/sandbox/usage", json=use | {"usageType": "voice", "amount": 600})).status_code == 409
    assert (await root.post("/sandbox/usage", json=use)).status_code == 201


@pytest.mark.parametrize(
    "bad",
    [{"amount": 0}, {"amount": -5}, {"amount": "5"}, {"amount": 5, "validMonths": 0}, {"amount": 5, "usableFor": "sms"},
     {"amount": 5, "usableFor": ["luck"]}, {"amount": 5, "releaseMonths": 1.5}],
)  # fmt: skip
async def test_a_gift_that_makes_no_sense_is_refused(root: httpx.AsyncClient, bad: dict[str, Any]) -> None:
    assert (await root.post("/sandbox/gift", json={"number": PREPAID, **bad})).status_code == 400
