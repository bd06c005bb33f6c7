"""Does what the oracle recomputes exercise every rule of the tariff and of the bill?

Without this, agreement could mean that nothing interesting happened.
"""

from collections.abc import Iterator

import pytest

from tests.oracle.account import Account
from tests.oracle.billing import month_charges
from tests.oracle.catalogue import Catalogue
from tests.oracle.month import BillingMonth
from tests.oracle.rating import Pot, PotKey, RatedMonth, Verdict, rate_account

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def months(accounts: list[Account], catalogue: Catalogue) -> list[tuple[Account, RatedMonth]]:
    return [(account, month) for account in accounts for month in rate_account(account, catalogue).values()]


@pytest.fixture(scope="module")
def verdicts(months: list[tuple[Account, RatedMonth]]) -> list[Verdict]:
    return [verdict for _, month in months for verdict in month.verdicts]


@pytest.fixture(scope="module")
def pots(months: list[tuple[Account, RatedMonth]]) -> list[Pot]:
    return [pot for _, month in months for pot in month.pots]


def stages(verdict: Verdict) -> tuple[str, ...]:
    """Rolled-over, dedicated or general, in the order in which a use drew."""
    return tuple(_stage(key) for key, _ in verdict.taken)


def _stage(key: PotKey) -> str:
    return "rolled over" if key.rolled_over else "dedicated" if key.app else "general"


async def test_every_price_is_charged_somewhere(verdicts: list[Verdict], catalogue: Catalogue) -> None:
    charged = {verdict.price.id for verdict in verdicts if verdict.price}
    prices = (catalogue.local_call, catalogue.long_distance, catalogue.long_distance_at_night)
    beyond = (*catalogue.abroad.values(), *catalogue.services.values())
    assert len(beyond) >= 6
    assert charged == {price.id for price in (*prices, catalogue.message, catalogue.data, *beyond)}


async def test_some_things_are_free(verdicts: list[Verdict], catalogue: Catalogue) -> None:
    free = [v.use for v in verdicts if v.price is None and not v.taken]
    assert any(use.kind == "valueAdded" for use in free)
    assert any(use.abroad and use.kind == "sms" and not use.outgoing for use in free)
    assert any(use.kind == "voice" and not use.outgoing and not use.abroad for use in free)
    assert any(v.price for v in verdicts if v.use.abroad and v.use.kind == "voice" and not v.use.outgoing)


async def test_nobody_draws_an_allowance_abroad_though_some_is_left(verdicts: list[Verdict], pots: list[Pot]) -> None:
    abroad = [verdict for verdict in verdicts if verdict.use.abroad]
    assert abroad
    assert not any(verdict.taken for verdict in abroad)
    lines = {verdict.use.line_id for verdict in abroad}
    assert any(pot.left for pot in pots if pot.line_id in lines and not pot.allowance.app)


async def test_a_gift_is_drawn_and_does_not_roll_over(pots: list[Pot]) -> None:
    gifts = [pot for pot in pots if pot.is_gift]
    assert any(pot.used for pot in gifts)
    assert not any(pot.key.rolled_over for pot in gifts)


@pytest.mark.parametrize(
    "drawn",
    [("rolled over", "dedicated"), ("rolled over", "general"), ("dedicated", "general"), ("general", "general")],
)
async def test_a_use_passes_from_one_allowance_to_the_next(verdicts: list[Verdict], drawn: tuple[str, str]) -> None:
    pairs = {pair for verdict in verdicts for pair in zip(stages(verdict), stages(verdict)[1:], strict=False)}
    assert drawn in pairs


@pytest.mark.parametrize("kind", ["data", "voice", "sms"])
async def test_a_use_is_covered_in_part_and_charged_for_the_rest(verdicts: list[Verdict], kind: str) -> None:
    covered = [v for v in verdicts if v.use.kind == kind and v.taken]
    charged = [v for v in verdicts if v.use.kind == kind and v.price]
    assert covered
    assert charged
    if kind != "sms":  # a message is one
        assert any(v.price for v in covered)


async def test_a_secondary_line_draws_from_the_main_line(
    months: list[tuple[Account, RatedMonth]],
) -> None:
    assert any(
        line.main_line_id and pot.drawn.get(line.id) and pot.drawn.get(line.main_line_id)
        for account, month in months
        for line in account.lines
        for pot in month.pots
    )


async def test_unlimited_data_passes_its_quota_and_goes_on_for_free(pots: list[Pot]) -> None:
    quotas = [(pot.used, pot.allowance.throttle_after) for pot in pots if pot.allowance.throttle_after]
    assert any(used > quota for used, quota in quotas)
    assert any(used < quota for used, quota in quotas)
    assert all(pot.total is None for pot in pots if pot.allowance.throttle_after)


async def test_what_is_rolled_over_is_partly_lost(pots: list[Pot]) -> None:
    rolled = [pot for pot in pots if pot.key.rolled_over]
    assert any(pot.left for pot in rolled)
    assert any(pot.left == 0 for pot in rolled)


async def test_packs_do_not_roll_over(pots: list[Pot]) -> None:
    assert any(not pot.from_plan and pot.key.kind == "data" and pot.left for pot in pots)
    assert all(pot.from_plan for pot in pots if pot.key.rolled_over)


async def test_a_bill_has_each_subject_somewhere(
    months: list[tuple[Account, RatedMonth]], catalogue: Catalogue
) -> None:
    found = {charge.subject for account, month in months for charge in month_charges(account, month, catalogue)}
    assert {
        "monthly_fee", "voice", "data", "sms", "value_added", "other_party", "discount", "late_fee",
    } <= found  # fmt: skip


async def test_bills_are_paid_at_once_in_parts_late_and_not_at_all(accounts: list[Account]) -> None:
    bills = [bill for account in accounts for bill in account.bills]
    assert {"sent", "settled"} <= {bill["state"] for bill in bills}
    assert any(len(bill["appliedPayment"]) > 1 for bill in bills)
    assert any(account.account["paymentStatus"] == "pastDue" for account in accounts)
    assert {account.account["accountType"] for account in accounts} == {"postpaid", "prepaid"}


def _discounts(account: Account) -> Iterator[str]:
    for line in account.lines:
        for package in line.packages:
            yield package.offering_id


async def test_an_introductory_price_ends(accounts: list[Account]) -> None:
    packages = [p for account in accounts for line in account.lines for p in line.packages if p.alteration]
    months = [rated for account in accounts for rated in _months_billed(account)]
    assert {bool(package.alteration_in(month)) for package in packages for month in months} == {True, False}


def _months_billed(account: Account) -> Iterator[BillingMonth]:
    month = account.first_month
    while month.start <= account.now:
        yield month
        month = month.next


async def test_discounts_are_fixed_and_by_percentage(accounts: list[Account], catalogue: Catalogue) -> None:
    held = [catalogue.offerings[id_] for account in accounts for id_ in _discounts(account)]
    assert any(offering.discount for offering in held)
    assert any(offering.discount_percent for offering in held)


async def test_packages_begin_and_end_within_what_is_billed(accounts: list[Account]) -> None:
    packages = [p for account in accounts for line in account.lines for p in line.packages]
    firsts = {account.account["id"]: account.first_month.start for account in accounts}
    assert any(package.since > min(firsts.values()) for package in packages)
    assert any(package.until and package.until <= max(a.now for a in accounts) for package in packages)
