"""Are rules, odds, parts, obstacles and steps said rightly, and every key of the rules at all?"""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from channels.browser.rule_words import SAID, say_rule
from channels.browser.span import render_beginning, render_end
from channels.browser.wording import load_wordings
from channels.rendering import LANGUAGES, Language
from channels.web_hall import delivery
from channels.web_hall.reward_figures import list_steps, render_chance, render_parts, render_rest, say_obstacle
from graphql_schema.mutations.recharge import NUMBER_CHARACTERS_MOST
from graphql_schema.mutations.reward import ADDRESS_CHARACTERS, PERSON_CHARACTERS
from loyalty.rules.condition import (
    Between,
    Birthday,
    Condition,
    DailyHours,
    FirstTime,
    Listed,
    Measured,
    OneOf,
    Period,
    Span,
    Weekdays,
)
from loyalty.rules.effects import Sentence
from loyalty.rules.sentences import say_tier
from tests.channels.web_hall import reward_facts as won
from tests.channels.web_hall.facts import yuan

ROOT = Path(__file__).parents[3]
WORDS = load_wordings(ROOT / "web" / "locales", "10086")
MADE_BY_CONDITIONS = {"key", "f'{self.what}_between'", "'first_time' if self.is_first else 'not_first_time'"}
MADE_BY_CONDITIONS |= {"f'birthday_{self.span}'"}
AT = datetime(2026, 11, 21, tzinfo=UTC)


def _told(sentence: Sentence) -> won.Facts:
    parameters = [{"name": name, "value": value} for name, value in sentence.parameters]
    return {"key": sentence.key, "parameters": parameters, "names": []}


def _conditions() -> Iterator[Condition]:
    """One of each kind that there is, in each of its forms."""
    for listed in Listed:
        values = frozenset({"web", "app"} if listed is Listed.CHANNEL else {"x"})
        yield from (OneOf(listed, values), OneOf(listed, values, are_excluded=True))
    for measured in Measured:
        yield from (Between(measured, least=2), Between(measured, most=5), Between(measured, 2, 5))
    yield from (FirstTime(), FirstTime(is_first=False), *(Birthday(span) for span in Span))
    yield from (DailyHours(480, 1440), Weekdays(frozenset({1, 7})))
    yield from (Period(AT), Period(None, AT), Period(AT, AT))


def _written_keys() -> Iterator[str]:
    """The keys that stand in the rules' sources; one that is put together there must be among the conditions'."""
    for path in (ROOT / "loyalty" / "rules").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Sentence":
                key = node.args[0]
                if isinstance(key, ast.Constant):
                    yield str(key.value)
                else:
                    assert ast.unparse(key) in MADE_BY_CONDITIONS, (
                        f"{path.name}:{node.lineno}: word it, and list it here"
                    )


def test_every_key_that_a_rule_can_have_has_words() -> None:
    known = {condition.sentence.key for condition in _conditions()} | set(_written_keys()) | {say_tier(1).key}
    assert known == SAID.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_condition_is_said_as_what_it_is(language: Language) -> None:
    words = WORDS[language]
    said = [say_rule(_told(condition.sentence), words) for condition in _conditions()]
    assert words("rule.other") not in said
    assert len(set(said)) == len(said), "no two read alike"


def test_conditions_read_as_people_say_them() -> None:
    told: dict[Condition, str] = {
        OneOf(Listed.CHANNEL, frozenset({"web", "sms"})): "Only by: text, web",
        Between(Measured.TENURE, least=12): "Months with us: at least 12",
        Between(Measured.STARS, 2, 4): "Stars: 2 to 4",
        DailyHours(510, 1440): "Daily from 08:30 to 24:00",
        Weekdays(frozenset({6, 7})): "On: Sat, Sun",
        Period(AT): "From 21 Nov 2026 08:00 on",
    }
    said = {condition: say_rule(_told(condition.sentence), WORDS["en"]) for condition in told}
    assert {key: words.casefold() for key, words in said.items()} == {
        key: words.casefold() for key, words in told.items()
    }


@pytest.mark.parametrize(
    "sentence",
    [
        won.rule("a_key_of_tomorrow", n="1"),
        won.rule("channel_is_one_of", values="telepathy"),
        won.rule("channel_is_one_of"),
        won.rule("tenure_months_between"),
        won.rule("stars_between", least="many"),
        won.rule("weekday_is_one_of", values="8"),
        won.rule("amount_at_least", amount="1e3"),
        won.rule("period", begins_at="soon"),
    ],
)
def test_a_rule_of_tomorrow_is_said_neutrally_and_breaks_no_page(sentence: won.Facts) -> None:
    assert say_rule(sentence, WORDS["zh"]) == "另有条件，详情请拨打 10086"


def test_what_runs_for_a_year_is_said_with_its_years_and_its_last_day() -> None:
    begins, ends = "2025-12-31T16:00:00+00:00", "2026-12-31T16:00:00+00:00"
    assert (render_beginning(begins, "zh"), render_end(ends, "zh")) == ("2026年1月1日", "2026年12月31日")
    assert (render_beginning(begins, "en"), render_end(ends, "en")) == ("1 Jan 2026", "31 Dec 2026")
    assert render_end("2026-12-31T10:30:00+00:00", "en") == "31 Dec 2026 18:30"


def test_an_amount_of_a_rule_is_yuan_to_the_fen() -> None:
    assert say_rule(won.rule("amount_at_least", amount="10001"), WORDS["en"]) == "For ¥100.01 or more"


@pytest.mark.parametrize(
    ("in_a_billion", "said"),
    [
        (10**9, "1 in 1"),
        (500_000_000, "1 in 2"),
        (10_000, "1 in 100,000"),
        (1, "1 in 1,000,000,000"),
        (300_000_000, "about 1 in 3.4"),
        (3_000_000, "about 1 in 334"),
        (999_999_999, "about 1 in 1.1"),
        (0, "none left"),
    ],
)
def test_odds_are_one_in_so_many_and_never_better_than_they_are(in_a_billion: int, said: str) -> None:
    assert render_chance(in_a_billion, WORDS["en"]) == said


def test_how_often_a_draw_gives_nothing_is_exact() -> None:
    assert render_rest([{"inABillion": 10_000}]) == "99.999%"
    assert render_rest([{"inABillion": 10**9 - 1}]) == "0.0000001%"
    assert render_rest([{"inABillion": 10**9 - 10**8}]) == "10%"
    assert render_rest([{"inABillion": 10**9}]) is None


@pytest.mark.parametrize(("amount", "months"), [("100", 12), ("2400", 24), ("0.05", 7), ("99.99", 3), ("1", 1)])
def test_the_parts_that_a_page_names_add_up_to_the_reward(amount: str, months: int) -> None:
    said = render_parts({"amount": yuan(amount), "months": months}, WORDS["zh"])
    parts = [round(float(part.strip("，")) * 100) for part in said.split("¥")[1:] for part in [part.split("，")[0]]]
    whole = parts[0] * months if len(parts) == 1 else parts[0] * (months - 1) + parts[1]
    assert whole == round(float(amount) * 100)


def test_an_obstacle_says_how_many_are_missing_until_when_or_plainly_that_it_is_one() -> None:
    words = WORDS["en"]
    said = [
        say_obstacle(won.obstacle("TOO_FEW_POINTS", missing=1), words),
        say_obstacle(won.obstacle("TOO_FEW_POINTS", missing=1320), words),
        say_obstacle(won.obstacle("TOO_FEW_POINTS"), words),
        say_obstacle(won.obstacle("LIMIT_REACHED", most=2, until="2026-11-30T16:00:00+00:00"), words),
        say_obstacle(won.obstacle("LINE_TOO_NEW", until="2026-12-01T16:00:00+00:00"), words),
        say_obstacle(won.obstacle("A_CODE_OF_TOMORROW", most=1), words),
    ]
    assert said == [
        "1 more point is needed.",
        "1,320 more points are needed.",
        "You have too few points.",
        "2 a month: you can redeem it again from 1 Dec.",
        "The line is too new. You can redeem from 2 Dec 00:00 on.",
        "It can't be had now.",
    ]


@pytest.mark.parametrize(
    ("found", "steps"),
    [
        (won.WORKING, "HELD:DONE GIVING:ACTIVE DONE:WAITING"),
        (won.REDEMPTION, "HELD:DONE GIVING:DONE DONE:DONE"),
        (won.SENT | {"state": "WORKING"}, "HELD:DONE GIVING:ACTIVE SENT:WAITING DONE:WAITING"),
        (won.SENT, "HELD:DONE GIVING:DONE SENT:ACTIVE DONE:WAITING"),
        (won.ARRIVED, "HELD:DONE GIVING:DONE SENT:DONE DONE:DONE"),
        (won.WORKING | {"state": "RELEASED"}, "HELD:DONE GIVING:FAILED RELEASED:DONE"),
        (won.ARRIVED | {"state": "RETURNING"}, "HELD:DONE GIVING:DONE SENT:DONE DONE:DONE RETURNED:ACTIVE"),
        (won.ARRIVED | {"state": "RETURNED"}, "HELD:DONE GIVING:DONE SENT:DONE DONE:DONE RETURNED:DONE"),
    ],
)
def test_a_redemption_is_as_far_as_it_is(found: won.Facts, steps: str) -> None:
    assert " ".join(f"{step.name}:{step.state}" for step in list_steps(found)) == steps


def test_a_form_takes_no_delivery_that_the_graph_would_refuse() -> None:
    assert (PERSON_CHARACTERS.start, PERSON_CHARACTERS.stop - 1) == (1, delivery.PERSON_MOST)
    assert (ADDRESS_CHARACTERS.start, ADDRESS_CHARACTERS.stop - 1) == (delivery.ADDRESS_LEAST, delivery.ADDRESS_MOST)
    assert delivery.PHONE_MOST < NUMBER_CHARACTERS_MOST
