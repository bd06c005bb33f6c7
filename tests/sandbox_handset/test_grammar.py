"""Do the keys match, and may more of them follow?"""

import pytest
from lxml import etree

from sandbox.handset.voicexml.document import NotUnderstood
from sandbox.handset.voicexml.grammar import match_keys, parse_builtin, parse_grammar

ALL_DIGITS = frozenset("0123456789")


def grammar(rules: str, attributes: str = 'mode="dtmf" version="1.0" root="r"') -> etree._Element:
    return etree.fromstring(f'<grammar xmlns="http://www.w3.org/2001/vxml" {attributes}>{rules}</grammar>')


@pytest.mark.parametrize(
    ("keys", "whole", "next_keys"),
    [
        ("", False, "12"),
        ("1", True, ""),
        ("2", False, "34"),
        ("23", True, "3"),
        ("24", True, ""),
        ("233", True, ""),
        ("9", False, ""),
    ],
)
def test_an_inline_grammar_matches_key_by_key(keys: str, whole: bool, next_keys: str) -> None:
    rules = """<rule id="r"><one-of><item>1</item><item>2
      <one-of><item><ruleref uri="#t"/></item><item>4</item></one-of></item></one-of></rule>
      <rule id="t"><item repeat="1-2">3</item></rule>"""
    match = match_keys(parse_grammar(grammar(rules)), keys)
    assert (match.whole, match.next_keys) == (whole, frozenset(next_keys))


@pytest.mark.parametrize(
    ("name", "keys", "whole", "more"),
    [
        ("digits?length=6", "25800", False, True),
        ("digits?length=6", "258001", True, False),
        ("digits?minlength=2;maxlength=3", "1", False, True),
        ("digits?minlength=2;maxlength=3", "12", True, True),
        ("digits?minlength=2;maxlength=3", "123", True, False),
        ("digits", "1", True, True),
        ("digits", "*", False, False),
    ],
)
def test_digits_are_counted(name: str, keys: str, whole: bool, more: bool) -> None:
    match = match_keys(parse_builtin(name), keys)
    assert (match.whole, match.next_keys) == (whole, ALL_DIGITS if more else frozenset())


@pytest.mark.parametrize(
    "name", ["boolean", "digits?size=3", "digits?length=x", "digits?length=9999", "digits?minlength=4;maxlength=2"]
)
def test_another_builtin_is_not_understood(name: str) -> None:
    with pytest.raises(NotUnderstood):
        parse_builtin(name)


@pytest.mark.parametrize(
    "wrong",
    [
        grammar("", 'mode="voice" version="1.0" root="r"'),
        grammar("", 'src="http://example.com/grammar"'),
        grammar('<rule id="other"/>'),
        grammar('<rule id="r"><ruleref uri="#r"/></rule>'),
        grammar('<rule id="r"><ruleref uri="#missing"/></rule>'),
        grammar('<rule id="r"><item repeat="x">1</item></rule>'),
        grammar('<rule id="r"><item repeat="3-1">1</item></rule>'),
        grammar('<rule id="r">seven</rule>'),
    ],
)
def test_a_grammar_beyond_keys_is_not_understood(wrong: etree._Element) -> None:
    with pytest.raises(NotUnderstood):
        parse_grammar(wrong)
