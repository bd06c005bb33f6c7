"""Which part of ECMAScript is spoken, and is the rest refused?"""

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.handset.voicexml.expression import UNDEFINED, SemanticError, evaluate

VARIABLES: dict[str, Any] = {
    "one": "1",
    "two": 2.0,
    "empty": "",
    "gone": UNDEFINED,
    "session": {"remote": {"uri": "x"}},
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'a'", "a"),
        ('"a"', "a"),
        ("1 + 2", 3.0),
        ("'a' + 1", "a1"),
        ("one == 1", True),
        ("one == '1'", True),
        ("'x' == 1", False),
        ("one != two", True),
        ("!empty", True),
        ("gone == undefined", True),
        ("empty || 'other'", "other"),
        ("one && two", 2.0),
        ("(true && false) || !false", True),
        ("session.remote.uri", "x"),
        ("session.remote.port", UNDEFINED),
        ("true", True),
    ],
)
def test_an_expression_has_its_value(text: str, value: object) -> None:
    assert evaluate(text, VARIABLES.__getitem__) == value


@pytest.mark.parametrize(
    "text",
    ["", "1 +", "unknown", "a = 1", "f()", "one.length", "gone.x", "1 - 1", "[1]", "'a", "(1", "1 2", "one;", "`a`"],
)
def test_what_is_not_spoken_is_an_error(text: str) -> None:
    with pytest.raises(SemanticError):
        evaluate(text, VARIABLES.__getitem__)


@settings(deadline=None)
@given(st.text(max_size=30))
def test_no_text_does_anything_else_than_mean_or_fail(text: str) -> None:
    with contextlib.suppress(SemanticError):
        evaluate(text, VARIABLES.__getitem__)
