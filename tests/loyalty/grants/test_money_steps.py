"""What is the next step of money that was promised, in a table?"""

from datetime import date

import pytest

from loyalty.campaigns.money_steps import (
    Ask,
    Cut,
    GoOn,
    Part,
    Rest,
    Return,
    Step,
    TakeBack,
    decide_step,
    share_taken,
)

TODAY = date(2026, 12, 15)


def make_part(number: int, state: str, *, cut: int = 0, taken: int = 0, reference: str = "") -> Part:
    """Of ten fen; the second is the first that is not due yet."""
    named = reference or (None if state == "waiting" else f"P{number}")
    return Part(
        number, date(2026, 11 + number, 1) if number < 2 else date(2027, number - 1, 1), 10, cut, taken, named, state
    )


def make_parts(text: str) -> list[Part]:
    """``ggw``: two given, one waiting (a: asking, m: missed, r: refused, t: taken back)."""
    states = {"w": "waiting", "a": "asking", "g": "given", "m": "missed", "r": "refused", "t": "taken_back"}
    return [make_part(number, states[each], taken=10 * (each == "t")) for number, each in enumerate(text, start=1)]


def tell(step: Step) -> str:
    match step:
        case Cut(part, fen):
            return f"cut {part.number} {fen}"
        case TakeBack(granted, most, begun):
            return f"{'go on taking' if begun else 'take'} {granted} {most}"
        case Ask(parts):
            return "ask " + " ".join(str(part.number) for part in parts)
        case GoOn(parts):
            return "go on " + " ".join(str(part.number) for part in parts)
        case Rest(state, until):
            return f"{state} {until.isoformat() if until else ''}".strip()


STEPS = [
    ("w", 10, "ask 1"),
    ("ww", 20, "ask 1"),
    ("gw", 20, "running 2027-01-01"),
    ("a", 10, "go on 1"),
    ("g", 10, "granted"),
    ("r", 10, "refused"),
    ("mg", 20, "granted"),
    ("mw", 20, "running 2027-01-01"),
    ("m", 10, "granted"),
    ("gww", 25, "cut 3 5"),  # what did not come yet first, the last of it first
    ("gww", 10, "cut 3 10"),
    ("gww", 0, "cut 3 10"),
    ("ggg", 15, "take P3 10"),  # then what came, the latest first
    ("ggt", 15, "take P2 5"),
    ("gtt", 0, "take P1 10"),
    ("ttt", 0, "taken_back"),
    ("agg", 0, "go on 1"),  # nobody knows: that comes before everything
    ("gmw", 10, "cut 3 10"),
    ("gmt", 10, "granted"),
]


@pytest.mark.parametrize(("parts", "kept", "expected"), STEPS)
def test_the_next_step_stands_in_the_table(parts: str, kept: int, expected: str) -> None:
    assert tell(decide_step(kept, make_parts(parts), [], today=TODAY, together=False)) == expected


def test_what_the_operator_releases_is_asked_for_together() -> None:
    assert tell(decide_step(30, make_parts("www"), [], today=TODAY, together=True)) == "ask 1 2 3"


def test_what_was_spent_is_not_asked_back_twice() -> None:
    parts = [make_part(1, "given"), make_part(2, "given", taken=4)]
    short = Return("B1", "P2", 10, 4, "done")
    assert tell(decide_step(0, parts, [short], today=TODAY, together=False)) == "take P1 10"
    both = [short, Return("B2", "P1", 10, 0, "refused")]
    assert tell(decide_step(0, parts, both, today=TODAY, together=False)) == "taken_back"


def test_money_that_is_on_its_way_back_is_asked_about_before_all_else() -> None:
    begun = Return("B1", "P1", 10, 0, "asking")
    assert tell(decide_step(0, make_parts("ga"), [begun], today=TODAY, together=False)) == "go on taking P1 10"


def test_of_one_pot_the_latest_parts_are_taken_first() -> None:
    parts = [make_part(number, "given", reference="P1") for number in (1, 2, 3)]
    assert [(part.number, took) for part, took in share_taken(parts, "P1", 15)] == [(3, 10), (2, 5)]
    assert tell(decide_step(12, parts, [], today=TODAY, together=True)) == "take P1 18"
