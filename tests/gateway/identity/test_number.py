"""Which number did this person mean?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.identity.number import parse_number


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("13800138001", "13800138001"),
        (" 138 0013 8001 ", "13800138001"),
        ("138-0013-8001", "13800138001"),
        ("１３８００１３８００１", "13800138001"),
        ("１３８　００１３　８００１", "13800138001"),
        ("+86 138 0013 8001", "13800138001"),
        ("008613800138001", "13800138001"),
        ("8613800138001", "13800138001"),
        ("02088880009", "02088880009"),
        ("020-88880009", "02088880009"),
        ("(020) 8888 0009", "02088880009"),
        ("+862088880009", "02088880009"),
        ("0755 8888 0009", "075588880009"),
        ("gz00880009", "gz00880009"),
        ("GZIPTV0009", "gziptv0009"),
        ("Ｇｚ００８８０００９", "gz00880009"),
        ("user.7@adsl", "user.7@adsl"),
    ],
)
def test_a_number_is_understood_however_it_is_typed(typed: str, meant: str) -> None:
    assert parse_number(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "",
            " ",
            "1380013800",
            "138001380011",
            "88880009",
            "10086",
            "12345",
            "+14155552671",
            "abc",
            "anonymous",
            "a" * 40,
        ),
        *("13800138001'--", "13800138001\0", "<b>", "👍" * 11, "\ud800", "1" * 10_000, "1-800-FLOWERS;", "套餐"),
    ],
)
def test_what_no_line_could_have_is_no_number(typed: str) -> None:
    assert parse_number(typed) is None


@given(st.text(max_size=80))
def test_whatever_is_typed_the_answer_is_a_plain_number_or_none(typed: str) -> None:
    meant = parse_number(typed)
    assert meant is None or (meant.isascii() and len(meant) <= 64 and parse_number(meant) == meant)


@given(st.text(alphabet="0123456789+-() ０１２３４５６７８９", max_size=24))
def test_whatever_is_dialled_the_answer_is_digits_or_none(typed: str) -> None:
    meant = parse_number(typed)
    assert meant is None or (meant.isdigit() and parse_number(meant) == meant)
