"""Is a tax number told from what can be none?"""

import pytest

from graphql_schema.mutations.tax_number import is_tax_number, mask_tax_number


@pytest.mark.parametrize(
    "number",
    [
        "91350100M000100Y43",  # GB 32100-2015's own example
        "11010519491231002X",  # GB 11643-1999's own example: a person in business
        "440106123456789",
        "44010612345678X12345",
    ],
)
def test_numbers_as_offices_give_them_out_are_tax_numbers(number: str) -> None:
    assert is_tax_number(number)


@pytest.mark.parametrize(
    "number",
    [
        "",
        "91350100M000100Y44",
        "91350100M000100Y4",
        "91350100m000100y43",
        "9135010OM000100Y43",
        "110105194912310021",
        "91350100M000100Y43 ",
        "4401061234567890",
        "44010612345678-",
        "４４０１０６１２３４５６７８９",
    ],
)
def test_others_are_none(number: str) -> None:
    assert not is_tax_number(number)


@pytest.mark.parametrize("place", range(18))
def test_one_wrong_sign_anywhere_is_noticed(place: int) -> None:
    right = "91350100M000100Y43"
    for sign in "0123456789ABCDEFGHJKLMNPQRTUWXY":
        wrong = right[:place] + sign + right[place + 1 :]
        assert is_tax_number(wrong) is (wrong == right), wrong


def test_only_the_last_four_signs_are_shown() -> None:
    assert mask_tax_number("91350100M000100Y43") == "****0Y43"
