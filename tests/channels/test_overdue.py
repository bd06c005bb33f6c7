"""Is only that overdue whose due day has passed?"""

from typing import Any

import pytest

from channels.overdue import sum_overdue

AS_OF = "2026-11-20T16:30:00+00:00"  # half past midnight of the 21st in Asia/Shanghai


def bills(*due: tuple[str | None, str]) -> dict[str, Any]:
    remaining = [{"amount": amount, "currency": "CNY"} for _, amount in due]
    nodes = [{"dueOn": day, "remaining": money} for (day, _), money in zip(due, remaining, strict=True)]
    return {"edges": [{"node": node} for node in nodes], "asOf": AS_OF}


@pytest.mark.parametrize(
    ("due", "overdue"),
    [
        ([("2026-12-01", "161.04"), ("2026-11-01", "113.37")], "113.37"),
        ([("2026-11-20", "1.10"), ("2026-10-20", "2.20")], "3.30"),
        ([("2026-11-21", "128.40")], None),
        ([("2026-11-01", "0.00")], None),
        ([(None, "5.00")], None),
        ([], None),
    ],
)
def test_the_due_day_itself_is_still_in_time(due: list[tuple[str | None, str]], overdue: str | None) -> None:
    found = sum_overdue(bills(*due))
    assert (found and found["amount"]) == overdue


def test_of_bills_that_are_not_known_nothing_is_said() -> None:
    assert sum_overdue(None) is None


def test_a_duplicate_or_an_interim_bill_is_not_owed_a_second_time() -> None:
    late = bills(("2026-11-01", "10.00"), ("2026-11-01", "10.00"), ("2026-11-01", "3.00"))
    for edge, category in zip(late["edges"], ("NORMAL", "DUPLICATE", "INTERIM"), strict=True):
        edge["node"]["category"] = category
    assert sum_overdue(late) == {"amount": "10.00", "currency": "CNY"}
