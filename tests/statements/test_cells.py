"""Does no text begin a formula in anybody's spreadsheet?"""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statements.cells import begins_formula, neutralize

FORMULAS = "=+-@\t\r"


@given(st.text())
def test_no_neutralized_text_begins_with_what_spreadsheets_calculate(text: str) -> None:
    cell = neutralize(text)
    assert cell.removeprefix("'") == text or cell == text
    assert unicodedata.normalize("NFKC", cell).strip(" ")[:1] not in set(FORMULAS)


@given(st.sampled_from(FORMULAS), st.text())
def test_every_formula_is_marked(sign: str, rest: str) -> None:
    assert neutralize(sign + rest) == f"'{sign}{rest}"
    assert begins_formula(" " + sign + rest)


@pytest.mark.parametrize("unseen", ["\0", "\x0b", "\u00ad", "\u200e", "\u2028", "\u2060", " \u200b\0"])
def test_a_formula_is_marked_behind_what_nobody_sees(unseen: str) -> None:
    assert neutralize(f"{unseen}=1+1") == f"'{unseen}=1+1"
    assert neutralize(f"{unseen}畅享") == f"{unseen}畅享"


@pytest.mark.parametrize("text", ["", "13800138001", "畅享129元套餐", "138****8001", "(赠送)", "2026-10-01", "a=b"])
def test_usual_texts_stay_as_they_are(text: str) -> None:
    assert neutralize(text) == text
