"""Is every amount the same money on both sides, to the fen?"""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bss_adapters.payment.amount import BadAmount, parse_fen, parse_yuan, render_fen, render_yuan
from graphql_schema.types.money import Money


@given(st.integers(1, 10**11))
def test_an_amount_comes_back_as_it_was_written(fen: int) -> None:
    money = Money(amount=Decimal(fen) / 100, currency="CNY")
    assert parse_yuan(render_yuan(money), "CNY") == money
    assert parse_fen(render_fen(money), "CNY") == money
    assert render_fen(money) == fen


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "13.333", "1e-3", "1e20"])
def test_what_is_no_positive_number_of_fen_is_not_written(amount: str) -> None:
    for render in (render_fen, render_yuan):
        with pytest.raises(BadAmount):
            render(Money(amount=Decimal(amount), currency="CNY"))


@pytest.mark.parametrize("value", ["", "1.", ".5", "01.00", "1.234", "-1.00", "+1.00", "1e2", " 1", "NaN", "１", None])
def test_what_is_no_amount_in_yuan_is_not_read(value: object) -> None:
    with pytest.raises(BadAmount):
        parse_yuan(value, "CNY")


@pytest.mark.parametrize("value", ["1", 1.0, -1, True, None, 10**13])
def test_what_is_no_amount_in_fen_is_not_read(value: object) -> None:
    with pytest.raises(BadAmount):
        parse_fen(value, "CNY")


@pytest.mark.parametrize("currency", ["", "cny", "CNYY", "元", 1, None])
def test_what_is_no_currency_is_not_read(currency: object) -> None:
    with pytest.raises(BadAmount):
        parse_yuan("1.00", currency)
