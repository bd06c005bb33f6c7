"""How does a condition or a reason of a campaign read?

The one place that words each key of ``loyalty/rules``; a key of tomorrow is said neutrally, and a fact that nobody
expected never breaks a page.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from channels.browser.span import render_beginning
from channels.browser.wording import Wording
from channels.rendering import render_priced

Facts = Mapping[str, str]
Say = Callable[[str, Facts, Wording], str]
CURRENCY: Final = "CNY"
"""Fen are of this one; the graph names none beside them."""


def say_rule(sentence: Mapping[str, Any], wording: Wording) -> str:
    """A ``RuleSentence`` in words."""
    key = sentence["key"]
    facts = {each["name"]: each["value"] for each in sentence["parameters"]}
    say = SAID.get(key)
    if say is None:
        return wording("rule.other")
    names = wording("sentence.list").join(each[wording.language] for each in sentence["names"])
    try:
        return say(key, facts, wording) + (wording("sentence.colon") + names if names else "")
    except (LookupError, ValueError, ArithmeticError):
        return wording("rule.other")


def _plain(key: str, facts: Facts, wording: Wording) -> str:
    """What is said without its codes: a customer knows none of them, but the names that ``say_rule`` adds."""
    return wording(f"rule.{key}")


def _channels(key: str, facts: Facts, wording: Wording) -> str:
    named = [wording(f"channel.{each.upper()}") for each in facts["values"].split(",")]
    return wording(f"rule.{key}", channels=wording("sentence.list").join(named))


def _between(key: str, facts: Facts, wording: Wording) -> str:
    ends = {name: int(facts[name]) for name in ("least", "most") if name in facts}
    which = "both" if len(ends) > 1 else next(iter(ends), "")
    return wording(f"rule.{key}.{which}", **ends)


def _hours(key: str, facts: Facts, wording: Wording) -> str:
    return wording(f"rule.{key}", begins=facts["begins"], ends=facts["ends"])


def _weekdays(key: str, facts: Facts, wording: Wording) -> str:
    named = [wording(f"weekday.{int(day)}") for day in facts["values"].split(",")]
    return wording(f"rule.{key}", days=wording("sentence.list").join(named))


def _period(key: str, facts: Facts, wording: Wording) -> str:
    ends = {name: render_beginning(facts[name], wording.language) for name in ("begins_at", "ends_at") if name in facts}
    which = "both" if len(ends) > 1 else next(iter(ends), "")
    return wording(f"rule.{key}.{which}", **ends)


def _since(key: str, facts: Facts, wording: Wording) -> str:
    at = facts["begins_at"] if key == "not_begun" else facts["ends_at"]
    return wording(f"rule.{key}", at=render_beginning(at, wording.language))


def _amount(key: str, facts: Facts, wording: Wording) -> str:
    yuan = Decimal(int(facts["amount"])) / 100
    return wording(f"rule.{key}", amount=render_priced({"amount": str(yuan), "currency": CURRENCY}))


SAID: Final[Mapping[str, Say]] = {
    # Conditions.
    **dict.fromkeys(("channel_is_one_of", "channel_is_none_of"), _channels),
    **dict.fromkeys((f"{what}_is_one_of" for what in ("package", "offering", "region")), _plain),
    **dict.fromkeys((f"{what}_is_none_of" for what in ("package", "offering", "region")), _plain),
    **dict.fromkeys(("tenure_months_between", "stars_between", "arrears_free_months_between"), _between),
    **dict.fromkeys(("first_time", "not_first_time", "birthday_day", "birthday_month"), _plain),
    "hours_between": _hours,
    "weekday_is_one_of": _weekdays,
    "period": _period,
    # Reasons for.
    "tier": _plain,
    "amount_at_least": _amount,
    # Reasons against.
    "not_begun": _since,
    "over": _since,
    "amount_below": _amount,
    **dict.fromkeys(
        (
            "switched_off", "other_kind", "excluded_by", "limit_of_customer_reached", "limit_total_reached",
            "budget_used", "stock_gone", "taken_meanwhile", "paid_by_organization",
        ),
        _plain,
    ),
}  # fmt: skip
"""Who words which key."""
