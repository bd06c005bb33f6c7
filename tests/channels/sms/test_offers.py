"""Which offering does somebody mean who writes a number, a code, a name or a fee?"""

import pytest

from channels.sms.offers import ADD, CHANGE_PLAN, Choice, find_meant


def offered(code: str, zh: str, fee: str | None, *, action: str = CHANGE_PLAN, listed: bool = True) -> Choice:
    price = None if fee is None else {"amount": fee, "currency": "CNY"}
    return Choice(action, code, {"name": {"zh": zh, "en": code}, "monthlyFee": price}, listed)


PLANS = [
    offered("plan-19", "轻享卡19元套餐", "19.00"),
    offered("plan-79", "5G畅享79元套餐", "79.00"),
    offered("plan-99a", "合约99元套餐", "99.00"),
    offered("plan-99b", "另一99元套餐", "99.00"),
    offered("plan-59", "5G畅享59元套餐", "59.00", listed=False),
    offered("plan-free", "赠送", None),
    offered("pack-15", "加油包", "15.00", action=ADD),
]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("1", "plan-19"),
        ("2", "plan-79"),
        ("79", "plan-79"),
        ("19", "plan-19"),
        ("plan79", "plan-79"),
        ("5g畅享79元套餐", "plan-79"),
        ("99", None),
        ("59", None),
        ("15", None),
        ("78", None),
        ("７９", None),
        ("=plan-99b", "plan-99b"),
        ("", None),
    ],
)
def test_one_is_meant_or_none(said: str, code: str | None) -> None:
    found = find_meant(PLANS, said, numbered=PLANS[:4])
    assert (found.code if found else None) == code
