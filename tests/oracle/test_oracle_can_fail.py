"""Would the oracle notice a BSS that is wrong in one single figure?"""

import copy
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.oracle.account import Account, Use
from tests.oracle.catalogue import Catalogue
from tests.oracle.comparison import compare_account
from tests.oracle.rating import rate_account

pytestmark = pytest.mark.anyio

LI = Decimal("0.001")


@pytest.fixture
def account(accounts: list[Account], persona_account: dict[str, str]) -> Account:
    """A copy of the ordinary persona's account, to be spoilt."""
    ordinary = next(a for a in accounts if a.account["id"] == persona_account["13800138001"])
    return copy.deepcopy(ordinary)


def with_use(account: Account, wanted: Callable[[Use], bool], change: Callable[[Use], Use]) -> Account:
    """One record that meets ``wanted`` changed, the others as they are."""
    chosen = next(use for use in account.uses if wanted(use))
    return replace(account, uses=tuple(change(use) if use is chosen else use for use in account.uses))


def mismatches(account: Account, catalogue: Catalogue) -> list[str]:
    return [mismatch.where for mismatch in compare_account(account, catalogue)]


def starting(found: list[str], *beginnings: str) -> bool:
    return all(any(where.startswith(beginning) for where in found) for beginning in beginnings)


async def test_as_it_is_the_account_agrees(account: Account, catalogue: Catalogue) -> None:
    assert mismatches(account, catalogue) == []


async def test_a_fee_off_by_a_li(account: Account, catalogue: Catalogue) -> None:
    spoilt = with_use(account, lambda use: use.charged > 0, lambda use: replace(use, charged=use.charged + LI))
    [where] = mismatches(spoilt, catalogue)
    assert where.startswith("fee of use")


async def test_a_lost_record(account: Account, catalogue: Catalogue) -> None:
    lost = next(use for use in account.uses if use.charged > 0)
    spoilt = replace(account, uses=tuple(use for use in account.uses if use is not lost))
    assert starting(mismatches(spoilt, catalogue), "bill B")


async def test_a_record_that_comes_twice(account: Account, catalogue: Catalogue) -> None:
    twice = next(use for use in account.uses if use.taken)
    found = mismatches(replace(account, uses=(*account.uses, twice)), catalogue)
    assert found


async def test_one_byte_more_than_was_consumed(account: Account, catalogue: Catalogue) -> None:
    spoilt = with_use(
        account,
        lambda use: use.kind == "data" and bool(use.taken),
        lambda use: replace(use, taken=((use.taken[0][0], use.taken[0][1] + 1), *use.taken[1:])),
    )
    [where] = mismatches(spoilt, catalogue)
    assert where.startswith("consumption of use")


async def test_consumption_from_another_bucket(account: Account, catalogue: Catalogue) -> None:
    buckets = {bucket_id for use in account.uses if use.kind == "data" for bucket_id, _ in use.taken}
    spoilt = with_use(
        account,
        lambda use: use.kind == "data" and len(use.taken) == 1,
        lambda use: replace(use, taken=((max(buckets - {use.taken[0][0]}), use.taken[0][1]),)),
    )
    assert any(where.startswith("bucket of use") for where in mismatches(spoilt, catalogue))


async def test_a_use_moved_into_the_next_month(account: Account, catalogue: Catalogue) -> None:
    spoilt = with_use(account, lambda use: use.charged > 0, lambda use: replace(use, at=use.at + timedelta(days=31)))
    assert starting(mismatches(spoilt, catalogue), "bill B")


async def test_a_local_call_charged_as_long_distance(account: Account, catalogue: Catalogue) -> None:
    spoilt = with_use(
        account,
        lambda use: use.kind == "voice" and use.charged > 0,
        lambda use: replace(use, long_distance=not use.long_distance),
    )
    assert starting(mismatches(spoilt, catalogue), "fee of use", "bill B")


async def test_dedicated_data_taken_for_another_app(account: Account, catalogue: Catalogue) -> None:
    months = rate_account(account, catalogue).values()
    dedicated = next(v.use for m in months for v in m.verdicts if v.taken and v.taken[-1][0].app)
    spoilt = with_use(account, lambda use: use is dedicated, lambda use: replace(use, app="no such app"))
    assert starting(mismatches(spoilt, catalogue), "bucket of use")


def _of(accounts: list[Account], account_id: str) -> Account:
    return copy.deepcopy(next(a for a in accounts if a.account["id"] == account_id))


async def test_use_abroad_rated_as_at_home(
    accounts: list[Account], persona_account: dict[str, str], catalogue: Catalogue
) -> None:
    traveller = _of(accounts, persona_account["13800138013"])
    assert mismatches(traveller, catalogue) == []
    spoilt = with_use(traveller, lambda use: use.abroad and use.charged > 0, lambda use: replace(use, abroad=False))
    assert starting(mismatches(spoilt, catalogue), "fee of use", "tariff of use", "bill B")


async def test_an_event_charged_as_another_service(
    accounts: list[Account], persona_account: dict[str, str], catalogue: Catalogue
) -> None:
    player = _of(accounts, persona_account["13800138015"])
    spoilt = with_use(player, lambda use: bool(use.service), lambda use: replace(use, service="付费阅读"))
    assert starting(mismatches(spoilt, catalogue), "fee of use", "tariff of use", "bill B")


async def test_a_tariff_under_another_name(account: Account, catalogue: Catalogue) -> None:
    spoilt = with_use(account, lambda use: not use.outgoing, lambda use: replace(use, tariff="included"))
    [where] = mismatches(spoilt, catalogue)
    assert where.startswith("tariff of use")


async def test_an_introductory_price_that_nobody_told(
    accounts: list[Account], persona_account: dict[str, str], catalogue: Catalogue
) -> None:
    newcomer = _of(accounts, persona_account["13800138014"])
    assert mismatches(newcomer, catalogue) == []
    [line] = newcomer.lines
    dearer = replace(line, packages=tuple(replace(package, altered_months=0) for package in line.packages))
    assert starting(mismatches(replace(newcomer, lines=(dearer,)), catalogue), "bill B")


def _bill_total(account: Account) -> None:
    account.bills[2]["amountDue"]["value"] += Decimal("0.01")


def _rate(account: Account) -> None:
    rate: Any = account.rates[account.bills[3]["id"]][0]
    rate["taxIncludedAmount"]["value"] += LI


def _subject(account: Account) -> None:
    rate: Any = account.rates[account.bills[3]["id"]][0]
    rate["characteristic"][0]["value"] = "other"


def _remaining(account: Account) -> None:
    account.bills[0]["remainingAmount"]["value"] += Decimal("0.01")


def _state(account: Account) -> None:
    account.bills[0]["state"] = "sent"  # type: ignore[index]


def _payment_date(account: Account) -> None:
    account.bills[0]["appliedPayment"][0]["payment"]["name"] = "2020-01-01T00:00:00Z"


def _receivable(account: Account) -> None:
    account.account["accountBalance"][0]["amount"]["value"] += Decimal("0.01")


def _due_date(account: Account) -> None:
    account.account["accountBalance"][0]["validFor"]["endDateTime"] = "2026-12-30T00:00:00Z"


def _past_due(account: Account) -> None:
    account.account["paymentStatus"] = "pastDue"  # type: ignore[index]


def _counter(account: Account) -> None:
    bucket: Any = account.consumption[account.lines[0].id]["bucketRefOrValue"][0]
    bucket["bucketCounter"][0]["value"]["amount"] += 1


def _left(account: Account) -> None:
    bucket: Any = account.consumption[account.lines[0].id]["bucketRefOrValue"][0]
    bucket["remainingValue"]["amount"] -= 1


def _throttled(account: Account) -> None:
    account.consumption[account.lines[0].id]["bucketRefOrValue"][0]["status"] = "suspended"


def _missing_bucket(account: Account) -> None:
    del account.consumption[account.lines[0].id]["bucketRefOrValue"][0]


SPOILT: dict[str, tuple[Callable[[Account], None], str]] = {
    "a total off by a fen": (_bill_total, "total"),
    "a rated line off by a li": (_rate, "lines"),
    "a rated line under another subject": (_subject, "subjects"),
    "a remaining amount off by a fen": (_remaining, "remaining"),
    "a settled bill that says sent": (_state, "state"),
    "a payment before the issue": (_payment_date, "payment"),
    "a receivable off by a fen": (_receivable, "receivable"),
    "another due date": (_due_date, "due date"),
    "past due for no reason": (_past_due, "payment status"),
    "a counter off by one": (_counter, "used"),
    "a remainder off by one": (_left, "remaining"),
    "throttled for no reason": (_throttled, "throttled"),
    "a bucket that is not shown": (_missing_bucket, "allowances"),
}


@pytest.mark.parametrize(("spoil", "where"), SPOILT.values(), ids=SPOILT.keys())
async def test_one_wrong_figure_of_the_bss(
    account: Account, catalogue: Catalogue, spoil: Callable[[Account], None], where: str
) -> None:
    spoil(account)
    found = mismatches(account, catalogue)
    assert any(where in one for one in found), found
