"""Does every way of asking lead to its intent?"""

import tomllib
from pathlib import Path

import pytest

from channels.sms.asking import OPERATIONS
from channels.sms.deeds import DEEDS
from channels.sms.grammar import Intent, Unknown, load_grammar, parse_intent
from channels.sms.hall import load_hall_grammar
from channels.sms.wording import FOLDER

GRAMMAR = load_hall_grammar()
ALIASES = [
    (keyword, entry["name"])
    for entry in tomllib.loads((FOLDER / "grammar.toml").read_text(encoding="utf-8"))["intent"]
    for keyword in entry["keywords"]
]


@pytest.mark.parametrize(("keyword", "name"), ALIASES)
def test_every_alias_means_its_intent_in_any_case_width_and_spacing(keyword: str, name: str) -> None:
    wide = "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in keyword)
    for text in (keyword, keyword.lower(), f"  {keyword} ", wide, " ".join(keyword), f"{keyword}。", f"{keyword}#"):
        assert parse_intent(text, GRAMMAR) == Intent(name), text


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("我还剩多少流量", "data_left"),
        ("流量怎么用完了", "data_left"),
        ("how much data left", "data_left"),
        ("How much data do I have left?", "data_left"),
        ("还能用几个G", "data_left"),
        ("余额还有多少?", "balance"),
        ("话费余额是多少", "balance"),
        ("还剩多少话费", "balance"),
        ("我这个月花了多少", "charges"),
        ("what did I spend: charges please", "charges"),
        ("上个月话费多少", "bill"),
        ("我欠费了吗", "bill"),
        ("How much do I owe?", "bill"),
        ("我现在是什么套餐", "packages"),
        ("which plan am I on", "packages"),
        ("为什么这个月话费这么多", "bill_difference"),
        ("why is my bill so high?", "bill_difference"),
        ("话费怎么这么贵", "bill_difference"),
        ("怎么查话费", "charges"),
        ("怎么查还剩多少流量", "data_left"),
        ("我要打印通话记录", "call_records"),
        ("call history please", "call_records"),
        ("别再扣费了", "pause_charges"),
        ("please stop charging me", "pause_charges"),
        ("resume the charges", "resume_charges"),
        ("开一张电子发票", "invoice"),
        ("send me the invoice", "bill"),
        ("你们乱扣费", "dispute"),
        ("I was overcharged", "dispute"),
        ("你们这个怎么用", "help"),
        ("??", "help"),
    ],
)
def test_free_text_finds_the_same_intents(text: str, name: str) -> None:
    assert parse_intent(text, GRAMMAR) == Intent(name)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("CXLLL", "data_left"),
        ("zhangdn", "bill"),
        ("balanc", "balance"),
        ("套参", "packages"),
        ("YE 13800138002", "balance"),
    ],
)
def test_unknown_text_gets_the_three_nearest_commands(text: str, first: str) -> None:
    unknown = parse_intent(text, GRAMMAR)
    assert isinstance(unknown, Unknown)
    assert unknown.nearest[0] == first
    assert len(unknown.nearest) == len(set(unknown.nearest)) == 3


@pytest.mark.parametrize("text", ["", " ", "#", "##", "😀", "。", "plane", "\x00", "x" * 100_000, "1" * 5000, "²", "٣"])
def test_nonsense_is_unknown_and_never_an_error(text: str) -> None:
    assert isinstance(parse_intent(text, GRAMMAR), Unknown)


def test_a_digit_answers_the_menu_and_means_nothing_without_one() -> None:
    menu = ("bill", "data_left")
    assert parse_intent("2", GRAMMAR, menu) == Intent("data_left")
    assert parse_intent(" 1 ", GRAMMAR, menu) == Intent("bill")
    for text, last in [("3", menu), ("0", menu), ("2", ())]:
        assert isinstance(parse_intent(text, GRAMMAR, last), Unknown)


def test_keywords_go_before_menu_digits_of_three_figures() -> None:
    assert parse_intent("102", GRAMMAR, GRAMMAR.menu) == Intent("balance")


def test_arguments_are_split_by_hash_or_space(tmp_path: Path) -> None:
    path = tmp_path / "grammar.toml"
    path.write_text(
        "menu_lifetime_seconds = 1\ndialogue_lifetime_seconds = 1\nsuggestions = 3\n"
        '[[intent]]\nname = "recharge"\nkeywords = ["CZ"]\narguments = 2\nlabel = {zh = "充值", en = "recharge"}\n'
        "menu = true",
        encoding="utf-8",
    )
    grammar = load_grammar(path)
    for text in ("CZ#123#50", "cz 123 50", " ＣＺ＃123＃50# "):
        assert parse_intent(text, grammar) == Intent("recharge", ("123", "50"))
    assert isinstance(parse_intent("CZ#1#2#3", grammar), Unknown)


def test_a_yes_or_no_may_say_which_and_a_sentence_that_begins_with_one_is_no_answer() -> None:
    assert parse_intent("Y#2", GRAMMAR) == Intent("accept", ("2",))
    assert parse_intent("否 2", GRAMMAR) == Intent("refuse", ("2",))
    assert parse_intent("no data", GRAMMAR) == Intent("data_left")


def test_a_keyword_that_two_intents_claim_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "grammar.toml"
    intent = '[[intent]]\nname = "{}"\nkeywords = ["YE", "{}"]\nlabel = {{zh = "", en = ""}}\n'
    path.write_text(
        "menu_lifetime_seconds = 1\ndialogue_lifetime_seconds = 1\nsuggestions = 3\n"
        + intent.format("a", "A1")
        + intent.format("b", "y e"),
        encoding="utf-8",
    )
    with pytest.raises(ValueError, match="claimed by a and by b"):
        load_grammar(path)


def test_every_intent_that_needs_a_fact_has_its_operation_and_its_templates() -> None:
    needing = {command.name for command in GRAMMAR.commands if command.needs}
    assert needing <= set(OPERATIONS)
    assert {command.name for command in GRAMMAR.commands if command.deed} == set(DEEDS)
    for name in needing:
        assert all((FOLDER / f"{name}.{language}.txt").is_file() for language in ("zh", "en"))
