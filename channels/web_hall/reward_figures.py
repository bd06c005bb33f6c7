"""How do points, prizes, parts and obstacles read on a page?"""

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_CEILING, Decimal
from typing import Any, NamedTuple

from channels.browser.rule_words import say_rule
from channels.browser.span import render_beginning, render_end
from channels.browser.wording import Wording
from channels.rendering import render_day, render_instant, render_priced, subtract

ONE_BILLION = 10**9
_FEW = 10
"""Below one in so many, the odds need a decimal."""


class Step(NamedTuple):
    """One step of a redemption: its name, how it stands (DONE, ACTIVE, FAILED, WAITING), and when, if that is known."""

    name: str
    state: str
    at: str | None


def reward_filters(wording: Wording) -> dict[str, Callable[..., Any]]:
    """The filters that the pages of points, rewards and promotions need beside the others."""
    return {
        "grouped": lambda number: f"{number:,}",
        "signed_count": lambda number: f"{number:+,}",
        "apart": lambda number: f"{'-' if number < 0 else '+'} {abs(number):,}",
        "rule_words": lambda sentence: say_rule(sentence, wording),
        "kept_by": lambda obstacle: say_obstacle(obstacle, wording),
        "chance": lambda in_a_billion: render_chance(in_a_billion, wording),
        "no_prize": render_rest,
        "monthly_parts": lambda reward: render_parts(reward, wording),
        "less": subtract,
        "plain_number": lambda number: f"{Decimal(str(number)).normalize():f}",
        "reward_kind": lambda kind: wording.name("reward_kind", kind),
        "steps_of": list_steps,
        "by_kind": group_by_kind,
        "begin_day": lambda instant: render_beginning(instant, wording.language),
        "last_day": lambda instant: render_end(instant, wording.language),
    }


def say_obstacle(obstacle: Mapping[str, Any], wording: Wording) -> str:
    """What keeps a line from something, with how much is missing, how many there are or until when, as far as that is
    known; a code of tomorrow is said neutrally."""
    key = f"redemption_obstacle.{obstacle['code']}"
    if obstacle["missing"] is not None and f"{key}.missing" in wording.keys:
        return wording(f"{key}.missing", n=obstacle["missing"])
    if obstacle["most"] is not None and obstacle["until"] and f"{key}.most" in wording.keys:
        return wording(f"{key}.most", n=obstacle["most"], until=render_day(obstacle["until"], wording.language))
    if obstacle["until"] and f"{key}.until" in wording.keys:
        return wording(f"{key}.until", until=render_instant(obstacle["until"], wording.language))
    return wording.name("redemption_obstacle", obstacle["code"])


def render_chance(in_a_billion: int, wording: Wording) -> str:
    """``1 in 100,000``; where that is not whole, about one in the next larger: nobody is promised more than there
    is."""
    if in_a_billion <= 0:
        return wording("odds.never")
    times = Decimal(ONE_BILLION) / in_a_billion
    if times == times.to_integral_value():
        return wording("odds.exact", n=int(times))
    least = Decimal("0.1") if times < _FEW else Decimal(1)
    return wording("odds.about", n=times.quantize(least, rounding=ROUND_CEILING))


def render_rest(odds: Sequence[Mapping[str, Any]]) -> str | None:
    """How often a draw gives nothing: ``99.999%``; None: never."""
    rest = ONE_BILLION - sum(each["inABillion"] for each in odds)
    return f"{(Decimal(rest) / 10**7).normalize():f}%" if rest > 0 else None


def render_parts(reward: Mapping[str, Any], wording: Wording) -> str:
    """Of frozen money: in how many months how much, to the fen; the last part takes what does not divide."""
    amount, months = reward["amount"], reward["months"]
    part, rest = divmod(int(Decimal(amount["amount"]) * 100), months)
    said = [render_priced({**amount, "amount": str(Decimal(fen) / 100)}) for fen in (part, part + rest)]
    if rest:
        return wording("promised.months.uneven", n=months, part=said[0], last=said[1])
    return wording("promised.months", n=months, part=said[0])


def group_by_kind(items: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """The mall's items under their kinds, each in its order."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for item in items:
        groups.setdefault(item["kind"], []).append(item)
    return groups


def list_steps(redemption: Mapping[str, Any]) -> list[Step]:
    """How a redemption went so far, and what is still to come: points held, given (and of goods sent), and its end."""
    state, done_at = redemption["state"], redemption["doneAt"]
    held = Step("HELD", "DONE", redemption["beganAt"])
    if state == "RELEASED":
        return [held, Step("GIVING", "FAILED", None), Step("RELEASED", "DONE", done_at)]
    giving = [Step("GIVING", "ACTIVE" if state == "WORKING" else "DONE", None)]
    arrived = state in ("DONE", "RETURNING", "RETURNED")
    if redemption["kind"] == "GOODS":
        giving.append(Step("SENT", "ACTIVE" if state == "SENT" else "DONE" if arrived else "WAITING", None))
    steps = [held, *giving, Step("DONE", "DONE" if arrived else "WAITING", done_at if state == "DONE" else None)]
    if state in ("RETURNING", "RETURNED"):
        steps.append(Step("RETURNED", "ACTIVE" if state == "RETURNING" else "DONE", None))
    return steps
