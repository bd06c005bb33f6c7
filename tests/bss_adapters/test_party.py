"""Is an ID document recognised however it is typed, and nobody else's?"""

import pytest

from bss_adapters.tmf.party import is_among

CARD = "99010119900307123X"


@pytest.mark.parametrize(
    "typed",
    [CARD, CARD.lower(), " 990101 19900307 123x\t", "９９０１０１１９９００３０７１２３Ｘ", "990101　19900307　123ｘ"],
)  # fmt: skip
@pytest.mark.parametrize("filed", [CARD, "990101 19900307 123x"])
def test_case_spaces_and_full_width_do_not_matter(typed: str, filed: str) -> None:
    assert is_among(typed, ["E00000001", filed])


@pytest.mark.parametrize(
    "typed", ["", " ", "990101199003071230", CARD[:-1], CARD[-6:], CARD + "0", "\ud800", "x" * 10_000]
)
def test_anything_else_is_another_number(typed: str) -> None:
    assert not is_among(typed, [CARD])


def test_a_document_without_a_number_is_nobodys() -> None:
    assert not is_among("", ["", " "])
    assert not is_among(CARD, [])
