"""Are repeated, forerunning and correcting papers there to be judged, and would a wrong one be noticed?"""

import copy
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.oracle.account import Account
from tests.oracle.credit import given_back
from tests.oracle.paper import compare_papers

pytestmark = pytest.mark.anyio

FEN = Decimal("0.01")


async def test_papers_of_each_kind_are_recomputed(accounts: list[Account]) -> None:
    papers = [paper for account in accounts for paper in account.papers]
    assert {paper["category"] for paper in papers} == {"interim", "duplicate", "trial", "creditNote"}
    assert all(paper["runType"] == "offCycle" for paper in papers)


async def test_adjustments_are_taken_and_given(accounts: list[Account]) -> None:
    adjusted = [
        rate["taxIncludedAmount"]["value"]
        for account in accounts
        for bill in account.bills
        for rate in account.rates[bill["id"]]
        if {"name": "chargeKind", "valueType": "string", "value": "adjustment"} in rate["characteristic"]
    ]
    assert min(adjusted) < 0 < max(adjusted)


def _total(paper: Any) -> None:
    paper["amountDue"]["value"] += FEN


def _remaining(paper: Any) -> None:
    paper["remainingAmount"]["value"] += FEN


def _state(paper: Any) -> None:
    paper["state"] = "sent"


@pytest.mark.parametrize(
    ("category", "spoil"),
    [
        ("interim", _total), ("interim", _remaining), ("duplicate", _total), ("duplicate", _remaining),
        ("duplicate", _state), ("trial", _total), ("trial", _remaining), ("creditNote", _total),
        ("creditNote", _remaining), ("creditNote", _state),
    ],
)  # fmt: skip
async def test_a_wrong_paper_is_noticed(accounts: list[Account], category: str, spoil: Callable[[Any], None]) -> None:
    account = next(a for a in accounts if any(paper["category"] == category for paper in a.papers))
    assert list(compare_papers(account)) == []
    papers = copy.deepcopy(account.papers)
    spoil(next(paper for paper in papers if paper["category"] == category))
    assert list(compare_papers(replace(account, papers=papers)))


async def test_a_credit_note_takes_off_no_more_than_is_open(accounts: list[Account]) -> None:
    account = next(a for a in accounts if any(paper["category"] == "creditNote" for paper in a.papers))
    note = next(paper for paper in account.papers if paper["category"] == "creditNote")
    bill = next(bill for bill in account.bills if bill["id"] == note["correctedBill"]["id"])
    [payment] = bill["appliedPayment"]
    assert given_back(account, bill) == bill["amountDue"]["value"] - payment["appliedAmount"]["value"] > 0
    at_once = {"name": bill["billDate"]}
    paid_before = {**bill, "appliedPayment": [{"appliedAmount": bill["amountDue"], "payment": at_once}]}
    assert given_back(account, paid_before) == 0
