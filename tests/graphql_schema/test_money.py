"""Is an amount of money always spelt the same way?"""

from decimal import Decimal

import pytest

from graphql_schema.types.money import Money
from tests.fakes.ports import FakeBss, make_account, make_balance, yuan
from tests.graphql_schema.conftest import Ask

pytestmark = pytest.mark.anyio

SPELLINGS = [
    ("0", "0.00"),
    ("42.5", "42.50"),
    ("300", "300.00"),
    ("3E+2", "300.00"),
    ("300.0", "300.00"),
    ("86.495", "86.495"),
    ("86.4950", "86.495"),
    ("86.500", "86.50"),
    ("-2.3", "-2.30"),
    ("999999999999.123456", "999999999999.123456"),
]


@pytest.mark.parametrize(("given", "told"), SPELLINGS)
async def test_at_least_two_decimals_are_told_and_more_only_where_there_are_more(
    ask: Ask, bss: FakeBss, given: str, told: str
) -> None:
    bss.account, bss.balance = make_account(owed=yuan(given)), make_balance(given)
    outcome = await ask("{ me { account { owed { amount } } balance { available { amount } } } }")
    assert outcome.data == {"me": {"account": {"owed": {"amount": told}}, "balance": {"available": {"amount": told}}}}


@pytest.mark.parametrize("given", [given for given, _ in SPELLINGS])
def test_the_spelling_does_not_change_the_amount(given: str) -> None:
    assert Money(amount=Decimal(given), currency="CNY").amount == Decimal(given)
